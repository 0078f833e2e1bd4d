"""Corrections on the page of an article: what a form says -> a decision, or what is wrong with it in German."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, get_args

from pipeline.browse.queries import Database, rows
from pipeline.browse.words import ROLES, STATUSES
from pipeline.records import NO_PART, Correction, CorrectionKind

_LONGEST = 400  # characters of what is typed into a field
_INCIDENT = re.compile(r"(?:\S*/vorfall/)?(\d{1,15})(?:-\S*)?")
_KINDS = get_args(CorrectionKind)


class Desk(Protocol):
    """Where decisions are carried out; each raises LagebildError if what it is about does not exist."""

    def correct(self, correction: Correction) -> None: ...

    def withdraw(self, correction_id: int) -> None: ...

    def place(self, article_id: int, incident_id: int | None, *, by: str, why: str | None) -> None: ...

    def unplace(self, article_id: int) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The incident that an article belongs to, or that it belongs to none."""

    incident_id: int | None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Why a form cannot be carried out."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision about an article as its page tells it; one about its incident has no number."""

    id: int | None
    kind: str
    organisation: str | None
    value: str | None
    by: str
    at: str
    why: str | None

    @property
    def words(self) -> str:
        """The decision in German."""
        if self.kind == "incident":
            return f"Gehört zum Vorfall {self.value}" if self.value else "Gehört zu keinem Vorfall"
        if self.kind == "role":
            role = ROLES.get(self.value or "", self.value)
            return f"{self.organisation}: " + ("nicht beteiligt" if self.value == NO_PART else f"Rolle {role}")
        if self.kind == "status":
            return f"Stand: {STATUSES.get(self.value or '', self.value)}"
        if self.kind == "organisation":
            return f"{self.organisation} ist {self.value}"
        return f"Art {self.value} " + ("trifft zu" if self.kind == "type" else "trifft nicht zu")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An incident type that may be chosen."""

    id: str
    name: str


async def decisions(db: Database, article_id: int) -> tuple[Decision, ...]:
    """What was decided about an article, the latest first."""
    return await rows(
        db,
        Decision,
        """select c.id, c.kind, o.name as organisation, coalesce(t.name_de, w.name, c.value) as value, c.by as "by", c.at, c.why
           from corrections c left join organisations o on o.id = c.organisation_id
           left join incident_types t on c.kind in ('type', 'no_type') and t.id = c.value
           left join organisations w on c.kind = 'organisation' and w.id = c.value where c.article_id = :id
           union all
           select null as id, 'incident', null, incident_id, by, at, why from incident_pins where article_id = :id
           order by 6 desc, 1 desc""",
        id=article_id,
    )


async def types(db: Database) -> tuple[Choice, ...]:
    """All incident types by their German names."""
    return await rows(db, Choice, "select id, name_de as name from incident_types order by name_de")


def read(
    form: Mapping[str, str], text: str, *, article_id: int, known: tuple[Choice, ...], by: str, at: datetime
) -> Correction | Placement | Refused:
    """What a form decides about an article with this text."""
    said = {key: " ".join(str(value).split()) for key, value in form.items()}
    if any(len(value) > _LONGEST for key, value in said.items() if key != "csrftoken"):
        return Refused(why=f"Ein Feld ist länger als {_LONGEST} Zeichen.")
    kind, value = said.get("kind", ""), said.get("value", "")
    if kind == "incident":
        return _placement(value)
    organisation, quote = said.get("organisation") or None, quoted(text, said.get("quote", ""))
    why = _fault(kind, value, organisation, known) or _unseen(kind, organisation, said.get("quote", ""), quote, said)
    if why:
        return Refused(why=why)
    return Correction(
        article_id=article_id,
        kind=next(one for one in _KINDS if one == kind),
        value=value,
        organisation=organisation if kind in ("role", "organisation") else None,
        quote=quote,
        by=by,
        at=at,
        why=said.get("why") or None,
    )


def _placement(value: str) -> Placement | Refused:
    if not value:
        return Placement(incident_id=None)
    found = _INCIDENT.fullmatch(value)
    return Placement(incident_id=int(found[1])) if found else Refused(why=f"„{value}“ ist keine Nummer eines Vorfalls.")


def _fault(kind: str, value: str, organisation: str | None, known: tuple[Choice, ...]) -> str | None:
    allowed: Mapping[str, set[str]] = {
        "role": {*ROLES, NO_PART},
        "type": {choice.id for choice in known},
        "no_type": {choice.id for choice in known},
        "status": {*STATUSES},
    }
    if kind not in _KINDS:
        return "Diese Berichtigung gibt es nicht."
    if not value or (kind in allowed and value not in allowed[kind]):
        return "Es fehlt, was richtig ist."
    if kind in ("role", "organisation") and not organisation:
        return "Es fehlt die Organisation."
    return None


def _unseen(kind: str, organisation: str | None, typed: str, quote: str | None, said: Mapping[str, str]) -> str | None:
    """What is said without a place in the text that shows it."""
    if typed and quote is None:
        return f"„{typed}“ steht so nicht im Text."
    if kind == "type" and quote is None:
        return "Es fehlt die Stelle im Text, die es zeigt."
    if kind == "role" and "new" in said and quote is None:
        return f"Es fehlt die Stelle im Text, die „{organisation}“ nennt."
    return None


def quoted(text: str, typed: str) -> str | None:
    """What is typed as it stands in the text, whatever white space is between its words; None if it does not."""
    found = re.search(r"\s+".join(map(re.escape, typed.split())), text) if typed else None
    return found[0] if found else None


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a form was sent from a page of this server: a browser names where it comes from."""
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")
