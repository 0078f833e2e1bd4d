"""Commands for the sources file: list, check, import, export."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline import sources
from pipeline.cli import options, show
from pipeline.config import load_settings


@click.group("sources")
def sources_group() -> None:
    """What is read.

    Example: lagebild sources list
    """


@sources_group.command("list")
@click.option("--sources", "file", type=click.Path(path_type=Path), help="Another sources file.")
@options.json
def sources_list(file: Path | None, as_json: bool) -> None:
    """Show the sources of the sources file.

    Example: lagebild sources list --json
    """
    found = sources.load(load_settings(sources=file).sources)
    if as_json:
        rows = [{"id": s.id, "name": s.name, "kind": s.kind, "url": s.url, "enabled": s.enabled} for s in found]
        show.as_json({"sources": rows})
    else:
        show.table(
            f"{len(found)} sources", ("id", "name", "kind", "url"), [(s.id, s.name, s.kind, s.url) for s in found]
        )


COMMANDS = [sources_group]
