"""Stems of words and of the parts of compounds.

Stems by Snowball's algorithm for German (Porter 2001; in version 3 it reads ae, oe, ue as umlauts and ß as ss). Compounds
are cut where the parts are words that form many compounds, and of several ways the one with the greatest geometric mean
of their frequencies is taken (Koehn and Knight 2003).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from math import log

from snowballstemmer import stemmer

VERSION = 1  # of the forms: texts that were indexed by another are indexed anew

_WORD = re.compile(r"\w+")
_SHORTEST = 8  # letters of a compound
_LONGEST = 40
_PART = 3  # letters
_PARTS = 4
_BETWEEN = ("", "s", "es", "n", "en", "er", "e")
_GERMAN = stemmer("german")
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_ENDING = re.compile(r"(heit|keit|ung|ig|ik|isch|lich|end)(?:en|e|er|em|es|s)?")
_SHORT = 5  # letters; a stem below is too short to lose such an ending: Sicherheit is not sich, Zeitung not Zeit


def words(text: str) -> Iterator[str]:
    """The words of a text, in small letters."""
    return (found[0] for found in _WORD.finditer(text.casefold()))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """What all inflections and spellings of a word have in common; numbers stay as they are."""
    spelled = word.casefold().translate(_SPELLED)
    found = str(_GERMAN.stemWord(spelled))
    ending = _ENDING.search(spelled, max(0, len(found) - 1)) if len(found) < _SHORT else None
    return found + ending[1] if ending and ending.end() == len(spelled) and not found.endswith(ending[1]) else found


@lru_cache(maxsize=50_000)
def forms(word: str) -> tuple[str, ...]:
    """The stem of a word, and if it is a compound those of its parts and of neighbouring parts together."""
    small = word.casefold().translate(_SPELLED)
    parts = _parts(small)
    found = [stem(small)]
    for first in range(len(parts)):
        for last in range(first, len(parts)):
            if last - first + 1 < len(parts):
                found.extend(forms(small[parts[first][0] : parts[last][1]]))
    return tuple(dict.fromkeys(found))


def _parts(word: str) -> list[tuple[int, int]]:
    """Where the parts of a compound begin and end, without what joins them; none if it is no compound."""
    if not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha():
        return []
    ways = (way for way in _ways(word, 0, _PARTS) if len(way) > 1)
    best = max(ways, key=lambda way: sum(told for *_, told in way) / len(way), default=())
    return [(begin, end) for begin, end, _ in best]


def _ways(word: str, begin: int, most: int) -> Iterator[tuple[tuple[int, int, float], ...]]:
    """All ways to cut a word from a place on into so many known parts: begin, end and how frequent each is."""
    heads, modifiers = _known()
    if word[begin:] in heads:
        yield ((begin, len(word), heads[word[begin:]]),)
    if most < 2:
        return
    for end in range(begin + _PART, len(word) - _PART + 1):
        told = modifiers.get(word[begin:end])
        if told is None:
            continue
        for joint in _BETWEEN:
            if word.startswith(joint, end):
                for rest in _ways(word, end + len(joint), most - 1):
                    yield ((begin, end, told), *rest)


@cache
def _known() -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Words that end compounds and words that begin them, each with the logarithm of its frequency (Zipf's law)."""
    lines = files(__package__).joinpath("compound_parts.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.casefold().translate(_SPELLED).split("\t") for line in lines if line and not line.startswith("#")]
    ranked = [(word, place, -log(rank)) for rank, (word, place) in enumerate(rows, 1)]
    heads = {word: told for word, place, told in ranked if place in "hb"}
    return heads, {word: told for word, place, told in ranked if place in "mb"}


def forms_of(text: str) -> str:
    """The forms of all words of a text, as they are put into the index."""
    return " ".join(form for word in words(text) for form in forms(word))
