"""Where an article begins and ends: headline and byline before it, contacts and other articles behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.extract.clean import bare
from pipeline.extract.verdict import PAYWALL
from pipeline.extract.wording import Wording

# Behind one of these nothing belongs to the article any more.
_END = re.compile(
    r"(?:presse-?\s?kontakte?|pressestelle|medienkontakte?|kontakt für (?:die )?(?:presse|medien|"
    r"redaktion|journalist)\w*|kontakt|ansprechpartner(?:in)?(?: für .{3,40})?|"
    r"(?:rückfragen|presserückfragen|medienanfragen|presseanfragen)\b.*|ihre? ansprechpartner(?:in)?|"
    r"weitere informationen für (?:die )?(?:presse|medien|journalist\w*)|"
    r"meldungen: kommentare und meinungen|.{2,60}: kontakt und steckbrief|hintergrund zum unternehmen|"
    r"unternehmensprofil|boilerplate|"
    r"über (?:uns|(?:die|den|das) [A-ZÄÖÜ0-9].{1,70}|[A-ZÄÖÜ0-9][\w&.-]*(?: [\w&.,()-]+){0,6})|"
    r"herausgeber(?:in)?|impressum|"
    r"disclaimer|haftungsausschluss|das könnte (?:sie|dich) auch interessieren|ähnliche (?:artikel|"
    r"beiträge|meldungen|themen)?|weitere (?:meldungen|artikel|beiträge|pressemitteilungen|nachrichten)|"
    r"schlag(?:wörter|worte)|themen|tags|teilen|artikel teilen|seite drucken|kommentare?(?: \(\d+\))?|"
    r"verwandte (?:artikel|themen|beiträge)|zur startseite|nach oben|"
    r"infos zum zitiervorschlag|unabhängiger journalismus braucht .*)\s*[:.]?",
    re.I,
)
# These point elsewhere; the article may go on behind them.
_POINTER = re.compile(
    r"(?:[>»→*]+\s*)?(?:(?:bitte )?(?:lesen|hören|sehen) sie (?:dazu |hierzu |hier )?(?:auch|mehr|"
    r"weiter)|lesetipp|lesen sie dazu|auch interessant|mehr zum thema|mehr dazu|mehr zu|zum thema|"
    r"zum artikel|weiterlesen|weitere infos|siehe auch|passend dazu|das könnte (?:sie|dich)|exklusive .{3,60} – für sie recherchiert|"
    r"folgen sie uns|jetzt abonnieren|"
    r"(?:unser |zum |hier )?newsletter|ein klick für den datenschutz|anzeige|werbung|externer inhalt|"
    r"empfohlener (?:redaktioneller|externer) inhalt|"
    r"dieser artikel ist zuerst|fehler gefunden|wie hat ihnen dieser artikel gefallen|durchschnittliche bewertung|"
    r"verfügbar bis|folgst du schon)\b.*",
    re.I | re.S,
)
_ADVERT = Wording(
    pattern=re.compile(
        r"\b(?:cookies? (?:um|zu|und|ein)|verwenden cookies|newsletter (?:an|abonnieren|informiert)|"
        r"abonnieren sie|melden sie sich .{0,40}an\b|kostenlos (?:testen|abonnieren)|alle rechte vorbehalten|"
        r"für die kommerzielle nutzung|(?:whatsapp|telegram)-(?:kanal|channel)|app (?:herunterladen|"
        r"laden)|push-nachrichten|e-paper|datenschutzerklärung|klick auf \"alle akzeptieren)",
        re.I,
    ),
    words=(
        *("cookie", "newsletter ", "abonnieren", "melden sie sich", "kostenlos testen", "alle rechte vorbehalten"),
        *("kommerzielle nutzung", "whatsapp-", "telegram-", "app herunterladen", "app laden", "push-nachrichten"),
        *("e-paper", "datenschutzerklärung", "alle akzeptieren"),
    ),
)
_BYLINE = re.compile(
    r"(?:von:? (?-i:(?:[A-ZÄÖÜ][\w.’'-]+|von|van|de|der|zu|und|&|/)(?:[,\s]+|$)){1,9}(?:\|.{0,60}\d.{0,20})?|"
    r"(?:text|autor(?:in)?|redaktion|fotos?|bild|bearbeitet von|übersetzung(?: und adaptierung)?):\s[^.!?]{2,80}|"
    r"(?:stand|veröffentlicht|erschienen|aktualisiert|zuletzt|erstellt|datum|lesezeit|lesedauer)\b.{0,40}\d.{0,40}|"
    r"[^.!?\n]{0,60}\b\d{1,2}\.\d{1,2}\.\d{4}\b[^.!?\n]{0,50}|"
    r"\d+ min(?:uten?|\.)? ?(?:lesezeit|lesedauer|lesen)?|(?:\w+, )?(?:den )?\d{1,2}\.\s?(?:\d{1,2}\.|"
    r"\w+)\s?\d{2,4}(?:[,| –-]*\d{1,2}[:.]\d{2}(?: uhr)?)?|hauptinhalt|pressemitteilung(?:en)?(?: nr\..*)?|"
    r"pressemeldung|faq|"
    r"lesezeichen|vorlesen|drucken|teilen|merken|artikel anhören|-?aktualisiert am.*)[\s|:]*",
    re.I,
)
_LABEL = re.compile(r"[^.!?\n]{2,80}")
_STRONG_SOURCE = re.compile(r"\((?P<who>[^():]{2,80}):\s?[a-zäöü]{2,4}\)$")
_WEAK_SOURCE = re.compile(
    r"(?:quellen?|originaltext|original-content von|originalmeldung|originalquelle|source|übermittelt durch)\s?:\s*(?P<who>[^\n]{2,120})",
    re.I,
)
_AGENCIES = r"dpa(?:-\w+)?|AFP|Reuters|KNA|epd|APA|SDA|AP|ots|dts|sid|reuters|afp"
_AGENCY = re.compile(
    rf"(?:\((?P<who>(?:{_AGENCIES})(?:\s?[/,;]\s?[\w-]{{2,12}})*)\)|(?:mit )?(?P<bare>{_AGENCIES})(?:[/,][\w-]{{2,12}})?|© ?(?P<copy>[\w-]+),? dpa:.*)"
)
_INITIALS = re.compile(r"\(?[A-Za-zäöü]{2,4}(?:/[A-Za-zäöü]{2,4})?\)|©\s?\w.{0,60}|\w{2,12} \([\w ,.-]{2,60}\)")
_PROSE, _HEADLIKE, _HEAD, _EARLIEST_END, _LAST_THIRD = 160, 130, 8, 200, 0.7


@dataclass(frozen=True, kw_only=True)
class Trimmed:
    """An article's own paragraphs, and who is named as their source."""

    paragraphs: tuple[str, ...]
    origin: str | None = None
    press_contact: bool = False


