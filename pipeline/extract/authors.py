"""Who wrote an article: people first, agencies and newsrooms where nobody else is named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import html

from pipeline.extract.clean import line
from pipeline.extract.structured import Structured
from pipeline.extract.title import element_text, squeezed

_BY = re.compile(
    r"^(?:(?:ein(?:e)? )?(?:beitrag|artikel|kommentar|analyse|interview|text|bericht|autor(?:in)?(?:en)?)\s*:?\s*)?(?:von:?|"
    r"by|autor(?:in)?(?:en)?:?|text:)\s+",
    re.I,
)
_SPLIT = re.compile(r"\s*(?:,|;|\||/|\bund\b|\bsowie\b|&|\band\b)\s*")
_NOISE = re.compile(r"\([^)]*\)|\S+@\S+|https?://\S+|\b(?:mit )?(?:material|informationen) (?:von|der)\b.*", re.I)
_AFTER_NAME = re.compile(r"\s+(?:[-–—|•·]|in (?=[A-ZÄÖÜ]))\s*.*$")
_PLACE = re.compile(r"(?<=[a-zäöüß]), (?!AFP|KNA|APA|SDA)[A-ZÄÖÜ][a-zäöüß]+(?:/[A-ZÄÖÜ][a-zäöüß]+)?$")
_ROLE = re.compile(
    r"^(?:[\w-]+-)?(?:redakteur|reporter|korrespondent|autor|volontär|herausgeber|chefredakteur)(?:in|:in|\*in)?:?\s+",
    re.I,
)
_ACCOUNT = re.compile(r"(?:web|site|wp|ad)?-?(?:admin(?:istrator)?|master|root|editor|user)\w{0,3}", re.I)
# What calls itself so is no person, but whoever publishes.
_HOUSE = re.compile(
    r"\b(?:GmbH|mbH|AG|SE|KG|e\. ?V\.?|gGmbH|KdöR|AöR|Stadt|Land|Landkreis|Kreis|Gemeinde|Bezirk\w*|Team|Bundesrat|Freistaat)(?!\w)|"
    r"(?:verb[aä]nd\w*|verein|vereinigung|amt|behörde|kasse|kammer|ministerium|agentur|redaktion|pressestelle|presse|institut|"
    r"universität|hochschule|klinik\w*|polizei\w*|anwaltschaft|zentrale|zentrum|dienst|stiftung|gesellschaft|kommunikation|"
    r"versicherung\w*|beauftragter?|gesundheit|krankenhaus|netzwerk|rat|bund|büro|versorgung)\b",
    re.I,
)
_DEGREE = re.compile(
    r"^(?:M\. ?A\.|LL\. ?M\.|MBA|B\. ?A\.|M\. ?Sc\.|Redakteur(?:in)?|Korrespondent(?:in)?|Autor(?:in)?)$", re.I
)
_BYLINE = re.compile(r"(?:^|[\s_-])(?:author|autor|byline|verfasser)", re.I)
_NOT_A_BYLINE = re.compile(
    r"box|image|bild|info|bio|list(?!-?item)|comment|profil|social|follow|avatar|count|date|role", re.I
)
_SIGNED = re.compile(
    r"(?:[^|]{0,30}\b\d{4}(?:[,\s|–-]+\d{1,2}[:.]\d\d(?:\s?Uhr)?)?[,\s|–-]+)?(?:Von|VON|von):? "
    r"(?P<who>(?:(?:[A-ZÄÖÜ][\w.'’-]+|Dr\.|von|van|de|der|zu|und|,|&)[\s,]*){2,9})$"
)
_NO_NAME = re.compile(
    r"\b(?:geschrieben|verfasst|erstellt|veröffentlicht|aktualisiert|stand|uhr|am|vom|seit|(?:mon|diens|donners|frei|"
    r"sams|sonn)tag|mittwoch|minuten|lesezeit|kommentare?)\b",
    re.I,
)
_WRITTEN = re.compile(r"(?:written|posted) by|(?:verfasst|geschrieben) von|autor(?:in)?", re.I)
_LONGEST = 60


def authors(
    tree: html.HtmlElement, said: Structured, metas: dict[str, str], names: frozenset[str], entry: tuple[str, ...]
) -> tuple[str, ...]:
    """The authors of a page; the site itself only where no other place names anybody."""
    newsroom: tuple[str, ...] = ()
    for place in (lambda: said.authors, lambda: _meta(metas), lambda: _people(_bylines(tree), names), lambda: entry):
        found = names_in(place())  # the later places cost a walk through the page
        people = tuple(name for name in found if squeezed(name) not in names)
        if people:
            return people
        newsroom = newsroom or found
    return newsroom


def names_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The names in some bylines, each once, without roles, addresses and the word before them."""
    found: dict[str, str] = {}
    for text in texts:
        for part in _SPLIT.split(_PLACE.sub("", _BY.sub("", line(_NOISE.sub(" ", text))))):
            name = _AFTER_NAME.sub("", _ROLE.sub("", _BY.sub("", part))).strip(" .:–—-|*\"'»«„“")
            name += "." if part.rstrip().endswith((" jr.", " Jr.", "Red.", "red.")) else ""
            if _is_name(name):
                found.setdefault(name.casefold(), name)
    return tuple(found.values())


