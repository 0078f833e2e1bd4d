"""What a text is about, as weighted word stems: the rarer a word in German news, the more it says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from math import log, sqrt

_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(
    r"\d+(?:[.\s\u00a0\u202f]\d{3})+(?![\d.])|\d+(?:,\d+)?(?=\s?(?:Mio|Millionen|Milliarden|Mrd))|\d{3,}"
)
_PLAIN = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "é": "e", "è": "e", "á": "a"})
_SPELLED_OUT = re.compile("(?<=[aou])e")  # Kuenzel is Künzel
_ENDINGS = ("ern", "em", "en", "er", "es", "nd", "e", "s", "n", "t")
_RAREST = 0.0005  # the share of a word that the list does not know


def stems(text: str) -> list[str]:
    """The stems of all words of a text, in order."""
    return [stem(word) for word in _WORD.findall(text.casefold())]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without umlauts and endings, the same for all its inflections as far as possible."""
    word = _SPELLED_OUT.sub("", word.translate(_PLAIN))
    for _ in range(2):
        ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= 4), None)
        if ending is None:
            break
        word = word.removesuffix(ending)
    return word


@cache
def _shares() -> Mapping[str, float]:
    lines = files(__package__).joinpath("word_shares.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {word: float(share) for word, share in pairs}


@lru_cache(maxsize=50_000)
def weight(stem: str) -> float:
    """How much a stem tells: 0 for one in every text, 1 for one that is hardly ever seen."""
    return log(1 / _shares().get(stem, _RAREST)) / log(1 / _RAREST)


def weigh(found: Iterable[str], most: int) -> dict[str, float]:
    """The stems with their weight in this text, as a vector of length one; only so many, the weightiest, are kept."""
    counts = Counter(found)
    vector = {stem: (1 + log(n)) * weight(stem) ** 2 for stem, n in counts.items()}
    length = sqrt(sum(v * v for v in vector.values()))
    kept = sorted(vector, key=lambda stem: (-vector[stem], stem))[:most]
    return {stem: vector[stem] / length for stem in kept} if length else {}


def overlap(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How alike two vectors are, from 0 to 1."""
    small, large = sorted((one, other), key=len)
    return sum(v * large.get(stem, 0.0) for stem, v in small.items())


def numbers(text: str) -> frozenset[str]:
    """The figures that tell something: not years, not round hundreds below a thousand."""
    found = {re.sub(r"[.\s\u00a0\u202f]", "", n) for n in _NUMBER.findall(text)}
    return frozenset(
        n for n in found if not (n.isdigit() and (1900 <= int(n) <= 2100 or (n.endswith("00") and len(n) < 4)))
    )
