"""Mentions that the trained names missed or took for something else: names that are known, and names found elsewhere in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from spacy.tokens import Doc, Span

from pipeline.analyse.knowledge import KnownOrganisation
from pipeline.analyse.names import without_legal_form

_LONGEST = 9  # words in a name
_SHORTEST, _CLEAR = 3, 4  # characters of a name to be found again; of one that tells its label wherever it stands
_GENITIVE = "s"


class Completer:
    """Adds and corrects mentions by what is known and by repetition."""

    def __init__(self, known: Iterable[KnownOrganisation], malware: Iterable[str] = ()) -> None:
        known = tuple(known)
        ambiguous = {name for organisation in known for name in organisation.ambiguous}
        names = {name for organisation in known for name in organisation.names if len(name) >= _SHORTEST}
        self._organisations = frozenset(names - ambiguous)
        self._malware = frozenset(name for name in malware if len(name) >= _CLEAR) - names

    def complete(self, doc: Doc) -> None:
        """Sets further mentions: known organisations also around shorter names, all else only where nothing stands."""
        doc.set_ents([self._corrected(doc, span) for span in doc.ents])
        _add(doc, dict.fromkeys(_runs(doc, self._organisations.__contains__), "ORG"), around=True)
        _add(doc, dict.fromkeys(_runs(doc, self._malware.__contains__), "MISC"))
        doc.set_ents(_joined(doc))
        names = _repeatable(doc)
        _add(doc, {place: names[doc[slice(*place)].text] for place in _runs(doc, names.__contains__)})

    def _corrected(self, doc: Doc, span: Span) -> Span:
        """The mention, an organisation that was taken for a person or a place by its right label."""
        label = span.label_
        if label in ("PER", "LOC") and len(span.text) >= _CLEAR and span.text in self._organisations:
            label = "ORG"
        elif label != "MISC" and span.text in self._malware:
            label = "MISC"
        return Span(doc, span.start, span.end, label=label)


def _joined(doc: Doc) -> list[Span]:
    """The mentions, an organisation whose name was parted before its legal form in one piece again."""
    spans: list[Span] = []
    for span in doc.ents:
        last = spans[-1] if spans else None
        if last and last.end == span.start and last.label_ == span.label_ == "ORG" and _has_legal_form(span.text):
            spans[-1] = Span(doc, last.start, span.end, label="ORG")
        else:
            spans.append(span)
    return spans


def _has_legal_form(name: str) -> bool:
    return without_legal_form(name) != name.strip()


def _repeatable(doc: Doc) -> dict[str, str]:
    """Names that mean the same wherever they stand in the text, with their label; of people also the last name."""
    names: dict[str, str] = {}
    for span in doc.ents:
        if span.label_ in ("ORG", "PER") and len(span.text) >= _SHORTEST and span.text[0].isupper():
            names.setdefault(span.text, span.label_)
        last = span[-1].text
        if span.label_ == "PER" and len(span) > 1 and len(last) >= _CLEAR and last[0].isupper():
            names.setdefault(last, "PER")
            names.setdefault(last + _GENITIVE, "PER")
    return names


def _add(doc: Doc, places: Mapping[tuple[int, int], str], *, around: bool = False) -> None:
    spans = {(span.start, span.end): span for span in doc.ents}
    owner = {index: place for place in spans for index in range(*place)}
    for (start, end), label in places.items():
        inside = {owner[index] for index in range(start, end) if index in owner}
        wider = around and end - start > 1 and all(start <= first and last <= end for first, last in inside)
        if not inside or wider:
            for place in inside:
                spans.pop(place, None)
            spans[start, end] = Span(doc, start, end, label=label)
    doc.set_ents(list(spans.values()))


def _runs(doc: Doc, wanted: Callable[[str], bool]) -> list[tuple[int, int]]:
    """The longest runs of words that are wanted, from left to right."""
    text, places, start = doc.text, [], 0
    begins = [token.idx for token in doc]
    stops = [token.idx + len(token) for token in doc]
    while start < len(doc):
        ends = range(min(len(doc), start + _LONGEST), start, -1)
        end = next((end for end in ends if wanted(text[begins[start] : stops[end - 1]])), None)
        if end is not None:
            places.append((start, end))
        start = end or start + 1
    return places
