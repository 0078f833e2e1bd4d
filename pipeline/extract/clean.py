"""Text in the one form that is stored: composed characters, plain spaces, one empty line between paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Soft hyphens, zero-width characters, directional marks and controls carry no text.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)

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
    return "\n\n".join(filter(None, map(paragraph, paragraphs)))


def bare(text: str) -> str:
    """A text as a comparison sees it: words in lower case, nothing between them but a space."""
    return " ".join(re.findall(r"\w+", characters(text).casefold()))
