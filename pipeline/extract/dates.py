"""When an article was published and last changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from itertools import chain
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from htmldate import find_date
from lxml import etree, html

from pipeline.extract.clean import line
from pipeline.extract.structured import Structured

BERLIN = ZoneInfo("Europe/Berlin")
_FIRST_YEAR = 1990
_CLOCKS = timedelta(hours=2)  # also what a server is ahead that takes its own time for UTC
_MONTH_NAMES = (
    *("januar jänner jan", "februar feb", "märz maerz mär mrz", "april apr", "mai", "juni jun", "juli jul"),
    *("august aug", "september sept sep", "oktober okt", "november nov", "dezember dez"),
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_CLOCK = (
    r"(?:(?:,|\||/|-|–|—|um|\s)*\b(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?::[0-5]\d)?(?:\s*Uhr|\b(?![.\d])))?"
)
_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)"
    r"(?:[T ]\s*(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:[.,]\d+)?\s*(?P<zone>Z|"
    r"UTC|GMT|[+-]\d\d:?(?:\d\d)?)?)?",
    re.I,
)
_NUMBERS = re.compile(r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4}|\d{2}(?![\d.:]))" + _CLOCK)
_WORDS = re.compile(
    rf"(?<!\d)(?P<day>\d{{1,2}})\.?\s*(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?\s+(?P<year>\d{{4}})"
    + _CLOCK,
    re.I,
)
_JAVA = re.compile(r"\w{3} (\w{3}) (\d{1,2}) (\d\d:\d\d:\d\d) (\w{1,5}) (\d{4})")
_ZONES = {
    "CEST": "+0200",
    "CET": "+0100",
    "MESZ": "+0200",
    "MEZ": "+0100",
    "UTC": "+0000",
    "GMT": "+0000",
    "Z": "+0000",
}
_PUBLISHED = [
    "article:published_time",
    "article:published:time",
    "og:article:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.issued",
    "pubdate",
    "publishdate",
    "publish-date",
    "publication_date",
    "date.available",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
]
# What may as well be the day on which the page was made or changed.
_DATED = [
    "date",
    "dc.date",
    "dcterms.date",
    "dcterms.created",
    "dc.date.created",
    "last-modified-original",
    "date.created",
]
_MODIFIED = [
    "article:modified_time",
    "article:modified:time",
    "datemodified",
    "date.modified",
    "dcterms.modified",
    "dc.date.modified",
    "og:updated_time",
    "last-modified",
]
_UPDATED = re.compile(
    r"(?:zuletzt |letzte |letztmalig )?(?:\baktualisiert|aktualisierung|\bgeändert|\bbearbeitet|\bupdate\b|\bänderung|\bstand\b)",
    re.I,
)
_OF_THE_LOOK = re.compile(r"\b(?:gedruckt|druckdatum|ausgedruckt|ausdruck|abgerufen|abruf|heute ist)\b", re.I)
_PUBLISHED_LABEL = r"\b(?:erst)?(?:veröffentlicht|publiziert|erschienen|online seit|eingestellt|erstellt)\b"
_LABEL = re.compile(f"(?={_UPDATED.pattern}|{_OF_THE_LOOK.pattern}|{_PUBLISHED_LABEL})", re.I)
_NEAR_AFTER, _NEAR_BEFORE, _SHORT, _ALONE, _LEADING, _LABEL_LENGTH = 40, 10, 120, 50, 60, 30


_AGO = re.compile(
    r"(?:\W|online|veröffentlicht|erstellt|aktualisiert|zuletzt|stand|geändert|update)*\bvor (?P<number>\d{1,3}|einer?|einem) "
    r"(?P<unit>minuten?|stunden?|tag(?:en)?|wochen?|std\.?|min\.?)\W*",
    re.I,
)
_DAY = re.compile(
    r"(?:\W|online|veröffentlicht|aktualisiert|stand)*\b(?P<day>heute|gestern)\b[,\s]*" + _CLOCK + r"\W*", re.I
)
_UNSEEN = frozenset({"script", "style", "noscript", "title", "option", "nav", "aside"})
_BESIDE = frozenset({"li", "nav", "aside", "footer"})
_UNITS = {"min": "minutes", "std": "hours", "stu": "hours", "tag": "days", "woc": "weeks"}
_IN_ADDRESS = re.compile(r"(?<!\d)(?P<year>19\d\d|20\d\d)[/_-](?P<month>\d\d)[/_-](?P<day>\d\d)(?!\d)")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A point in time, or merely a day: then it is midnight UTC, which is that day in Berlin as well."""

    at: datetime
    exact: bool


@dataclass(frozen=True, kw_only=True)
class Dates:
    """When an article was published and, if later, changed."""

    published: datetime | None = None
    updated: datetime | None = None


