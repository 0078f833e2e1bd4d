"""Stored pages in bulk: a list of files in, one JSON-able dict each out, in order."""

from __future__ import annotations

import gzip
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import ExtractError
from pipeline.extract.article import extract
from pipeline.records import Article, Entry, Page

_AHEAD = 8  # pages handed out in advance to every process: enough to keep it busy, few enough to keep memory flat
_MOST_BYTES = 50_000_000  # of a page, unpacked

Answer = dict[str, object]
Work = Callable[[str], Answer]


def extract_files(lines: Iterable[str], processes: int | None = None) -> Iterator[Answer]:
    """For each line `path TAB url` the article in that file, or the error that kept it from being read.

    One process per core if their number is not given.
    """
    wanted = (line.rstrip("\r\n") for line in lines)
    return answers(extract_line, (line for line in wanted if line.strip() and not line.startswith("#")), processes)


def answers(work: Work, tasks: Iterable[str], processes: int | None = None) -> Iterator[Answer]:
    """What work makes of each task, in order; a task that ends its process gets an error and ends nothing else."""
    processes = processes or os.cpu_count() or 1
    waiting: deque[tuple[str, Future[Answer]]] = deque()
    with _Processes(work, processes) as together, _Processes(work, 1) as alone:
        for task in tasks:
            waiting.append((task, together.begin(task)))
            if len(waiting) >= _AHEAD * processes:
                yield _answer(alone, *waiting.popleft())
        while waiting:
            yield _answer(alone, *waiting.popleft())


def _answer(alone: _Processes, task: str, begun: Future[Answer]) -> Answer:
    try:
        return begun.result()
    except BrokenProcessPool:
        pass  # one of those under way is to blame; this one is tried again
    try:
        return alone.begin(task).result()
    except BrokenProcessPool:
        path, _, url = task.partition("\t")
        error = f"{path}: ends the process that reads it, perhaps for want of memory"
        return {"file": path, "url": url.strip(), "error": error}


class _Processes:
    """Processes that do some work; all are replaced when one of them has died."""

    def __init__(self, work: Work, number: int) -> None:
        self._work, self._number = work, number
        self._pool = self._new()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def begin(self, task: str) -> Future[Answer]:
        try:
            return self._pool.submit(self._work, task)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._new()
            return self._pool.submit(self._work, task)

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._number, mp_context=get_context("spawn"))


def extract_line(line: str) -> Answer:
    """One line of the list as its answer."""
    path, _, url = line.partition("\t")
    url = url.strip()
    try:
        if not url:
            raise ExtractError(f"{path}: the line has no address behind a tab")
        body = _body(Path(path))
        entry = Entry(source_id="", url=url)
        article = extract(Page(entry=entry, url=url, body=body, content_type=None, at=datetime.now(UTC)))
    except (ExtractError, OSError, EOFError, zlib.error) as exc:
        return {"file": path, "url": url, "error": str(exc)}
    return _told(path, article)


def _body(path: Path) -> bytes:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        body = file.read(_MOST_BYTES + 1)
    if len(body) > _MOST_BYTES:
        raise ExtractError(f"{path}: more than {_MOST_BYTES:,} bytes")
    return body


def _told(path: str, article: Article) -> Answer:
    published = article.published_at
    return {
        "file": path,
        "url": article.url,
        "title": article.title,
        "teaser": article.teaser,
        "text": article.text,
        "authors": list(article.authors),
        "published": published.isoformat().replace("+00:00", "Z") if published else None,
        "kind": article.kind,
        "text_state": article.text_state,
    }
