"""Figures, identifiers, days and kinds of data that a text states, by rules, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from pipeline.records import Fact, Span

_WORDS = {
    "ein": 1, "eine": 1, "einer": 1, "einem": 1, "einen": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6,
    "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12, "zwanzig": 20, "dreißig": 30, "vierzig": 40,
    "fünfzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90, "anderthalb": 1.5, "eineinhalb": 1.5,
    "zweieinhalb": 2.5, "dreieinhalb": 3.5,
}  # fmt: skip
_SCALES = {
    "hundert": 100, "tausend": 1000, "tsd": 1000, "million": 10**6, "millionen": 10**6, "mio": 10**6, "milliarde": 10**9, "milliarden": 10**9, "mrd": 10**9,
    "viertelmillion": 250_000, "halbe million": 500_000, "halben million": 500_000,
}  # fmt: skip
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
NUMBER = re.compile(
    r"(?<![\w.,/§-])(?:"
    r"(?P<digits>\d{1,3}(?:(?P<gap>[.'’\u00a0\u202f ])\d{3})(?:(?P=gap)\d{3})*(?![\d])|\d{1,15}(?:,\d{1,3})?(?![\d]))"
    rf"|(?P<word>(?:{_WORD})?)(?P<glued>hundert|tausend)?(?=\s)"
    r")(?:\s?(?P<scale>halben?\sMillion|Viertelmillion|Millionen|Million|Mio|Milliarden|Milliarde|Mrd|Tausend|tausend|Tsd)\b\.?)?",
    re.IGNORECASE,
)
_PEOPLE = (
    r"versicherten?|patient(?:inn)?en|kund(?:inn)?en|personen|menschen|betroffenen?|nutzer(?:innen|n)?|mitgliedern?"
    r"|mitarbeiter(?:innen|n)?|mitarbeitenden?|beschäftigten?|angestellten?|bürger(?:innen|n)?|datensätzen?|konten|accounts"
    r"|einträgen?|adressen|akten|bewerber(?:innen|n)?|teilnehmer(?:innen|n)?|verbraucher(?:innen|n)?|einwohner(?:innen|n)?"
    r"|schüler(?:innen|n)?|kindern?|frauen|haushalten?|studierenden?|pflegebedürftigen?|mandant(?:inn)?en|gästen?"
    r"|interessenten|sendungen|briefen?|verträgen?|buchungen|anschlüssen?|passwörtern?|befunden?|anwender(?:innen|n)?"
    r"|sportler(?:innen|n)?|ärzten?|fotos|bildern?"
)
_COUNTED = re.compile(
    rf"\s(?:(?!euro|prozent|jahre|und\s|oder\s|der\s|die\s)[a-zäöüß]{{3,16}}\s){{0,2}}(?:[A-ZÄÖÜ][\w-]*?)??-?(?:(?i:{_PEOPLE}))(?![\w-])"
)
_EURO = re.compile(r"\s?(?:Euro\b|EUR\b|€)")
_FINE = re.compile(r"bu(?:ß|ss)geld|geldbu(?:ß|ss)e|geldstrafe|\bstrafe\b|zwangsgeld", re.IGNORECASE)
_RANSOM = re.compile(r"lösegeld|\w*erpress\w*|schweigegeld", re.IGNORECASE)
_CVE = re.compile(r"\bCVE-(\d{4})-(\d{4,7})\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?:(?<!\d)|(?<=\d{4}))[.!?…]\s+(?=[A-ZÄÖÜ„\"»])|\n+")
_RECORDS = re.compile(
    r"datensätz|konten|accounts|eintr|adressen|akten|sendungen|brief|vertr|buchungen|anschl|passw|befund|fotos|bilder",
    re.IGNORECASE,
)
# Counted people that are no victims: how large a firm is, how many customers it has at all.
_SIZE = re.compile(
    r"\b(?:beschäftigt|betreut|betreuen|versorgt|versichert|zählt|zählen|jährlich|behandelt|behandeln|entlässt|gegründet"
    r"|Betten|Mitgliedern? mehr|richtet sich an|kommen sie auf|mit zusammen|Am Ende standen|Ermittler)\b"
)
_STAFF = re.compile(r"mitarbeit|beschäftigt|angestellt|ärzt", re.IGNORECASE)
_HIT = re.compile(
    r"[Dd]aten|betroffen|Betroffen|gelangt|abgeflossen|gestohlen|erbeutet|einsehbar|offen|Angaben|Adress|Kont"
)
_CATEGORIES = {
    "health": r"(?:Gesundheits|Patienten|Behandlungs)daten\w*|medizinische\w* Daten\w*|Diagnosen?|Krankenakten?|Patientenakten?|Befunde?\b|Arztbriefe?",
    "bank": r"Bank(?:daten|verbindung\w*)|Kontodaten|Kontonummern?|Kreditkarten(?:daten|nummern?)|IBANs?",
    "contact": r"Kontaktdaten|Adressdaten|Anschriften|Telefonnummern?|Handynummern?|E-Mail-Adressen|Mailadressen",
    "credentials": r"Zugangsdaten|Passwörter\w*|Kennwörter\w*|Anmeldedaten|Login-Daten",
    "insurance": r"Versicherten(?:daten|nummern?)|Krankenversicherten?nummern?|Versichertennummern?",
    "staff": r"Personaldaten|Personalakten?|Mitarbeiterdaten|Beschäftigtendaten|Gehaltsdaten|Gehaltsabrechnungen",
    "customer": r"Kundendaten\w*",
    "identity": r"Ausweiskopien|Personalausweis\w*|Geburtsdat(?:um|en)|Sozialversicherungsnummern?|Steuer-ID",
}  # fmt: skip
_CATEGORY = {kind: re.compile(rf"\b(?:{pattern})\b") for kind, pattern in _CATEGORIES.items()}
_MONTHS = ("januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember")  # fmt: skip
_DAY = re.compile(rf"\b(\d{{1,2}})\.\s?({'|'.join(_MONTHS)})(?:\s(\d{{4}}))?\b", re.IGNORECASE)
_DAY_IN_FIGURES = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\d.])")


def amount(match: re.Match[str]) -> int | None:
    """The number that a match of NUMBER writes in figures or words, or None if it is none."""
    digits, word, glued, scale = match["digits"], match["word"], match["glued"], match["scale"]
    if digits:
        whole, _, fraction = re.sub(r"[.'’\u00a0\u202f ]", "", digits).partition(",")
        value = float(f"{whole}.{fraction or 0}")
    elif word or glued:
        value = _WORDS[word.lower()] if word else 1
        value *= _SCALES[glued.lower()] if glued else 1
    elif scale:
        value = 1
    else:
        return None
    if scale:
        value *= _SCALES[re.sub(r"\s", " ", scale.lower())]
    return round(value) if value < 10**15 else None


def find_facts(text: str, evidence: Iterable[Span] = (), published: datetime | None = None) -> tuple[Fact, ...]:
    """The facts of a text in the order of their places; days count only in sentences that tell an incident."""
    found = [
        *_people_first(list(_figures(text)), text),
        *_identifiers(text),
        *_categories(text),
        *_days(text, tuple(evidence), published),
    ]
    return tuple(sorted(set(found), key=lambda fact: (fact.start, fact.end, fact.kind)))


def _figures(text: str) -> Iterator[Fact]:
    for match in NUMBER.finditer(text):
        value = amount(match)
        if value is None or match.end() == match.start():
            continue
        tail = text[match.end() : match.end() + 80]
        _, sentence = _sentence(text, match.start(), match.end())
        if euro := _EURO.match(tail):
            kind = "ransom_eur" if _RANSOM.search(sentence) else "fine_eur" if _FINE.search(sentence) else None
            if kind:
                yield Fact(kind=kind, value=str(value), start=match.start(), end=match.end() + euro.end())
        elif (counted := _COUNTED.match(tail)) and _is_count(match, value, counted[0], sentence):
            yield Fact(kind="affected", value=str(value), start=match.start(), end=match.end() + counted.end())


def _is_count(match: re.Match[str], value: int, counted: str, sentence: str) -> bool:
    if _SIZE.search(sentence) or (_STAFF.search(counted) and not _HIT.search(sentence)):
        return False
    if match["digits"] and not match["scale"]:
        plain = match["digits"].isdecimal()
        return "," not in match["digits"] and value >= 1 and not (plain and 1900 <= value <= 2100)
    return value >= 10 or bool(_HIT.search(sentence) and value >= 2)


def _people_first(facts: list[Fact], text: str) -> list[Fact]:
    """The facts without counted records where people are counted too."""
    people = [f for f in facts if f.kind == "affected" and not _RECORDS.search(text, f.start, f.end)]
    return [f for f in facts if f.kind != "affected" or not people or f in people]


def _sentence(text: str, start: int, end: int) -> tuple[int, str]:
    first = max(0, start - 300)
    borders = [m.end() for m in _SENTENCE_END.finditer(text, first, start)]
    begin = borders[-1] if borders else first
    after = _SENTENCE_END.search(text, end, end + 300)
    return begin, text[begin : after.start() if after else end + 300]


def _identifiers(text: str) -> Iterator[Fact]:
    for match in _CVE.finditer(text):
        yield Fact(kind="cve", value=match[0].upper(), start=match.start(), end=match.end())


def _categories(text: str) -> Iterator[Fact]:
    for kind, pattern in _CATEGORY.items():
        if match := pattern.search(text):
            yield Fact(kind="data_category", value=kind, start=match.start(), end=match.end())


def _days(text: str, evidence: tuple[Span, ...], published: datetime | None) -> Iterator[Fact]:
    for place in evidence:
        begin, sentence = _sentence(text, place.start, place.end)
        for match in (*_DAY.finditer(sentence), *_DAY_IN_FIGURES.finditer(sentence)):
            day = _day(match, published)
            if day:
                yield Fact(kind="event_date", value=day, start=begin + match.start(), end=begin + match.end())


def _day(match: re.Match[str], published: datetime | None) -> str | None:
    month = int(match[2]) if match[2].isdecimal() else _MONTHS.index(match[2].lower()) + 1
    year = int(match[3]) if match[3] else published.year if published else None
    if year is None:
        return None
    try:
        day = date(year, month, int(match[1]))
        if not match[3] and published and day > published.date():
            day = day.replace(year=year - 1)
    except ValueError:
        return None
    return day.isoformat()
