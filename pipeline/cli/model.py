"""Commands of the model: analyse, group, annotate, cluster, train, evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import click

from pipeline import analyse as analysis
from pipeline import run
from pipeline.cli import options, show
from pipeline.config import load_settings


@click.command()
@options.again
@options.db
@options.model
def analyse(again: bool, db: Path | None, model: Path | None) -> None:
    """Analyse the articles that wait for it.

    Example: lagebild analyse
    """
    settings = load_settings(db=db, model=model)
    nlp = analysis.load(settings.model)
    with run.open_database(settings) as database, show.progress() as progress:
        click.echo(f"{run.analyse_round(database, nlp, again=again, progress=progress)} articles analysed")


@click.command()
@options.again
@options.db
def group(again: bool, db: Path | None) -> None:
    """Join the articles that wait for it into incidents.

    Example: lagebild group --again
    """
    with run.open_database(load_settings(db=db)) as database, show.progress() as progress:
        click.echo(f"{run.group_round(database, again=again, progress=progress)} articles looked at")


@click.command()
@options.model
@click.argument("lines", type=click.File(encoding="utf-8", errors="replace"), default="-")
def annotate(model: Path | None, lines: TextIO) -> None:
    """Annotate JSON lines {id, text, title?, published?}: one line out for each, in order. No database.

    A line that cannot be read becomes a line with an error.

    Example: lagebild annotate < articles.jsonl
    """
    nlp = analysis.load(load_settings(model=model).model)
    _print_lines(analysis.annotate(nlp, lines))
