"""Which incident an article belongs to, and by which keys the incidents worth comparing are found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from pipeline.group.likeness import CORE, likeness, profile
from pipeline.group.reprints import bands
from pipeline.group.words import weight
from pipeline.records import Case

WINDOW = timedelta(days=400)  # incidents that have been silent for longer are not proposed
_JOINS = 0.35  # likeness; of the cuts from 0.2 to 0.5 the one with the best B-cubed F1 and a precision above 0.95
_ORGANISATIONS, _CVES, _WORDS = 12, 5, 13  # with ten bands: forty keys at most
_TELLING = 0.6
_PROPOSED = 60


def is_incident(case: Case) -> bool:
    """Whether the article tells of an incident at all."""
    return bool(case.types)


def group(case: Case, candidates: Mapping[str, Sequence[Case]]) -> str | None:
    """The incident that the article belongs to, or None if it starts a new one."""
    if not is_incident(case):
        return None
    fits = {id: _fit(case, members) for id, members in candidates.items() if members}
    best = min(fits, key=lambda id: (-fits[id], id), default=None)
    return best if best is not None and fits[best] >= _JOINS else None


def _fit(case: Case, members: Sequence[Case]) -> float:
    """Likeness to the nearest article, held back by the others, so that no chain of neighbours drifts away."""
    scores = [likeness(case, member) for member in members if member.article_id != case.article_id]
    return 0.7 * max(scores) + 0.3 * sum(scores) / len(scores) if scores else 0.0


def keys(case: Case) -> frozenset[str]:
    """At most forty keys; articles on the same event share at least one."""
    hit = sorted({o for o, role in case.roles if role in (*CORE, "attacker")})
    cves = sorted({f.value for f in case.facts if f.kind == "cve"})
    words = profile(case).words
    telling = sorted((stem for stem in words if weight(stem) >= _TELLING), key=lambda stem: (-words[stem], stem))
    return frozenset(
        [f"org:{o}" for o in hit[:_ORGANISATIONS]]
        + [f"cve:{cve}" for cve in cves[:_CVES]]
        + [f"word:{stem}" for stem in telling[:_WORDS]]
        + bands(case)
    )


def cluster(cases: Iterable[Case]) -> Iterator[tuple[str, str | None]]:
    """Every article with the incident it belongs to, in order of publication; None for one without an incident.

    An incident bears the id of its first article.
    """
    incidents: dict[str, list[Case]] = {}
    index: dict[str, set[str]] = defaultdict(set)
    for case in sorted(cases, key=lambda case: (case.published_at, case.article_id)):
        if not is_incident(case):
            yield case.article_id, None
            continue
        marks = keys(case)
        shared = Counter(id for mark in sorted(marks) for id in index[mark])
        near = [id for id in shared if case.published_at - incidents[id][-1].published_at <= WINDOW]
        proposed = sorted(near, key=lambda id: (-shared[id], id))[:_PROPOSED]
        joined = group(case, {id: incidents[id] for id in proposed}) or case.article_id
        incidents.setdefault(joined, []).append(case)
        for mark in marks:
            index[mark].add(joined)
        yield case.article_id, joined