def moment(text: str) -> Moment | None:
    """The first point in time in a text; Europe/Berlin where no zone is given."""
    text = line(text)[:200]
    if found := _ISO.search(text):
        return _moment(found, found["month"], found["second"] or "0", found["zone"])
    candidates = [found for pattern in (_NUMBERS, _WORDS) if (found := pattern.search(text))]
    if candidates:
        first = min(candidates, key=lambda match: match.start())
        return _moment(first, str(_MONTHS.get(first["month"].lower(), first["month"])), "0", None)
    return _mail_date(text)


def ago(text: str, at: datetime) -> Moment | None:
    """What "vor 3 Stunden" or "gestern, 18:05 Uhr" means at a point in time; None where a text says more than that."""
    if found := _AGO.fullmatch(text):
        number, unit = found["number"].lower(), _UNITS[found["unit"].lower()[:3]]
        then = at - timedelta(**{unit: int(number) if number.isdigit() else 1})
        return _whole_day(then) if unit in ("days", "weeks") else Moment(at=then, exact=True)
    if found := _DAY.fullmatch(text):
        day = at.astimezone(BERLIN) - timedelta(days=found["day"].lower() == "gestern")
        if found["hour"] is None:
            return _whole_day(day)
        then = day.replace(hour=int(found["hour"]), minute=int(found["minute"]), second=0, microsecond=0)
        return Moment(at=then.astimezone(UTC), exact=True)
    return None


def _whole_day(value: datetime) -> Moment:
    day = value.astimezone(BERLIN)
    return Moment(at=datetime(day.year, day.month, day.day, tzinfo=UTC), exact=False)


def dates(
    tree: html.HtmlElement,
    said: Structured,
    metas: dict[str, str],
    entry: datetime | None,
    *,
    url: str,
    at: datetime,
    over: html.HtmlElement | None,
    chosen: str | None = None,
) -> Dates:
    """The dates of a page: what it declares, what stands near its headline, what the feed said, what can be guessed.

    Near the headline is near `over`. The later places are only looked at where the earlier ones are silent;
    `chosen` is what stands where the source says the date is.
    """
    near = cache(lambda: [clause for text in _near_headline(tree, over) for clause in _clauses(text)])
    declared = chain([chosen, said.published], map(metas.get, _PUBLISHED), _marked(tree, "datepublished"))
    others = (entry.isoformat() if entry else None, _in_address(url))
    published = _first(chain(declared, _printed(tree, metas, near, at), others), at)
    changed = chain([said.modified], map(metas.get, _MODIFIED), _marked(tree, "datemodified"))
    updated = _first(chain(changed, _updates(near)), at)
    if published is None:
        return Dates(published=updated or _guess(tree, at))
    return Dates(published=published, updated=updated if updated and updated > published else None)


def _updates(near: Callable[[], list[str]]) -> Iterator[str]:
    yield from (text for text in near() if _UPDATED.match(text))


def _printed(
    tree: html.HtmlElement, metas: dict[str, str], near: Callable[[], list[str]], at: datetime
) -> Iterator[str | None]:
    """What the page shows, and what it declares without saying whether that was the day of publication."""
    inside, outside = _times(tree)
    yield from inside
    seen = [text for text in near() if not _UPDATED.match(text) and not _OF_THE_LOOK.match(text)]
    yield from (text for text in seen[: 2 * _NEAR_BEFORE] if len(text) <= _ALONE and ago(text, at) is None)
    yield from map(metas.get, _DATED)
    yield from outside
    yield from seen


def said_moment(text: str, at: datetime) -> datetime | None:
    """The possible moment of publication that a text tells, seen at a time."""
    return _first([text], at)


def _first(texts: Iterable[str | None], at: datetime) -> datetime | None:
    """The first possible moment; where it is only a day, the time that another place gives for that day."""
    day: Moment | None = None
    for text in texts:
        found = (ago(text, at) or moment(text)) if text else None
        if found is None or not _possible(found, at):
            continue
        if day is None and found.exact:
            return found.at
        if day is not None and found.exact and found.at.astimezone(BERLIN).date() == day.at.date():
            return found.at
        day = day or found
    return day.at if day else None


def _in_address(url: str) -> str | None:
    found = _IN_ADDRESS.search(urlsplit(url).path)
    return f"{found['year']}-{found['month']}-{found['day']}" if found else None


def _possible(value: Moment, at: datetime) -> bool:
    """Whether something may have been published then: clocks differ a little, but nothing comes from the future."""
    if value.at.year < _FIRST_YEAR:
        return False
    return value.at <= at + _CLOCKS if value.exact else value.at.date() <= at.astimezone(BERLIN).date()


