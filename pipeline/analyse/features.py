"""What classifiers look at: words, pairs of words and pieces of long words, with names hidden behind their label."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spacy.tokens import Doc, Span, Token

_DIGIT = re.compile(r"\d")
_HIDDEN = frozenset({"ORG", "PER", "LOC"})


def placed_words(span: Span | Doc) -> list[tuple[str, int, int]]:
    """The words of a stretch with the tokens they cover: lower case, names hidden, figures without digits, no blanks."""
    found: list[tuple[str, int, int]] = []
    for token in span:
        word = word_of(token)
        if word.startswith("<") and found and found[-1][0] == word:
            found[-1] = (word, found[-1][1], token.i + 1)
        elif word:
            found.append((word, token.i, token.i + 1))
    return found


def words(span: Span | Doc) -> list[str]:
    """The words of a stretch as features see them."""
    return [word for word, _, _ in placed_words(span)]


def word_of(token: Token) -> str:
    """What a single token counts as, or nothing for a blank."""
    if token.is_space:
        return ""
    if token.ent_type_ in _HIDDEN:
        return f"<{token.ent_type_}>"
    lower = token.text.lower()
    if _DIGIT.search(lower):
        return _DIGIT.sub("0", lower)[:8]
    return lower


def grams(found: Sequence[str]) -> list[list[str]]:
    """For every word the features that end in it: itself, the pairs with the two words before, its pieces."""
    features = []
    for index, word in enumerate(found):
        here = [f"w {word}"]
        if index:
            here.append(f"b {found[index - 1]} {word}")
        if index > 1:
            here.append(f"s {found[index - 2]} {word}")
        if len(word) > 5 and word.isalpha():
            here += [f"p {word[:5]}", f"e {word[-5:]}"]
            here += [f"c {word[at : at + 5]}" for at in range(1, len(word) - 5)]
        features.append(here)
    return features


def flat(found: Sequence[str]) -> list[str]:
    """The distinct features of a stretch."""
    return list(dict.fromkeys(feature for here in grams(found) for feature in here))
