"""Names of organisations in a form in which they can be compared."""

from __future__ import annotations

import re
import unicodedata

_LEGAL_FORM = re.compile(
    r"(?:,?\s+(?:g?GmbH(?:\s*&\s*Co\.?\s*(?:KG(?:aA)?|OHG))?|AG(?:\s*&\s*Co\.?\s*KG(?:aA)?)?|SE(?:\s*&\s*Co\.?\s*KG(?:aA)?)?"
    r"|KG(?:aA)?|OHG|GbR|UG(?:\s*\(haftungsbeschränkt\))?|e\.?\s?V\.?|eG|e\.\s?G\.|VVaG|KdöR|AöR|mbH|PartG(?:\s?mbB)?"
    r"|Inc\.?|Ltd\.?|LLC|Corp\.?|plc|S\.?A\.?|B\.?V\.?|N\.?V\.?|a\.\s?G\.))+$"
)
_ENDINGS, _STEM = ("en", "er", "es", "em", "e", "s", "n"), 4
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_WORD = re.compile(r"[^\W_]+(?:\.\d+)?")
_FILLERS = frozenset({"der", "die", "das", "des", "den", "dem", "und", "für", "fuer", "von", "of", "the"})


def without_legal_form(name: str) -> str:
    """The name as people say it: `Telvanta Dialog GmbH` becomes `Telvanta Dialog`."""
    return _LEGAL_FORM.sub("", name.strip()) or name.strip()


def fold(name: str) -> str:
    """The key under which all inflected forms of a name meet."""
    words = [word for word in _WORD.findall(without_legal_form(name).casefold()) if word not in _FILLERS]
    return " ".join(_stem(word) for word in words)


def slug(name: str) -> str:
    """The name as an ASCII identifier, or `unnamed` if nothing is left of it."""
    plain = unicodedata.normalize("NFKD", without_legal_form(name).casefold().translate(_UMLAUTS))
    return re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")[:80] or "unnamed"


def is_abbreviation_of(short: str, name: str) -> bool:
    """Whether the letters of a short form come in this order out of the beginnings of the name's words."""
    letters = [letter for letter in short.casefold() if letter.isalnum()]
    if not 2 <= len(letters) <= 8 or " " in short.strip():
        return False
    compact = "".join(_WORD.findall(name.casefold()))
    if not compact.startswith(letters[0]):
        return False
    position = 0
    for letter in letters:
        position = compact.find(letter, position) + 1
        if not position:
            return False
    return sum(letter.isupper() for letter in short) >= 2


def _stem(word: str) -> str:
    """The word without endings, at least four letters of it, so that `Landkreises` and `Landkreis` meet."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            return _stem(word.removesuffix(ending))
    return word
