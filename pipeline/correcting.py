"""Corrections: a decision of an analyst -> what was found in the article -> its incident, in one transaction.

`corrected` is also what every later analysis goes through before it is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import group, grouping
from pipeline.records import NO_PART, Analysis, Correction, IncidentType, Organisation, Span
from pipeline.store import Database, analysed, corrections, incidents, open_store, writing


@dataclass(frozen=True)
class Desk:
    """Where the pages hand in decisions about what stands in a database; each is carried out before the call returns."""

    path: Path

    def correct(self, correction: Correction) -> None:
        """See `correct`."""
        with open_store(self.path) as db:
            correct(db, correction)

    def withdraw(self, correction_id: int) -> None:
        """See `withdraw`."""
        with open_store(self.path) as db:
            withdraw(db, correction_id)

    def place(self, article_id: int, incident_id: int | None, *, by: str, why: str | None) -> None:
        """See `grouping.pin`."""
        with open_store(self.path) as db:
            grouping.pin(db, article_id, incident_id, by=by, why=why)

    def unplace(self, article_id: int) -> None:
        """See `grouping.unpin`."""
        with open_store(self.path) as db:
            grouping.unpin(db, article_id)


Known = Mapping[str, tuple[str, str]]  # name and sector of organisations, by id


def correct(db: Database, correction: Correction) -> int:
    """Notes a decision, carries it out and groups the article anew; returns the number of the decision.

    Organisations may be named by id, name or alias; one that nobody knows yet is noted. Raises `StoreError`.
    """
    with writing(db):
        named = _with_ids(db, correction)
        id = corrections.save_correction(db, named)
        stored = analysed.analysis_of(db, correction.article_id)
        if stored is not None:  # else it is carried out when the article is analysed
            unread, analysis, at = stored
            analysed.save_analysis(db, unread, decided(db, unread, analysis), at)
            grouping.group_articles(db, [correction.article_id])
    return id


def withdraw(db: Database, id: int) -> int:
    """Takes a decision back: the article waits for analysis, and what the model finds holds again.

    Returns the number of the article. Raises `StoreError` if there is no such decision.
    """
    with writing(db):
        article_id = corrections.drop_correction(db, id)
        analysed.again(db, article_id)
    return article_id


def decided(db: Database, unread: analysed.Unread, analysis: Analysis) -> Analysis:
    """What the model found in a text, with all that analysts decided about it."""
    found = corrections.corrections(db, unread.article_id)
    if not found:
        return analysis
    known = analysed.names_of(db, {id for one in found for id in (one.organisation, one.value) if id})
    return corrected(analysis, unread.text, found, known)


def corrected(analysis: Analysis, text: str, decisions: Iterable[Correction], known: Known) -> Analysis:
    """What was found in a text as analysts decided: first who is who, then roles, types and status."""
    for decision in sorted(decisions, key=lambda one: list(_APPLY).index(one.kind)):
        analysis = _APPLY[decision.kind](analysis, text, decision, known)
    return analysis


def exported(db: Database) -> Iterator[dict[str, Any]]:
    """The corrected articles in the format of annotated ones; what nobody corrected is as the model found it."""
    for article_id in dict.fromkeys(one.article_id for one in corrections.corrections(db)):
        stored = analysed.analysis_of(db, article_id)
        if stored is not None:
            yield _annotated(db, *stored[:2])


def _annotated(db: Database, unread: analysed.Unread, analysis: Analysis) -> dict[str, Any]:
    incident = incidents.incident_of(db, unread.article_id)
    return {
        "id": f"article-{unread.article_id}",
        "event": "none" if incident is None else f"incident-{incident}",
        "published": unread.published_at.date().isoformat() if unread.published_at else None,
        "text": unread.text,
        "types": [type.type for type in analysis.types],
        "status": analysis.status,
        "affected": analysis.affected,
        "orgs": {o.name: o.role for o in analysis.organisations},
        "evidence": [[span.start, span.end, type.type] for type in analysis.types for span in type.evidence],
        "spans": [[mention.start, mention.end, mention.label] for mention in analysis.mentions],
    }


def _with_ids(db: Database, correction: Correction) -> Correction:
    def id_of(name: str) -> str:
        return corrections.organisation_named(db, name, group.slug_of(name))

    if correction.organisation is not None:
        correction = replace(correction, organisation=id_of(correction.organisation))
    return replace(correction, value=id_of(correction.value)) if correction.kind == "organisation" else correction


def _is_really(analysis: Analysis, text: str, decision: Correction, known: Known) -> Analysis:
    wrong = _organisation(analysis, decision.organisation)
    if wrong is None or decision.value == wrong.id:
        return analysis
    name, sector = known[decision.value]
    there = _organisation(analysis, decision.value)
    right = replace(there or wrong, id=decision.value, name=name, sector=sector)
    if there is not None:
        right = replace(right, mentions=there.mentions + wrong.mentions)
    kept = (right if o is wrong else o for o in analysis.organisations if o is not there)
    renamed = {wrong.name: name} | ({there.name: name} if there else {})
    return replace(_renamed(analysis, renamed), organisations=tuple(kept))


def _has_role(analysis: Analysis, text: str, decision: Correction, known: Known) -> Analysis:
    there = _organisation(analysis, decision.organisation)
    if decision.value == NO_PART:
        kept = tuple(o for o in analysis.organisations if o is not there)
        return replace(_renamed(analysis, {there.name: None}) if there else analysis, organisations=kept)
    if there is not None:
        cast = (replace(o, role=decision.value) if o is there else o for o in analysis.organisations)
        return replace(analysis, organisations=tuple(cast))
    name, sector = known[str(decision.organisation)]
    place = _place(text, decision.quote or name)
    if place is None:  # the text does not name it any more
        return analysis
    new = Organisation(
        id=str(decision.organisation),
        name=name,
        role=decision.value,
        sector=sector,
        mentions=1,
        start=place.start,
        end=place.end,
    )
    return replace(analysis, organisations=(*analysis.organisations, new))


def _has_type(analysis: Analysis, text: str, decision: Correction, known: Known) -> Analysis:
    if any(found.type == decision.value for found in analysis.types):
        return analysis
    place = _place(text, decision.quote or "") or Span(start=0, end=len(text.partition("\n")[0]))
    new = IncidentType(type=decision.value, score=1.0, evidence=(place,))
    return replace(analysis, types=(*analysis.types, new))


def _has_not_type(analysis: Analysis, text: str, decision: Correction, known: Known) -> Analysis:
    return replace(analysis, types=tuple(found for found in analysis.types if found.type != decision.value))


def _has_status(analysis: Analysis, text: str, decision: Correction, known: Known) -> Analysis:
    return replace(analysis, status=decision.value)  # type: ignore[arg-type]  # one of the four, or the table refuses it


_APPLY: Mapping[str, Callable[[Analysis, str, Correction, Known], Analysis]] = {
    "organisation": _is_really,
    "role": _has_role,
    "type": _has_type,
    "no_type": _has_not_type,
    "status": _has_status,
}


def _organisation(analysis: Analysis, id: str | None) -> Organisation | None:
    return next((o for o in analysis.organisations if o.id == id), None)


def _renamed(analysis: Analysis, names: Mapping[str, str | None]) -> Analysis:
    mentions = (
        replace(m, organisation=names[m.organisation]) if m.organisation and m.organisation in names else m
        for m in analysis.mentions
    )
    return replace(analysis, mentions=tuple(mentions))


def _place(text: str, words: str) -> Span | None:
    start = text.find(words) if words else -1
    return Span(start=start, end=start + len(words)) if start >= 0 else None
