"""What a source itself says stands where on its pages, in CSS, and where it says so in vain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bs4 import BeautifulSoup, Tag
from bs4.exceptions import ParserRejectedMarkup
from lxml import html
from soupsieve import SelectorSyntaxError

from pipeline.extract.body import all_paragraphs
from pipeline.extract.clean import line, without_markup
from pipeline.extract.dates import said_moment
from pipeline.records import Select


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Headline, date and paragraphs that the CSS of a source finds; `missed` are those it names but does not find."""

    title: str | None = None
    date: str | None = None
    paragraphs: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


def chosen(tree: html.HtmlElement, select: Select, at: datetime) -> Chosen:
    """What the CSS of a source finds on a page, as it looked then; nothing where it names nothing."""
    if not (select.title or select.date or select.body):
        return Chosen()
    try:
        soup = BeautifulSoup(html.tostring(tree, encoding="unicode"), "lxml")
    except (ParserRejectedMarkup, RecursionError):
        soup = BeautifulSoup("", "lxml")
    title = next(
        (text for element in _found(soup, select.title) if (text := line(without_markup(element.get_text(" "))))), None
    )
    dates = (text for element in _found(soup, select.date) for text in _dates(element))
    date = next((text for text in dates if said_moment(text, at)), None)
    paragraphs = _paragraphs(_found(soup, select.body))
    found = {"title": title, "date": date, "body": paragraphs}
    missed = tuple(name for name, value in found.items() if getattr(select, name) and not value)
    return Chosen(title=title, date=date, paragraphs=paragraphs, missed=missed)


def _found(soup: BeautifulSoup, selector: str | None) -> list[Tag]:
    if not selector:
        return []
    try:
        return list(soup.select(selector))
    except (SelectorSyntaxError, RecursionError):
        return []


def _dates(element: Tag) -> list[str]:
    """What an element says of a time: to programs first, then to readers."""
    told = [element.get("datetime"), element.get("content"), element.get_text(" ")]
    return [text for text in told if isinstance(text, str)]


def _paragraphs(elements: list[Tag]) -> tuple[str, ...]:
    whole = {id(element) for element in elements}
    parts = [str(e) for e in elements if not any(id(around) in whole for around in e.parents)]
    if not parts:
        return ()
    return tuple(all_paragraphs(html.fragment_fromstring("".join(parts), create_parent="div")))
