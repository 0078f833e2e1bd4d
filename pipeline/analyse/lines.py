"""JSON lines in, JSON lines out: what `lagebild annotate` does, with constant memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from spacy.language import Language

from pipeline.analyse.reading import analysed, annotation
from pipeline.errors import AnnotationError

_BATCH = 32


@dataclass(frozen=True, kw_only=True)
class Request:
    """A text that someone wants analysed."""

    id: str | int | float | bool | None
    text: str
    published: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A line that is no request, and why."""

    id: str | int | float | bool | None
    error: str


def read_jsonl(stream: Iterable[str]) -> Iterator[Request | Refused]:
    """The requests of a stream of JSON lines; a faulty line comes as refused, an empty one not at all."""
    for number, line in enumerate(stream, 1):
        if line.strip():
            yield _request(number, line)


def annotate(nlp: Language, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """For every JSON line {id, text, title?, published?} the annotation or {id, error}, in order."""
    numbered = enumerate(read_jsonl(lines))
    for _, group in groupby(numbered, key=lambda item: item[0] // _BATCH):
        batch = [item for _, item in group]
        wanted = [item for item in batch if isinstance(item, Request)]
        analyses = analysed(nlp, ((item.text, item.published) for item in wanted))
        for item in batch:
            if isinstance(item, Refused):
                yield {"id": item.id, "error": item.error}
            else:
                yield annotation(item.id, next(analyses))


def _request(number: int, line: str) -> Request | Refused:
    raw: Any = None
    try:
        raw = _object(line)
        return Request(id=_id(raw), text=_text(raw), published=_published(raw))
    except AnnotationError as exc:
        id = raw.get("id") if isinstance(raw, dict) else None
        return Refused(id=id if isinstance(id, (str, int, float)) else None, error=f"line {number}: {exc}")


def _object(line: str) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as exc:
        raise AnnotationError(f"not JSON: {exc}") from exc
    if not isinstance(raw, dict):
        raise AnnotationError("an object is wanted")
    return raw


def _id(raw: dict[str, Any]) -> str | int | float | bool | None:
    id = raw.get("id")
    if id is not None and not isinstance(id, (str, int, float)):
        raise AnnotationError("key id: a string or number is wanted")
    return id


def _text(raw: dict[str, Any]) -> str:
    """The text as it came: offsets count in it, so a title is checked but never put before it."""
    text, title = raw.get("text"), raw.get("title")
    if not isinstance(text, str):
        raise AnnotationError("key text: a string is wanted")
    if title is not None and not isinstance(title, str):
        raise AnnotationError("key title: a string is wanted")
    return text


def _published(raw: dict[str, Any]) -> datetime | None:
    published = raw.get("published")
    if published in (None, "", "None"):
        return None
    try:
        moment = datetime.fromisoformat(str(published))
    except ValueError as exc:
        raise AnnotationError(f"key published: {published!r} is no date") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
