"""Whether an article says something else than before, or only its page looks different."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_MARKS = str.maketrans(dict.fromkeys("„“”«»‚‘’‹›\"'`´", "'") | dict.fromkeys("–—‒−", "-") | {"…": "..."})
_NUMBER = r"\d[\d.,]*\s*(?:k|tsd\.?|mio\.?)?"
# Lines that change with every look: counters, ages, adverts, reading times. A line with more words than that stays.
_PASSING = re.compile(
    rf"""
      {_NUMBER}\s*(?:kommentare?|aufrufe|leser(?:innen)?|leserkommentare?|reaktionen|likes?|shares?|views|beiträge
        |mal\ (?:gelesen|geteilt|angesehen)|x\ gelesen|personen\ gefällt\ das|antworten|bewertungen|stimmen)
      | (?:kommentare?|aufrufe|leserkommentare?|klicks|reaktionen|likes|teilen)\s*[:(]?\s*{_NUMBER}\s*\)?
      | (?:ca\.\ )?(?:lesezeit|lesedauer|reading\ time)\s*[:]?\s*(?:ca\.\ )?{_NUMBER}\s*(?:min\.?|minuten?)?
      | {_NUMBER}\s*(?:min\.?|minuten?)\ (?:lesezeit|lesedauer)
      | (?:vor|seit)\ {_NUMBER}\s*(?:sekunden?|minuten?|stunden?|tage?n?|wochen?|monate?n?)
      | (?:stand|aktualisiert|zuletzt\ aktualisiert|letzte\ aktualisierung|update)\b(?:am|um|vom|[\d.:,\s])*(?:uhr)?
      | anzeige|werbung|advertisement|gesponsert|jetzt\ teilen|artikel\ teilen|drucken|merken|newsletter\ abonnieren
    """,
    re.VERBOSE | re.IGNORECASE,
)
_AROUND = " \t.:|·•*-()[]"


def same_text(old: str, new: str) -> bool:
    """Whether two texts say the same: signs, blanks, adverts and counters aside. Numbers in sentences count."""
    return old == new or _gist(old) == _gist(new)


def _gist(text: str) -> str:
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_MARKS)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return " ".join(line for line in lines if line and not _PASSING.fullmatch(line.strip(_AROUND)))
