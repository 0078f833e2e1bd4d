"""Rows put in the order in which a page tells them: reprints under originals, organisations under roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from pipeline.browse.access import QUOTED, TEASER, masked
from pipeline.browse.changes import difference
from pipeline.browse.marks import Highlight, Piece, sentence
from pipeline.browse.shown import (
    ArticleHead,
    ArticlePage,
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


def quoted(places: Iterable[P], people: Mapping[int, Sequence[tuple[int, int]]] | None = None) -> tuple[Quoted[P], ...]:
    """Every place with the sentence around it; for visitors a short one, with `people` by article blacked out."""
    return tuple(Quoted(what=place, quote=_quote(place, people)) for place in places)


def _quote(place: Place, people: Mapping[int, Sequence[tuple[int, int]]] | None) -> tuple[Piece, ...]:
    if place.stretch is None:
        return ()
    if people is None:
        return sentence(place.stretch, place.start, place.end)
    there = ((start - place.base, end - place.base) for start, end in people.get(place.article_id, ()))
    shown = masked(place.stretch, ((max(0, start), end) for start, end in there if end > 0))
    return sentence(shown, place.start, place.end, QUOTED)


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


def excerpt(page: ArticlePage, evidence: Iterable[Evidence], names: Iterable[Named]) -> ArticlePage:
    """What a visitor sees of an article: no text and no people, the beginning of the teaser, the clearest evidence."""
    head = page.article
    text = masked(head.text or "", ((name.start, name.end) for name in names if name.label == "PER"))
    first: dict[str, Evidence] = {}
    for place in evidence:
        first.setdefault(place.name, place)
    return replace(
        page,
        article=replace(head, text=None, authors=None, teaser=_beginning(head.teaser)),
        headline=tuple(
            replace(piece, highlights=tuple(filter(_is_shown, piece.highlights))) for piece in page.headline
        ),
        body=(),
        edits=(),
        evidence=tuple((name, sentence(text, p.start, p.end, QUOTED)) for name, p in first.items() if text),
    )


def _is_shown(highlight: Highlight) -> bool:
    return highlight.kind == "evidence" or highlight.label == "ORG"


def _beginning(teaser: str | None) -> str | None:
    if teaser is None or len(teaser) <= TEASER:
        return teaser
    return teaser[: TEASER - 2].rpartition(" ")[0] + " …"


def _whole(version: Version) -> str:
    return version.text if version.text.startswith(version.title) else f"{version.title}\n\n{version.text}"
