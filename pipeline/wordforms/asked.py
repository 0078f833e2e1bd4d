"""What somebody types into the search, read: words, phrases, filters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.wordforms.forms import stem, words

_TERMS = 12
_LETTERS = 400
_TYPED = re.compile(r'(?:(?P<key>[^\W\d_]+):)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_QUOTES = str.maketrans(dict.fromkeys("„“”»«", '"'))
_KEYS = {
    "typ": "type",
    "art": "type",
    "organisation": "organisation",
    "org": "organisation",
    "quelle": "source",
    "ort": "place",
    "stand": "status",
    "seit": "since",
    "ab": "since",
    "bis": "until",
}
_DAY = re.compile(r"(?:(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.)?(?P<year>\d{4})|(?P<iso>\d{4}-\d\d(?:-\d\d)?)")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is looked for; an article must have all of it."""

    words: str = ""  # all of them, as typed
    stems: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()  # as written
    prefixes: tuple[str, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()  # kind and value; those of one kind are alternatives
    strange: tuple[str, ...] = ()  # filters whose value says nothing

    def __bool__(self) -> bool:
        return bool(self.stems or self.phrases or self.prefixes or self.filters)

    @property
    def forms(self) -> str | None:
        """The question to the index of word forms."""
        return " ".join(f'"{one}"' for one in self.stems) or None

    @property
    def exact(self) -> str | None:
        """The question to the index of words as they are written."""
        return " ".join([f'"{one}"' for one in self.phrases] + [f'"{one}"*' for one in self.prefixes]) or None

    def of(self, kind: str) -> tuple[str, ...]:
        """The values of a filter."""
        return tuple(value for key, value in self.filters if key == kind)


def read(typed: str) -> Asked:
    """What is meant: words in any inflection, "phrases" as they are, beginnings*, and filters such as typ:ransomware.

    Never fails: what is no filter is words.
    """
    plain = "".join(c if c.isprintable() else " " for c in typed[:_LETTERS]).translate(_QUOTES)
    told: dict[str, dict[Any, None]] = {kind: {} for kind in ("stem", "phrase", "prefix", "filter", "strange")}
    typed_words = []
    for found in _TYPED.finditer(plain):
        if not found["key"]:
            typed_words.append(found[0])
        for kind, value in _meant(found):
            told[kind].setdefault(value)
    stems, phrases, prefixes, filters, strange = (tuple(values)[:_TERMS] for values in told.values())
    return Asked(
        words=" ".join(typed_words),
        stems=stems,
        phrases=phrases,
        prefixes=prefixes,
        filters=filters,
        strange=strange,
    )


def _meant(found: re.Match[str]) -> Iterator[tuple[str, Any]]:
    """The kind and value of each thing that was typed."""
    key = _KEYS.get((found["key"] or "").casefold())
    there = [*words(found[0])]
    if key:
        value = _value(key, (found["phrase"] or found["word"] or "").strip())
        yield ("filter", (key, value)) if value else ("strange", found[0])
    elif found["phrase"] is not None and found["key"] is None:
        if there:
            yield "phrase", " ".join(there)
    else:
        last = there.pop() if there and found[0].endswith("*") else None
        yield from (("stem", stem(word)) for word in there)
        if last:
            yield "prefix", last


def _value(kind: str, value: str) -> str | None:
    if kind not in ("since", "until"):
        return value if any(c.isalnum() for c in value) else None
    found = _DAY.fullmatch(value)
    if not found:
        return None
    told = found["iso"] or found["year"]
    if found["day"]:
        told = f"{found['year']}-{int(found['month']):02}-{int(found['day']):02}"
    return told
