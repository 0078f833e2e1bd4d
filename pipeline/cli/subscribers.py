"""Commands for those who get the digest: subscribers add, list, edit, pause, resume, remove, import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from pipeline import run
from pipeline.cli import options, show
from pipeline.config import load_settings
from pipeline.errors import SubscriptionError
from pipeline.records import Subscription
from pipeline.store import Database, subscribed
from pipeline.subscribing import FIELDS, Subscribing, as_fields

_SHOWN = ("address", "name", "what", "when", "alerts", "state")


@click.group()
def subscribers() -> None:
    """Say who gets which digest, and when.

    Lists are separated by commas. An incident fits if it fits every filter, or if an organisation of the watch list
    takes part in it; with a watch list alone nothing else fits; without a filter everything does.

    Example: lagebild subscribers list
    """


def _wishes(command: Callable[..., None]) -> Callable[..., None]:
    for name, meaning in reversed(FIELDS.items()):
        command = click.option(f"--{name}", metavar="TEXT", help=f"{meaning[0].upper()}{meaning[1:]}.")(command)
    return command


@contextmanager
def _desk(db: Path | None) -> Iterator[Subscribing]:
    settings = load_settings(db=db)
    with run.open_database(settings) as database:
        desk = Subscribing(db=database, settings=settings)
        yield desk
        for note in desk.notes:
            click.echo(note, err=True)


@contextmanager
def _subscription(db: Path | None, address: str) -> Iterator[tuple[Database, int]]:
    with run.open_database(load_settings(db=db)) as database:
        yield database, subscribed.subscription(database, address).id


def _given(wishes: dict[str, str | None]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in wishes.items() if value is not None}


@subscribers.command("add")
@options.db
@_wishes
@click.argument("address")
def add(db: Path | None, address: str, **wishes: str | None) -> None:
    """Add a subscriber; without wishes everything comes every day at 7.

    Example: lagebild subscribers add ada@klinik.example --sectors hospital --frequency weekdays --alerts 3 --types ransomware
    """
    with _desk(db) as desk:
        added = desk.add(address, _given(wishes))
    click.echo(f"{added.address}: {_what(added)}, {_when(added)}")


@subscribers.command("edit")
@options.db
@_wishes
@click.argument("address")
def edit(db: Path | None, address: str, **wishes: str | None) -> None:
    """Change what a subscriber gets; an empty value takes a wish back, what is not named stays.

    Example: lagebild subscribers edit ada@klinik.example --hour 6 --sectors ""
    """
    with _desk(db) as desk:
        changed = desk.edit(address, _given(wishes))
    click.echo(f"{changed.address}: {_what(changed)}, {_when(changed)}")


@subscribers.command("list")
@options.db
@options.json
def list_(db: Path | None, as_json: bool) -> None:
    """Show all subscribers.

    Example: lagebild subscribers list --json
    """
    with run.open_database(load_settings(db=db)) as database:
        found = subscribed.subscriptions(database)
    if as_json:
        show.as_json({"subscribers": [as_fields(one) | {"paused": one.paused_why} for one in found]})
        return
    rows = [(one.address, one.name, _what(one), _when(one), _alerts(one), _state(one)) for one in found]
    show.table(f"{len(found)} subscribers", _SHOWN, rows)


@subscribers.command("pause")
@options.db
@click.option("--why", default="paused", help="The reason, for those who read it later.")
@click.argument("address")
def pause(db: Path | None, why: str, address: str) -> None:
    """Send nothing to a subscriber until `resume`; what waits for them is given up.

    Example: lagebild subscribers pause ada@klinik.example --why "on leave until May"
    """
    with _subscription(db, address) as (database, id):
        subscribed.pause(database, id, why)
    click.echo(f"{address}: paused")


@subscribers.command("resume")
@options.db
@click.argument("address")
def resume(db: Path | None, address: str) -> None:
    """Send to a subscriber again, beginning with what became known since their last digest.

    Example: lagebild subscribers resume ada@klinik.example
    """
    with _subscription(db, address) as (database, id):
        subscribed.resume(database, id)
    click.echo(f"{address}: gets digests again")


@subscribers.command("remove")
@options.db
@click.argument("address")
def remove(db: Path | None, address: str) -> None:
    """Delete a subscriber and the record of what was sent to them.

    Example: lagebild subscribers remove ada@klinik.example
    """
    with _subscription(db, address) as (database, id):
        subscribed.remove(database, id)
    click.echo(f"{address}: removed")


@subscribers.command("import")
@options.db
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_(db: Path | None, file: Path) -> None:
    """Add or change the subscribers of a CSV file in UTF-8, with a heading: address and the wishes of `add`.

    Exit status 1 if a row is wrong; the others are taken over all the same.

    Example: lagebild subscribers import readers.csv
    """
    taken, refused = 0, 0
    with _desk(db) as desk:
        for read in desk.read_table(file):
            if isinstance(read, SubscriptionError):
                click.echo(read, err=True)
                refused += 1
            else:
                taken += 1
    click.echo(f"{taken} subscribers taken over, {refused} refused")
    if refused:
        raise SystemExit(1)


def _what(one: Subscription) -> str:
    shown: dict[str, Any] = as_fields(one)
    parts = [
        f"{name} {shown[name]}" for name in ("sectors", "types", "sources", "search", "organisations") if shown[name]
    ]
    parts += [f"min-status {shown['min-status']}"] if shown["min-status"] != "none" else []
    return "; ".join([*(parts or ["everything"]), *(["operator"] if one.selection.operator else [])])


def _when(one: Subscription) -> str:
    shown = as_fields(one)
    day = f" on {shown['weekday']}" if shown["frequency"] == "weekly" else ""
    return f"{shown['frequency']}{day} at {shown['hour']:02}:00" + ("" if one.empty else ", unless empty")


def _alerts(one: Subscription) -> str:
    shown = as_fields(one)
    return f"{one.alerts.a_day} a day, quiet {shown['quiet']}" if one.alerts.a_day else "none"


def _state(one: Subscription) -> str:
    return f"paused: {one.paused_why}" if one.paused_why else "active"


COMMANDS = [subscribers]
