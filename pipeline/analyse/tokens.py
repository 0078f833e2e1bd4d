"""Words and sentences: the tokenizer of the model and the borders between sentences."""

from __future__ import annotations

import re
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]  # compiled, without stubs
from spacy.tokens import Doc, Token

_CLOSING = "\"'“”«»‹›)]’"
_ENDS = re.compile(r"[.!?…]+$")
# Where a dot belongs to the word before it and the next word is written large all the same.
_NO_END = re.compile(
    r"^(?:\d{1,3}|[A-Za-zÄÖÜäöü]|Dr|Prof|Nr|Abs|Art|Mio|Mrd|Tsd|St|Str|ca|bzw|vgl|inkl|sog|gem|geb|max|mind|Tel"
    r"|z\.B|z\.\sB|u\.a|d\.h|i\.V\.m|Jan|Feb|Mär|Apr|Jun|Jul|Aug|Sep|Sept|Okt|Nov|Dez|Hl|Frhr|Dipl|Ing|Co|Inc|Ltd)\.$"
)
_MORE_SUFFIXES = [
    r"(?<=[a-zäöüß][A-Z])\.",  # GmbH.
    r"(?<=\d[A-Z])\.",
    r"(?<=\d\d\d\d)\.",  # a year before the end of a sentence
    r"(?<=[a-zäöüßA-Z]{2}[IVX])\.",
]
_MORE_INFIXES = [r"[/|–—\u200b]", r"(?<=[“”\"»«›‹)])-", r"[“”„\"»«›‹]"]


def german_tokenizer(nlp: Language) -> Tokenizer:
    """The German tokenizer of spaCy that also parts slashes, quotes and dots after legal forms."""
    tokenizer: Any = nlp.tokenizer
    defaults = nlp.Defaults
    suffixes = [*(defaults.suffixes or []), *_MORE_SUFFIXES]
    infixes = [*(defaults.infixes or []), *_MORE_INFIXES]
    tokenizer.rules = {word: parts for word, parts in (tokenizer.rules or {}).items() if "/" not in word}
    tokenizer.suffix_search = spacy.util.compile_suffix_regex(suffixes).search
    tokenizer.infix_finditer = spacy.util.compile_infix_regex(infixes).finditer
    return tokenizer


@Language.component("lagebild_sentences", assigns=["token.is_sent_start"])
def sentences(doc: Doc) -> Doc:
    """The document with sentence borders at line ends and after full stops, not after abbreviations and ordinals."""
    fresh = True
    for index, token in enumerate(doc):
        token.is_sent_start = index == 0 or (fresh and not token.is_space and token.text not in _CLOSING)
        if token.is_space:
            fresh = fresh or "\n" in token.text
        elif not (fresh and token.text in _CLOSING):
            fresh = _ends(token)
    return doc


def _ends(token: Token) -> bool:
    if not _ENDS.search(token.text) or _NO_END.match(token.text):
        return False
    doc, after = token.doc, token.i + 1
    while after < len(doc) and (doc[after].is_space or doc[after].text in _CLOSING):
        after += 1
    return after == len(doc) or not doc[after].text[0].islower()
