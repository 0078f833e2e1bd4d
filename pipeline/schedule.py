"""When things happen: a round of crawling, analysing and grouping every minute, the digest at its hour.

The work itself is in `pipeline.run`; what is due is a question to the database, so a missed or killed round loses
nothing.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from spacy.language import Language

from pipeline import crawling, grouping, run, sources
from pipeline.config import Settings
from pipeline.digest import put_together
from pipeline.errors import LagebildError
from pipeline.sending import send_waiting
from pipeline.vocabulary import BERLIN

_LATE = 6 * 3600  # seconds by which a digest may be late, after sleep or restart
_ROUND = 300  # seconds in which pages are asked for before sources are looked at again
log = logging.getLogger("lagebild")


async def keep_running(settings: Settings, nlp: Language, *, every: float = 60.0) -> None:
    """Returns when SIGTERM or SIGINT came and the step under way has ended; `every` is in seconds."""
    stop, running = asyncio.Event(), set[asyncio.Task[None]]()

    async def unless_stopped(work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(_until_stopped(stop, work))
        running.add(task)
        task.add_done_callback(running.discard)
        await asyncio.shield(task)

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    scheduler = AsyncIOScheduler(timezone=BERLIN, job_defaults={"coalesce": True, "max_instances": 1})
    scheduler.add_job(
        unless_stopped,
        IntervalTrigger(seconds=every),
        [lambda: look(settings, nlp, stop.is_set)],
        next_run_time=datetime.now(UTC),
        id="round",
    )
    scheduler.add_job(
        unless_stopped,
        CronTrigger(hour=settings.digest_hour, timezone=BERLIN),
        [lambda: send(settings)],
        misfire_grace_time=_LATE,
        id="digest",
    )
    scheduler.start()
    log.info("running; the digest goes out at %02d:00", settings.digest_hour)
    await stop.wait()
    log.info("stopping")
    scheduler.pause()
    await asyncio.gather(*running)
    scheduler.shutdown(wait=False)


async def _until_stopped(stop: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    """Does the work until it ends or the stop comes; a fault is logged in one line and the service goes on."""
    doing = asyncio.ensure_future(work())
    waiting = asyncio.ensure_future(stop.wait())
    await asyncio.wait((doing, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    doing.cancel()
    try:
        await doing
    except asyncio.CancelledError:
        log.info("given up in the middle; what is left waits for the next start")
    except LagebildError as exc:
        log.error("%s", exc)


async def look(settings: Settings, nlp: Language, stopped: Callable[[], bool]) -> None:
    """One round: what is due is crawled, what waits is analysed and grouped."""
    with run.open_database(settings, create=True) as db:
        report = await crawling.crawl_round(db, settings, sources.load(settings.sources), seconds=_ROUND)
    for trouble in report.troubles:
        log.warning("%s", trouble)
    if report.polls or report.entries:
        log.info("crawled: polls %s, entries %s", dict(report.polls), dict(report.entries))
    await asyncio.to_thread(_understand, settings, nlp, stopped)


def _understand(settings: Settings, nlp: Language, stopped: Callable[[], bool]) -> None:
    with run.open_database(settings) as db:
        analysed = run.analyse_round(db, nlp, stopped=stopped)
        grouped = grouping.group_round(db, stopped=stopped)
    if analysed or grouped:
        log.info("analysed %d, grouped %d articles", analysed, grouped)


async def send(settings: Settings) -> None:
    """The digest of today, to those who have not got it yet."""
    with run.open_database(settings) as db:
        put_together(db, settings, datetime.now(UTC))
        report = await send_waiting(db, settings)
    for trouble in report.troubles:
        log.error("%s", trouble)
    log.info("digest: %d sent", report.sent)
