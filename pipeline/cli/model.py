"""Commands of the model: analyse, group, annotate, cluster, train, evaluate."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TextIO

import click

from pipeline import analyse as analysis
from pipeline import grouping, run
from pipeline.cli import options, show
from pipeline.config import load_settings, resources


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
        click.echo(
            f"{run.analyse_round(database, nlp, again=again, archive=settings.archive, progress=progress)} articles analysed"
        )


@click.command()
@options.again
@options.db
def group(again: bool, db: Path | None) -> None:
    """Join the articles that wait for it into incidents.

    Example: lagebild group --again
    """
    with run.open_database(load_settings(db=db)) as database, show.progress() as progress:
        click.echo(f"{grouping.group_round(database, again=again, progress=progress)} articles looked at")


@click.command()
@options.model
@click.argument("lines", type=click.File(encoding="utf-8", errors="replace"), default="-")
def annotate(model: Path | None, lines: TextIO) -> None:
    """Annotate JSON lines {id, text, title?, published?}: one line out for each, in order. No database.

    A line that cannot be read becomes a line with an error.

    Example: lagebild annotate < articles.jsonl
    """
    nlp = analysis.load(load_settings(model=model).model)
    show.json_lines(analysis.annotate(nlp, lines))


@click.command()
@options.model
@click.argument("lines", type=click.File(encoding="utf-8", errors="replace"), default="-")
def cluster(model: Path | None, lines: TextIO) -> None:
    """Join JSON lines {id, text, title?, published?} into incidents: lines {id, incident}. No database.

    The incident bears the id of its first article; it is null for an article without one. A line that cannot be read
    becomes a line with an error.

    Example: lagebild cluster < articles.jsonl
    """
    nlp = analysis.load(load_settings(model=model).model)
    show.json_lines(run.cluster(nlp, lines))


_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--corpus", multiple=True, required=True, type=_FILE, help="Annotated articles, JSON lines.")
@click.option("--ner", multiple=True, type=_FILE, help="Further texts with names marked, JSON lines, also .gz.")
@click.option("--sentences", multiple=True, type=_FILE, help="Sentences by incident type, YAML.")
@click.option("--vectors", type=click.Path(path_type=Path, exists=True), help="Word vectors, a floret file.")
@click.option("--out", type=click.Path(path_type=Path), default="models/de_lagebild", show_default=True)
@click.option("--metrics", type=click.Path(path_type=Path), default="models/metrics.json", show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--epochs", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--minutes", type=click.FloatRange(min=0.1), help="Stop learning names after so long.")
@click.option("--whole", is_flag=True, help="Learn from all articles, and measure nothing.")
def train(
    corpus: tuple[Path, ...],
    ner: tuple[Path, ...],
    sentences: tuple[Path, ...],
    vectors: Path | None,
    out: Path,
    metrics: Path,
    seed: int,
    epochs: int,
    minutes: float | None,
    whole: bool,
) -> None:
    """Make the model anew from annotated data and measure it on events it has not seen.

    With --whole it learns from those events too, and the figures stay as they are.

    Example: lagebild train --corpus articles.jsonl --corpus real.jsonl --ner open-ner.jsonl.gz
    """
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    knowledge = resources() / "data" / "knowledge"
    page = analysis.train(
        corpus,
        ner,
        out,
        knowledge=knowledge,
        sentences=sentences,
        metrics=metrics,
        vectors=vectors,
        seed=seed,
        epochs=epochs,
        minutes=minutes,
        whole=whole,
    )
    click.echo(f"{out}: written{'' if whole else f'; figures in {metrics}'}")
    if not whole:
        show.as_json(page["test"])


@click.command()
@options.model
@click.option("--cluster", is_flag=True, help="Measure how the articles are joined into incidents.")
@click.argument("files", nargs=-1, required=True, type=_FILE)
def evaluate(model: Path | None, cluster: bool, files: tuple[Path, ...]) -> None:
    """Measure the model on annotated articles: one JSON object with precision, recall and F1.

    With --cluster it tells how well the articles of one event come together, and the ten worst mistakes.

    Example: lagebild evaluate articles.jsonl
    """
    nlp = analysis.load(load_settings(model=model).model)
    if cluster:
        show.as_json(run.score_clusters(nlp, (line for file in files for line in analysis.read_lines(file))))
        return
    show.as_json(analysis.evaluate(nlp, (row for file in files for row in analysis.read_rows(file))))


COMMANDS = [analyse, group, annotate, cluster, train, evaluate]
