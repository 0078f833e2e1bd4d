"""Markup in feeds and pages: which characters its bytes are, the words without it, and its links made absolute."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

from bs4 import BeautifulSoup

_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\x00\x00\x00", "utf-32-le"),  # no mark, but `<` as it is written in these, XML 1.0 appendix F
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:encoding|charset)\s{0,9}=\s{0,9}["']?([\w.:-]{2,40})""", re.I)
_CHARSET = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{2,40})""", re.I)
_ESCAPED = re.compile("[\udc80-\udcff]")  # a byte that is not UTF-8, as "surrogateescape" writes it
_BEYOND_ASCII = re.compile("[\x80-\ud7ff\ue000-\U0010ffff]")
# The names are listed so that a headline about `<script>` keeps its words.
_TAG = re.compile(
    r"</?(?:a|abbr|address|article|aside|b|blockquote|br|center|cite|code|dd|del|details|div|dl|dt|em|embed|figcaption"
    r"|figure|font|footer|h[1-6]|header|hr|i|iframe|img|ins|kbd|label|li|main|mark|nav|object|ol|p|picture|pre|q|s"
    r"|section|small|source|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|time|tr|tt|u|ul|video|wbr"
    r"|\w+:\w+)(?:\s[^<>]*|/)?>",
    re.I,
)
_HIDDEN = (
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<script\b", re.I), re.compile(r"</script\s?>", re.I)),
    (re.compile(r"<style\b", re.I), re.compile(r"</style\s?>", re.I)),
)
_LINK = re.compile(r"""\b(href|src)(\s?=\s?)(["'])(?!\s*[a-z][a-z0-9+.-]*:|\s*\#)([^"'<>]+)\3""", re.I)
_DECLARATION = re.compile(r"<\?xml[^>]*>", re.I)


def decoded(body: bytes, content_type: str = "") -> str:
    """The characters of a body: by its mark, as UTF-8, as the server or the body itself says, else as windows-1252.

    UTF-8 comes before what is said, since no other text passes for it, and stays when only a few bytes are broken.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace").lstrip("\ufeff")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        mixed = body.decode("utf-8", "surrogateescape")
    if len(_BEYOND_ASCII.findall(mixed)) > len(_ESCAPED.findall(mixed)):
        return _ESCAPED.sub(lambda found: bytes([ord(found[0]) & 0xFF]).decode("cp1252", "replace"), mixed)
    said = [match[1] for match in [_CHARSET.search(content_type)] if match]
    said += [match[1].decode("ascii", "replace") for match in [_DECLARED.search(body[:2000])] if match]
    for name in said:
        if re.match(r"(?i)utf|us-?ascii|iso-?8859-?1$|latin-?1$", name):  # latin-1 means windows-1252 on the web
            continue
        try:
            return body.decode(name)
        except (LookupError, ValueError):
            continue
    return body.decode("cp1252", "replace")


def soup_of(markup: str) -> BeautifulSoup:
    """The tree of an HTML page."""
    # the declaration of an XHTML page says nothing that matters here and draws a warning about XML
    return BeautifulSoup(_DECLARATION.sub("", markup), "lxml")


def plain(value: str | None) -> str | None:
    """A feed's title or summary without markup, blanks folded; entities escaped twice are read like those once."""
    if not value:
        return None
    text = value
    if "<" in text:
        text = _TAG.sub(" ", without_hidden(text))
    if "&" in text:
        text = html.unescape(text)
        if "&" in text:
            text = html.unescape(text)
        if "<" in text:
            text = _TAG.sub(" ", text)
    return " ".join(text.split()) or None


def with_absolute_links(markup: str, base: str) -> str:
    """The same markup with relative links and sources joined to a base."""

    def joined(found: re.Match[str]) -> str:
        try:
            return f"{found[1]}{found[2]}{found[3]}{urljoin(base, found[4].strip())}{found[3]}"
        except ValueError:
            return found[0]

    return _LINK.sub(joined, markup)


def without_hidden(text: str) -> str:
    """The text without comments, scripts and styles; what is opened and never closed stays."""
    for opening, closing in _HIDDEN:
        kept, here = [], 0
        while (start := opening.search(text, here)) and (end := closing.search(text, start.end())):
            kept.append(text[here : start.start()])
            here = end.end()
        text = " ".join([*kept, text[here:]])
    return text
