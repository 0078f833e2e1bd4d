"""What an incident is called and what is known of it, as its articles tell it together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.group.likeness import profile
from pipeline.group.reprints import reprint_of
from pipeline.group.words import weight
from pipeline.records import Case, Incident, Status

_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "á": "a", "ç": "c"})
_SLUG = 60  # characters
_ASKS = re.compile(
    r"[?!]|Was Sie|Diese Rechte|Tipps|^(?:Meinung|Kommentar|Interview|Podcast|FAQ|Fragen und Antworten|POL-\w+)\b|^\+\+\+"
)
_LENGTH = (30, 100)  # characters of a headline that says enough and not too much
_TOLD_BY_NAME, _TOLD_BY_WORDS = 2.0, 3.0
_FIRST = 0.3  # the earlier of two equally clear headlines


def describe(incident_id: str, slug: str | None, cases: Sequence[Case], sources: Mapping[str, str]) -> Incident:
    """The incident as its articles tell it, whatever order they come in; needs at least one article with a type."""
    told = sorted(cases, key=lambda case: (case.published_at, len(case.article_id), case.article_id))
    originals = [case for case in told if not _is_reprint(case, told)] or told
    title = _title(originals)
    return Incident(
        id=incident_id,
        slug=slug or slug_of(title),
        title=title,
        first_seen_at=told[0].published_at,
        last_seen_at=told[-1].published_at,
        status=_status(told),
        affected=next((case.affected for case in reversed(told) if case.affected is not None), None),
        main_type=_main_type(originals if any(case.types for case in originals) else told),
        articles=tuple(case.article_id for case in told),
        sources=len({sources.get(case.article_id, case.article_id) for case in originals}),
    )


def slug_of(title: str) -> str:
    """The title for an address: ASCII, lower case, whole words."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower().translate(_ASCII)).strip("-")
    if len(plain) > _SLUG:
        plain = plain[: _SLUG + 1].rpartition("-")[0] or plain[:_SLUG]
    return plain or "vorfall"


def _is_reprint(case: Case, others: Sequence[Case]) -> bool:
    known = {other.article_id for other in others}
    if case.duplicate_of is not None and case.duplicate_of != case.article_id:
        return case.duplicate_of in known
    return reprint_of(case, others) is not None


def _title(originals: Sequence[Case]) -> str:
    """The headline that says most in its own words about what the articles have in common."""
    shared: Counter[str] = Counter()
    for case in originals:
        shared.update(profile(case).title.keys())
    hit = Counter(o for case in originals for o, role in case.roles if role in ("affected", "processor"))
    names = {part for o, _ in hit.most_common(3) for part in o.split("-") if len(part) > 2}

    def clearness(case: Case) -> float:
        words = profile(case).title
        common = sum(weight(stem) for stem in words if shared[stem] > 1) / max(3, len(words))
        named = any(name in slug_of(case.title).split("-") for name in names)
        fits = _LENGTH[0] <= len(case.title) <= _LENGTH[1]
        asks = bool(_ASKS.search(case.title)) or profile(case).round_up
        return _TOLD_BY_WORDS * common + _TOLD_BY_NAME * named + fits - 2.0 * asks

    best = max(range(len(originals)), key=lambda i: (round(clearness(originals[i]) - _FIRST * (i > 0), 6), -i))
    return " ".join(originals[best].title.split())


def _status(told: Sequence[Case]) -> Status:
    """What the latest article says; what was confirmed is not undone by one that only alleges."""
    status: Status = "none"
    for case in told:
        if case.status == "none" or (status == "confirmed" and case.status == "alleged"):
            continue
        status = case.status
    return status


def _main_type(originals: Sequence[Case]) -> str:
    """The type that leads most articles; the second and third of an article count less."""
    votes: dict[str, float] = {}
    for case in originals:
        for place, type in enumerate(case.types):
            votes[type] = votes.get(type, 0.0) + 1 / (1 + place)
    return max(sorted(votes), key=lambda type: round(votes[type], 6))
