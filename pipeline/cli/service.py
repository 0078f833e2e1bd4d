"""Commands that run: init, run, serve, digest, demo."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import click

from pipeline import analyse, correcting, run, schedule
from pipeline.browse.serve import application
from pipeline.browse.serve import serve as serve_pages
from pipeline.cli import options, show
from pipeline.config import CONFIG_FILE, Settings, load_settings, resources, template
from pipeline.demo import Findings, serve_newsroom, walk
from pipeline.digest import digests_of, put_together
from pipeline.leaving import Leaving
from pipeline.logs import log_to_stderr
from pipeline.sending import send_waiting, write
from pipeline.signing import cookie_secret
from pipeline.store import Database, delivered
from pipeline.vocabulary import BERLIN

_METADATA = resources() / "metadata.yml"


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


@click.command("run")
@options.db
def run_service(db: Path | None) -> None:
    """Run the service: poll what is due, analyse, join, send digests and alerts, prune and copy at night.

    SIGTERM stops it within ten seconds, SIGHUP makes it read settings and sources again.

    Example: lagebild run
    """
    settings = load_settings(db=db)
    secrets = [
        settings.smtp_password.get_secret_value(),
        *(one.get_secret_value() for one in settings.analysts.values()),
    ]
    log_to_stderr(settings.log_format, secrets)
    if not asyncio.run(schedule.keep_running(settings, partial(load_settings, db=db))):
        os._exit(0)  # a copy or a digest was under way and was not noted; the next start makes it


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True)
@click.option("--public", is_flag=True, help="For others: no full texts, no people, no SQL of their own.")
@options.db
def serve(host: str, port: int, public: bool, db: Path | None) -> None:
    """Serve the pages: Datasette with the plugin of Lagebild.

    With --public whoever is named under `analysts` in the settings signs in at /-/login, sees everything and corrects.

    Example: lagebild serve --port 8080
    """
    settings = load_settings(db=db)
    with run.open_database(settings):
        pass
    click.echo(f"The pages are at http://{host}:{port}/ (stop with Ctrl-C)")
    analysts = {name: hash.get_secret_value() for name, hash in settings.analysts.items()}
    pages = application(
        settings.db,
        _METADATA,
        public=public,
        analysts=analysts,
        desk=correcting.Desk(settings.db),
        leaving=Leaving(settings.db),
        secret=cookie_secret(settings.db),
    )
    asyncio.run(serve_pages(pages, host, port))


@click.command()
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day; default today, Europe/Berlin.")
@click.option("--dry-run", is_flag=True, help="Write .eml and .html and send nothing.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default="digests", show_default=True)
@options.db
def digest(day: datetime | None, dry_run: bool, folder: Path, db: Path | None) -> None:
    """Put today's digests together, whatever the hour, and send what waits to be sent.

    With --dry-run nothing is sent or noted: the digests of a day, those of a past one as they were, become files.

    Example: lagebild digest --date 2026-11-20 --dry-run
    """
    settings, now = load_settings(db=db), datetime.now(UTC)
    today = now.astimezone(BERLIN).date()
    when = day.date() if day else today
    with run.open_database(settings) as database:
        if dry_run:
            _show_digests(database, settings, when, now, folder)
            return
        if when == today:
            put_together(database, settings, now, when)
        report = asyncio.run(send_waiting(database, settings))
        found = delivered.digests_of(database, when)
    for told in found:
        click.echo(told.rendered.subject)
    click.echo(f"{report.sent} sent" if found or report.sent else f"no digest of {when}; nothing sent")
    for trouble in report.troubles:
        click.echo(trouble, err=True)
    if report.troubles:
        raise SystemExit(1)


def _show_digests(database: Database, settings: Settings, when: date, now: datetime, folder: Path) -> None:
    """Writes the digests of a day to files and shows for whom they are."""
    rows = []
    for number, (told, readers) in enumerate(digests_of(database, settings, when, now), 1):
        name = f"digest-{when}" + (f"-{number}" if number > 1 else "")
        to = readers[0][0] if readers else settings.digest_from
        for path in write(settings, told, to, folder, name):
            click.echo(f"written: {path}")
        who = "\n".join(f"{address} ({state})" for address, state in readers) or "nobody"
        rows.append((name, told.rendered.subject, told.incidents, told.selection, who))
    show.table(f"Digests of {when}", ("file", "subject", "incidents", "selection", "readers"), rows)


@click.command()
@click.option("--no-serve", is_flag=True, help="End after the table.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default="demo", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True)
@options.model
def demo(no_serve: bool, folder: Path, port: int, model: Path | None) -> None:
    """Walk the sample newsroom through the whole flow: crawl, analyse, join, digest, pages.

    Example: lagebild demo --no-serve
    """
    settings = load_settings(
        db=folder / "lagebild.db",
        archive=folder / "archive",
        model=model,
        allow_private=True,
        browse_url=f"http://127.0.0.1:{port}",
    )
    for old in (*folder.glob("lagebild.db*"), *folder.glob("digest-*")):  # of an earlier demo
        old.unlink()
    asyncio.run(_demo(settings, None if no_serve else port))


async def _demo(settings: Settings, port: int | None) -> None:
    nlp = analyse.load(settings.model)
    today = datetime.now(BERLIN).date()
    async with serve_newsroom(resources() / "data" / "sample", day=today) as newsroom:
        with show.progress() as progress:
            found = await walk(newsroom, settings, nlp, today, progress=progress)
        _show_demo(found, today)
        if port is not None:
            click.echo(f"The pages are at http://127.0.0.1:{port}/ (stop with Ctrl-C)")
            await serve_pages(application(settings.db, _METADATA), "127.0.0.1", port)


def _show_demo(found: Findings, today: date) -> None:
    for trouble in found.troubles:
        click.echo(trouble, err=True)
    columns = ("incident", "affected", "type", "status", "number", "articles", "sources")
    rows = [
        (line.title, line.affected_organisations, line.type, line.status, line.affected, line.articles, line.sources)
        for line in found.incidents
    ]
    show.table(f"What the sample newsroom tells on {today:%d.%m.%Y}", columns, rows)
    click.echo(", ".join(f"{number} {name.replace('_', ' ')}" for name, number in found.tables.items()))
    click.echo("entries: " + ", ".join(f"{number} {word}" for word, number in sorted(found.outcomes.items())))
    for path in found.digest:
        click.echo(f"digest: {path}")


COMMANDS = [init, run_service, serve, digest, demo]
