"""Texts in, analyses out: one pass of the pipeline, long texts in bounded pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.analyse import extensions, incidents, organisations, roles, tokens
from pipeline.analyse.language import GERMAN, language_of
from pipeline.analyse.organisations import Named
from pipeline.errors import ModelError
from pipeline.records import Analysis, Fact, IncidentType, Mention, Organisation, Span

# Importing them registers their components with spaCy, also where the package's entry points are not installed.
COMPONENTS = (tokens, organisations, incidents, roles, extensions)
PIPES = ("lagebild_sentences", "ner", "lagebild_organisations", "lagebild_types", "lagebild_facts", "lagebild_roles")
_PIECE = 40_000  # characters; an article is hardly ever longer
_ENDLESS = re.compile(r"\S{300}")  # no word; the tokenizer takes square time for a word, so such runs are parted
_UNREADABLE = re.compile(r"[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BREAK = re.compile(r"\n\n|\n|\s")

Job = tuple[str, datetime | None]
_Context = tuple[int, int, str, str]  # number of the text, where its piece begins, the piece as it came, its language


def load(path: Path) -> Language:
    """The trained model of a folder."""
    if not path.is_dir():
        raise ModelError(f"{path}: there is no model; `lagebild train` makes one")
    try:
        nlp = spacy.load(path)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        reason = str(exc).strip().splitlines()
        raise ModelError(f"{path}: the model cannot be loaded: {reason[0] if reason else type(exc).__name__}") from exc
    missing = [name for name in PIPES if name not in nlp.pipe_names]
    if missing:
        raise ModelError(f"{path}: the model does not fit this program: it lacks {', '.join(missing)}")
    return nlp


def analyse(nlp: Language, text: str, *, published: datetime | None = None) -> Analysis:
    """What the model finds in a text: headline first, an empty line, body."""
    return next(analysed(nlp, [(text, published)]))


def analyse_many(nlp: Language, texts: Iterable[str | Job]) -> Iterator[Analysis]:
    """What the model finds in many texts, in their order; a text may come with the time of its publication."""
    return analysed(nlp, ((item, None) if isinstance(item, str) else item for item in texts))


def analysed(nlp: Language, jobs: Iterable[Job]) -> Iterator[Analysis]:
    """What the model finds in texts with their times of publication, read in batches and without looking far ahead."""
    model = f"{nlp.meta['name']} {nlp.meta['version']}"
    pieces = chain.from_iterable(_documents(nlp, number, *job) for number, job in enumerate(jobs))
    read = nlp.pipe(pieces, as_tuples=True, batch_size=16)
    for _, parts in groupby(read, key=lambda part: part[1][0]):
        yield _together(model, [_piece(model, doc, context) for doc, context in parts])


def _documents(nlp: Language, number: int, text: str, published: datetime | None) -> Iterator[tuple[Doc, _Context]]:
    """The pieces of a text to be read; of one in another language nothing."""
    language = language_of(text)
    for start, piece in _pieces(text if language == GERMAN else ""):
        readable = _UNREADABLE.sub("\ufffd", piece)
        doc = nlp.make_doc(_ENDLESS.sub(lambda run: run[0][:-1] + " ", readable))
        doc._.published = published
        yield doc, (number, start, piece, language)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """A text cut where paragraphs, lines or words end, at least one piece, none longer than the limit."""
    start = 0
    while len(text) - start > _PIECE:
        breaks = list(_BREAK.finditer(text, start + _PIECE // 2, start + _PIECE))
        wide = [m for m in breaks if "\n" in m[0]] or breaks
        end = wide[-1].end() if wide else start + _PIECE
        yield start, text[start:end]
        start = end
    yield start, text[start:]


def _piece(model: str, doc: Doc, context: _Context) -> Analysis:
    _, at, text, language = context
    names = {place: named for named in doc._.named for place in named.places}
    mentions = []
    for span in doc.ents:
        named: Named | None = names.get((span.start, span.end))
        start, end = span.start_char, span.end_char
        surface, name = text[start:end], named.name if named else None
        mentions.append(Mention(start=at + start, end=at + end, label=span.label_, surface=surface, organisation=name))
    return Analysis(
        model=model,
        language=language,
        status=doc._.status,
        mentions=tuple(mentions),
        types=tuple(
            IncidentType(type=t.type, score=t.score, evidence=tuple(_moved(e, at) for e in t.evidence))
            for t in doc._.incident_types
        ),
        organisations=tuple(_moved_organisation(o, at) for o in doc._.organisations),
        facts=tuple(Fact(kind=f.kind, value=f.value, start=f.start + at, end=f.end + at) for f in doc._.facts),
    )


def _moved(place: Span, at: int) -> Span:
    return Span(start=place.start + at, end=place.end + at)


def _moved_organisation(o: Organisation, at: int, mentions: int = 0) -> Organisation:
    return Organisation(
        id=o.id, name=o.name, role=o.role, sector=o.sector, mentions=o.mentions + mentions, start=o.start + at, end=o.end + at
    )  # fmt: skip


def _together(model: str, parts: list[Analysis]) -> Analysis:
    """The analyses of a text's pieces as one: the first piece that knows an organisation tells its role."""
    if len(parts) == 1:
        return parts[0]
    merged: dict[str, Organisation] = {}
    types: dict[str, IncidentType] = {}
    for part in parts:
        for o in part.organisations:
            merged[o.id] = _moved_organisation(merged[o.id], 0, o.mentions) if o.id in merged else o
        for t in part.types:
            if t.type not in types or t.score > types[t.type].score:
                types[t.type] = t
    return Analysis(
        model=model,
        language=parts[0].language,
        status=next((part.status for part in parts if part.types), "none"),
        mentions=tuple(mention for part in parts for mention in part.mentions),
        types=tuple(sorted(types.values(), key=lambda t: -t.score)),
        organisations=tuple(merged.values()),
        facts=tuple(fact for part in parts for fact in part.facts),
    )


def annotation(id: Any, analysis: Analysis) -> dict[str, Any]:
    """The line that `lagebild annotate` prints for an analysed text."""
    return {
        "id": id,
        "language": analysis.language,
        "mentions": [
            {"start": m.start, "end": m.end, "label": m.label, "organisation": m.organisation}
            for m in analysis.mentions
        ],
        "types": [
            {"type": t.type, "score": t.score, "evidence": [[e.start, e.end] for e in t.evidence]}
            for t in analysis.types
        ],
        "status": analysis.status,
        "affected": analysis.affected,
        "facts": [{"kind": f.kind, "value": f.value, "start": f.start, "end": f.end} for f in analysis.facts],
        "organisations": [{"name": o.name, "role": o.role, "sector": o.sector} for o in analysis.organisations],
    }
