"""An index page without a feed: which of its links lead to articles."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from soupsieve import SelectorSyntaxError

from pipeline.crawl.address import absolute, host_of
from pipeline.crawl.dates import read_date, read_day
from pipeline.crawl.markup import soup_of
from pipeline.crawl.splitting import block_of, heading_of
from pipeline.errors import FetchError
from pipeline.records import Select

_AROUND = ("nav", "header", "footer", "aside", "form", "script", "style", "noscript")
_AROUND_ROLES = ("navigation", "banner", "contentinfo", "search", "complementary")
_FILES = re.compile(r"\.(pdf|jpe?g|png|gif|svg|webp|zip|docx?|xlsx?|mp[34]|ics|css|js)$", re.I)
_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
_WORDS = 4  # a headline has at least as many


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link on an index page that looks like an article."""

    url: str
    title: str
    published_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Block:
    """An article that stands on the page itself, under no address of its own."""

    title: str
    html: str
    words: str  # of the text, blanks folded
    published_at: datetime | None


def links_of(page: str, url: str, select: Select) -> list[Link]:
    """The links to articles, in the order of the page.

    With `select.entry` these are the links within the elements it finds. Without, they are the links of the same site
    outside navigation whose group (links in the same position of the markup) reads like headlines or carries dates.
    Raises FetchError with outcome `not_a_feed` if a selector is wrong.
    """
    tree = _tree(page, keep_headers=bool(select.entry))
    found: dict[str, Link] = {}
    for link in _selected(tree, url, select) if select.entry else _guessed(tree, url):
        found.setdefault(link.url, link)
    return list(found.values())


def blocks_of(page: str, url: str, select: Select) -> list[Link | Block]:
    """The articles that `select.entry` finds on the page, in its order.

    An element is a block, unless it has a link of its own: the one that `select.link` finds, else the one in its
    heading. Links within its text do not make it one. A heading stands for itself and what follows up to the next.
    Raises FetchError with outcome `not_a_feed` if a selector is wrong.
    """
    found: list[Link | Block] = []
    rows = _select(_tree(page, keep_headers=True), url, select.entry or "")
    selected = {id(row) for row in rows}
    for row in rows:
        heading = heading_of(row)
        anchor = _select_one(row, url, select.link) if select.link else heading and _heading_link(heading, url)
        dated = _select_one(row, url, select.date) if select.date else heading
        published = (date_in(dated) if dated else None) or date_in(row)
        if anchor is not None and anchor.get("href"):
            found.append(
                Link(url=absolute(url, str(anchor["href"])), title=_title(anchor, row), published_at=published)
            )
            continue
        html, words = block_of(row, selected, url)
        if words:
            title = " ".join(heading.get_text(" ").split()) if heading else next(row.stripped_strings, "")
            found.append(Block(title=title, html=html, words=words, published_at=published or read_day(words)))
    return found


def _tree(page: str, *, keep_headers: bool) -> BeautifulSoup:
    """The page without what stands around its articles; the header of an article is none of it if it was selected."""
    tree = soup_of(page)
    for element in tree.find_all(_is_around):
        if not (keep_headers and element.name in ("header", "footer")):
            element.decompose()
    return tree


def _is_around(element: Tag) -> bool:
    return element.name in _AROUND or element.get("role") in _AROUND_ROLES


def _select(element: Tag, url: str, selector: str) -> list[Tag]:
    try:
        return list(element.select(selector))
    except SelectorSyntaxError as exc:
        raise FetchError(url, f"select: {' '.join(str(exc).split())}", outcome="not_a_feed") from exc


def _select_one(element: Tag, url: str, selector: str) -> Tag | None:
    return next(iter(_select(element, url, selector)), None)


def _heading_link(heading: Tag, url: str) -> Tag | None:
    """The link in or around a heading to another page."""
    for anchor in (heading.find("a", href=True), heading.find_parent("a", href=True)):
        if anchor is not None and absolute(url, str(anchor["href"])) != absolute(url, ""):
            return anchor
    return None


def _selected(tree: BeautifulSoup, url: str, select: Select) -> list[Link]:
    links = []
    for row in _select(tree, url, select.entry or ""):
        anchor = row if row.name == "a" else _select_one(row, url, select.link or "a[href]")
        if anchor is None or not anchor.get("href"):
            continue
        dated = _select_one(row, url, select.date) if select.date else row
        published = date_in(dated) if dated is not None else None
        target = absolute(url, str(anchor["href"]))
        links.append(Link(url=target, title=_title(anchor, row), published_at=published))
    return links


def _guessed(tree: BeautifulSoup, url: str) -> list[Link]:
    groups: dict[str, list[Link]] = defaultdict(list)
    order: dict[str, int] = {}
    for anchor in tree.find_all("a", href=True):
        target = absolute(url, str(anchor["href"]))
        if not _may_be_article(target, url):
            continue
        row = _row(anchor)
        link = Link(url=target, title=_title(anchor, row), published_at=date_in(row))
        groups[_position(anchor)].append(link)
        order.setdefault(target, len(order))
    chosen = [link for links in groups.values() if _reads_like_headlines(links) for link in links if link.title]
    return sorted(chosen, key=lambda link: order[link.url])


def _may_be_article(target: str, url: str) -> bool:
    if not target.startswith(("http://", "https://")) or host_of(target) != host_of(url):
        return False
    parts, here = urlsplit(target), urlsplit(url)
    if _FILES.search(parts.path):
        return False
    ancestor = here.path.startswith(parts.path.rstrip("/") + "/") or parts.path == here.path
    return not ancestor  # the page itself, its other pages (?page=2) and those above it


def _reads_like_headlines(links: list[Link]) -> bool:
    dated = sum(link.published_at is not None for link in links)
    words = sum(len(link.title.split()) for link in links)
    return dated * 2 >= len(links) or words >= _WORDS * len(links)


def _position(anchor: Tag) -> str:
    """Where in the markup a link stands: the names and classes of the elements around it."""
    steps = [anchor, *anchor.parents]
    return "/".join(f"{step.name}.{'.'.join(step.get_attribute_list('class') or [])}" for step in steps[:8])


def _row(anchor: Tag) -> Tag:
    """The largest element around a link that holds no link to another page."""
    row, page = anchor, _page(anchor)
    for parent in anchor.parents:
        if parent.name in ("body", "html", "[document]") or _leads_elsewhere(parent, page):
            break
        row = parent
    return row


def _leads_elsewhere(element: Tag, page: str) -> bool:
    """Whether a link in an element leads to another page; looks no further than the first that does."""
    return any(
        isinstance(inner, Tag) and inner.name == "a" and inner.has_attr("href") and _page(inner) != page
        for inner in element.descendants
    )


def _page(anchor: Tag) -> str:
    return str(anchor["href"]).partition("#")[0]


def _title(anchor: Tag, row: Tag) -> str:
    text = " ".join((anchor.find(_HEADINGS) or anchor).get_text(" ").split())
    if len(text.split()) < 3 and (heading := row.find(_HEADINGS)):  # "Mehr lesen"
        text = " ".join(heading.get_text(" ").split())
    return text


def date_in(element: Tag) -> datetime | None:
    """The first date in an element: of a time element, else the day that its text names."""
    stamp = element if element.name == "time" else element.find("time", datetime=True)
    moment = read_date(str(stamp["datetime"])) if stamp is not None and stamp.get("datetime") else None
    return moment or read_day(element.get_text(" "))
