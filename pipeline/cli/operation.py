"""Commands for those who look after a service: status, backup, restore, doctor, forget."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from pipeline import forgetting, operating, run, sources
from pipeline.cli import options, show
from pipeline.config import Settings, load_settings
from pipeline.health import reasons
from pipeline.store import backup as store_backup
from pipeline.store import queries
from pipeline.store.state import state
from pipeline.store.tombstones import Kind


@click.command()
@options.db
@options.json
def status(db: Path | None, as_json: bool) -> None:
    """Show whether the service is well, how the sources do, what waits and when the last digest was put together.

    Example: lagebild status
    """
    settings = load_settings(db=db)
    with run.open_database(settings) as database:
        lines, counts = queries.source_lines(database), queries.counts(database)
        now = state(database.conn, settings.db)
    why = reasons(now, datetime.now(UTC))
    if as_json:
        show.as_json(
            {
                "ok": not why,
                "reasons": why,
                "counts": counts,
                "waiting": dict(now.waiting),
                "last_digest": now.digest,
                "jobs": {job.name: {"well_at": _stamp(job.well_at), "error": job.error} for job in now.jobs},
                "mails_last_week": dict(now.deliveries),
                "subscribers_refused": now.refused,
                "sources": [asdict(line) for line in lines],
            }
        )
        return
    troubled = sum(line.trouble is not None for line in lines)
    columns = ("source", "last success", "condition", "articles", "short", "waiting")
    rows = [
        (s.id, s.last_success_at, _condition(s), s.articles, _percent(s.short_text_share), s.waiting) for s in lines
    ]
    show.table(f"{len(lines)} sources, {troubled} need attention", columns, rows)
    click.echo(", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items()))
    click.echo("waiting: " + ", ".join(f"{number} {name}" for name, number in now.waiting.items()))
    click.echo(f"last digest: {now.digest or 'none yet'}; mails of a week: {_counted(now.deliveries) or 'none'}")
    if now.refused:
        click.echo(
            f"{now.refused} subscribers are paused because their address is refused: `lagebild subscribers list`"
        )
    for reason in why:
        click.echo(f"! {reason}")


def _condition(line: queries.SourceLine) -> str:
    """How a source does, in words, and what to do about it."""
    rhythm = sources.in_words(line.silent_days or 0, line.per_week) if line.per_week else ""
    told = {
        "gone": "gone (410): give it another address in the sources file, or remove it there",
        "unread": "not read yet",
        "failed": f"{line.last_error or line.last_outcome} ({line.failed_polls_7d} failures in 7 days)",
        "silent": rhythm,
        "gap": f"possible gaps: {line.gaps_7d} in 7 days; `every` in the sources file may be too long",
        "select": f"`select` in the sources file misses on {line.select_misses_7d} pages in 7 days: look at one, mend it",
    }.get(line.trouble or "", f"fine; {rhythm}" if rhythm else "fine")
    moved = f"; moved to {line.moved_to}: the sources file should name it" if line.change == "moved" else ""
    return told + moved


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.0%}"


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _counted(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {word}" for word, number in sorted(numbers.items()))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@options.db
def backup(file: Path, db: Path | None) -> None:
    """Copy the database, whole and checked, also while the service runs.

    Example: lagebild backup lagebild-monday.db
    """
    with run.open_database(load_settings(db=db)) as database:
        store_backup(database, file)
    click.echo(f"{file}: written and checked")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@options.db
def restore(file: Path, db: Path | None) -> None:
    """Put a backup in the place of the database, after checking it; what stood there is kept beside it.

    The service must not run; pages that are being served have to be started again afterwards.

    Example: lagebild restore data/backups/lagebild-2026-11-20.db
    """
    settings = load_settings(db=db)
    kept = operating.restore(settings.db, file)
    click.echo(f"{settings.db}: is now {file}" + (f"; what stood there is {kept}" if kept else ""))
    click.echo("Next: start `lagebild run` and `lagebild serve` again")


@click.command()
@options.db
@options.json
def doctor(db: Path | None, as_json: bool) -> None:
    """Check settings, model, database, disk, clock, sources and mail server, and say what to do.

    Exit status 1 if something is broken.

    Example: lagebild doctor
    """
    found = asyncio.run(_examined(load_settings(db=db)))
    if as_json:
        show.as_json({"checks": [asdict(one) for one in found]})
    else:
        rows = [(one.what, one.state, one.told, one.remedy) for one in found]
        show.table("What the doctor found", ("check", "state", "found", "what to do"), rows)
    if any(one.state == "broken" for one in found):
        raise SystemExit(1)


async def _examined(settings: Settings) -> list[operating.Check]:
    return [check async for check in operating.examine(settings)]


@click.command()
@options.db
@click.option("--person", metavar="NAME", help="Texts that name this person, and the name wherever else it stands.")
@click.option("--organisation", metavar="NAME", help="Texts that name this organisation, and all that is known of it.")
@click.option("--url", metavar="URL", help="The article at this address, wholly.")
@click.option("--yes", is_flag=True, help="Do it; without this only show what would go.")
def forget(db: Path | None, person: str | None, organisation: str | None, url: str | None, yes: bool) -> None:
    """Remove what somebody may ask to have removed, for good: no poll brings it back.

    Texts, versions, mentions and archived pages go; of what went a hash alone is kept. Backups are not touched: they go
    by themselves as the setting `backups` says.

    Example: lagebild forget --person "Ida Brand" --yes
    """
    given: dict[Kind, str | None] = {"person": person, "organisation": organisation, "url": url}
    named = [(kind, value) for kind, value in given.items() if value]
    if len(named) != 1:
        raise click.UsageError("name exactly one of --person, --organisation, --url")
    [(kind, value)] = named
    settings = load_settings(db=db)
    with run.open_database(settings) as database:
        removed = forgetting.forget(database, settings, kind, value, really=yes)
    rows = [(name, number) for name, number in removed.items()]
    show.table(f"{'Removed' if yes else 'Would be removed (--yes does it)'}: {kind} {value}", ("what", "number"), rows)


COMMANDS = [status, backup, restore, doctor, forget]
