"""Text in the one form that is stored: composed characters, plain spaces, one empty line between paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Soft hyphens, zero-width characters, directional marks and controls carry no text.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)

_INLINE = "b|i|u|em|strong|a|span|font|abbr|sup|sub|mark|wbr|code|small|big|tt|s|q|cite|label|img|path|svg|bdi|time"
_BLOCK = (
    "html|head|body|title|meta|link|base|script|style|noscript|template|article|section|nav|aside|header|footer|main|h[1-6]"
    "|p|div|br|hr|pre|blockquote|ul|ol|li|dl|dt|dd|table|caption|colgroup|col|thead|tbody|tfoot|tr|th|td|figure|figcaption"
    "|picture|source|video|audio|track|iframe|object|param|embed|canvas|map|area|form|fieldset|legend|input|button|select"
    "|option|textarea|details|summary|dialog|center|frame|frameset|slot|g|use|symbol|defs|rect|circle|amp-[\\w-]+"
)
_ATTRIBUTES = r"(?:[\s/][^<>]*)?"
_INLINE_TAG, _BLOCK_TAG = (re.compile(rf"</?(?:{names}){_ATTRIBUTES}>", re.I) for names in (_INLINE, _BLOCK))
_NO_ELEMENT = re.compile(r"<!--[^<>]*-->|<[!?][^<>]*>")
_OTHER_TAG = re.compile(r"<(/?[a-zA-Z][^<>]*)>")  # an address in angle brackets, a placeholder
_OPEN = re.compile(r"<(?=[a-zA-Z/!?])")  # would become a tag with the next bracket to come
_LONE_TAG = re.compile(
    r"(?:(?<=[\w,:] )|(?<=[\"„»‚(]))<(\w+)>(?=[-\s\"“«‘),.])"
)  # the <script> of which a sentence speaks

# Nearly every text is printable as `str.isprintable` understands it: then nothing in it is invisible, its only white
# space is the plain space, and the patterns above need not be tried.


def characters(text: str) -> str:
    """A text without invisible characters, composed (NFC)."""
    visible = text if text.isprintable() else _INVISIBLE.sub("", text)
    return visible if visible.isascii() else unicodedata.normalize("NFC", visible)


def line(text: str) -> str:
    """A text as one line: every run of white space, no-break ones included, becomes one space."""
    visible = characters(text)
    return visible.strip() if is_spaced(visible) else " ".join(visible.split())


def without_markup(text: str) -> str:
    """A text without the markup that stands in it as characters, as escaped pages and broken ones have it.

    A single tag in a sentence, an address or a placeholder lose their angle brackets only.
    """
    if "<" in text:
        text = characters(text)  # a tag may have invisible ones in it
    while "<" in text and ">" in text:
        before = text
        if text.count("<") == 1 and (lone := _LONE_TAG.search(text)):
            return text.replace(lone[0], lone[1])
        text = _BLOCK_TAG.sub("\n", _INLINE_TAG.sub("", _NO_ELEMENT.sub("\n", text)))
        text = _OTHER_TAG.sub(r"\1", text)
        if text == before:
            break
    return _OPEN.sub("< ", text) if "<" in text else text


def is_spaced(text: str) -> bool:
    """Whether the only white space in a text is single spaces; False now and then where it is."""
    return text.isprintable() and "  " not in text


def paragraph(text: str) -> str:
    """A paragraph whose lines stay lines, without empty ones."""
    if is_spaced(text):
        return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()
    rows = text.split("\n")
    if not all(map(str.isprintable, rows)):
        rows = characters(text).splitlines()
    return "\n".join(filter(None, map(line, rows)))


def joined(paragraphs: Iterable[str]) -> str:
    """Paragraphs as one text."""
    return "\n\n".join(filter(None, (paragraph(without_markup(text)) for text in paragraphs)))


def bare(text: str) -> str:
    """A text as a comparison sees it: words in lower case, nothing between them but a space."""
    return " ".join(re.findall(r"\w+", characters(text).casefold()))
