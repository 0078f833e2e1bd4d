"""The headline, as most of a page's places for it agree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from lxml import html

from pipeline.extract.clean import bare, line, without_markup
from pipeline.extract.structured import Structured

_BREAK = re.compile(r"\s+(?:[|·•»›–—-]|::?|//)\s+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_SHORTEST, _LONGEST = 15, 500
# What each place counts for; the order settles equal votes.
_WEIGHTS = {"og": 1.5, "json": 1.5, "under": 1.0, "marked": 1.0, "h1": 1.0, "title": 0.5, "twitter": 0.5}
# A heading of a part of the site, under which many pages stand.
_PART = re.compile(
    r"(?:(?:press\w*|aktuell\w*|news\w*|neuigkeiten|nachrichten\w*|medien\w*|meldung\w*|mitteilung\w*|information\w*|"
    r"warn\w*-?|sicherheits\w*|startseite|service|archiv|detail\w*|blog|magazin|artikel|beitrag|themen|und|&|/|-|aus|der|"
    r"dem|des|für|die|\d{4})(?!\w)\W*)+",
    re.I,
)
_HEADLINE_CLASS = re.compile(r"(?:^|[\s_-])(?:titel|title|headline|ueberschrift|newshead)(?:\s|$)", re.I)
_HIDDEN = re.compile(r"\b(?:hidden|sr-only|aural|visuallyhidden|invisible)\b", re.I)
_PROSE = 160
_ELSEWHERE = frozenset({"li", "nav", "aside", "footer", "a", "dialog"})


Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading before the text of an article; `last` is what stands in it below the line over the headline."""

    text: str
    last: str
    first: bool
    in_article: bool

    def among(self, declared: list[str], searched: str, told: str) -> str | None:
        """The headline of this heading where the declared ones, the title element or JSON-LD agree with it."""
        whole, last = bare(self.text), bare(self.last)
        if self.first:
            held = [text for text in declared if bare(text) in whole and not whole.startswith(bare(text))]
            if len(held) == 1 and bare(held[0]) == last:
                return held[0]
            if held or not whole:
                return None
            same = (text for text in declared if bare(text) == whole)
            begun = any(bare(text).startswith(whole) or whole.startswith(bare(text)) for text in declared)
            return next(same, self.text if begun or searched.startswith(whole) else None)
        if not self.in_article or not told:
            return None
        if short := next((text for text in declared if bare(text) == last != whole), None):
            return short
        if whole == bare(told):
            return told
        before = told.removesuffix(self.last)
        return self.last if before != told and before.rstrip().endswith((":", "|", "–", "-")) else None


def title(tree: html.HtmlElement, found: Iterable[Place], names: frozenset[str], entry: str = "") -> str | None:
    """The headline of an article, without the names of the site; `entry` is what a feed called it."""
    signed = [(place, _without_site(text, names)) for place, text in found]
    places = [(place, text) for place, text in signed if bare(text) and squeezed(text) not in names]
    printed = list(_headings(tree))
    if chosen := _edited(places, printed):
        return chosen
    own = [(place, text) for place, text in places if place in ("og", "json") or not _PART.fullmatch(text)]
    return _elected([*own, *_under(tree, own, printed), ("title", entry)]) or _elected(places)


def _elected(places: list[Place]) -> str | None:
    votes: dict[str, float] = {}
    wording: dict[str, str] = {}
    for place, text in places:
        if key := bare(text):
            votes[key] = votes.get(key, 0) + _WEIGHTS[place]
            wording.setdefault(key, text)
    return wording[max(votes, key=lambda key: votes[key])] if votes else None


def _edited(places: list[Place], printed: list[Heading]) -> str | None:
    """The wording that stands over the text, where the page gives different headlines.

    That is the heading of the article itself: it repeats one of the declared ones, without what stands over it, or it
    has words of its own that neither holds. Where there is no such heading the title element helps: it is made for
    search engines, and whichever declared headline repeats it was filled from the same field. Of 22 pages with two
    wordings, 18 had the printed one in the other place.
    """
    said = dict(reversed(places))
    searched = bare(said.get("title", ""))
    declared = list({bare(t): t for place in ("json", "og") if len(t := said.get(place, "")) >= _SHORTEST}.values())
    for heading in printed:
        if (chosen := heading.among(declared, searched, said.get("json", ""))) is not None:
            return chosen
    if len(declared) < 2:
        return None
    over = next((h.text for h in printed if h.first and h.in_article), None)
    if over and not any(bare(text) in bare(over) for text in declared):
        return over
    others = [text for text in declared if not searched.startswith(bare(text).removesuffix(" …"))]
    return others[0] if searched and len(others) == 1 else None


