"""How well found incidents agree with the real ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """An article among others: those wrongly joined with it, and those of its event that were missed."""

    article: str
    event: str
    wrong: tuple[str, ...]
    missed: tuple[str, ...]


def score(events: Mapping[str, str], incidents: Mapping[str, str | None]) -> dict[str, Any]:
    """B-cubed (Bagga and Baldwin, 1998) and pairwise precision, recall and F1, and the ten worst mistakes.

    Both mappings tell of every article where it belongs; one without an incident stands for itself.
    """
    found = {article: incidents.get(article) or f"alone {article}" for article in events}
    together, joined = _members(events), _members(found)
    own = [(article, joined[found[article]], together[events[article]]) for article in events]
    precision = _mean([len(given & real) / len(given) for _, given, real in own])
    recall = _mean([len(given & real) / len(real) for _, given, real in own])
    both = sum(len(given & real) - 1 for _, given, real in own)
    pairs = [sum(len(part[i]) - 1 for part in own) for i in (1, 2)]
    mistakes = [
        Mistake(
            article=article,
            event=events[article],
            wrong=tuple(sorted(given - real)),
            missed=tuple(sorted(real - given)),
        )
        for article, given, real in own
        if given != real
    ]
    worst = sorted(mistakes, key=lambda m: (-len(m.wrong) - len(m.missed), m.article))[:_SHOWN]
    return {
        "articles": len(events),
        "events": len(together),
        "incidents": len(joined),
        "b_cubed": _scores(precision, recall),
        "pairwise": _scores(both / pairs[0] if pairs[0] else 1.0, both / pairs[1] if pairs[1] else 1.0),
        "worst": [vars(mistake) for mistake in worst],
    }


def _members(of: Mapping[str, str]) -> dict[str, set[str]]:
    members: dict[str, set[str]] = defaultdict(set)
    for article, group in of.items():
        members[group].add(article)
    return members


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 1.0


def _scores(precision: float, recall: float) -> dict[str, float]:
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"p": round(precision, 4), "r": round(recall, 4), "f1": round(f1, 4)}
