"""Mentions that the trained names missed: organisations that are known, and names found elsewhere in the same text."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from spacy.tokens import Doc, Span

from pipeline.analyse.knowledge import KnownOrganisation

_LONGEST = 9  # words in a name
_SHORTEST = 3  # characters


class Completer:
    """Adds ORG mentions by what is known and by repetition."""

    def __init__(self, known: Iterable[KnownOrganisation]) -> None:
        known = tuple(known)
        ambiguous = {name for organisation in known for name in organisation.ambiguous}
        names = {name for organisation in known for name in organisation.names if len(name) >= _SHORTEST}
        self._names = frozenset(names - ambiguous)

    def complete(self, doc: Doc) -> None:
        """Sets further mentions: known names also around shorter ones, repeated names only where nothing stands."""
        doc.set_ents(_with(doc, _runs(doc, self._names.__contains__), around=True))
        found = {span.text for span in doc.ents if span.label_ == "ORG"}
        repeated = {text for text in found if len(text) >= _SHORTEST and text[0].isupper()}
        doc.set_ents(_with(doc, _runs(doc, repeated.__contains__), around=False))


def _with(doc: Doc, places: list[tuple[int, int]], *, around: bool) -> list[Span]:
    spans = {(span.start, span.end): span for span in doc.ents}
    owner = {index: place for place in spans for index in range(*place)}
    for start, end in places:
        inside = {owner[index] for index in range(start, end) if index in owner}
        wider = around and end - start > 1 and all(start <= first and last <= end for first, last in inside)
        if not inside or wider:
            for place in inside:
                spans.pop(place, None)
            spans[start, end] = Span(doc, start, end, label="ORG")
    return list(spans.values())


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
