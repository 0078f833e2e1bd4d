"""Text in the one form that is stored: composed characters, plain spaces, one empty line between paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Soft hyphens, zero-width characters, directional marks and controls carry no text.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_SPACES = re.compile(r"\s+")


def characters(text: str) -> str:
    """A text without invisible characters, composed (NFC)."""
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


def line(text: str) -> str:
    """A text as one line: every run of white space, no-break ones included, becomes one space."""
    return _SPACES.sub(" ", characters(text)).strip()


def paragraph(text: str) -> str:
    """A paragraph whose lines stay lines, without empty ones."""
    return "\n".join(filter(None, map(line, characters(text).splitlines())))


def joined(paragraphs: Iterable[str]) -> str:
    """Paragraphs as one text."""
    return "\n\n".join(filter(None, map(paragraph, paragraphs)))


def bare(text: str) -> str:
    """A text as a comparison sees it: words in lower case, nothing between them but a space."""
    return " ".join(re.findall(r"\w+", characters(text).casefold()))
