"""What a page says of itself for machines: JSON-LD of schema.org and meta elements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from lxml import html

from pipeline.extract.clean import line, without_markup

_ARTICLE = re.compile(r"(^|[/:])\w*(Article|BlogPosting|Report|LiveBlogPosting)$")
_BROKEN_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_DEPTH = 12


@dataclass(frozen=True, kw_only=True)
class Structured:
    """The article as the page's JSON-LD tells it."""

    headline: str | None = None
    description: str | None = None
    body: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None
    publisher: str | None = None
    free: bool = True
    is_article: bool = False


def structured(tree: html.HtmlElement) -> Structured:
    """The first article among the JSON-LD of a page; empty where there is none."""
    nodes = list(_nodes(tree))
    found = [node for node in nodes if _is_article(node)]
    if not found:
        return Structured()
    named = {str(node["@id"]): node for node in nodes if isinstance(node.get("@id"), str) and "name" in node}
    node = max(found, key=lambda n: ("headline" in n) + ("datePublished" in n) + ("author" in n))
    free = node.get("isAccessibleForFree", True)
    return Structured(
        headline=_text(node.get("headline")) or _text(node.get("name")),
        description=_text(node.get("description")),
        body=_prose(node.get("articleBody")),
        authors=tuple(_names(node.get("author") or node.get("creator"), named)),
        published=_text(node.get("datePublished")),
        modified=_text(node.get("dateModified")),
        publisher=next(_names(node.get("publisher"), named), None),
        free=str(free).strip().lower() not in ("false", "0", "no") and not str(free).lower().endswith("/false"),
        is_article=True,
    )


def metas(tree: html.HtmlElement) -> dict[str, str]:
    """The meta elements of a page by lower-case name or property, the first of each name."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        content = line(without_markup(unescape(element.get("content") or "")))
        if name and content:
            found.setdefault(name, content)
    return found


def _nodes(tree: html.HtmlElement) -> Iterator[dict[str, object]]:
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            yield from _dicts(_loads(script.text or ""))


def _loads(text: str) -> object:
    """What a JSON-LD block holds, read once more without its usual faults where it is not JSON."""
    text = text.strip().removeprefix("<![CDATA[").removesuffix("]]>").strip().rstrip(";")
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", _BROKEN_ESCAPE.sub("", text))):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _dicts(value: object, depth: int = 0) -> Iterator[dict[str, object]]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _dicts(value.get(key), depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _dicts(part, depth + 1)


def _is_article(node: dict[str, object]) -> bool:
    kinds = node.get("@type")
    return any(isinstance(k, str) and _ARTICLE.search(k) for k in (kinds if isinstance(kinds, list) else [kinds]))


def _text(value: object) -> str | None:
    while isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    if not isinstance(value, str):
        return None
    return line(without_markup(unescape(unescape(value)))) or None


def _prose(value: object) -> tuple[str, ...]:
    if not isinstance(value, str):
        return ()
    return tuple(filter(None, map(line, without_markup(unescape(unescape(value))).splitlines())))


def _names(value: object, named: dict[str, dict[str, object]]) -> Iterator[str]:
    """The names in a value; a node that only gives its address stands for the one in the graph that has a name."""
    if isinstance(value, list):
        for part in value:
            yield from _names(part, named)
    elif isinstance(value, dict):
        yield from _names(value.get("name") or named.get(str(value.get("@id")), {}).get("name") or [], named)
    elif text := _text(value):
        yield text
