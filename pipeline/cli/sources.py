"""Commands for the sources file: list, check, import, export."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from pipeline import checking, sources
from pipeline.cli import options, show
from pipeline.config import Settings, load_settings
from pipeline.crawling import Progress
from pipeline.errors import SourcesError
from pipeline.records import Source

_FILE = click.option("--sources", "file", type=click.Path(path_type=Path), help="Another sources file.")


@click.group("sources")
def sources_group() -> None:
    """What is read.

    Example: lagebild sources list
    """


@sources_group.command("list")
@_FILE
@options.json
def sources_list(file: Path | None, as_json: bool) -> None:
    """Show the sources of the sources file; those in brackets are disabled.

    Example: lagebild sources list --json
    """
    found = sources.load(load_settings(sources=file).sources)
    if as_json:
        rows = [{"id": s.id, "name": s.name, "kind": s.kind, "url": s.url, "enabled": s.enabled} for s in found]
        show.as_json({"sources": rows})
        return
    enabled = sum(source.enabled for source in found)
    rows_shown = [(s.id if s.enabled else f"({s.id})", s.name, s.kind, s.url) for s in found]
    show.table(f"{len(found)} sources, {enabled} enabled", ("id", "name", "kind", "url"), rows_shown)


@sources_group.command("check")
@click.option("--source", "only", multiple=True, help="Only the source with this id, also a disabled one.")
@_FILE
@options.json
def sources_check(only: tuple[str, ...], file: Path | None, as_json: bool) -> None:
    """Ask every enabled source and say what is wrong with it; nothing is stored.

    works, moved, empty, not_a_feed, refused_robots, certificate, gone (404, 410), refused (another 4xx), broken (5xx),
    unreachable or error. Exit status 1 if one of them gives nothing.

    Example: lagebild sources check --source bsi-presse
    """
    settings = load_settings(sources=file)
    found = sources.load(settings.sources)
    if unknown := set(only) - {source.id for source in found}:
        raise SourcesError(f"{settings.sources}: no source has the id {', '.join(sorted(unknown))}")
    chosen = [source for source in found if (source.id in only if only else source.enabled)]
    with show.progress() as progress:
        results = asyncio.run(_check(settings, chosen, progress))
    if as_json:
        show.as_json({"sources": [_as_row(result) for result in results]})
    else:
        show.table(
            f"{len(results)} sources",
            ("source", "verdict", "entries", "newest", "detail"),
            [(r.source.id, r.verdict, r.entries, r.newest and f"{r.newest:%Y-%m-%d}", r.detail) for r in results],
        )
    if not all(result.verdict in checking.GIVING for result in results):
        raise SystemExit(1)


async def _check(settings: Settings, chosen: Sequence[Source], progress: Progress) -> list[checking.Checked]:
    """What is wrong first, then in the order of the file."""
    results = []
    async for result in checking.check_sources(settings, chosen):
        results.append(result)
        progress("sources", len(results), len(chosen))
    place = {source.id: number for number, source in enumerate(chosen)}
    return sorted(results, key=lambda r: (r.verdict == "works", r.verdict in checking.GIVING, place[r.source.id]))


def _as_row(result: checking.Checked) -> dict[str, object]:
    return {
        "id": result.source.id,
        "url": result.source.url,
        "verdict": result.verdict,
        "entries": result.entries,
        "newest": result.newest.isoformat() if result.newest else None,
        "detail": result.detail,
        "notes": result.source.notes,
    }


@sources_group.command("import")
@click.argument("opml", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_FILE
def sources_import(opml: Path, file: Path | None) -> None:
    """Add the feeds of an OPML file to the sources file; those that it has already are left as they are.

    Exit status 1 if an outline could not be read; the others are added all the same.

    Example: lagebild sources import feeds.opml
    """
    path = load_settings(sources=file).sources
    read = sources.from_opml(opml.read_bytes(), str(opml))
    result = sources.added(sources.load(path) if path.exists() else [], read.sources)
    sources.append(path, result.new)
    for line in read.skipped:
        click.echo(f"{opml}: {line}", err=True)
    click.echo(f"{path}: {len(result.new)} added, {len(result.known)} known, {len(read.skipped)} skipped")
    if read.skipped:
        raise SystemExit(1)


@sources_group.command("export")
@click.argument("opml", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@_FILE
def sources_export(opml: Path, file: Path | None) -> None:
    """Write the sources as OPML 2.0, for feed readers and for `lagebild sources import`.

    Example: lagebild sources export sources.opml
    """
    found = sources.load(load_settings(sources=file).sources)
    text = sources.to_opml(found, datetime.now(UTC))
    with click.open_file(str(opml), "w", encoding="utf-8", atomic=str(opml) != "-") as target:
        target.write(text)
    if str(opml) != "-":
        click.echo(f"{opml}: {len(found)} sources written")


COMMANDS = [sources_group]
