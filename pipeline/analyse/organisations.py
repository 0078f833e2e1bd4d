"""Names of organisations resolved: which mentions of a text mean the same organisation, and which one it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline.analyse.completing import Completer
from pipeline.analyse.knowledge import KnownOrganisation, Register, as_lines, load_knowledge
from pipeline.analyse.names import fold, is_abbreviation_of, slug, without_legal_form
from pipeline.analyse.sectors import guess_sector

_FILE, _MALWARE = "organisations.jsonl", "malware.txt"
_HEADS = frozenset({"Betriebskrankenkasse", "Krankenkasse", "Ersatzkasse", "Firma", "Konzern", "Anbieter", "Gruppe"})
_BETWEEN = 5  # words at most from a name to its short form in brackets
_IN_BRACKETS = re.compile(r"\s*\(\s*(?:kurz:?\s*)?[„\"»]?$")


@dataclass(frozen=True, kw_only=True)
class Named:
    """An organisation of one text with all its mentions, each as a pair of token numbers."""

    id: str
    name: str
    sector: str
    known: bool
    places: tuple[tuple[int, int], ...]


@dataclass(kw_only=True)
class _Group:
    key: str
    spans: list[Span] = field(default_factory=list)
    known: KnownOrganisation | None = None

    @property
    def title(self) -> str:
        fullest = [s.text for s in self.spans if fold(s.text) == self.key] or [s.text for s in self.spans]
        counts = Counter(" ".join(text.split()) for text in fullest)
        return min(counts, key=lambda text: (-counts[text], text.endswith("s"), -len(text)))


@Language.factory("lagebild_organisations", assigns=["doc._.named", "token.ent_kb_id"], requires=["doc.ents"])
def make_resolver(nlp: Language, name: str) -> Resolver:
    """A component that knows no organisations yet."""
    return Resolver()


def known_organisations(nlp: Language) -> tuple[KnownOrganisation, ...]:
    """The organisations that a model knows by name."""
    return tuple(nlp.get_pipe("lagebild_organisations").register.known)  # type: ignore[attr-defined]


class Resolver:
    """Completes and corrects the mentions, sets `doc._.named`, and the identifier of its organisation on every mention."""

    def __init__(self, known: Iterable[KnownOrganisation] = (), malware: Iterable[str] = ()) -> None:
        self.register = Register(known)
        self.malware = frozenset(malware)
        self.completer = Completer(self.register.known, self.malware)

    def __call__(self, doc: Doc) -> Doc:
        """The document with all mentions of organisations and the organisations behind them."""
        self.completer.complete(doc)
        return self.settle(doc)

    def settle(self, doc: Doc) -> Doc:
        """The document with the organisations behind the mentions that it has."""
        doc._.named = self.resolve(doc)
        ids = {place: named.id for named in doc._.named for place in named.places}
        doc.set_ents([Span(doc, e.start, e.end, label=e.label, kb_id=ids.get((e.start, e.end), "")) for e in doc.ents])
        return doc

    def resolve(self, doc: Doc) -> tuple[Named, ...]:
        """The organisations behind the ORG mentions, in the order of their first mention."""
        groups = self._grouped([span for span in doc.ents if span.label_ == "ORG"])
        found: dict[str, Named] = {}
        for group in groups:
            name = group.known.name if group.known else group.title
            places = tuple((s.start, s.end) for s in group.spans)
            id = group.known.id if group.known else slug(name)
            if id in found:
                places = tuple(sorted({*found[id].places, *places}))
            sector = group.known.sector if group.known else guess_sector(name)
            found.setdefault(id, Named(id=id, name=name, sector=sector, known=group.known is not None, places=()))
            first = found[id]
            found[id] = Named(id=id, name=first.name, sector=first.sector, known=first.known, places=places)
        return tuple(sorted(found.values(), key=lambda named: named.places[0]))

    def key(self, name: str) -> str:
        """What a name on its own, outside any text, is compared by."""
        known = self._find(name)
        return known.id if known else fold(name)

    def keys(self, doc: Doc, named: Named) -> set[str]:
        """All that a name can be compared by to tell that it means this organisation."""
        return {named.id, fold(named.name)} | {fold(doc[start:end].text) for start, end in named.places}

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Writes what is known beside the model."""
        path.mkdir(parents=True, exist_ok=True)
        (path / _FILE).write_text(as_lines(self.register.known), encoding="utf-8")
        (path / _MALWARE).write_text("".join(f"{name}\n" for name in sorted(self.malware)), encoding="utf-8")

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> Resolver:
        """The component with what the model's folder knows."""
        malware = (path / _MALWARE).read_text(encoding="utf-8").splitlines()
        vars(self).update(vars(Resolver(load_knowledge(path / _FILE), malware)))
        return self

    def _find(self, name: str) -> KnownOrganisation | None:
        """The known organisation of a name, also without its legal form or a leading `Betriebskrankenkasse`."""
        bare = without_legal_form(name)
        head, _, rest = bare.partition(" ")
        return (
            self.register.find(name)
            or self.register.find(bare)
            or (self.register.find(rest) if head in _HEADS else None)
        )

    def _grouped(self, spans: list[Span]) -> list[_Group]:
        groups: dict[str, _Group] = {}
        for span in spans:
            known = self._find(span.text)
            key = fold(span.text) or span.text.casefold()
            group = groups.setdefault(known.id if known else f" {key}", _Group(key=key, known=known))
            group.spans.append(span)
        merged = _joined(list(groups.values()), _introduced)
        return _joined(merged, _shortened)


def _joined(groups: list[_Group], same: Callable[[_Group, _Group], bool]) -> list[_Group]:
    """The groups, each short one taken into the one long group that it belongs to."""
    left = list(groups)
    for short in groups:
        longer = [group for group in left if group is not short and short in left and same(short, group)]
        if len(longer) == 1:
            target = longer[0]
            target.known = target.known or short.known
            target.spans = sorted([*target.spans, *short.spans], key=lambda span: span.start)
            left.remove(short)
    return left


def _introduced(short: _Group, group: _Group) -> bool:
    """`Kassenärztliche Vereinigung Hessen (KVH)`: the short form follows in brackets."""
    if short.known and group.known:
        return False
    doc = short.spans[0].doc
    for span in short.spans:
        for other in group.spans:
            between = doc[other.end : span.start] if 0 < span.start - other.end < _BETWEEN else None
            brackets = between and _IN_BRACKETS.fullmatch(other[-1].whitespace_ + between.text_with_ws)
            if brackets and is_abbreviation_of(span.text, other.text):
                return True
    return False


def _shortened(short: _Group, group: _Group) -> bool:
    """`Telvanta` in a text that also says `Telvanta Dialog GmbH`."""
    if short.known or group.known or len(short.key) < 3:
        return False
    return group.key != short.key and f"{group.key} ".startswith(f"{short.key} ")