def _under(tree: html.HtmlElement, places: list[Place], printed: list[Heading]) -> Iterator[Place]:
    """The first lower heading of a page that declares no headline and has none of the first level."""
    if any(place in ("og", "json", "h1", "marked") for place, _ in places):
        return
    lower = (h.text for h in printed if len(h.text) >= _SHORTEST and not _PART.fullmatch(h.text))
    classed = (
        element_text(e) for e in tree.iter("p", "div", "td", "span") if _HEADLINE_CLASS.search(e.get("class") or "")
    )
    if text := next((text for text in chain(lower, classed) if len(text) >= _SHORTEST), None):
        yield "under", text


def heading(tree: html.HtmlElement, headline: str) -> html.HtmlElement | None:
    """The element in which a page prints the headline, else its first heading of the first level."""
    headings = [e for e in tree.iter("h1", "h2", "h3") if not any(a.tag in ("li", "nav") for a in e.iterancestors())]
    words = bare(headline)
    named = (e for e in headings if words and words in bare(element_text(e)))
    return next(chain(named, tree.iter("h1")), None)


def title_element(found: Iterable[Place], names: frozenset[str]) -> str | None:
    """What the browser shows as the name of a page, without the name of the site."""
    return next((_without_site(text, names) for place, text in found if place == "title"), None) or None


def places(tree: html.HtmlElement, said: Structured, metas: dict[str, str]) -> tuple[Place, ...]:
    """Every wording of the headline on a page, each with the place that gives it, in the order of their weight."""
    return tuple((place, text[:_LONGEST]) for place, text in _places(tree, said, metas) if text)


def site_names(said: Structured, metas: dict[str, str], site: str) -> frozenset[str]:
    """The names under which a site may sign, squeezed."""
    host = site.split(".")
    found = [said.publisher, metas.get("og:site_name"), metas.get("application-name"), metas.get("publisher"), site]
    found += [host[-2] if len(host) > 1 else None, ".".join(host[-2:])]
    return frozenset(squeezed(name) for name in found if name) - {""}


def squeezed(name: str) -> str:
    """A name without case, umlauts, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", line(name).casefold().translate(_UMLAUTS))


def element_text(element: html.HtmlElement, enough: int = _LONGEST) -> str:
    """The words of an element as one line, not much longer than enough; its parts do not run together."""
    words = ""
    for part in element.itertext():
        if words and part and words[-1].islower() and part[0].isupper():
            words += " "
        words += part
        if len(words) > 2 * enough:
            break
    return line(without_markup(words))


def _places(tree: html.HtmlElement, said: Structured, metas: dict[str, str]) -> Iterator[Place]:
    yield "og", metas.get("og:title", "")
    yield "json", said.headline or ""
    seen: set[str] = set()
    for heading in tree.iter("h1"):
        text = element_text(heading)
        if text not in seen:
            seen.add(text)
            yield "h1", text
    for heading in tree.xpath("//*[@itemprop='headline']"):
        if heading.tag in ("h2", "h3", "p", "div", "span"):
            yield "marked", element_text(heading)
            break
    yield "title", line(without_markup(tree.findtext(".//head/title") or ""))
    yield "twitter", metas.get("twitter:title", "")


def _headings(tree: html.HtmlElement) -> Iterator[Heading]:
    """The headings from the beginning of a page to its first paragraph of prose."""
    found = False
    for element in tree.iter("h1", "h2", "h3", "p"):
        if element.tag == "p":
            if found and len(element_text(element, _PROSE)) >= _PROSE:
                return
            continue
        around = {e.tag for e in element.iterancestors()}
        if around & _ELSEWHERE or _is_in_path(element) or _HIDDEN.search(element.get("class") or ""):
            continue
        text = element_text(element)
        pieces = [piece for piece in map(line, element.itertext()) if bare(piece)]
        last = pieces[-1] if len(pieces) > 1 and len(pieces[-1]) >= _SHORTEST else text
        in_article = "article" in around
        found = found or element.tag == "h1" or in_article
        yield Heading(text, last, element.tag == "h1" and bool(around & {"article", "main"}), in_article)


def _is_in_path(heading: html.HtmlElement) -> bool:
    """Whether a heading is only the last step of the path to the article."""
    return any("crumb" in (e.get("class") or "").lower() for e in (heading, *heading.iterancestors()))


def _without_site(text: str, names: Iterable[str]) -> str:
    """A title without the site's name at its end or beginning."""
    while parts := list(_BREAK.finditer(text)):
        last, first = parts[-1], parts[0]
        if _signs(text[last.end() :], names):
            text = text[: last.start()]
        elif _signs(text[: first.start()], names):
            text = text[first.end() :]
        else:
            break
    return text.strip()


def _signs(part: str, names: Iterable[str]) -> bool:
    own = squeezed(part)
    return (
        bool(own)
        and len(own) <= 40
        and any(own in (n, n + "de") or (len(n) > 3 and n in own and len(own) <= len(n) + 14) for n in names)
    )
