"""The stage itself: a page in, an article out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import count

from lxml import html
from trafilatura.meta import reset_caches

from pipeline.errors import ExtractError
from pipeline.extract.address import canonical, cleaned, site
from pipeline.extract.authors import authors, names_in, people_and_houses
from pipeline.extract.body import all_paragraphs, lead, openings, paragraphs, subtitles
from pipeline.extract.chosen import chosen
from pipeline.extract.clean import bare, joined, line, without_markup
from pipeline.extract.dates import dates
from pipeline.extract.decode import decode, is_binary, parse
from pipeline.extract.ending import Trimmed, trimmed
from pipeline.extract.limits import check_length, check_tags, time_limit, without_long_attributes
from pipeline.extract.structured import Structured, metas, structured
from pipeline.extract.title import heading, places, site_names, title, title_element
from pipeline.extract.verdict import body_marks, is_consent, is_walled, kind, text_state
from pipeline.records import Article, Page

_MARKUP = re.compile(r"<[a-zA-Z!/?][^<>]*>")
_TITLE_LENGTH = 120
_HEAD_LENGTH = 400
_PAGES_PER_CACHE = 200
_pages = count(1)


def extract(page: Page) -> Article:
    """The article on a page; one without text has the text state "empty", "consent" or "withheld".

    Raises ExtractError if the page cannot be read as a page.
    """
    if page.withheld:
        return replace(_nothing(page), text_state="withheld")
    if is_binary(page.body):
        raise ExtractError(f"{page.url}: the body is not text")
    text = decode(page.body, page.content_type)
    form = (page.content_type or "").lower().replace(" ", "")
    if not text.strip():
        return _nothing(page)
    try:
        check_tags(text)
        with time_limit():
            text = without_long_attributes(text)
            if form.startswith("text/html;entry"):
                return _from_entry(page, text)
            if form.startswith("text/plain") or not _MARKUP.search(text):
                return _from_plain(page, text)
            return _from_html(page, text)
    except ExtractError as exc:
        raise ExtractError(f"{page.url}: cannot be read: {exc}") from None
    except (RecursionError, MemoryError) as exc:
        raise ExtractError(f"{page.url}: the page is nested too deeply to be read") from exc
    except Exception as exc:  # whatever a page does to the parsers, it is one page
        raise ExtractError(f"{page.url}: cannot be read: {type(exc).__name__}: {exc}") from exc


def extract_many(pages: Iterable[Page]) -> list[Article | ExtractError]:
    """The articles on pages, in order; in the place of one that cannot be read the error."""
    found: list[Article | ExtractError] = []
    for page in pages:
        try:
            found.append(extract(page))
        except ExtractError as exc:
            found.append(exc)
    return found


def _forget_now_and_then() -> None:
    """Takes from trafilatura what it remembers of earlier pages: every line that it has seen."""
    if next(_pages) % _PAGES_PER_CACHE == 0:
        reset_caches()


def _from_html(page: Page, text: str) -> Article:
    _forget_now_and_then()
    tree = parse(text)
    if tree is None:
        return _nothing(page)
    alive = list(tree.iter())  # as long as somebody holds an element, lxml need not wrap it again
    said, declared, here = structured(tree), metas(tree), site(page.url)
    names, wordings = site_names(said, declared, here), places(tree, said, declared)
    url = canonical(tree, declared, page.url)
    who = authors(tree, said, declared, names, page.entry.authors)
    told = chosen(tree, page.select, page.at)
    headline = told.title or title(tree, wordings, names, _entry_title(page) or "") or _entry_title(page)
    over = heading(tree, headline or "")
    when = dates(tree, said, declared, page.entry.published_at, url=page.url, at=page.at, over=over, chosen=told.date)
    teaser = _teaser(page, said, declared)
    walled, marks, shown = is_walled(tree, said), body_marks(tree, declared), _shown(tree)
    known = frozenset(bare(text) for text in (headline or "", *(text for _, text in wordings))) - {""}
    found = trimmed(told.paragraphs, known) if told.paragraphs else _body(tree, text, said, declared, over, known)
    body, head = joined(found.paragraphs), f"{headline}\n{shown[:_HEAD_LENGTH]}"
    del alive
    if is_consent(body or shown, headline or ""):
        return replace(_nothing(page, title_element(wordings, names) or headline), url=url, text_state="consent")
    what, origin = kind(url, head, body, marks, contact=found.press_contact, newspaper=bool(said.authors)), found.origin
    if what != "news":  # whoever sends a release is not its author
        who, houses = people_and_houses(who, names)
        origin = origin or next(iter(houses), None)
    return Article(
        source_id=page.entry.source_id,
        url=url,
        title=headline or _first_words(body) or url,
        teaser=teaser,
        text=body,
        published_at=when.published,
        updated_at=when.updated,
        authors=who,
        origin=origin,
        kind=what,
        text_state=text_state(body, teaser, shown, walled=walled),
        missed=told.missed,
    )


def _body(
    tree: html.HtmlElement,
    text: str,
    said: Structured,
    declared: dict[str, str],
    over: html.HtmlElement | None,
    wordings: frozenset[str],
) -> Trimmed:
    """The paragraphs of a page, without what stands around the article."""
    descriptions = {said.description, declared.get("description"), declared.get("og:description")}
    under = [] if over is None else subtitles(over)
    candidates = [] if over is None else openings(over, frozenset(bare(d) for d in descriptions if d))
    blocks = paragraphs(tree)
    found = trimmed(blocks, wordings)
    told = said.body if said.free else ()
    if sum(map(len, told)) > 2 * sum(map(len, found.paragraphs)):
        found = trimmed(list(told), wordings)
    if not found.paragraphs and (again := parse(text)) is not None:
        found = trimmed([block for block in all_paragraphs(again) if len(block) > 60], wordings)
    if not found.paragraphs:
        return found
    known = bare(" ".join(found.paragraphs))
    before = [*under, lead(candidates, found.paragraphs[0]) or ""]
    missing = dict.fromkeys(text for text in before if bare(text) not in known and bare(text) not in wordings)
    return replace(found, paragraphs=(*missing, *found.paragraphs))


def _from_entry(page: Page, text: str) -> Article:
    """What the feed itself carries, under the title and date that it gives."""
    check_length(len(text))
    tree = parse(f"<html><body><div>{text}</div></body></html>")
    headline = _entry_title(page)
    found = trimmed(all_paragraphs(tree) if tree is not None else [], frozenset({bare(headline or "")} - {""}))
    return _plain_article(page, found, headline)


def _from_plain(page: Page, text: str) -> Article:
    check_length(len(text))
    headline = _entry_title(page)
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    if headline is None and len(blocks) > 1 and len(line(blocks[0])) <= 2 * _TITLE_LENGTH:
        headline = line(blocks[0]) or None
    found = trimmed(blocks, frozenset({bare(headline or "")} - {""}))
    return _plain_article(page, found, headline)


def _plain_article(page: Page, found: Trimmed, headline: str | None) -> Article:
    url, body = _own_address(page), joined(found.paragraphs)
    teaser = _plain(page.entry.teaser)
    return Article(
        source_id=page.entry.source_id,
        url=url,
        title=headline or _first_words(body) or url,
        teaser=teaser,
        text=body,
        published_at=page.entry.published_at,
        authors=names_in(page.entry.authors),
        origin=found.origin,
        kind=kind(url, headline or "", body, "", contact=found.press_contact, newspaper=False),
        text_state=text_state(body, None, body, walled=False),
    )


def _own_address(page: Page) -> str:
    """The address of a page that does not name its own; entries that share a link differ in the fragment."""
    _, mark, fragment = page.url.partition("#")
    return cleaned(page.url) + mark + fragment


def _nothing(page: Page, headline: str | None = None) -> Article:
    """What the entry alone tells of an article whose page shows no text."""
    url = _own_address(page)
    return Article(
        source_id=page.entry.source_id,
        url=url,
        title=_entry_title(page) or headline or url,
        teaser=_plain(page.entry.teaser),
        published_at=page.entry.published_at,
        authors=names_in(page.entry.authors),
        text_state="empty",
    )


def _teaser(page: Page, said: Structured, declared: dict[str, str]) -> str | None:
    for text in (said.description, declared.get("description"), declared.get("og:description"), page.entry.teaser):
        if cleaned_text := _plain(text):
            return cleaned_text
    return None


def _entry_title(page: Page) -> str | None:
    return _plain(page.entry.title)


def _plain(text: str | None) -> str | None:
    if not text:
        return None
    return line(without_markup(text)) or None


def _shown(tree: html.HtmlElement) -> str:
    """All words of a page, headline first where there is one."""
    heading = next(tree.iter("h1"), None)
    start = tree.body if heading is None else heading.getparent()
    return line(" ".join(start.itertext())) if start is not None else ""


def _first_words(text: str) -> str | None:
    first = line(text.split("\n\n")[0])
    return first if len(first) <= _TITLE_LENGTH else first[:_TITLE_LENGTH].rsplit(" ", 1)[0] + " …"
