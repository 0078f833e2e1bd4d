"""When things happen: sources are asked, articles analysed, digests sent and copies made, each in a job of its own.

The work itself is in `pipeline.crawling`, `run`, `grouping`, `digest`, `sending` and `maintaining`; what is due is a
question to the database, so that a missed or killed job loses nothing and is made up once. No job overlaps itself, and
none waits for another.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from pipeline import crawling, deliver, digest, locking, run, sending, sources
from pipeline.config import Settings, differences
from pipeline.errors import LagebildError
from pipeline.logs import logger
from pipeline.maintaining import MaintenanceReport, maintain
from pipeline.records import Rhythm, Source
from pipeline.store import jobs, open_store
from pipeline.understanding import SLICE, Understanding
from pipeline.vocabulary import BERLIN

_ROUND = 300  # seconds in which pages are asked for before sources are looked at again
_NIGHT = Rhythm(hour=3)
_FIXED = ("db", "model", "archive", "log_format")  # settings that hold until the service is started again
_AFTER_A_FAULT = timedelta(hours=1)
_GRACE = 9.0  # seconds in which the jobs under way may end
Reload = Callable[[], Settings]
T = TypeVar("T")


async def keep_running(settings: Settings, reload: Reload, *, every: float = 60.0) -> bool:
    """Returns within ten seconds after SIGTERM or SIGINT: whether everything has ended; else a thread is still at work.

    Jobs come every so many seconds; SIGHUP reads settings and sources again. Raises StoreError if another service works
    on the database, and ModelError if there is no model.
    """
    with locking.alone(settings.db, "lagebild run"):
        with run.open_database(settings, create=True):
            pass
        return await Service(settings, reload).run(every)


class Service:
    """The jobs, and how they begin and end."""

    def __init__(self, settings: Settings, reload: Reload) -> None:
        self.settings, self._reload = settings, reload
        self._sources: tuple[Source, ...] = ()
        self._stop = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(2, "lagebild")
        self._aside: set[Future[Any]] = set()
        self._understanding = Understanding(settings.db, settings.model, settings.archive)
        self._scheduler = AsyncIOScheduler(
            timezone=BERLIN, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    async def run(self, every: float) -> bool:
        """Works until it is told to stop; returns whether everything has ended."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.read_again)
        self._sources = tuple(sources.load(self.settings.sources))
        jobs = {"poll": self.poll, "understand": self.understand, "deliver": self.deliver, "maintain": self.maintain}
        for name, job in jobs.items():
            when = IntervalTrigger(seconds=every)
            self._scheduler.add_job(self._do, when, [name, job], next_run_time=datetime.now(UTC), id=name)
        try:
            await self._understanding.start()
            self._scheduler.start()
            logger().info("running", database=str(self.settings.db), sources=len(self._sources))
            await self._stop.wait()
            logger().info("stopping")
        finally:
            ended = await self._end()
        return ended

    async def poll(self) -> None:
        """Asks the sources that are due, and for the pages that wait."""
        with run.open_database(self.settings) as db:
            report = await crawling.crawl_round(db, self.settings, self._sources, seconds=_ROUND)
        for look in report.looks:
            logger().info(
                "polled",
                source=look.source,
                outcome=look.outcome,
                entries=look.entries,
                new=look.new,
                changed=look.changed,
                seconds=look.seconds,
            )
        for trouble in report.troubles:
            logger().warning("trouble", what=trouble)
        if report.polls or report.entries:
            logger().info("crawled", polls=dict(report.polls), entries=dict(report.entries))
            self._next("understand")

    async def understand(self) -> None:
        """Analyses and groups what waits, in a process of its own."""
        analysed = SLICE
        while analysed >= SLICE:
            analysed, grouped = await self._understanding()
            if analysed or grouped:
                logger().info("understood", analysed=analysed, grouped=grouped)
                self._next("deliver")

    async def deliver(self) -> None:
        """Puts together the digests that are due and the alerts that are called for, and sends what waits."""
        made, alerts = await self._in_thread(self._put_together)
        if made or alerts:
            logger().info("put together", digests=made, alerts=alerts)
        with run.open_database(self.settings) as db:
            report = await sending.send_waiting(db, self.settings, stopped=self._stop.is_set)
        for trouble in report.troubles:
            logger().warning("trouble", what=trouble)
        if report.sent:
            logger().info("sent", mails=report.sent)

    def _put_together(self) -> tuple[int, int]:
        now = datetime.now(UTC)
        with run.open_database(self.settings) as db:
            alerts = len(digest.alert(db, self.settings, now))
            return len(digest.put_together(db, self.settings, now)), alerts

    async def maintain(self) -> None:
        """Prunes, tidies and makes a copy, once after three at night, whenever the service was down then."""
        report = await self._in_thread(self._maintain)
        copy = str(report.backup) if report.backup else None
        logger().info("maintained", pruned=report.pruned, backup=copy)

    def _maintain(self) -> MaintenanceReport:
        with run.open_database(self.settings) as db:
            return maintain(db, self.settings)

    def _is_due(self, name: str) -> bool:
        """Whether a job is to be done now; the nightly one once a night, and after a fault again an hour later."""
        if name != "maintain":
            return True
        now = datetime.now(UTC)
        with open_store(self.settings.db) as db:
            job = jobs.job(db, name)
        if job is None:
            return True
        done = job.well_at is not None and job.well_at >= deliver.last_moment(_NIGHT, now)
        return not done and not now - _AFTER_A_FAULT < job.began_at <= now

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """What some work returns that would hold up the other jobs."""
        future = self._threads.submit(work)
        self._aside.add(future)
        future.add_done_callback(self._aside.discard)
        return await asyncio.wrap_future(future)

    def _next(self, name: str) -> None:
        """Lets a job begin at once."""
        self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def read_again(self) -> None:
        """Reads settings and sources anew and tells what has changed; if they are wrong the old ones stay."""
        try:
            new = self._reload()
            found = tuple(sources.load(new.sources))
        except LagebildError as exc:
            logger().error("not read again, all stays as it was", error=str(exc))
            return
        before, now = ({one.id: one for one in some} for some in (self._sources, found))
        changed = differences(self.settings, new)
        self.settings = new.model_copy(update={name: getattr(self.settings, name) for name in _FIXED})
        self._sources = found
        logger().info(
            "read again",
            settings=changed,
            need_a_restart=[name for name in changed if name in _FIXED],
            sources_added=sorted(now.keys() - before.keys()),
            sources_removed=sorted(before.keys() - now.keys()),
            sources_changed=sorted(id for id in now.keys() & before.keys() if now[id] != before[id]),
        )

    async def _do(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        """Does a job and notes how it went; a fault is told in one line and the service goes on."""
        task = asyncio.create_task(self._noted(name, job), name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.wait([task])

    async def _noted(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        error: str | None = None
        try:
            if not self._is_due(name):
                return
            self._note(name, None, begins=True)
            await job()
        except LagebildError as exc:
            error = " ".join(str(exc).split())
        except asyncio.CancelledError:
            logger().info("given up in the middle; what is left waits for the next start", job=name)
            return
        except Exception as exc:  # a fault of ours: the other jobs go on
            error = f"{type(exc).__name__}: {exc}"
            logger().error("fault", job=name, exc_info=exc)
        if error:
            logger().error("failed", job=name, error=error)
        self._note(name, error)

    def _note(self, name: str, error: str | None, *, begins: bool = False) -> None:
        """Writes down that a job begins or has ended; if that cannot be written it is told, and no job is kept from it."""
        try:
            with open_store(self.settings.db) as db:
                now = datetime.now(UTC)
                if begins:
                    jobs.begin(db, name, now)
                else:
                    jobs.end(db, name, now, error)
        except LagebildError as exc:
            logger().error("cannot be noted", job=name, error=" ".join(str(exc).split()))

    async def _end(self) -> bool:
        """No job begins any more; those under way are given up. Returns whether nothing is at work any more."""
        if self._scheduler.running:
            self._scheduler.pause()
        closing = asyncio.create_task(self._understanding.close())
        for task in self._running:
            if task.get_name() != "deliver":  # a mail under way is better ended
                task.cancel()
        aside = [asyncio.wrap_future(future) for future in self._aside]
        _, left = await asyncio.wait([closing, *self._running, *aside], timeout=_GRACE)
        for under_way in left:
            under_way.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._threads.shutdown(wait=False, cancel_futures=True)
        return not self._aside
