"""Places in a text made visible: a text and its highlights become pieces that lie side by side.

Highlights may overlap and nest in any way; a piece carries all that cover it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

_GAP = re.compile(r"\n\s*\n")
# The end of a German sentence: a stop, perhaps a closing quote, then a capital or an opening quote.
_STOP = re.compile(r"[.!?…][“”»«\"')]*\s+(?=[„»«\"'(]*[A-ZÄÖÜ0-9])|\n\s*")
# What ends in a full stop without ending a sentence: ordinals, single letters, titles and measures.
_ABBREVIATED = re.compile(
    r"(?:^|[\s(„])(?:\d{1,2}|[A-Za-zÄÖÜäöü]|Dr|Prof|St|Nr|Abs|Art|Mio|Mrd|ca|bzw|vgl|inkl|Co|Inc|Ltd|z\.\s?B|u\.\s?a|d\.\s?h)\.$"
)
LONGEST = 320  # characters of a quotation


@dataclass(frozen=True, kw_only=True)
class Highlight:
    """A place with its meaning: what is marked (`mention` or `evidence`), of which class, why, and where it leads."""

    start: int
    end: int
    kind: str
    label: str
    title: str
    href: str | None = None


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of text and every highlight that covers the whole of it."""

    text: str
    highlights: tuple[Highlight, ...] = ()

    @property
    def mention(self) -> Highlight | None:
        """The name that this piece belongs to; of several the shortest."""
        return min(
            (h for h in self.highlights if h.kind == "mention"), key=lambda h: (h.end - h.start, h.start), default=None
        )

    @property
    def evidence(self) -> str:
        """What this piece is evidence of, in words; empty if of nothing."""
        return ", ".join(dict.fromkeys(h.title for h in self.highlights if h.kind == "evidence"))

    @property
    def shows(self) -> frozenset[str]:
        """Which types or kinds of fact this piece is evidence of."""
        return frozenset(h.label for h in self.highlights if h.kind == "evidence")


def mark(text: str, highlights: Iterable[Highlight]) -> tuple[Piece, ...]:
    """The text cut at every border of a highlight; the pieces joined are the text again."""
    inside = [h for h in (_within(h, len(text)) for h in highlights) if h.start < h.end]
    borders = sorted({0, len(text)}.union(*({h.start, h.end} for h in inside)))
    return tuple(
        Piece(text=text[start:end], highlights=tuple(h for h in inside if h.start <= start and end <= h.end))
        for start, end in pairwise(borders)
    )


def paragraphs(text: str, highlights: Iterable[Highlight]) -> tuple[tuple[Piece, ...], ...]:
    """The text by paragraphs, each in pieces; a highlight over the gap goes on in the next paragraph."""
    highlights = tuple(highlights)
    return tuple(
        mark(text[start:end], [h for h in _shifted(highlights, start) if h.end > 0 and h.start < end - start])
        for start, end in _stretches(text)
    )


def sentence(text: str, start: int, end: int, longest: int = LONGEST) -> tuple[Piece, ...]:
    """The sentence around a place, with the place as evidence; cut with dots where it is very long."""
    start, end = max(0, min(start, len(text))), max(0, min(end, len(text)))
    end = min(end, start + longest)
    left = max((stop for stop in _stops(text) if stop <= start), default=0)
    right = min((stop for stop in _stops(text) if stop >= end), default=len(text))
    room = max(0, longest - (end - start)) // 2
    first, last = max(left, start - room), min(right, end + room)
    place = Highlight(start=start - first, end=end - first, kind="evidence", label="place", title="Fundstelle")
    pieces = mark(text[first:last].rstrip(), [place])
    before = (Piece(text="… "),) if first > left else ()
    after = (Piece(text=" …"),) if last < right else ()
    return before + pieces + after


def _within(highlight: Highlight, length: int) -> Highlight:
    return replace(highlight, start=max(0, highlight.start), end=min(length, highlight.end))


def _shifted(highlights: Iterable[Highlight], by: int) -> Iterator[Highlight]:
    return (replace(h, start=h.start - by, end=h.end - by) for h in highlights)


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _GAP.finditer(text):
        if gap.start() > start:
            yield start, gap.start()
        start = gap.end()
    if start < len(text):
        yield start, len(text)


def _stops(text: str) -> Iterator[int]:
    for stop in _STOP.finditer(text):
        before = text[max(0, stop.start() - 12) : stop.start() + 1]
        if text[stop.start()] != "." or not _ABBREVIATED.search(before):
            yield stop.end()
