"""Rows put in the order in which a page tells them: reprints under originals, organisations under roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from pipeline.browse.changes import difference
from pipeline.browse.marks import Highlight, sentence
from pipeline.browse.shown import (
    ArticleHead,
    Edit,
    Evidence,
    Fact,
    Moment,
    Named,
    Part,
    Place,
    Quoted,
    Report,
    Version,
)
from pipeline.browse.words import FACTS, MENTIONS, ROLES, fact, organisation_path

T = TypeVar("T")
P = TypeVar("P", bound=Place)


def fold(reports: Iterable[Report]) -> tuple[Moment, ...]:
    """Originals in the order of time, each with the reprints that lead back to it within the incident."""
    known = {report.article_id: report for report in reports}
    under: dict[int, list[Report]] = defaultdict(list)
    for report in sorted(known.values(), key=lambda r: (r.at, r.article_id)):
        under[_original(report, known)].append(report)
    moments = []
    for id, group in under.items():
        original = known[id]
        moments.append(Moment(report=original, reprints=tuple(r for r in group if r is not original)))
    return tuple(sorted(moments, key=lambda m: (m.report.at, m.report.article_id)))


def _original(report: Report, known: Mapping[int, Report]) -> int:
    passed = {report.article_id}
    while report.duplicate_of is not None and report.duplicate_of in known:
        if report.duplicate_of in passed:  # a ring of reprints: the first is taken for the original
            return min(passed)
        report = known[report.duplicate_of]
        passed.add(report.article_id)
    return report.article_id


def grouped(
    things: Iterable[T], key: Callable[[T], str], order: Mapping[str, str]
) -> tuple[tuple[str, tuple[T, ...]], ...]:
    """Things under their keys, keys in the order of `order`, unknown ones last."""
    found: dict[str, list[T]] = defaultdict(list)
    for thing in things:
        found[key(thing)].append(thing)
    first = [k for k in order if k in found]
    return tuple((k, tuple(found[k])) for k in first + [k for k in found if k not in order])


def main_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Every organisation once, in the role that most articles give it, most mentioned first."""
    ranks = {role: n for n, role in enumerate(ROLES)}
    best: dict[str, Part] = {}
    for part in sorted(parts, key=lambda p: (-p.count, ranks.get(p.role, len(ranks)), p.name)):
        best.setdefault(part.id, part)
    return tuple(best.values())


def quoted(places: Iterable[P]) -> tuple[Quoted[P], ...]:
    """Every place with the sentence around it."""
    return tuple(Quoted(what=p, quote=sentence(p.stretch, p.start, p.end) if p.stretch else ()) for p in places)


def highlights(names: Iterable[Named], evidence: Iterable[Evidence], facts: Iterable[Fact]) -> Iterator[Highlight]:
    """What is marked in an article: names with class and role, evidence of types, facts."""
    for name in names:
        words = [MENTIONS.get(name.label, name.label)] + ([ROLES.get(name.role, name.role)] if name.role else [])
        yield Highlight(
            start=name.start,
            end=name.end,
            kind="mention",
            label=name.label,
            title=": ".join(words),
            href=organisation_path(name.organisation_id) if name.organisation_id else None,
        )
    for place in evidence:
        yield Highlight(
            start=place.start, end=place.end, kind="evidence", label=place.type_id, title=f"Beleg: {place.name}"
        )
    for found in facts:
        title = f"{FACTS.get(found.kind, found.kind)}: {fact(found.kind, found.value)}"
        yield Highlight(start=found.start, end=found.end, kind="evidence", label=found.kind, title=title)


def edits(article: ArticleHead, versions: Sequence[Version]) -> tuple[Edit, ...]:
    """Every earlier version, newest first, with what the next one changed."""
    texts = [_whole(v) for v in versions] + [article.text or article.title]
    pairs = zip(versions, texts, texts[1:], strict=False)
    return tuple(Edit(version=v, passages=difference(old, new)) for v, old, new in reversed(list(pairs)))


def _whole(version: Version) -> str:
    return version.text if version.text.startswith(version.title) else f"{version.title}\n\n{version.text}"
