"""How sure an article is of its incident: the wordings that hedge, deny and confirm, and where they stand."""

from __future__ import annotations

import re

from spacy.tokens import Doc

from pipeline.analyse.cues import levelled

_WORDINGS = {
    "hedged": (
        r"soll(?:en)?|mutmaßlich\w*|möglicherweise|womöglich|angeblich\w*|offenbar|verdacht\w*|verdächtig\w*|vorw[uü]rf\w*|"
        r"behauptet\w*|vermut\w*|unklar|nicht bestätigt|könnten?|dürften?|wirft|werfen|beschuldig\w*|ermittel\w*|anklage\w*|"
        r"angeklagt\w*|unschuldsvermutung|hinweise?|prüf\w*|untersuch\w*|nach eigenen angaben|bestreite\w*|bestritt\w*|"
        r"(?:weist|wies)\b.{0,40}\bzurück"
    ),
    "denied": (
        r"dementier\w*|bestreit\w*|bestritt\w*|zurückgewiesen|(?:weis\w+|wies\w*)\b.{0,60}\bzurück|falschmeldung|unzutreffend|"
        r"kein(?:e|en)? (?:hinweis\w*|angriff|datenabfluss|datenleck|beleg\w*|anzeichen)|haltlos|gefälscht|erfunden|"
        r"stimm\w+ nicht|nicht (?:zutreffend|wahr)|entwarnung"
    ),
    "confirmed": (
        r"bestätigt\w*|räumt\w*\b.{0,30}\bein|eingeräumt|verurteilt\w*|verhängt\w*|gestand\w*|geständ\w*|rechtskräftig|"
        r"teilte\b.{0,40}\bmit|gab\b.{0,30}\bbekannt|informiert\w*|entschuldig\w*|urteil\w*|bußgeld\w*"
    ),
}
_PATTERNS = {name: re.compile(rf"\b(?:{wording})") for name, wording in _WORDINGS.items()}
_OFTEN, _SHARES = (1, 2, 3, 5, 8, 12), (0.1, 0.2, 0.3, 0.5)
_LEAD = 3  # sentences, the headline included


def status_features(doc: Doc) -> list[str]:
    """What is seen of an article to tell whether its incident is alleged, confirmed or denied."""
    sentences = [levelled(sentence.text) for sentence in doc.sents]
    seen: list[str] = []
    for name, pattern in _PATTERNS.items():
        found = [pattern.findall(sentence) for sentence in sentences]
        counts = [len(here) for here in found]
        total = sum(counts)
        seen += [f"{name} {times} times" for times in _OFTEN if total >= times]
        seen += [f"{name} in {share} of all" for share in _SHARES if total >= share * len(sentences)]
        seen += [f"{name} in {where}" for where, n in (("headline", 1), ("lead", _LEAD)) if any(counts[:n])]
        seen += [f"{name} twice in lead"] * (sum(counts[: _LEAD + 1]) > 1)
        seen += [f"{name}: {wording}" for here in found for wording in here]
    return seen
