"""The headline, as most of a page's places for it agree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import html

from pipeline.extract.clean import bare, line
from pipeline.extract.structured import Structured

_BREAK = re.compile(r"\s+(?:[|·•»›–—-]|::?|//)\s+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_SHORTEST, _LONGEST = 15, 500
# What each place counts for; the order settles equal votes.
_WEIGHTS = {"og": 1.5, "json": 1.5, "over": 1.0, "h1": 1.0, "marked": 1.0, "title": 0.5, "twitter": 0.5}


def title(tree: html.HtmlElement, said: Structured, metas: dict[str, str], site: str) -> str | None:
    """The headline of an article, without the name of the site."""
    names = site_names(said, metas, site)
    places = [(place, _without_site(text[:_LONGEST], names)) for place, text in _places(tree, said, metas)]
    if chosen := _edited(places):
        return chosen
    votes: dict[str, float] = {}
    wording: dict[str, str] = {}
    for place, text in places:
        key = bare(text)
        if key and squeezed(text) not in names:
            votes[key] = votes.get(key, 0) + _WEIGHTS[place]
            wording.setdefault(key, text)
    if not votes:
        return None
    return wording[max(votes, key=lambda key: votes[key])]


def _edited(places: list[tuple[str, str]]) -> str | None:
    """The wording that stands over the text, where the two declared headlines differ.

    That is the heading of the article itself: it repeats one of them or, if it has words of its own, holds neither.
    Where there is no such heading the title element helps: it is made for search engines, and whichever declared
    headline repeats it was filled from the same field. Of 22 pages with two wordings, 18 had the printed one in the
    other place.
    """
    said = dict(reversed(places))
    declared = [text for place in ("og", "json") if len(text := said.get(place, "")) >= _SHORTEST]
    if len(declared) < 2 or bare(declared[0]) == bare(declared[1]):
        return None
    if over := said.get("over"):
        repeated = [text for text in declared if bare(text) in bare(over)]
        if not repeated or bare(repeated[0]) == bare(over):
            return repeated[0] if repeated else over
    searched = bare(said.get("title", ""))
    others = [text for text in declared if not searched.startswith(bare(text).removesuffix(" …"))]
    return others[0] if searched and len(others) == 1 else None


def title_element(tree: html.HtmlElement, names: frozenset[str]) -> str | None:
    """What the browser shows as the name of a page, without the name of the site."""
    return _without_site(line(tree.findtext(".//head/title") or "")[:_LONGEST], names) or None


def headlines(tree: html.HtmlElement, said: Structured, metas: dict[str, str]) -> frozenset[str]:
    """Every wording of the headline on a page, for telling it from the text."""
    return frozenset(bare(text[:_LONGEST]) for _, text in _places(tree, said, metas)) - {""}


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
    return line(words)


def _places(tree: html.HtmlElement, said: Structured, metas: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield "og", metas.get("og:title", "")
    yield "json", said.headline or ""
    seen: set[str] = set()
    for heading in tree.iter("h1"):
        text = element_text(heading)
        if text not in seen:
            seen.add(text)
            yield ("over" if _stands_over_article(heading) else "h1"), text
    for heading in tree.iter("h2", "h3", "p", "div", "span"):
        if (heading.get("itemprop") or "").lower() == "headline":
            yield "marked", element_text(heading)
            break
    yield "title", line(tree.findtext(".//head/title") or "")
    yield "twitter", metas.get("twitter:title", "")


def _stands_over_article(heading: html.HtmlElement) -> bool:
    """Whether a heading is the article's own, not the last step of the path to it."""
    around = [heading, *heading.iterancestors()]
    in_path = any(e.tag in ("li", "nav") or "crumb" in (e.get("class") or "").lower() for e in around)
    return not in_path and any(e.tag == "article" for e in around)


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