def _moment(found: re.Match[str], month: str, second: str, zone: str | None) -> Moment | None:
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    hour = found["hour"]
    try:
        value = datetime(
            year, int(month), int(found["day"]), int(hour or 0), int(found["minute"] or 0), int(second), tzinfo=UTC
        )
        if hour is None:
            return Moment(at=value, exact=False)
        if zone:
            return Moment(at=_shifted(value, zone), exact=True)
        return Moment(at=value.replace(tzinfo=BERLIN).astimezone(UTC), exact=True)
    except (ValueError, OverflowError):
        return None


def _shifted(value: datetime, zone: str) -> datetime:
    if zone.upper() in ("Z", "UTC", "GMT"):
        return value
    digits = zone[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return value - ahead if zone[0] == "+" else value + ahead


def _mail_date(text: str) -> Moment | None:
    if found := _JAVA.search(text):
        month, day, clock, zone, year = found.groups()
        text = f"{day} {month} {year} {clock} {_ZONES.get(zone, '')}"
    try:
        value = parsedate_to_datetime(text)
        value = value if value.tzinfo else value.replace(tzinfo=BERLIN)
        return Moment(at=value.astimezone(UTC), exact=True)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _marked(tree: html.HtmlElement, name: str) -> Iterator[str]:
    for element in tree.xpath("//*[@itemprop]"):
        if element.get("itemprop").lower() == name:
            yield element.get("datetime") or element.get("content") or element.text_content()[:200]


def _times(tree: html.HtmlElement) -> tuple[list[str], list[str]]:
    """What the first time elements of the article say, and those elsewhere but in lists and beside the text."""
    scope = next(tree.iter("article"), None)
    inside = [] if scope is None else list(scope.iter("time"))[:3]
    if inside:
        return [said for element in inside if (said := _time(element))], []
    scope = next(tree.iter("main"), tree)
    outside = [e for e in scope.iter("time") if _BESIDE.isdisjoint(around.tag for around in e.iterancestors())][:3]
    return [], [said for element in outside if (said := _time(element))]


def _time(element: html.HtmlElement) -> str | None:
    label = _clauses(f"{_before(element)} {element.text_content()[:200]}")[-1]
    if _UPDATED.match(label) or _OF_THE_LOOK.match(label) or _is_change(element):
        return None
    return element.get("datetime") or str(element.text_content())[:200]


def _is_change(element: html.HtmlElement) -> bool:
    """Whether markup calls a date the one of the last change, as the hAtom microformat does."""
    classes = (element.get("class") or "").split()
    return "updated" in classes and not {"published", "entry-date"} & set(classes)


def _before(element: html.HtmlElement) -> str:
    """The words before an element in the same part of the page, where these are few: they label it."""
    parent = element.getparent()
    if parent is None:
        return ""
    words = [parent.text or ""]
    for sibling in parent:
        if sibling is element:
            break
        words += [sibling.text or "" if isinstance(sibling.tag, str) else "", sibling.tail or ""]
    return line(" ".join(words))[-_LABEL_LENGTH:]


def _is_label(text: str) -> bool:
    return len(text) <= _LABEL_LENGTH and _LABEL.match(text) is not None and not re.search(r"\d", text)


def _clauses(text: str) -> list[str]:
    """A line cut before the words that say what its dates are."""
    return [clause for clause in _LABEL.split(text) if clause.strip()] or [text]


def _near_headline(tree: html.HtmlElement, over: html.HtmlElement | None) -> Iterator[str]:
    """Short lines around the headline, and how the paragraphs right behind it begin."""
    texts = _texts(tree, next(tree.iter("h2"), None) if over is None else over)
    yield from (text if len(text) <= _SHORT else text[:_LEADING] for text in texts)


def _texts(tree: html.HtmlElement, start: html.HtmlElement | None) -> list[str]:
    before: list[str] = []
    after: list[str] = []
    passed = start is None
    walk = etree.iterwalk(tree, events=("start",))
    for _, element in walk:
        if element is start:
            passed = True
        if element.tag in _UNSEEN:
            walk.skip_subtree()
        own = None if element.tag in _UNSEEN else element.text
        for text in (f"aktualisiert {own}" if own and _is_change(element) else own, element.tail):
            if text and (words := line(text)):
                texts = after if passed else before
                if texts and _is_label(texts[-1]):
                    texts[-1] += f" {words}"  # a label and its date may be parted by markup
                else:
                    texts.append(words)
        if len(after) >= _NEAR_AFTER:
            break
    return [*after[:_NEAR_BEFORE], *before[: -_NEAR_BEFORE - 1 : -1], *after[_NEAR_BEFORE:]]


def _guess(tree: html.HtmlElement, at: datetime) -> datetime | None:
    """What htmldate finds; it may fail on any markup, and a missing date is no reason to lose an article."""
    try:
        found = find_date(
            tree,
            original_date=True,
            extensive_search=False,
            min_date=f"{_FIRST_YEAR}-01-01",
            max_date=at.date().isoformat(),
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    return _first([found], at)
