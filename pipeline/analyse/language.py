"""The language that a text is written in: what is not German is left unanalysed."""

from __future__ import annotations

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

GERMAN = "de"
_LANGUAGES = (
    "de",
    "en",
    "fr",
    "it",
    "es",
    "nl",
    "pl",
    "tr",
    "da",
    "sv",
    "cs",
    "pt",
    "ro",
    "hu",
    "hr",
    "ru",
    "uk",
    "ar",
)
_LOOKED_AT, _SHORTEST = 3000, 80  # characters; below that names and technical terms decide, so it counts as German
_SURE = 0.99


def language_of(text: str) -> str:
    """The ISO 639-1 code of a text's language; German where the text is short or leaves it open."""
    looked_at = text[:_LOOKED_AT]
    if len(looked_at) < _SHORTEST:
        return GERMAN
    language, chance = _identifier().classify(looked_at)
    return str(language) if chance >= _SURE else GERMAN


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_LANGUAGES))
    return identifier
