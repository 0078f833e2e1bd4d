"""What extraction left out although it belongs to the paragraphs that it kept: subheads, lists, modules of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice, takewhile

from lxml import html

from pipeline.extract.clean import bare, line

_HEADS = ("h2", "h3", "h4", "h5", "h6")
_BETWEEN = frozenset((*_HEADS, "ul", "ol"))
_PIECES = frozenset(("p", *_BETWEEN))
_LEVELS, _PROSE, _MOST_LINKED, _LEAST_PROSE = 4, 80, 0.3, 0.7


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph, subhead or list; where a page is built of boxes, also number and class of the one around it."""

    tag: str
    text: str
    within: str = ""
    box: int = 0
    kind: str = ""
    in_prose: bool = True


Run = tuple[Piece, ...]  # in the order of the page


def runs(tree: html.HtmlElement, text_of: Callable[[html.HtmlElement], str]) -> tuple[Run, ...]:
    """Where paragraphs stand side by side with subheads and lists, or in boxes of one kind that follow each other."""
    parents = dict.fromkeys(element.getparent() for element in tree.iter("p"))
    found: list[Run] = []
    modules: dict[tuple[html.HtmlElement, str], None] = {}
    for parent in filter(lambda p: p is not None, parents):
        children = [child for child in parent if child.tag in _PIECES]
        tags = [child.tag for child in children]
        if tags.count("p") > 1 and len(set(tags)) > 1:
            found.append(tuple(Piece(str(child.tag), text_of(child)) for child in children))
        if (module := _module(parent)) is not None:
            modules[module] = None
    found += [tuple(_in_modules(around, kind, text_of)) for around, kind in modules]
    return tuple(found)


def most_prose(tree: html.HtmlElement) -> int:
    """The length of the paragraphs of prose in the part of a page that has most of them, in characters."""
    lengths: dict[html.HtmlElement, int] = {}
    for element in tree.iter("p"):
        length = len(element.text_content())
        if length < _PROSE or 2 * sum(len(link.text_content()) for link in element.iter("a")) > length:
            continue
        for around in islice(element.iterancestors(), 2):
            lengths[around] = lengths.get(around, 0) + length
    return max(lengths.values(), default=0)


def filled(paragraphs: list[str], places: Iterable[Run]) -> list[str]:
    """The paragraphs with what is missing between two of them, and with the boxes that go on behind them."""
    words = cache(bare)  # a piece may lie in one box within another
    index = {words(text): number for number, text in enumerate(paragraphs)}
    known = " ".join(index)
    behind: dict[int, list[str]] = {}
    for run in places:
        within = {piece.within for piece in run if words(piece.text) in index}
        last, missing, kinds = None, list[Piece](), set[str]()
        for piece in run if within else ():
            own = words(piece.text)
            if own in index:
                if last is not None:
                    behind.setdefault(index[words(last.text)], []).extend(_between(missing, within))
                last, missing = piece, []
                kinds.add(piece.kind)
            elif last is not None and own and own not in known:
                missing.append(piece)
        if last is not None and index[words(last.text)] == len(paragraphs) - 1:
            behind.setdefault(len(paragraphs) - 1, []).extend(_going_on(missing, last.box, kinds))
    return [piece for number, text in enumerate(paragraphs) for piece in (text, *behind.get(number, ()))]


def _between(pieces: list[Piece], within: set[str]) -> list[str]:
    """The subheads that stand directly in what also holds paragraphs of the text; lists only right beside them."""
    fitting = (p for p in pieces if p.in_prose and p.within in within)
    return [p.text for p in fitting if p.tag in _HEADS or (p.tag in _BETWEEN and not p.kind)]


def _going_on(pieces: list[Piece], box: int, kinds: set[str]) -> list[str]:
    """What stands in the boxes behind one, as long as they are boxes of prose of a kind that the text came from."""
    behind = (piece for piece in pieces if piece.box > box)
    return [piece.text for piece in takewhile(lambda piece: piece.in_prose and piece.kind in kinds, behind)]


def _module(element: html.HtmlElement) -> tuple[html.HtmlElement, str] | None:
    """What holds several boxes of the kind in which an element lies, and that kind."""
    here = element
    for _ in range(_LEVELS):
        around = here.getparent()
        if around is None:
            return None
        if (kind := _kind(here)) and sum(_kind(child) == kind for child in around) > 1:
            return around, kind
        here = around
    return None


def _kind(element: html.HtmlElement) -> str:
    classes = (element.get("class") or "").split()
    return f"{element.tag}.{classes[0]}" if classes else ""


def _in_modules(around: html.HtmlElement, kind: str, text_of: Callable[[html.HtmlElement], str]) -> Iterator[Piece]:
    """The pieces in all boxes of a kind."""
    for number, box in enumerate(around, 1):
        if _kind(box) == kind:
            name, in_prose = box.get("class") or "", _is_prose(box)
            for element in box.iter(*_PIECES):
                if not any(a.tag in ("ul", "ol") for a in element.iterancestors()):
                    within = _kind(element.getparent())
                    yield Piece(str(element.tag), text_of(element), within, number, name, in_prose)


def _is_prose(box: html.HtmlElement) -> bool:
    """Whether a box mostly holds running text, or nothing but a subhead."""
    whole = len(line(box.text_content()))
    heads = sum(len(line(e.text_content())) for e in box.iter(*_HEADS))
    prose = sum(length for e in box.iter("p") if (length := len(line(e.text_content()))) >= _PROSE)
    linked = sum(len(line(e.text_content())) for e in box.iter("a"))
    return linked <= _MOST_LINKED * whole and prose + heads >= _LEAST_PROSE * whole
