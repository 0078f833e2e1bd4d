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
_WEIGHTS = {"og": 1.5, "json": 1.5, "h1": 1.0, "title": 0.5, "twitter": 0.5}


def title(tree: html.HtmlElement, said: Structured, metas: dict[str, str], site: str) -> str | None:
    """The headline of an article, without the name of the site."""
    names = site_names(said, metas, site)
    places = [(place, _without_site(text[:_LONGEST], names)) for place, text in _places(tree, said, metas)]
    if chosen := _edited(dict(reversed(places))):
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


def _edited(places: dict[str, str]) -> str | None:
    """The wording that an editor gave on purpose, where the two declared headlines differ.

    The title element is made for search engines, and whichever declared headline repeats it was filled from the same
    field. Of 22 pages with two wordings, 18 had the printed one in the other place.
    """
    declared = [text for place in ("og", "json") if len(text := places.get(place, "")) >= _SHORTEST]
    if len(declared) < 2 or bare(declared[0]) == bare(declared[1]):
        return None
    searched = bare(places.get("title", ""))
    others = [text for text in declared if not searched.startswith(bare(text).removesuffix(" …"))]
    return others[0] if searched and len(others) == 1 else None


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
            yield "h1", text
    yield "title", line(tree.findtext(".//head/title") or "")
    yield "twitter", metas.get("twitter:title", "")


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