def people_and_houses(names: Iterable[str], sites: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names apart: people, and organisations such as the site itself."""
    found: tuple[list[str], list[str]] = ([], [])
    for name in names:
        house = squeezed(name) in sites or len(name.split()) < 2 or _HOUSE.search(name) is not None
        found[house].append(name)
    return tuple(found[0]), tuple(found[1])


def _is_name(name: str) -> bool:
    return (
        1 < len(name) <= _LONGEST
        and len(name.split()) <= 6
        and not _DEGREE.match(name)
        and not _ACCOUNT.fullmatch(name)
        and not _NO_NAME.search(name)
        and not re.search(r"\d{3}|[<>{}\[\]=@:]", name)
        and any(map(str.isalpha, name))
    )


def _people(texts: list[str], names: frozenset[str]) -> Iterator[str]:
    """The people in bylines, which name places, broadcasters and sources as well."""
    for name in names_in(texts):
        own = squeezed(name)
        house = any(len(n) > 2 and own.startswith(n) for n in names)
        if len(name.split()) > 1 and name[0].isupper() and not house and not re.search(r"\d", name):
            yield name


def _meta(metas: dict[str, str]) -> Iterator[str]:
    for name in ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author"):
        value = metas.get(name, "")
        if value and not value.lower().startswith(("http:", "https:", "//", "www.")) and "@" not in value:
            yield value
            return
    for number in "12":  # how blogs tell cards in social networks who wrote and how long it takes to read
        if _WRITTEN.fullmatch(metas.get(f"twitter:label{number}", "")):
            yield metas.get(f"twitter:data{number}", "")
            return
    yield metas.get("twitter:misc:written by", "")


def _bylines(tree: html.HtmlElement) -> list[str]:
    """The text of the elements that are marked as bylines, the closest marking first."""
    scope = next(tree.iter("article"), None)
    for root in (scope, tree):
        if root is None:
            continue
        marks = _marked(root)
        for rank in range(3):
            if found := [text for order, text in marks if order == rank]:
                return found[:5]
    return []


def _marked(root: html.HtmlElement) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for element in root.iter("a", "span", "p", "div", "li", "address", "strong", "em", "b", "i", "small", "h5", "h6"):
        text = element_text(element, 2 * _LONGEST + 1)
        if not text or len(text) > 2 * _LONGEST:
            continue
        mark = f"{element.get('class') or ''} {element.get('id') or ''}"
        if (
            "author" in (element.get("rel") or "").lower().split()
            or (element.get("itemprop") or "").lower() == "author"
        ):
            found.append((0, text))
        elif _BYLINE.search(mark) and not _NOT_A_BYLINE.search(mark):
            found.append((1, text))
        elif len(element) <= 3 and (signed := _SIGNED.match(text)):
            found.append((2, signed["who"]))
    return found
