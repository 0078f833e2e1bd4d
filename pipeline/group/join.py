"""By which keys articles worth comparing are found, and which incident an article belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from pipeline.group.likeness import CORE, is_roundup, profile
from pipeline.group.reprints import bands
from pipeline.group.words import weight
from pipeline.records import Case

WINDOW = timedelta(days=1100)  # articles further apart are not compared: verdicts come after years
LEAST = 0.1  # likeness; a pair below says nothing
_JOINS = 0.35  # likeness; of the cuts from 0.25 to 0.5 the one with the best B-cubed F1 and a precision above 0.95
_NEAREST = 0.7
_ORGANISATIONS, _CVES, _WORDS = 12, 5, 13  # with ten bands: forty keys at most
_TELLING = 0.6


def is_incident(case: Case) -> bool:
    """Whether the article tells of one incident: it has a type, and it is no round-up of many."""
    return bool(case.types) and not is_roundup(case)


def belongs(links: Iterable[tuple[int, float]]) -> int | None:
    """The incident that an article belongs to, or None if it starts a new one.

    `links` are the earlier articles that are like it, in their order: the incident of each, and how like it is. The
    nearest of an incident counts most; the others hold it back, so that no chain of neighbours drifts away.
    """
    found: dict[int, list[float]] = defaultdict(list)
    for incident, likeness in links:
        found[incident].append(likeness)
    fits = {i: _NEAREST * max(near) + (1 - _NEAREST) * sum(near) / len(near) for i, near in found.items()}
    best = max(fits, key=fits.__getitem__, default=None)
    return best if best is not None and fits[best] >= _JOINS else None


def keys(case: Case) -> dict[str, int]:
    """At most forty keys and how much each tells; articles on the same event share at least one."""
    hit = sorted({o for o, role in case.roles if role in (*CORE, "attacker")})
    cves = sorted({f.value for f in case.facts if f.kind == "cve"})
    words = profile(case).words
    telling = sorted((stem for stem in words if weight(stem) >= _TELLING), key=lambda stem: (-words[stem], stem))
    return (
        {f"org:{o}": 3 for o in hit[:_ORGANISATIONS]}
        | {f"cve:{cve}": 3 for cve in cves[:_CVES]}
        | {f"word:{stem}": 1 for stem in telling[:_WORDS]}
        | dict.fromkeys(bands(case), 2)
    )
