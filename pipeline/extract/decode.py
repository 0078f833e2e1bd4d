"""Bytes to characters to one tree: what every other part of the stage reads."""

from __future__ import annotations

import codecs
import re
from html import unescape

from lxml import etree, html

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_XML_ENCODING = re.compile(r"<\?xml[^>]*encoding\s*=\s*[\"']([\w.:-]+)", re.I)
# Codecs that can be the encoding of a page; Python knows others (hex, idna, unicode_escape) that never are.
_PAGE_CODEC = re.compile(
    r"utf-8|utf-16(-[lb]e)?|ascii|(iso8859|koi8|mac|euc|iso2022|big5|gb|shift_jis|cp\d|windows)[\w-]*"
)
_CONTROL = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_BINARY = bytes([*range(0x01, 0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_MAGIC = (b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b")
_HEAD = 4096
_REFERENCE = re.compile(r"&#(?:x0*([0-9a-f]{1,6})|0*([0-9]{1,7}))(?![0-9a-f]);?", re.I)


def decode(body: bytes, content_type: str | None) -> str:
    """The characters of a body, by byte order mark, declaration and, where these are silent or wrong, by its bytes."""
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _plain(body[len(mark) :].decode(codec, "replace"))
    try:
        return _known(
            body.translate(None, _CONTROL).decode("utf-8")
        )  # no other encoding happens to be valid UTF-8 in a text of any length
    except UnicodeDecodeError:
        declared = _declared(body, content_type)
    if declared in (None, "utf-8"):
        declared = _mostly_utf8(body)
    return _plain(body.decode(declared or "cp1252", "replace"))


def is_binary(body: bytes) -> bool:
    """Whether a body is an image, an archive or the like: full of control characters without being UTF-16."""
    head = body[:_HEAD]
    if not head or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    return head.startswith(_MAGIC) or len(head) - len(head.translate(None, _BINARY)) > len(head) / 4


def parse(text: str) -> html.HtmlElement | None:
    """The tree of a page, or None where there is nothing in it."""
    if "&#" in text:
        text = _REFERENCE.sub(_referred, text)
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        tree = html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    return tree if isinstance(tree, html.HtmlElement) else None


def _referred(reference: re.Match[str]) -> str:
    """A reference to a character by its number, as browsers read it: those of windows-1252 too, and none to controls."""
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    if 0x80 <= number < 0xA0:
        return _plain(unescape(f"&#{number};"))
    allowed = number in (0x9, 0xA, 0xD) or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE
    return reference[0] if allowed or 0x10000 <= number < 0x110000 else ""


def _plain(text: str) -> str:
    """A text without controls, lone surrogates and what is no character: no tree can hold them."""
    return _known(text.encode("utf-8", "ignore").translate(None, _CONTROL).decode("utf-8"))


def _known(text: str) -> str:
    return text.replace("\ufffe", "").replace("\uffff", "")


def _declared(body: bytes, content_type: str | None) -> str | None:
    head = body[:_HEAD].decode("latin-1")
    for pattern, where in ((_CHARSET, content_type or ""), (_CHARSET, head), (_XML_ENCODING, head)):
        if (found := pattern.search(where)) and (codec := _codec(found[1])):
            return codec
    return None


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    if not _PAGE_CODEC.fullmatch(name):
        return None
    # Browsers read both as windows-1252, and pages rely on it for quotes and dashes.
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def _mostly_utf8(body: bytes) -> str | None:
    """UTF-8 with a few broken bytes (a cut page, a foreign comment) stays UTF-8."""
    high = sum(byte > 0x7F for byte in body)
    broken = body.decode("utf-8", "replace").count("�")
    return "utf-8" if broken * 4 <= high else None
