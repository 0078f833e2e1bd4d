"""Commands that collect: crawl, extract."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TextIO

import click

from pipeline import archive, crawling, sources
from pipeline.cli import options, show
from pipeline.config import load_settings
from pipeline.errors import SourcesError
from pipeline.extract import extract_files
from pipeline.store import open_store


@click.command()
@click.option(
    "--source",
    "only",
    multiple=True,
    help="Only the source with this id, also a disabled one; may be given several times.",
)
@click.option("--sources", "file", type=click.Path(path_type=Path), help="Another sources file.")
@click.option("--all", "everything", is_flag=True, help="Ask all sources, not just those that are due.")
@click.option(
    "--from-archive",
    "warc",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Store the pages of this WARC file, ours or Common Crawl's; nothing is asked of the web.",
)
@options.db
@options.json
def crawl(
    only: tuple[str, ...], file: Path | None, everything: bool, warc: Path | None, db: Path | None, as_json: bool
) -> None:
    """Poll the sources that are due, fetch and store what is new.

    Exit status 1 if a source could not be read; the others are read all the same.

    Example: lagebild crawl --source bsi-presse
    """
    if warc and (only or everything):
        raise click.UsageError("--from-archive asks no source: it goes with neither --source nor --all")
    settings = load_settings(db=db, sources=file)
    chosen = sources.load(settings.sources)
    if unknown := set(only) - {source.id for source in chosen}:
        raise SourcesError(f"{settings.sources}: no source has the id {', '.join(sorted(unknown))}")
    if not settings.db.exists():
        click.echo(f"{settings.db}: no database there; a new one is made", err=True)
    with open_store(settings.db, create=True) as database, show.progress() as progress:
        if warc:
            work = archive.read_archive(database, settings, chosen, warc, progress=progress)
        else:
            work = crawling.crawl_round(database, settings, chosen, everything=everything, only=only, progress=progress)
        report = asyncio.run(work)
    for trouble in report.troubles:
        click.echo(trouble, err=True)
    if as_json:
        show.as_json({"polls": report.polls, "entries": report.entries, "troubles": report.troubles})
    else:
        if not warc:
            click.echo(f"{report.polls.total()} sources asked: {_counts(report.polls)}")
        click.echo(f"{report.entries.total()} entries: {_counts(report.entries)}")
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


COMMANDS = [crawl, extract]
