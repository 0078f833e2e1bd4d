"""Subheads and lists that extraction left out although they stand between two paragraphs that it kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lxml import html

from pipeline.extract.clean import bare

_BETWEEN = frozenset(("h2", "h3", "h4", "h5", "h6", "ul", "ol"))
Run = tuple[tuple[str, str], ...]  # tag and text of the paragraphs, subheads and lists that share a parent, in order


def runs(tree: html.HtmlElement, text_of: Callable[[html.HtmlElement], str]) -> tuple[Run, ...]:
    """Where paragraphs stand side by side with subheads and lists."""
    found = []
    for parent in dict.fromkeys(element.getparent() for element in tree.iter("p")):
        if parent is None:
            continue
        children = [child for child in parent if child.tag == "p" or child.tag in _BETWEEN]
        tags = [child.tag for child in children]
        if tags.count("p") > 1 and len(set(tags)) > 1:
            found.append(tuple((str(child.tag), text_of(child)) for child in children))
    return tuple(found)


def filled(paragraphs: list[str], places: Iterable[Run]) -> list[str]:
    """The paragraphs with what is missing between two of them."""
    known = bare(" ".join(paragraphs))
    index = {bare(text): number for number, text in enumerate(paragraphs)}
    behind: dict[int, list[str]] = {}
    for run in places:
        last, missing = None, list[str]()
        for tag, text in run:
            words = bare(text)
            if words in index:
                if last is not None and missing:
                    behind.setdefault(last, []).extend(missing)
                last, missing = index[words], []
            elif last is not None and tag in _BETWEEN and words and words not in known:
                missing.append(text)
    return [piece for number, text in enumerate(paragraphs) for piece in (text, *behind.get(number, ()))]
