"""Where an article begins and ends: headline and byline before it, contacts and other articles behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.extract.boilerplate import (
    ADVERT,
    AGENCY,
    BYLINE,
    CAPTION,
    CONTROLS,
    DATELINE,
    END,
    INITIALS,
    LATE_END,
    POINTER,
    PROFILE,
    STRONG_SOURCE,
    WEAK_SOURCE,
)
from pipeline.extract.clean import bare
from pipeline.extract.verdict import PAYWALL

_SENTENCE = re.compile(r"[a-zäöüß][.!?] (?!Foto|Bild|Symbol|Archiv|Grafik|Quelle)[A-ZÄÖÜ]")
_LABEL = re.compile(r"[^.!?\n]{2,80}")
_PROSE, _HEADLIKE, _HEAD, _EARLIEST_END, _LAST_THIRD, _PROSE_BEHIND = 160, 130, 8, 200, 0.7, 0.4


@dataclass(frozen=True, kw_only=True)
class Trimmed:
    """An article's own paragraphs, and who is named as their source."""

    paragraphs: tuple[str, ...]
    origin: str | None = None
    press_contact: bool = False


def trimmed(paragraphs: Sequence[str], headlines: frozenset[str]) -> Trimmed:
    """The paragraphs between headline and ending."""
    kept = _without_beginning(paragraphs, headlines)
    if kept and DATELINE.fullmatch(kept[0]):
        kept = kept[1:]
    kept, origin = _up_to_source(kept)
    kept, contact = _up_to_end(kept)
    kept, late_origin = _up_to_source(_without_pointers(kept))
    while kept and (INITIALS.fullmatch(kept[-1]) or _points(kept[-1]) or _advertises(kept[-1]) or _dates(kept[-1])):
        kept = kept[:-1]
    return Trimmed(paragraphs=tuple(kept), origin=origin or late_origin, press_contact=contact)


def _without_beginning(paragraphs: Sequence[str], headlines: frozenset[str]) -> list[str]:
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
    return all(BYLINE.fullmatch(row) for row in text.split("\n"))


def _dates(text: str) -> bool:
    """Whether a last line only says when something was written or changed."""
    return len(text) < _HEADLIKE and re.search(r"\d", text) is not None and _is_byline(text)


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
        strong = STRONG_SOURCE.search(last)
        if strong and passed + len(text) >= min(_EARLIEST_END, whole / 2):
            rest = "\n".join(filter(None, (before, last[: strong.start()].strip())))
            return [*paragraphs[:number], *([rest] if rest else [])], strong["who"].strip()
        weak = WEAK_SOURCE.fullmatch(last) or AGENCY.fullmatch(last)
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
        if passed >= min(_EARLIEST_END, whole / 3) and _ends(text, paragraphs[number + 1 :], whole):
            contact = any(
                "kontakt" in p.lower() or "ansprechpartner" in p.lower() for p in paragraphs[number:] if len(p) < 400
            )
            return paragraphs[:number], contact
        if len(text) < 2 * _PROSE and PAYWALL.search(text):
            return paragraphs[:number], False
        passed += len(text)
    return paragraphs, False


def _ends(text: str, behind: list[str], whole: int) -> bool:
    """Whether an article ends before a paragraph; `whole` is the length of the text with all that is behind."""
    first, _, rest = text.partition("\n")
    if len(first) > _HEADLIKE:
        return False
    if END.fullmatch(first):
        return True
    profile = PROFILE.fullmatch(first)
    if profile and _names_itself(profile["name"], rest or next(iter(behind), "")):
        return True
    prose = sum(len(p) for p in (rest, *behind) if len(p) >= _PROSE)
    return bool(profile or LATE_END.fullmatch(first)) and prose <= _PROSE_BEHIND * whole


def _names_itself(name: str | None, text: str) -> bool:
    """Whether a text tells of the one that its heading names; "Über Umwege" is a heading like any other."""
    words = [word for word in re.findall(r"\w{3,}", name or "uns") if word[0].isupper() or word[0].isdigit()]
    return name is None or any(word in text[:_PROSE] for word in words)


def _without_pointers(paragraphs: list[str]) -> list[str]:
    """The paragraphs without those that advertise another article, and without the headlines listed under them."""
    kept: list[str] = []
    whole = "\n\n".join(paragraphs)
    pointing, adverts, captions = False, ADVERT.may_match(whole), CAPTION.may_match(whole)
    for text in paragraphs:
        if _points(text) or (adverts and _advertises(text)):
            pointing = text.rstrip().endswith(":")
            continue
        if pointing and "\n" in text and all(len(row) < _HEADLIKE for row in text.split("\n")):
            continue
        if captions and _is_caption(text):
            continue
        pointing = False
        kept.append(text)
    return kept


def _is_caption(text: str) -> bool:
    """Whether a paragraph ends with who took the picture; one of more than two sentences tells a story of its own."""
    return len(text) < 2 * _PROSE and len(_SENTENCE.findall(text)) <= 1 and CAPTION.pattern.fullmatch(text) is not None


def _points(text: str) -> bool:
    return len(text) < 2 * _PROSE and (POINTER.fullmatch(text) or CONTROLS.fullmatch(text)) is not None


def _advertises(text: str) -> bool:
    if len(text) >= 400 or not ADVERT.search(text):
        return False
    return len(text) < _PROSE or len(ADVERT.pattern.findall(text)) > 1
