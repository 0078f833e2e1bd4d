"""Commands for what analysts decide about articles and incidents: pins add, remove, list."""

from __future__ import annotations

from dataclasses import asdict
from getpass import getuser
from pathlib import Path

import click

from pipeline import grouping, run
from pipeline.cli import options, show
from pipeline.config import load_settings
from pipeline.store import pins as stored


@click.group()
def pins() -> None:
    """Decide which incident an article belongs to; grouping keeps to it.

    Example: lagebild pins list
    """


@pins.command("add")
@options.db
@click.option("--by", default=getuser, show_default="the name of the account", help="Who decides.")
@click.option("--why", help="The reason, for those who read it later.")
@click.option("--none", "no_incident", is_flag=True, help="The article belongs to no incident.")
@click.argument("article", type=int)
@click.argument("incident", type=int, required=False)
def add(db: Path | None, by: str, why: str | None, no_incident: bool, article: int, incident: int | None) -> None:
    """Put an article into an incident, both by number, or with --none out of any.

    Example: lagebild pins add 1204 17 --why "same letter to patients"
    """
    if no_incident == (incident is not None):
        raise click.UsageError("name an incident, or --none")
    with run.open_database(load_settings(db=db)) as database:
        grouping.pin(database, article, incident, by=by, why=why)
    click.echo(f"article {article}: {'no incident' if incident is None else f'incident {incident}'}")


@pins.command("remove")
@options.db
@click.argument("article", type=int)
def remove(db: Path | None, article: int) -> None:
    """Let grouping decide again about an article.

    Example: lagebild pins remove 1204
    """
    with run.open_database(load_settings(db=db)) as database:
        grouping.unpin(database, article)
    click.echo(f"article {article}: grouping decides")


@pins.command("list")
@options.db
def list_(db: Path | None) -> None:
    """Print all decisions as JSON lines, the latest first.

    Example: lagebild pins list
    """
    with run.open_database(load_settings(db=db)) as database:
        show.json_lines(asdict(pin) for pin in stored.pins(database))


COMMANDS = [pins]
