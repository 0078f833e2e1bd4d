"""Commands for what analysts decided about what stands in articles: corrections list, remove, export."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pipeline import correcting, run
from pipeline.cli import options, show
from pipeline.config import load_settings
from pipeline.store import corrections as stored
from pipeline.store.rows import stamp


@click.group()
def corrections() -> None:
    """Show, withdraw and export the corrections that analysts make on the pages of articles.

    Example: lagebild corrections list
    """


@corrections.command("list")
@options.db
def list_(db: Path | None) -> None:
    """Print all corrections as JSON lines, the earliest first.

    Example: lagebild corrections list
    """
    with run.open_database(load_settings(db=db)) as database:
        show.json_lines(asdict(one) | {"at": stamp(one.at)} for one in stored.corrections(database))


@corrections.command("remove")
@options.db
@click.argument("number", type=int)
def remove(db: Path | None, number: int) -> None:
    """Withdraw a correction; at the next analysis the article is as the model finds it.

    Example: lagebild corrections remove 12
    """
    with run.open_database(load_settings(db=db)) as database:
        article = correcting.withdraw(database, number)
    click.echo(f"correction {number} of article {article}: withdrawn; `lagebild analyse` reads the article again")


@corrections.command("export")
@options.db
def export(db: Path | None) -> None:
    """Print the corrected articles as JSON lines to train with; what nobody corrected is as the model found it.

    Example: lagebild corrections export > corrected.jsonl
    """
    with run.open_database(load_settings(db=db)) as database:
        show.json_lines(correcting.exported(database))


COMMANDS = [corrections]
