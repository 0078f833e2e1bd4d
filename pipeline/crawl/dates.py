"""Dates as feeds and pages write them, in German and English, read strictly enough to give none rather than a wrong one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_BERLIN = ZoneInfo("Europe/Berlin")
_YEARS = range(1990, 2100)  # others are mistakes: 0000-00-00, 0001-01-01 and 9999-12-31 are common ones
_NAMES = (
    "jan jän",
    "feb",
    "mär mae mrz mar",
    "apr",
    "mai may",
    "jun",
    "jul",
    "aug",
    "sep",
    "okt oct",
    "nov",
    "dez dec",
)
_MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
_ISO = re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)(?!\d)")
_COMPACT = re.compile(r"[0-9]{8}T[0-9]{6}\S{0,9}")
_NUMERIC = re.compile(r"(?<![\d.])(?P<day>\d\d?)\.\s?(?P<month>\d\d?)\.\s?(?P<year>\d{4})(?!\d)")
_WORDED = re.compile(r"(?<!\d)(?P<day>\d\d?)\.?[\s-]?(?P<month>[^\W\d_]{3,9})\.?[\s-]?(?P<year>\d{4})(?!\d)")
_AMERICAN = re.compile(r"\b(?P<month>[^\W\d_]{3,9})\.?\s(?P<day>\d\d?),?\s(?P<year>\d{4})(?!\d)")
_CLOCK = re.compile(
    r"(?:T|,|\s|um|-|–){0,6}(?P<hour>\d\d?)(?::(?P<minute>\d\d)|\.(?P<dotted>\d\d)(?=\s?Uhr)|(?=\s?Uhr))"
    r"(?::(?P<second>\d\d))?(?:[.,]\d{1,9})?\s?(?P<noon>[ap]\.?m\b)?\s?(?:Uhr)?\s?"
    r"\(?(?P<zone>[+-]\d\d:?(?:\d\d)?|[A-Za-z]{1,5}\b(?:[+-]\d\d:?\d\d)?)?",
    re.I,
)
# RFC 822 section 5.1, and what German editors write. Other names are taken as none.
_ZONES = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0),
    **dict.fromkeys(("mez", "cet", "met", "bst", "west"), 1),
    **dict.fromkeys(("mesz", "cest", "mest", "eet"), 2),
    **{"eest": 3, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8},
}


def read_date(text: str | None) -> datetime | None:
    """The moment that a text tells, in UTC; noon for want of an hour, Europe/Berlin for want of a zone, else None."""
    folded = _folded(text or "")
    if _COMPACT.fullmatch(folded):
        folded = f"{folded[:4]}-{folded[4:6]}-{folded[6:11]}:{folded[11:13]}:{folded[13:]}"
    found = _day(folded)
    if not found:
        return None
    day, end = found
    clock = _CLOCK.match(folded, end)
    moment = _at(day, clock) if clock else None
    return moment or day.replace(hour=12, tzinfo=UTC)


def read_day(text: str) -> datetime | None:
    """Noon (UTC) of the first day that a text names, whatever hours it tells; None if it names none."""
    found = _day(_folded(text))
    return found[0].replace(hour=12, tzinfo=UTC) if found else None


def plausible(moment: datetime | None) -> datetime | None:
    """The moment, if it may be the date of an article."""
    return moment if moment is not None and moment.year in _YEARS else None


def _folded(text: str) -> str:
    return " ".join(text[:2000].split())


def _day(text: str) -> tuple[datetime, int] | None:
    """The first day that a text names, without a zone, and where its words end."""
    matches = [match for form in (_ISO, _NUMERIC, _WORDED, _AMERICAN) for match in form.finditer(text)]
    for match in sorted(matches, key=lambda match: match.start()):
        month = match["month"]
        number = int(month) if month.isdecimal() else _MONTHS.get(month[:3].lower())
        year = int(match["year"])
        if number is None or year not in _YEARS:
            continue
        try:
            return datetime(year, number, int(match["day"])), match.end()  # noqa: DTZ001 - the zone comes later
        except ValueError:
            continue
    return None


def _at(day: datetime, clock: re.Match[str]) -> datetime | None:
    hour, minute = int(clock["hour"]), int(clock["minute"] or clock["dotted"] or 0)
    if clock["noon"]:
        hour = hour % 12 + (12 if clock["noon"][0] in "pP" else 0)
    second = min(int(clock["second"] or 0), 59)  # 60 is a leap second
    try:
        return day.replace(hour=hour, minute=minute, second=second, tzinfo=_zone(clock["zone"] or "")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(name: str) -> tzinfo:
    """The zone that a name or an offset such as +01:00 or GMT+0100 stands for; Europe/Berlin if it says nothing."""
    word, sign, offset = re.fullmatch(r"([A-Za-z]*)([+-]?)([\d:]*)", name).groups()  # type: ignore[union-attr]
    if sign:
        digits = offset.replace(":", "").ljust(4, "0")
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(shift if sign == "+" else -shift) if shift <= timedelta(hours=14) else _BERLIN
    hours = _ZONES.get(word.lower())
    return _BERLIN if hours is None else timezone(timedelta(hours=hours))
