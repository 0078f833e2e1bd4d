"""What an incident is called and what is known of it, as its articles tell it together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pipeline.group.likeness import CORE, tells_of_many
from pipeline.group.words import stems, weight
from pipeline.records import Incident, Novelty, NoveltyKind, Status, Told

_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "á": "a", "ç": "c"})
_SLUG = 60  # characters
_ASKS = re.compile(
    r"[?!]|Was Sie|Diese Rechte|Tipps|^(?:Meinung|Kommentar|Interview|Podcast|FAQ|Fragen und Antworten|POL-\w+)\b|^\+\+\+"
)
_LENGTH = (30, 100)  # characters of a headline that says enough and not too much
_TOLD_BY_NAME, _TOLD_BY_WORDS = 2.0, 3.0
_FIRST = 0.3  # the earlier of two equally clear headlines
_FIGURES: Mapping[str, NoveltyKind] = {"fine_eur": "fine_eur", "ransom_eur": "ransom_eur", "cve": "cve"}
_PARTIES = (*CORE, "attacker", "authority", "law_enforcement")


def describe(incident_id: str, slug: str | None, articles: Sequence[Told]) -> Incident:
    """The incident as its articles tell it, whatever order they come in; needs at least one article with a type."""
    told = sorted(articles, key=lambda article: article.order)
    known = {article.article_id for article in told}
    originals = [article for article in told if article.duplicate_of not in known - {article.article_id}] or told
    title = _title(originals)
    return Incident(
        id=incident_id,
        slug=slug or slug_of(title),
        title=title,
        first_seen_at=told[0].published_at,
        last_seen_at=told[-1].published_at,
        status=_statuses(told)[-1],
        affected=next((article.affected for article in reversed(told) if article.affected is not None), None),
        main_type=_main_type(originals if any(article.types for article in originals) else told),
        articles=tuple(article.article_id for article in told),
        sources=len({article.source_id for article in originals}),
        news=tuple(_news(told)),
    )


def slug_of(title: str) -> str:
    """The title for an address: ASCII, lower case, whole words."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower().translate(_ASCII)).strip("-")
    if len(plain) > _SLUG:
        plain = plain[: _SLUG + 1].rpartition("-")[0] or plain[:_SLUG]
    return plain or "vorfall"


def _title(originals: Sequence[Told]) -> str:
    """The headline that says most in its own words about what the articles have in common."""
    words = {article.article_id: frozenset(stems(article.title)) for article in originals}
    shared = Counter(stem for found in words.values() for stem in found)
    hit = Counter(o for article in originals for o, role in article.roles if role in CORE)
    names = {part for o, _ in hit.most_common(3) for part in o.split("-") if len(part) > 2}

    def clearness(article: Told) -> float:
        own = words[article.article_id]
        common = sum(weight(stem) for stem in sorted(own) if shared[stem] > 1) / max(3, len(own))
        named = any(name in slug_of(article.title).split("-") for name in names)
        fits = _LENGTH[0] <= len(article.title) <= _LENGTH[1]
        asks = bool(_ASKS.search(article.title)) or tells_of_many(article)
        return _TOLD_BY_WORDS * common + _TOLD_BY_NAME * named + fits - 2.0 * asks

    best = max(range(len(originals)), key=lambda i: (round(clearness(originals[i]) - _FIRST * (i > 0), 6), -i))
    return " ".join(originals[best].title.split())


def _statuses(told: Sequence[Told]) -> list[Status]:
    """The status of the incident after each article: what that one says; no allegation undoes what was confirmed."""
    status: Status = "none"
    after: list[Status] = []
    for article in told:
        if article.status != "none" and not (status == "confirmed" and article.status == "alleged"):
            status = article.status
        after.append(status)
    return after


def _news(told: Sequence[Told]) -> Iterator[Novelty]:
    """What each article is the first to say: a status, a type, a party, a figure."""
    known: set[tuple[str, str, str | None]] = set()
    before: Status = "none"
    for article, status in zip(told, _statuses(told), strict=True):
        if status != before:
            yield Novelty(article_id=article.article_id, kind="status", value=status)
        before = status
        for novelty in _said(article):
            said = novelty.kind, novelty.value, novelty.organisation
            if said not in known:
                known.add(said)
                yield novelty


def _said(article: Told) -> Iterator[Novelty]:
    id = article.article_id
    yield from (Novelty(article_id=id, kind="type", value=type) for type in article.types)
    for organisation, role in article.roles:
        if role in _PARTIES:
            yield Novelty(article_id=id, kind="organisation", value=role, organisation=organisation)
    if article.affected is not None:
        yield Novelty(article_id=id, kind="affected", value=str(article.affected))
    for fact in article.facts:
        if kind := _FIGURES.get(fact.kind):
            yield Novelty(article_id=id, kind=kind, value=fact.value)


def _main_type(originals: Sequence[Told]) -> str:
    """The type that leads most articles; the second and third of an article count less."""
    votes: dict[str, float] = {}
    for article in originals:
        for place, type in enumerate(article.types):
            votes[type] = votes.get(type, 0.0) + 1 / (1 + place)
    return max(sorted(votes), key=lambda type: round(votes[type], 6))
