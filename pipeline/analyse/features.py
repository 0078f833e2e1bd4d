"""What classifiers look at: words, pairs of words, pieces of long words and cues, with names hidden behind their label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Doc, Span, Token

from pipeline.analyse.cues import Cue, find_cues

_DIGIT = re.compile(r"\d")
_HIDDEN = frozenset({"ORG", "PER", "LOC"})
_OFTEN = 4  # cues of a type are counted up to so many


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What is seen of a sentence or a part of one."""

    words: list[str]
    cues: tuple[Cue, ...]

    @classmethod
    def of(cls, span: Span) -> Stretch:
        """What is seen of a span."""
        return cls(words=words(span), cues=find_cues(span.text))

    def features(self) -> list[str]:
        """The distinct features of the stretch."""
        told = [f"q {cue.wording}" for cue in self.cues] + [f"Q {cue.type}" for cue in self.cues]
        return flat(self.words) + list(dict.fromkeys(told))


def seen_of(doc: Doc) -> list[Stretch]:
    """What is seen of every sentence of an article."""
    return [Stretch.of(sentence) for sentence in doc.sents]


def of_article(sentences: Sequence[Stretch]) -> list[str]:
    """The features of an article: its words and pairs of words and cues, those of the headline once more."""
    found = flat([word for sentence in sentences for word in sentence.words])
    often = Counter(cue.wording for sentence in sentences for cue in sentence.cues)
    types = Counter(type for sentence in sentences for type in dict.fromkeys(cue.type for cue in sentence.cues))
    head = flat(sentences[0].words) if sentences else []
    return [
        *(f for f in found if f[0] in "wbpe"),
        *(f"h{f}" for f in head if f[0] in "wpc"),
        *(f"q {wording}" for wording in often),
        *(f"qq {wording}" for wording, times in often.items() if times > 1),
        *(f"Q {type} {min(times, _OFTEN)}" for type, times in types.items()),
        *dict.fromkeys(f"hq {cue.wording}" for sentence in sentences[:2] for cue in sentence.cues),
    ]


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
