"""Patterns of many alternatives that are only tried where one of their words stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@lru_cache(maxsize=64)  # the same few paragraphs are looked at for one wording after the other
def folded(text: str) -> str:
    """A text in lower case, the long s and the dotless i as the letters that `re.IGNORECASE` takes them for."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    # the lower case of İ is an i with a dot above it
    return lowered.replace("\u017f", "s").replace("\u0131", "i").replace("i\u0307", "i")


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A pattern without regard to case, and words in lower case of which every match has at least one."""

    pattern: re.Pattern[str]
    words: tuple[str, ...]

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in a text."""
        return self.pattern.search(text) if self.may_match(text) else None

    def may_match(self, text: str) -> bool:
        """False only where nothing matches; a small part of what the pattern itself costs."""
        return any(map(folded(text).__contains__, self.words))
