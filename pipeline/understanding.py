"""A process beside the main one that analyses and groups, so that asking the web never waits for the model."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from pipeline.errors import LagebildError, WorkerError

_PATIENCE = 8.0  # seconds in which a batch under way may be ended; what is left waits in the database
SLICE = 500  # articles that are analysed before they are grouped, so that readers do not wait for all others


class Understanding:
    """Analyses and groups what waits in a database, each time it is asked to."""

    def __init__(self, db: Path, model: Path, archive: Path) -> None:
        self._db, self._model, self._archive = db, model, archive
        self._context = get_context("forkserver")
        self._stop = self._context.Event()
        self._process: ForkServerProcess | None = None
        self._pipe: Connection | None = None

    async def start(self) -> None:
        """Returns when the model is loaded. Raises what went wrong with it, and WorkerError if the process died."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs, self._stop, self._db, self._model, self._archive), daemon=True
        )
        await asyncio.to_thread(process.start)
        theirs.close()
        self._process, self._pipe = process, ours
        await self._answer()

    async def __call__(self) -> tuple[int, int]:
        """How many articles were analysed, about SLICE at most, and grouped. Raises what went wrong; a process that died is replaced."""
        if self._process is None or not self._process.is_alive():
            await self.start()
        assert self._pipe is not None
        try:
            self._pipe.send("work")
        except OSError as exc:
            raise WorkerError(_DIED) from exc
        return await self._answer()

    async def close(self) -> None:
        """Ends the process: after the batch under way, or at once if that takes too long."""
        self._stop.set()
        if self._process is None or self._pipe is None:
            return
        self._pipe.close()
        await asyncio.to_thread(self._process.join, _PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            await asyncio.to_thread(self._process.join)

    async def _answer(self) -> tuple[int, int]:
        assert self._pipe is not None
        pipe = self._pipe
        while not await asyncio.to_thread(pipe.poll, 0.2):  # a thread that waits for ever could not be ended
            if self._stop.is_set():
                raise asyncio.CancelledError
        try:
            told = pipe.recv()
        except (EOFError, OSError) as exc:
            raise WorkerError(_DIED) from exc
        if isinstance(told, Exception):
            raise told
        return told  # type: ignore[no-any-return]


_DIED = "the process that analyses has died, perhaps for want of memory; what waits is analysed by a new one"


def _work(pipe: Connection, stop: threading.Event, db: Path, model: Path, archive: Path) -> None:
    """Loads the model, then works whenever it is told to, until nobody can tell it any more."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)  # the main process decides
    from pipeline import analyse
    from pipeline.grouping import group_round
    from pipeline.run import analyse_round
    from pipeline.store import open_store

    try:
        nlp = analyse.load(model)
        pipe.send((0, 0))
        while pipe.recv():
            try:
                with open_store(db) as opened:
                    analysed = analyse_round(opened, nlp, archive=archive, most=SLICE, stopped=stop.is_set)
                    pipe.send((analysed, group_round(opened, stopped=stop.is_set)))
            except LagebildError as exc:
                pipe.send(exc)
    except LagebildError as exc:
        pipe.send(exc)
    except (EOFError, OSError):
        os._exit(0)  # the main process is gone
