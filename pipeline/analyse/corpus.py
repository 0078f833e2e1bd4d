"""Annotated articles: read from JSON lines, split by event, laid over the words of the tokenizer."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import yaml
from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline.analyse.labels import MENTIONS, ROLES, STATUSES, TYPES
from pipeline.errors import AnnotationError

Part = Literal["train", "dev", "test"]
_TEST_SHARE, _DEV_SHARE = 15, 12  # out of a hundred events


@dataclass(frozen=True, kw_only=True)
class Row:
    """One annotated article; names without incident data come as rows without `complete`."""

    id: str
    file: str  # stem of the file it came from
    event: str
    text: str
    spans: tuple[tuple[int, int, str], ...] = ()
    types: tuple[str, ...] = ()
    status: str = "none"
    affected: int | None = None
    orgs: tuple[tuple[str, str], ...] = ()  # canonical name, role
    evidence: tuple[tuple[int, int, str], ...] = ()
    complete: bool = True

    @property
    def part(self) -> Part:
        """The part of the data it belongs to: all articles on one event fall into the same one."""
        key = self.event if self.event != "none" else self.id
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % 100
        return "test" if number < _TEST_SHARE else "dev" if number < _TEST_SHARE + _DEV_SHARE else "train"


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence without an article, and the incident types that it shows."""

    text: str
    types: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Misaligned:
    """An annotation that does not begin and end at borders of words."""

    id: str
    start: int
    end: int
    label: str
    surface: str
    around: str


def read_rows(path: Path) -> Iterator[Row]:
    """The annotated articles of a file, plain or gzip; a fault is named with file, line and key."""
    for number, line in enumerate(read_lines(path), 1):
        if line.strip():
            yield _row(path, number, line)


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a file of JSON lines, plain or gzip."""
    try:
        with _opened(path) as lines:
            yield from lines
    except (OSError, EOFError, UnicodeDecodeError) as exc:
        raise AnnotationError(f"{path}: cannot be read as JSON lines: {exc}") from exc


def read_all(paths: Iterable[Path]) -> list[Row]:
    """The annotated articles of several files; an id that comes twice within a file is refused."""
    rows: list[Row] = []
    for path in paths:
        seen: set[str] = set()
        for row in read_rows(path):
            if row.id in seen:
                raise AnnotationError(f"{path}: id {row.id!r} comes twice")
            seen.add(row.id)
            rows.append(row)
    return rows


def read_sentences(path: Path) -> list[Sentence]:
    """The sentences of a YAML file that lists them under the types they show, joined by commas, or under `none`."""
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        listed = [(key, text) for key, texts in told.items() for text in texts]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, TypeError) as exc:
        raise AnnotationError(f"{path}: no lists of sentences under incident types: {exc}") from exc
    found = []
    for key, text in listed:
        types = () if key == "none" else _words(str(path), key, (part.strip() for part in key.split(",")), TYPES)
        if not isinstance(text, str):
            raise AnnotationError(f"{path}: key {key}: a sentence is wanted, not {text!r}")
        found.append(Sentence(text=text, types=types))
    return found


def with_mentions(nlp: Language, row: Row) -> tuple[Doc, list[Misaligned]]:
    """The article in words and sentences with its annotated names, and what could not be laid over words."""
    doc = nlp.make_doc(row.text)
    if "lagebild_sentences" in nlp.pipe_names:
        doc = nlp.get_pipe("lagebild_sentences")(doc)
    spans: list[Span] = []
    faults: list[Misaligned] = []
    taken: set[int] = set()
    for start, end, label in sorted(row.spans):
        span = doc.char_span(start, end, label=label)
        if span is None or taken.intersection(range(span.start, span.end)):
            around = row.text[max(0, start - 15) : end + 15].replace("\n", " ")
            surface = row.text[start:end]
            faults.append(Misaligned(id=row.id, start=start, end=end, label=label, surface=surface, around=around))
        else:
            taken.update(range(span.start, span.end))
            spans.append(span)
    doc.set_ents(spans)
    return doc, faults


def described(faults: Sequence[Misaligned], shown: int = 5) -> str:
    """The misaligned annotations in one line: how many, and the first few with their place."""
    first = "; ".join(f"{f.id}:{f.start}-{f.end} {f.label} {f.surface!r} in {f.around!r}" for f in faults[:shown])
    return f"{len(faults)} annotations miss the borders of words{': ' if faults else ''}{first}"


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _row(path: Path, number: int, line: str) -> Row:
    where = f"{path}: line {number}"
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as exc:
        raise AnnotationError(f"{where}: not JSON: {exc.msg}") from exc
    if not isinstance(raw, dict) or not isinstance(raw.get("text"), str):
        raise AnnotationError(f"{where}: key text: a string is wanted")
    text = raw["text"]
    orgs = raw.get("orgs") or {}
    if not isinstance(orgs, dict):
        raise AnnotationError(f"{where}: key orgs: names with roles are wanted")
    affected = raw.get("affected")
    if affected is not None and not isinstance(affected, int):
        raise AnnotationError(f"{where}: key affected: a number or null is wanted")
    return Row(
        id=str(raw.get("id", f"{path.name}:{number}")),
        file=path.name.split(".")[0],
        event=str(raw.get("event", "none")),
        text=text,
        spans=_places(where, "spans", raw, text, MENTIONS),
        types=_words(where, "types", raw.get("types") or (), TYPES),
        status=_words(where, "status", (raw.get("status", "none"),), STATUSES)[0],
        affected=affected,
        orgs=tuple(zip(map(str, orgs), _words(where, "orgs", orgs.values(), ROLES), strict=True)),
        evidence=_places(where, "evidence", raw, text, (*TYPES, "affected")),
        complete="types" in raw,
    )


def _words(where: str, key: str, values: Iterable[Any], known: Iterable[str]) -> tuple[str, ...]:
    allowed = set(known)
    words = tuple(str(value) for value in values)
    for word in words:
        if word not in allowed:
            raise AnnotationError(f"{where}: key {key}: unknown value {word!r}")
    return words


def _places(
    where: str, key: str, raw: dict[str, Any], text: str, known: Iterable[str]
) -> tuple[tuple[int, int, str], ...]:
    allowed = set(known)
    places = []
    for item in raw.get(key) or ():
        match item:
            case [int(start), int(end), str(label)] if 0 <= start < end <= len(text) and label in allowed:
                places.append((start, end, label))
            case _:
                raise AnnotationError(f"{where}: key {key}: {item!r} is not [start, end, label] within the text")
    return tuple(places)
