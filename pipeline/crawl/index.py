"""An index page without a feed: which of its links lead to articles."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup, Tag
from soupsieve import SelectorSyntaxError

from pipeline.crawl.address import absolute, host_of
from pipeline.errors import FetchError
from pipeline.records import Select

_AROUND = ("nav", "header", "footer", "aside", "form", "script", "style", "noscript")
_AROUND_ROLES = ("navigation", "banner", "contentinfo", "search", "complementary")
_FILES = re.compile(r"\.(pdf|jpe?g|png|gif|svg|webp|zip|docx?|xlsx?|mp[34]|ics|css|js)$", re.I)
_DATE = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2}|[A-ZÄ][a-zä]{2,8})\.?\s?((?:19|20)\d\d)\b")
_MONTHS = ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
_WORDS = 4  # a headline has at least as many


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link on an index page that looks like an article."""

    url: str
    title: str
    published_at: datetime | None


def links_of(body: bytes, url: str, select: Select) -> list[Link]:
    """The links to articles, in the order of the page.

    With `select.entry` these are the links within the elements it finds. Without, they are the links of the same site
    outside navigation whose group (links in the same position of the markup) reads like headlines or carries dates.
    """
    tree = BeautifulSoup(body, "lxml")
    for element in tree.find_all(_is_around):
        element.decompose()
    try:
        links = _selected(tree, url, select) if select.entry else _guessed(tree, url)
    except SelectorSyntaxError as exc:
        raise FetchError(url, f"select: {' '.join(str(exc).split())}", outcome="not_a_feed") from exc
    found: dict[str, Link] = {}
    for link in links:
        found.setdefault(link.url, link)
    return list(found.values())


def _is_around(element: Tag) -> bool:
    return element.name in _AROUND or element.get("role") in _AROUND_ROLES


def _selected(tree: BeautifulSoup, url: str, select: Select) -> list[Link]:
    links = []
    for row in tree.select(select.entry or ""):
        anchor: Tag | None = row if row.name == "a" else row.select_one(select.link or "a[href]")
        if anchor is None or not anchor.get("href"):
            continue
        dated = row.select_one(select.date) if select.date else row
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
    row = anchor
    for parent in anchor.parents:
        pages = {str(a["href"]).partition("#")[0] for a in parent.find_all("a", href=True)}
        if len(pages) > 1 or parent.name in ("body", "html", "[document]"):
            break
        row = parent
    return row


def _title(anchor: Tag, row: Tag) -> str:
    text = " ".join((anchor.find(_HEADINGS) or anchor).get_text(" ").split())
    if len(text.split()) < 3 and (heading := row.find(_HEADINGS)):  # "Mehr lesen"
        text = " ".join(heading.get_text(" ").split())
    return text


def date_in(element: Tag) -> datetime | None:
    """The first date in an element: of a time element, else as German text; noon, for want of an hour."""
    stamp = element if element.name == "time" else element.find("time", datetime=True)
    if stamp is not None and stamp.get("datetime"):
        try:
            when = datetime.fromisoformat(str(stamp["datetime"]).strip())
            return (when if when.tzinfo else when.replace(tzinfo=ZoneInfo("Europe/Berlin"))).astimezone(UTC)
        except ValueError:
            pass
    if match := _DATE.search(element.get_text(" ")):
        month = _MONTHS.index(name) + 1 if (name := match[2][:3].lower()) in _MONTHS else match[2]
        try:
            return datetime(int(match[3]), int(month), int(match[1]), 12, tzinfo=UTC)
        except ValueError:
            return None
    return None
