"""What commands show: progress on a terminal, plain lines elsewhere, small tables, one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from pipeline.crawling import Progress as Report
from pipeline.crawling import quiet


@contextmanager
def progress() -> Iterator[Report]:
    """A function that shows how far the work is, as a bar; nothing where no terminal listens."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield quiet
        return
    with Progress(console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=total)

        yield report


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on standard output; without a terminal as wide as it needs to be."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    shown = Table(*columns, title=title, title_justify="left")
    for row in rows:
        shown.add_row(*("" if value is None else str(value) for value in row))
    console.print(shown, markup=False)


def as_json(value: Mapping[str, Any]) -> None:
    """One JSON object in one line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def json_lines(rows: Iterable[Mapping[str, Any]]) -> None:
    """One JSON line each, as they come; exit status 1 at the end if one of them is an error."""
    failed = False
    for row in rows:
        failed |= "error" in row
        as_json(row)
    if failed:
        raise SystemExit(1)


def every_command(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names of all commands, each with those of its groups before it, in alphabetical order."""
    context = click.Context(group)
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))
        else:
            yield (*path, name)
