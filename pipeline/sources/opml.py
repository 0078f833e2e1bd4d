"""Lists of sources as OPML 2.0, which feed readers import and export (https://opml.org/spec2.opml).

A feed is an outline of type `rss`, which by the specification is also the type of Atom feeds. What no feed reader can
read, a sitemap or an index page, is an outline of type `link` with a `url`: something that a browser shows; `include`
would be another OPML file. A sector is a folder and a category. What OPML has no word for stands in attributes of the
namespace `urn:lagebild:sources`, under the keys of the sources file, so that nothing is lost on the way back.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.parsers import expat

from pipeline.errors import SourcesError
from pipeline.records import Select, Source
from pipeline.sources.catalogue import source_of
from pipeline.sources.writing import claim, row_of

NAMESPACE = "urn:lagebild:sources"
_FEEDS = ("rss", "atom")
# The keys of the sources file that OPML itself has a word for.
_WORDS = ("name", "url", "homepage", "language")
_FLAGS = {"true": True, "false": False}
_OURS = {f.name for f in fields(Source)} | {f"select.{f.name}" for f in fields(Select)}
# Characters that no XML 1.0 document can carry: https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Types of outlines with an address that is not a feed: FreshRSS writes HTML+XPath, JSON+DotNotation and others.
_NOT_A_FEED = re.compile(r"html|xpath|json", re.IGNORECASE)
_LANGUAGE = re.compile(r"([a-z]{2,3})([-_][a-z0-9_-]+)?", re.IGNORECASE)
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, kw_only=True)
class OpmlRead:
    """What an OPML file names: its sources in its order, and a line for each outline that is none, saying why."""

    sources: list[Source]
    skipped: list[str]


def to_opml(sources: Iterable[Source], at: datetime) -> str:
    """An OPML 2.0 document, made at an aware time, with a folder for each sector; those without one stand last.

    A character that XML cannot carry becomes U+FFFD.
    """
    root = ET.Element("opml", {"version": "2.0", "xmlns:lagebild": NAMESPACE})
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = "Lagebild"
    ET.SubElement(head, "dateCreated").text = format_datetime(at.astimezone(UTC), usegmt=True)
    ET.SubElement(head, "docs").text = "https://opml.org/spec2.opml"
    body = ET.SubElement(root, "body")
    folders: dict[str, ET.Element] = {}
    alone: list[Source] = []
    for source in sources:
        if source.sector is None:
            alone.append(source)
            continue
        if source.sector not in folders:
            named = _carried(source.sector)
            folders[source.sector] = ET.SubElement(body, "outline", {"text": named, "title": named})
        ET.SubElement(folders[source.sector], "outline", _attributes(source))
    for source in alone:
        ET.SubElement(body, "outline", _attributes(source))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _attributes(source: Source) -> dict[str, str]:
    is_feed = source.kind in _FEEDS
    attributes = {"type": "rss" if is_feed else "link", "text": source.name, "title": source.name}
    attributes["xmlUrl" if is_feed else "url"] = source.url
    if source.homepage:
        attributes["htmlUrl"] = source.homepage
    attributes["language"] = source.language
    if source.sector:
        attributes["category"] = "/" + re.sub(r"\s*[,/]\s*", " ", source.sector)  # both separate categories
    for key, value in row_of(source).items():
        if isinstance(value, dict):
            attributes |= {f"lagebild:{key}.{part}": css for part, css in value.items()}
        elif key not in _WORDS:
            attributes[f"lagebild:{key}"] = str(value).lower() if isinstance(value, bool) else str(value)
    return {key: _carried(value) for key, value in attributes.items()}


def _carried(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def from_opml(text: bytes, name: str) -> OpmlRead:
    """The sources that an OPML file of any feed reader names, with ids that are unique in it; `name` stands for it.

    Raises SourcesError, naming the file, if it is not OPML, not XML, or declares entities.
    """
    read = OpmlRead(sources=[], skipped=[])
    ids: dict[str, int] = {}
    for outline in _outlines(_decoded(text, name), name):
        try:
            source = _source_in(outline)
        except SourcesError as exc:
            read.skipped.append(" ".join(str(exc).split()))
            continue
        if source is not None:
            read.sources.append(replace(source, id=claim(source.id, ids)))
    return read


@dataclass(kw_only=True)
class _Outline:
    """An outline as it stands in the document."""

    number: int  # in the order of the file, from 1
    words: dict[str, str]  # attributes of OPML, in lower case, since feed readers differ in it
    ours: dict[str, str]
    folder: str | None = None
    commented: bool = False
    has_children: bool = False

    @property
    def title(self) -> str:
        return " ".join((self.words.get("text") or self.words.get("title") or "").split())

    @property
    def url(self) -> str | None:
        return self.words.get("xmlurl") or (self.words.get("url") if "id" in self.ours else None)


def _source_in(outline: _Outline) -> Source | None:
    """The source that an outline names, None for a folder. Raises SourcesError for what cannot be read."""
    where, kind = f"outline {outline.number}", outline.words.get("type", "")
    named = f"{where} ({outline.title})" if outline.title else where
    if outline.url is None:
        if outline.has_children:
            return None
        raise SourcesError(f"{named}: names no feed (xmlUrl)")
    if outline.commented:
        raise SourcesError(f"{named}: is commented out")
    if "id" not in outline.ours and _NOT_A_FEED.search(kind):
        raise SourcesError(f"{named}: type {kind} is not read")
    row = _our_row(outline) if "id" in outline.ours else _foreign_row(outline)
    return source_of(row, where)


def _our_row(outline: _Outline) -> dict[str, object]:
    words = outline.words
    row: dict[str, object] = {"name": words.get("text") or words.get("title"), "url": outline.url}
    row |= {"homepage": words.get("htmlurl"), "language": words.get("language")}
    select: dict[str, str] = {}
    for key, value in outline.ours.items():
        if key.startswith("select."):
            select[key.removeprefix("select.")] = value
        elif key in ("split", "enabled"):
            row[key] = _FLAGS.get(value, value)
        else:
            row[key] = value
    return row | {"select": select}


def _foreign_row(outline: _Outline) -> dict[str, object]:
    words, url = outline.words, (outline.url or "").strip()
    host = _host(url)
    hint = f"{words.get('type', '')} {words.get('version', '')}".lower()
    row: dict[str, object] = {
        "id": _slug(outline.title) or _slug(host) or "source",
        "name": outline.title or host or url,
        "kind": "atom" if "atom" in hint else "rss",
        "url": url,
    }
    if outline.folder and (sector := _slug(outline.folder, "_")):
        row["sector"] = sector
    if (homepage := words.get("htmlurl", "").strip()).lower().startswith(("http://", "https://")):
        row["homepage"] = homepage
    if language := _LANGUAGE.fullmatch(words.get("language", "").strip()):
        row["language"] = language[1].lower()
    return row


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _slug(text: str, between: str = "-") -> str:
    german = unicodedata.normalize("NFC", text).lower().translate(_GERMAN)
    plain = "".join(c for c in unicodedata.normalize("NFKD", german) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", between, plain.lower()).strip(between)


def _decoded(data: bytes, name: str) -> str:
    """The text of a document by its byte order mark, else its declaration, else as UTF-8.

    Bytes that do not fit are read as Windows-1252, what they mostly are. Raises SourcesError for an unknown encoding.
    """
    encoding = next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), "")
    if not encoding:
        declared = _DECLARED.match(data)
        encoding = declared[1].decode() if declared else "utf-8"
        if encoding.lower().startswith(("utf-16", "utf-32", "ucs")):
            encoding = "utf-8"  # the declaration itself could not be read if it were true
    try:
        return data.decode(encoding)
    except LookupError as exc:
        raise SourcesError(f"{name}: unknown encoding {encoding}") from exc
    except UnicodeError:
        return data.decode("cp1252", "replace")


def _outlines(text: str, name: str) -> list[_Outline]:
    """All outlines of a document, in its order. Raises SourcesError if it is not OPML or declares entities."""
    tree = _Tree(name)
    parser = expat.ParserCreate()
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.EntityDeclHandler = tree.refuse
    try:
        parser.Parse(text.lstrip(" \t\r\n\ufeff"), True)
    except (expat.ExpatError, UnicodeEncodeError) as exc:
        raise SourcesError(f"{name}: not XML: {exc}") from exc
    return tree.outlines


class _Tree:
    """Collects outlines while a document is parsed, without a call for each level, so that no depth is too deep."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.outlines: list[_Outline] = []
        self._open: list[_Outline | None] = []  # None for an element that is no outline
        self._prefixes: set[str] = set()  # that stand for our namespace

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2].lower()
        if not self._open and tag != "opml":
            raise SourcesError(f"{self.name}: not OPML, its root element is {tag}")
        self._prefixes |= {key[6:] for key, value in attributes.items() if key[:6] == "xmlns:" and value == NAMESPACE}
        self._open.append(self._outline(attributes) if tag == "outline" else None)

    def _outline(self, attributes: dict[str, str]) -> _Outline:
        words: dict[str, str] = {}
        ours: dict[str, str] = {}
        for key, value in attributes.items():
            prefix, _, word = key.rpartition(":")
            if not prefix and value.strip():
                words.setdefault(key.lower(), value)
            elif prefix in self._prefixes and word in _OURS:
                ours[word] = value
        outline = _Outline(number=len(self.outlines) + 1, words=words, ours=ours)
        outline.commented = words.get("iscomment", "").lower() == "true"
        if parent := self._open[-1]:
            parent.has_children = True
            outline.folder = parent.folder if parent.url else parent.title
            outline.commented |= parent.commented
        self.outlines.append(outline)
        return outline

    def end(self, _tag: str) -> None:
        self._open.pop()

    def refuse(self, *_declared: object) -> None:
        raise SourcesError(f"{self.name}: declares entities, which could make it endless or name other files")
