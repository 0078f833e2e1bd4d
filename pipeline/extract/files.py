"""Stored pages in bulk: a list of files in, one JSON-able dict each out, in order."""

from __future__ import annotations

import gzip
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from pipeline.errors import ExtractError
from pipeline.extract.article import extract
from pipeline.records import Article, Entry, Page

_AHEAD = 8  # pages handed out in advance to every process: enough to keep it busy, few enough to keep memory flat


def extract_files(lines: Iterable[str], processes: int | None = None) -> Iterator[dict[str, object]]:
    """For each line `path TAB url` the article in that file, or the error that kept it from being read."""
    wanted = (line.rstrip("\r\n") for line in lines)
    tasks = (line for line in wanted if line.strip() and not line.startswith("#"))
    if processes == 1:
        yield from map(extract_line, tasks)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        room = _AHEAD * (processes or 4)
        waiting: deque[Future[dict[str, object]]] = deque()
        for task in tasks:
            waiting.append(pool.submit(extract_line, task))
            if len(waiting) >= room:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def extract_line(line: str) -> dict[str, object]:
    """One line of the list as its answer."""
    path, _, url = line.partition("\t")
    url = url.strip()
    try:
        if not url:
            raise ExtractError(f"{path}: the line has no address behind a tab")
        body = Path(path).read_bytes()
        if path.endswith(".gz"):
            body = gzip.decompress(body)
        entry = Entry(source_id="", url=url)
        article = extract(Page(entry=entry, url=url, body=body, content_type=None, at=datetime.now(UTC)))
    except (ExtractError, OSError, EOFError, zlib.error) as exc:
        return {"file": path, "url": url, "error": str(exc)}
    return _answer(path, article)


def _answer(path: str, article: Article) -> dict[str, object]:
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
