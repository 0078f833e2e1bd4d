"""What changed between two versions of a text: paragraph by paragraph, within a paragraph word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Change = Literal["same", "gone", "new"]

_WORDS = re.compile(r"\s+|[^\s\w]|\w+(?:[.,]\d+)*")
_GAP = re.compile(r"\n\s*\n")


@dataclass(frozen=True, kw_only=True)
class Run:
    """A stretch of words that stayed, went or came."""

    change: Change
    text: str


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A changed paragraph as its runs, or `unchanged` paragraphs left out in between."""

    runs: tuple[Run, ...] = ()
    unchanged: int = 0


def difference(old: str, new: str) -> tuple[Passage, ...]:
    """The changed paragraphs in order, with a count where unchanged ones lie between."""
    before, after = _GAP.split(old.strip()), _GAP.split(new.strip())
    passages: list[Passage] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            passages.append(Passage(unchanged=j - i))
        else:
            passages.extend(Passage(runs=runs) for runs in _paired(before[i:j], after[k:m]))
    return tuple(passages)


def words(old: str, new: str) -> tuple[Run, ...]:
    """The words that stayed, went and came; joined without the new ones they are the old text, and the other way."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    runs: list[Run] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            runs.append(Run(change="same", text="".join(before[i:j])))
            continue
        if i < j:
            runs.append(Run(change="gone", text="".join(before[i:j])))
        if k < m:
            runs.append(Run(change="new", text="".join(after[k:m])))
    return tuple(runs)


def _paired(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Run, ...]]:
    for before, after in zip(old, new, strict=False):
        yield words(before, after)
    for text in old[len(new) :]:
        yield (Run(change="gone", text=text),)
    for text in new[len(old) :]:
        yield (Run(change="new", text=text),)
