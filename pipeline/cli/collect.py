"""Commands that collect: init, sources, crawl, extract."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import click

from pipeline import run, sources
from pipeline.cli import options, show
from pipeline.config import CONFIG_FILE, load_settings, template
from pipeline.errors import SourcesError
from pipeline.extract import extract_files


@click.command()
@options.db
def init(db: Path | None) -> None:
    """Make the database and lagebild.toml; what exists is kept.

    Example: lagebild init
    """
    settings = load_settings(db=db)
    with run.open_database(settings, create=True):
        click.echo(f"{settings.db}: ready")
    if CONFIG_FILE.exists():
        click.echo(f"{CONFIG_FILE}: kept as it is")
    else:
        CONFIG_FILE.write_text(template(), encoding="utf-8")
        click.echo(f"{CONFIG_FILE}: written; set `contact` there, so that publishers can reach you")
    click.echo("Next: `lagebild run` (the service), `lagebild serve` (the pages)")


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


@click.command()
@click.option(
    "--source",
    "only",
    multiple=True,
    help="Only the source with this id, also a disabled one; may be given several times.",
)
@click.option("--sources", "file", type=click.Path(path_type=Path), help="Another sources file.")
@click.option("--all", "everything", is_flag=True, help="Ask all sources, not just those that are due.")
@options.db
@options.json
def crawl(only: tuple[str, ...], file: Path | None, everything: bool, db: Path | None, as_json: bool) -> None:
    """Poll the sources that are due, fetch and store what is new.

    Exit status 1 if a source could not be read; the others are read all the same.

    Example: lagebild crawl --source bsi-presse
    """
    settings = load_settings(db=db, sources=file)
    chosen = sources.load(settings.sources)
    if unknown := set(only) - {source.id for source in chosen}:
        raise SourcesError(f"{settings.sources}: no source has the id {', '.join(sorted(unknown))}")
    if only:
        chosen = [replace(source, enabled=True) for source in chosen if source.id in only]
    if not settings.db.exists():
        click.echo(f"{settings.db}: no database there; a new one is made", err=True)
    with run.open_database(settings, create=True) as database, show.progress() as progress:
        report = asyncio.run(
            run.crawl_round(database, settings, chosen, everything=everything or bool(only), progress=progress)
        )
    for trouble in report.troubles:
        click.echo(trouble, err=True)
    if as_json:
        show.as_json({"polls": report.polls, "entries": report.entries, "troubles": report.troubles})
    else:
        click.echo(f"{report.polls.total()} sources asked: {_counts(report.polls)}")
        click.echo(f"{report.entries.total()} articles asked for: {_counts(report.entries)}")
    if not report.all_read:
        raise SystemExit(1)


def _counts(counter: dict[str, int]) -> str:
    return ", ".join(f"{number} {word}" for word, number in sorted(counter.items())) or "none"


@click.command()
@click.option("--list", "listing", type=click.File(encoding="utf-8"), required=True, help="Lines of path TAB url.")
@click.option("--processes", type=click.IntRange(min=1), help="Default: one per core.")
def extract(listing: TextIO, processes: int | None) -> None:
    """Extract recorded pages: one JSON line each, in order; a failed page is a line with an error. No database.

    Example: lagebild extract --list pages.tsv
    """
    show.json_lines(extract_files(listing, processes))


COMMANDS = [init, sources_group, crawl, extract]
