"""Looking after a service: a backup put back, and what a doctor sees."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pipeline import analyse, deliver, locking, sending, sources
from pipeline.config import Settings
from pipeline.errors import LagebildError
from pipeline.health import State, reasons
from pipeline.store import Database, copies, open_store, subscribed
from pipeline.store.state import state

_ROOM = 2_000_000_000  # bytes that should be free
_AHEAD = timedelta(minutes=5)  # that clocks may differ


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was looked at, how it is, what was found and what to do about it."""

    what: str
    state: Literal["fine", "warning", "broken"]
    told: str
    remedy: str = ""


def restore(db: Path, file: Path) -> Path | None:
    """Puts a backup in the place of the database; returns where what stood there is kept now.

    Raises StoreError if the backup is not sound, or if the service, the pages or another tool have the database open.
    """
    with locking.alone(db, "lagebild restore"):
        return copies.restore(db, file, datetime.now(UTC))


async def examine(settings: Settings) -> AsyncIterator[Check]:
    """One check after the other; nothing is changed. Settings themselves were checked when they were read."""
    yield _contact(settings)
    yield _sources(settings)
    yield _model(settings)
    try:
        with open_store(settings.db) as db:
            for check in _database(settings, db):
                yield check
            yield await _mail(settings, db)
    except LagebildError as exc:
        yield Check(
            what="database",
            state="broken",
            told=str(exc),
            remedy="`lagebild init` makes one, `lagebild restore` puts a backup back",
        )
    for name, folder in {
        "database": settings.db.parent,
        "archive": settings.archive,
        "backups": settings.backup_folder,
    }.items():
        yield _folder(name, folder)


def _contact(settings: Settings) -> Check:
    if settings.contact:
        return Check(what="contact", state="fine", told=settings.contact)
    remedy = "set `contact`, so that publishers can reach you before they lock you out"
    return Check(what="contact", state="warning", told="none", remedy=remedy)


def _sources(settings: Settings) -> Check:
    try:
        enabled = [source for source in sources.load(settings.sources) if source.enabled]
    except LagebildError as exc:
        return Check(what="sources", state="broken", told=str(exc), remedy="mend the entry that is named")
    if not enabled:
        return Check(
            what="sources", state="broken", told="none is enabled", remedy=f"enable some in {settings.sources}"
        )
    return Check(what="sources", state="fine", told=f"{len(enabled)} enabled; `lagebild sources check` asks them")


def _model(settings: Settings) -> Check:
    began = time.monotonic()
    try:
        nlp = analyse.load(settings.model)
    except LagebildError as exc:
        return Check(what="model", state="broken", told=str(exc), remedy="set `model`, or install Lagebild anew")
    took = time.monotonic() - began
    return Check(what="model", state="fine", told=f"{nlp.meta['name']} {nlp.meta['version']}, loaded in {took:.0f} s")


def _database(settings: Settings, db: Database) -> list[Check]:
    now = datetime.now(UTC)
    [verdict] = db.execute("pragma quick_check(1)").fetchone()
    if verdict != "ok":
        return [
            Check(
                what="database",
                state="broken",
                told=verdict,
                remedy="stop the service, then `lagebild restore` the newest backup",
            )
        ]
    found = [Check(what="database", state="fine", told=f"{settings.db.stat().st_size // 1_000_000} MB, sound")]
    holder = locking.in_use(settings.db)
    told = state(db.conn, settings.db)
    found.append(Check(what="service", state="fine", told=holder) if holder else _stopped(told))
    found.append(_clock(db, now))
    found += [Check(what="service", state="warning", told=why) for why in reasons(told, now) if told.jobs]
    return found


def _stopped(told: State) -> Check:
    return Check(
        what="service",
        state="warning",
        told="stopped" if told.jobs else "has never run on this database",
        remedy="start `lagebild run`",
    )


def _clock(db: Database, now: datetime) -> Check:
    """A clock that is behind what was written before is wrong; one that is ahead nobody can tell."""
    [newest] = db.execute(
        "select max(at) from (select max(at) as at from polls union all select max(at) from editions)"
    ).fetchone()
    if newest and datetime.fromisoformat(newest) > now + _AHEAD:
        return Check(
            what="clock",
            state="broken",
            told=f"{now:%Y-%m-%d %H:%M} UTC, but something was written at {newest}",
            remedy="set the clock (NTP)",
        )
    return Check(what="clock", state="fine", told=f"{now:%Y-%m-%d %H:%M} UTC")


async def _mail(settings: Settings, db: Database) -> Check:
    readers = len(subscribed.subscriptions(db, active=True))
    if not settings.smtp_host:
        remedy = "set `smtp_host` and what else begins with smtp"
        return Check(
            what="mail",
            state="broken" if readers else "warning",
            told=f"no mail server for {readers} subscribers",
            remedy=remedy,
        )
    server = sending.server_of(settings)
    try:
        await deliver.knock(server)
    except LagebildError as exc:
        return Check(
            what="mail",
            state="broken",
            told=str(exc),
            remedy="check smtp_host, smtp_port, smtp_user, smtp_password and smtp_starttls",
        )
    if not settings.smtp_starttls and settings.smtp_host not in ("127.0.0.1", "::1", "localhost"):
        return Check(
            what="mail",
            state="warning",
            told=f"{server.name} lets us in, in the open",
            remedy="set `smtp_starttls = true`",
        )
    return Check(what="mail", state="fine", told=f"{server.name} lets us in; {readers} subscribers")


def _folder(name: str, folder: Path) -> Check:
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(there, os.W_OK) or not there.is_dir():
        return Check(
            what=f"folder of the {name}",
            state="broken",
            told=f"{folder}: cannot be written",
            remedy="give the account of the service the right to",
        )
    free = shutil.disk_usage(there).free
    told = f"{folder}: {free // 1_000_000:,} MB free".replace(",", " ")
    if free < _ROOM:
        return Check(what=f"folder of the {name}", state="warning", told=told, remedy="make room")
    return Check(what=f"folder of the {name}", state="fine", told=told)
