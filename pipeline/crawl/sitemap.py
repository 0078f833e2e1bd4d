"""Sitemaps: their addresses, with the headline and date of Google's news extension."""

from __future__ import annotations

import html
import io
import re
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from pipeline.crawl.address import absolute
from pipeline.crawl.dates import read_date
from pipeline.crawl.markup import decoded
from pipeline.errors import FetchError
from pipeline.records import Entry, Source

_LARGEST = 50 * 1024 * 1024  # bytes, unpacked: https://www.sitemaps.org/protocol.html#index
_CHILDREN = 10  # sitemaps of an index that are read, newest first
_DECLARATION = re.compile(r"<\?xml[^>]*>", re.I)
_START = re.compile(r"<\w")
_ROOT = re.compile(r"<(?:[\w-]+:)?(urlset|sitemapindex)[\s>]")
_FIELD = re.compile(
    r"<(?:([\w-]+):)?(loc|lastmod|title|publication_date)(?:\s[^<>]*)?>\s{0,99}(?:<!\[CDATA\[)?([^<\]]+)"
)
_BARE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})

Row = dict[str, str]  # the texts of one <url> or <sitemap>, by local name


def unpacked(url: str, body: bytes) -> bytes:
    """The body, decompressed if it is a gzip file.

    Raises FetchError: `too_large` over 50 MB, `truncated` if the end is missing, `not_a_feed` if it cannot be read.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body
    whole, rest = bytearray(), body
    try:
        while rest.startswith(b"\x1f\x8b"):  # a gzip file may have several members, RFC 1952 section 2.2
            member = zlib.decompressobj(wbits=31)
            whole += member.decompress(rest, _LARGEST + 1 - len(whole))
            if len(whole) > _LARGEST:
                raise FetchError(url, f"unpacked larger than {_LARGEST} bytes", outcome="too_large")
            if not member.eof:
                raise FetchError(url, "the gzip file ends before its end", outcome="truncated")
            rest = member.unused_data
    except zlib.error as exc:
        raise FetchError(url, f"not a gzip file: {exc}", outcome="not_a_feed") from exc
    return bytes(whole)


def read_sitemap(source: Source, url: str, body: bytes, content_type: str) -> Iterator[Entry]:
    """One entry per `<url>` that has an address.

    Raises FetchError with outcome `not_a_feed` if there is no urlset in the body.
    """
    for row in _rows(source.url, decoded(body, content_type), "urlset", "url"):
        if loc := row.get("loc"):
            changed = read_date(row.get("lastmod"))
            yield Entry(
                source_id=source.id,
                url=absolute(url, loc),
                title=row.get("title"),
                published_at=read_date(row.get("publication_date")) or changed,
                updated_at=changed,
            )


def read_children(source: Source, url: str, body: bytes) -> list[str]:
    """The addresses of the newest sitemaps, if the body is an index of sitemaps; else none.

    Raises FetchError like `unpacked`, and with outcome `not_a_feed` if the index cannot be read.
    """
    if source.kind != "sitemap":
        return []
    text = decoded(unpacked(source.url, body))
    if "<sitemapindex" not in text[:2000]:
        return []
    rows = [row for row in _rows(source.url, text, "sitemapindex", "sitemap") if row.get("loc")]
    rows.sort(key=lambda row: row.get("lastmod", ""), reverse=True)
    return [absolute(url, row["loc"]) for row in rows[:_CHILDREN]]


def _rows(url: str, text: str, root: str, name: str) -> list[Row]:
    start = _START.search(text)
    if start is None:
        raise FetchError(url, f"not a sitemap: no {root} in it", outcome="not_a_feed")
    if "<!ENTITY" in text[: start.start()]:
        raise FetchError(url, "not a sitemap: it declares entities", outcome="not_a_feed")
    text = _DECLARATION.sub("", text, count=1).lstrip("\ufeff \t\r\n\0")
    for attempt in (_parsed, _repaired, _guessed):
        try:
            found, rows = attempt(text, name)
        except (ElementTree.ParseError, ValueError):  # ValueError: a surrogate or another character that cannot be
            continue
        if found != root:
            break
        return rows
    raise FetchError(url, f"not a sitemap: no {root} in it", outcome="not_a_feed")


def _parsed(text: str, name: str) -> tuple[str, list[Row]]:
    """The name of the root and its rows, as well-formed XML."""
    rows, root = [], ""
    data = text.encode("utf-8", "replace").translate(None, _CONTROLS)
    parser = ElementTree.XMLParser(encoding="utf-8")
    for event, element in ElementTree.iterparse(io.BytesIO(data), ("start", "end"), parser=parser):
        if event == "start":
            root = root or _local(element.tag)
        elif _local(element.tag) == name:
            rows.append(_row(element))
            element.clear()
    return root, rows


def _repaired(text: str, name: str) -> tuple[str, list[Row]]:
    """The same with bare ampersands escaped: what most often breaks a sitemap."""
    return _parsed(_BARE.sub("&amp;", text), name)


def _guessed(text: str, name: str) -> tuple[str, list[Row]]:
    """The same from whatever can still be recognised, without a parser."""
    root = _ROOT.search(text)
    rows = []
    for part in re.split(rf"<(?:[\w-]+:)?{name}(?:\s[^<>]*)?>", text)[1:]:
        row: Row = {}
        for prefix, field, value in _FIELD.findall(part):
            if prefix not in ("image", "video") and (value := " ".join(html.unescape(value).split())):
                row.setdefault(field, value)
        rows.append(row)
    return (root[1] if root else ""), rows


def _row(element: ElementTree.Element) -> Row:
    """The texts of a row: its own, and those of the news in it; pictures and videos have titles of their own."""
    news = [inner for child in element if _local(child.tag) == "news" for inner in child]
    row: Row = {}
    for child in (*element, *news):
        if text := " ".join((child.text or "").split()):
            row.setdefault(_local(child.tag), text)
    return row


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
