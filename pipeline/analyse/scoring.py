"""Scores of a model against annotated articles."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from pipeline.analyse.corpus import Row, with_mentions
from pipeline.analyse.labels import MENTIONS, TYPES
from pipeline.analyse.organisations import Resolver
from pipeline.analyse.reading import analysed
from pipeline.errors import ModelError
from pipeline.records import Analysis


@dataclass(kw_only=True)
class _Count:
    right: int = 0
    given: int = 0
    wanted: int = 0

    def add(self, given: Iterable[Any], wanted: Iterable[Any]) -> None:
        first, second = set(given), set(wanted)
        self.right += len(first & second)
        self.given += len(first)
        self.wanted += len(second)

    def scores(self) -> dict[str, float | int]:
        """Precision, recall and F1, and how many there are to be found."""
        p = self.right / self.given if self.given else 0.0
        r = self.right / self.wanted if self.wanted else 0.0
        f1 = 2 * p * r / (p + r) if p + r else 0.0
        return {"p": round(p, 4), "r": round(r, 4), "f1": round(f1, 4), "n": self.wanted}


@dataclass(kw_only=True)
class _Share:
    right: int = 0
    all: int = 0

    def add(self, right: bool) -> None:
        self.right += right
        self.all += 1

    def scores(self) -> dict[str, float | int]:
        """The share that is right, and out of how many."""
        return {"share": round(self.right / self.all, 4) if self.all else 0.0, "n": self.all}


@dataclass(kw_only=True)
class _Sheet:
    """The tally of one file of articles."""

    articles: int = 0
    words: int = 0
    counts: dict[str, _Count] = field(default_factory=lambda: defaultdict(_Count))
    shares: dict[str, _Share] = field(default_factory=lambda: defaultdict(_Share))
    role_pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    names: Counter[tuple[str, str]] = field(default_factory=Counter)
    types: Counter[tuple[str, str]] = field(default_factory=Counter)

    def result(self) -> dict[str, Any]:
        """The tally as a page of metrics."""
        page: dict[str, Any] = {"articles": self.articles, "words": self.words}
        for key in sorted(self.counts):
            _put(page, key, self.counts[key].scores())
        for key in sorted(self.shares):
            _put(page, key, self.shares[key].scores())
        page["confusions"] = {
            "mentions": _commonest(self.names),
            "roles": _commonest(self.role_pairs),
            "types": _commonest(self.types),
        }
        return page


def evaluate(nlp: Language, rows: Iterable[Row]) -> dict[str, Any]:
    """How well the model does on annotated articles: a page of scores for every file, and seconds per 1000 words."""
    resolver = nlp.get_pipe("lagebild_organisations")
    if not isinstance(resolver, Resolver):
        raise ModelError(f"{nlp.meta['name']}: the model resolves no organisations")
    sheets: dict[str, _Sheet] = defaultdict(_Sheet)
    seconds = 0.0
    for row in rows:
        begun = time.process_time()
        analysis = next(analysed(nlp, [(row.text, None)]))
        seconds += time.process_time() - begun
        _tally(sheets[row.file], nlp, resolver, row, analysis)
    words = sum(sheet.words for sheet in sheets.values())
    page: dict[str, Any] = {name: sheet.result() for name, sheet in sorted(sheets.items())}
    page["seconds_per_1000_words"] = round(seconds / words * 1000, 4) if words else 0.0
    return page


def _tally(sheet: _Sheet, nlp: Language, resolver: Resolver, row: Row, analysis: Analysis) -> None:
    sheet.articles += 1
    sheet.words += len(row.text.split())
    gold, _ = with_mentions(nlp, row)
    gold = resolver.settle(gold)
    _tally_names(sheet, row, analysis)
    _tally_organisations(sheet, resolver, gold, analysis)
    if row.complete:
        _tally_types(sheet, row, analysis)
        _tally_roles(sheet, resolver, gold, row, analysis)


def _tally_names(sheet: _Sheet, row: Row, analysis: Analysis) -> None:
    wanted = {(start, end): label for start, end, label in row.spans}
    given = {(m.start, m.end): m.label for m in analysis.mentions}
    for label in MENTIONS:
        sheet.counts[f"mentions.{label}"].add(
            (place for place, other in given.items() if other == label),
            (place for place, other in wanted.items() if other == label),
        )
    sheet.counts["mentions.all"].add(given.items(), wanted.items())
    for place, label in wanted.items():
        if given.get(place) != label:
            sheet.names[label, given.get(place) or ("part of it" if _touches(place, given) else "nothing")] += 1
    for place, label in given.items():
        if place not in wanted and not _touches(place, wanted):
            sheet.names["nothing", label] += 1


def _tally_organisations(sheet: _Sheet, resolver: Resolver, gold: Doc, analysis: Analysis) -> None:
    sheet.counts["organisations"].add(
        {organisation.id for organisation in analysis.organisations}, {named.id for named in gold._.named}
    )


def _tally_types(sheet: _Sheet, row: Row, analysis: Analysis) -> None:
    given, wanted = [found.type for found in analysis.types], row.types
    sheet.counts["incident"].add([row.id] if given else [], [row.id] if wanted else [])
    sheet.counts["types.all"].add(given, wanted)
    for type in TYPES:
        sheet.counts[f"types.{type}"].add({type}.intersection(given), {type}.intersection(wanted))
    sheet.types.update(("nothing", type) for type in set(given) - set(wanted))
    sheet.types.update((type, "nothing") for type in set(wanted) - set(given))
    if wanted:
        sheet.shares["main_type"].add(given[:1] == list(wanted[:1]))
        sheet.shares["status"].add(analysis.status == row.status)
        sheet.shares["affected_number"].add(analysis.affected == row.affected)
        if row.affected is not None:
            sheet.shares["affected_number_stated"].add(analysis.affected == row.affected)
    places = [(e.start, e.end) for found in analysis.types if found.type in wanted for e in found.evidence[:1]]
    for place in places:
        sheet.shares["evidence_touches"].add(_touches(place, {(s, e): t for s, e, t in row.evidence}))


def _tally_roles(sheet: _Sheet, resolver: Resolver, gold: Doc, row: Row, analysis: Analysis) -> None:
    surfaces = {m.organisation: set[str]() for m in analysis.mentions if m.organisation}
    for mention in analysis.mentions:
        if mention.organisation:
            surfaces[mention.organisation] |= {resolver.key(mention.surface)}
    given = {o.id: ({o.id, resolver.key(o.name)} | surfaces.get(o.name, set()), o.role) for o in analysis.organisations}
    affected = {id for id, (_, role) in given.items() if role == "affected"}
    hit = set()
    for name, role in row.orgs:
        key = resolver.key(name)
        id = next((id for id, (keys, _) in given.items() if key in keys), None)
        sheet.shares["roles.found"].add(id is not None)
        if id is not None:
            sheet.shares["roles.all"].add(given[id][1] == role)
            sheet.counts[f"role.{role}"].add([id] if given[id][1] == role else [], [id])
            if given[id][1] != role:
                sheet.role_pairs[role, given[id][1]] += 1
                sheet.counts[f"role.{given[id][1]}"].add([id], [])
        if role == "affected":
            hit.add(id or key)
    if row.types:
        sheet.counts["affected_organisations"].add(affected, hit)


def _touches(place: tuple[int, int], places: dict[tuple[int, int], str]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in places)


def _put(page: dict[str, Any], key: str, value: dict[str, float | int]) -> None:
    *folders, name = key.split(".")
    for folder in folders:
        page = page.setdefault(folder, {})
    page[name] = value


def _commonest(pairs: Counter[tuple[str, str]]) -> list[dict[str, str | int]]:
    return [{"wanted": wanted, "given": given, "times": times} for (wanted, given), times in pairs.most_common(8)]