def trimmed(paragraphs: list[str], headlines: frozenset[str]) -> Trimmed:
    """The paragraphs between headline and ending."""
    kept = _without_beginning(paragraphs, headlines)
    kept, origin = _up_to_source(kept)
    kept, contact = _up_to_end(kept)
    kept, late_origin = _up_to_source(_without_pointers(kept))
    while kept and (_INITIALS.fullmatch(kept[-1]) or _points(kept[-1]) or _advertises(kept[-1])):
        kept = kept[:-1]
    return Trimmed(paragraphs=tuple(kept), origin=origin or late_origin, press_contact=contact)


def _without_beginning(paragraphs: list[str], headlines: frozenset[str]) -> list[str]:
    start = 0
    for number, text in enumerate(paragraphs[:_HEAD]):
        if all(len(p) < _HEADLIKE for p in paragraphs[start:number]) and _is_headline(text, headlines):
            start = number + 1
    while start < len(paragraphs) and (
        _is_byline(paragraphs[start])
        or _is_headline(paragraphs[start], headlines)
        or (_LABEL.fullmatch(paragraphs[start]) and _is_byline("".join(paragraphs[start + 1 : start + 2])))
    ):
        start += 1
    rest = paragraphs[start:]
    return [p for n, p in enumerate(rest) if n >= _HEAD or not (len(p) < 2 * _HEADLIKE and _is_byline(p))]


def _is_byline(text: str) -> bool:
    return all(_BYLINE.fullmatch(row) for row in text.split("\n"))


def _is_headline(text: str, headlines: frozenset[str]) -> bool:
    if not headlines or len(text) > 300 or not (words := bare(text)):
        return False
    return any(
        words == h
        or (len(h) > 20 and h in words and len(words) < len(h) + 60)
        or (len(words) > 20 and h.endswith(words))
        or _mostly(words, h)
        for h in headlines
    )


def _mostly(words: str, headline: str) -> bool:
    own = set(words.split())
    return len(own) >= 4 and len(own & set(headline.split())) >= 0.7 * len(own)


def _up_to_source(paragraphs: list[str]) -> tuple[list[str], str | None]:
    """What stands before the mark that names the source, and the source."""
    whole = sum(map(len, paragraphs)) or 1
    passed = 0
    for number, text in enumerate(paragraphs):
        before, _, last = text.rpartition("\n")
        strong = _STRONG_SOURCE.search(last)
        if strong and passed + len(text) >= min(_EARLIEST_END, whole / 2):
            rest = "\n".join(filter(None, (before, last[: strong.start()].strip())))
            return [*paragraphs[:number], *([rest] if rest else [])], strong["who"].strip()
        weak = _WEAK_SOURCE.fullmatch(last) or _AGENCY.fullmatch(last)
        if weak and passed + len(before) >= _LAST_THIRD * whole:
            who = next(name for name in weak.groups() if name)
            return [*paragraphs[:number], *([before] if before else [])], who.split(", übermittelt")[0].strip(" .")
        passed += len(text)
    return paragraphs, None


def _up_to_end(paragraphs: list[str]) -> tuple[list[str], bool]:
    """What stands before the first heading of contact, profile or further articles."""
    whole = sum(map(len, paragraphs))
    passed = 0
    for number, text in enumerate(paragraphs):
        first = text.split("\n")[0]
        if passed >= min(_EARLIEST_END, whole / 3) and len(first) <= _HEADLIKE and _END.fullmatch(first):
            contact = any(
                "kontakt" in p.lower() or "ansprechpartner" in p.lower() for p in paragraphs[number:] if len(p) < 400
            )
            return paragraphs[:number], contact
        if len(text) < 2 * _PROSE and PAYWALL.search(text):
            return paragraphs[:number], False
        passed += len(text)
    return paragraphs, False


def _without_pointers(paragraphs: list[str]) -> list[str]:
    """The paragraphs without those that advertise another article, and without the headlines listed under them."""
    kept: list[str] = []
    pointing, adverts = False, _ADVERT.may_match("\n\n".join(paragraphs))
    for text in paragraphs:
        if _points(text) or (adverts and _advertises(text)):
            pointing = text.rstrip().endswith(":")
            continue
        if pointing and "\n" in text and all(len(row) < _HEADLIKE for row in text.split("\n")):
            continue
        pointing = False
        kept.append(text)
    return kept


def _points(text: str) -> bool:
    return len(text) < 2 * _PROSE and _POINTER.fullmatch(text) is not None


def _advertises(text: str) -> bool:
    if len(text) >= 400 or not _ADVERT.search(text):
        return False
    return len(text) < _PROSE or len(_ADVERT.pattern.findall(text)) > 1
