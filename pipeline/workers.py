"""Processes beside the main one, in which feeds and pages are read, so that asking the web never waits for it."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from multiprocessing import get_context, parent_process
from typing import ParamSpec, TypeVar

from pipeline.crawl import Aside
from pipeline.errors import WorkerError

P = ParamSpec("P")
R = TypeVar("R")

_NEEDED = ("pipeline.crawl.offer", "pipeline.extract")


class Workers:
    """Runs functions in processes, as many as there are cores; they start when first needed, one that dies is replaced."""

    def __init__(self) -> None:
        self._pool: asyncio.Future[ProcessPoolExecutor] | None = None

    async def __call__(self, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function returns. Raises what it raises, and WorkerError if its process died."""
        assert not kwargs
        if self._pool is None:
            self._pool = asyncio.ensure_future(asyncio.to_thread(_new_pool))
        current = self._pool
        pool = await asyncio.shield(current)
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work, *args)
        except BrokenProcessPool as exc:
            if self._pool is current:
                self._pool = None
                pool.shutdown(wait=False)
            raise WorkerError("a process that reads feeds and pages has died, perhaps for want of memory") from exc

    async def close(self) -> None:
        """Ends the processes; work that has not begun is given up."""
        if self._pool is not None:
            pool = await self._pool
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)


@asynccontextmanager
async def open_workers() -> AsyncIterator[Aside]:
    """Something that runs functions in processes of their own."""
    workers = Workers()
    try:
        yield workers
    finally:
        await workers.close()


def _new_pool() -> ProcessPoolExecutor:
    context = get_context("forkserver")  # loads what they need once for all of them
    context.set_forkserver_preload(list(_NEEDED))
    pool = ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context, initializer=_begin)
    for _ in range(os.cpu_count() or 1):  # starts them: not in the event loop, which would wait
        pool.submit(os.getpid)
    return pool


def _begin() -> None:
    """A worker leaves Ctrl-C to the main process and ends with it, however that one ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
