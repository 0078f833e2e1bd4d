"""One text that holds several articles: a bundle that links to them, a page that tells them one below the other."""

from __future__ import annotations

from collections.abc import Iterator

from bs4 import Tag
from bs4.element import NavigableString

from pipeline.crawl.address import absolute
from pipeline.crawl.markup import plain, soup_of, with_absolute_links
from pipeline.records import Entry

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary")


def split(bundle: Entry) -> Iterator[Entry]:
    """The entries that a bundle links to; the bundle itself if it links to nothing."""
    found = False
    if bundle.text and "<" in bundle.text:
        for link in soup_of(bundle.text).find_all("a", href=True):
            href = str(link["href"]).strip()
            target = absolute(bundle.url, href)
            if href.startswith("#") or not target.startswith(("http://", "https://")):
                continue
            found = True
            yield Entry(
                source_id=bundle.source_id,
                url=target,
                title=plain(link.get_text(" ")),
                published_at=bundle.published_at,
                updated_at=bundle.updated_at,
                authors=bundle.authors,
            )
    if not found:
        yield bundle


def heading_of(element: Tag) -> Tag | None:
    """The element itself, if it is a heading, else the first heading in it."""
    return element if element.name in _HEADINGS else element.find(_HEADINGS)


def block_of(element: Tag, selected: set[int], base: str) -> tuple[str, str]:
    """The markup of a selected element and its words. A heading stands for itself and all up to the next one.

    `selected` are the `id()` of all selected elements.
    """
    below = _below(element, selected) if element.name in _HEADINGS else []
    markup = "".join([str(element), *(_markup(part) for part in below)])
    words = " ".join(part.get_text(" ") for part in (element, *below))
    return with_absolute_links(markup, base), " ".join(words.split())


def _below(heading: Tag, selected: set[int]) -> list[Tag | NavigableString]:
    """What follows a heading up to the next one; a heading that stands alone in its box is followed by what follows that."""
    start = heading
    while True:
        following: list[Tag | NavigableString] = []
        for sibling in start.next_siblings:
            if isinstance(sibling, Tag) and _holds(sibling, selected):
                return following
            if isinstance(sibling, Tag) or (type(sibling) is NavigableString and sibling.strip()):
                following.append(sibling)
        box = start.parent
        if (
            following
            or box is None
            or box.name in ("body", "html", "[document]")
            or _holds(box, selected - {id(heading)})
        ):
            return following
        start = box


def _holds(element: Tag, selected: set[int]) -> bool:
    return id(element) in selected or any(id(inner) in selected for inner in element.descendants)


def _markup(part: Tag | NavigableString) -> str:
    return str(part) if isinstance(part, Tag) else part.output_ready("minimal")
