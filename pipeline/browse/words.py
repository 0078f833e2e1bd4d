"""German words and forms for what stands in the database: roles, statuses, sectors, outcomes, numbers, dates.

The names of incident types are not here: they stand in the table `incident_types`.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from urllib.parse import quote, urlsplit

from pipeline.vocabulary import BERLIN as BERLIN
from pipeline.vocabulary import DATA_CATEGORIES
from pipeline.vocabulary import OUTCOMES as OUTCOMES
from pipeline.vocabulary import ROLES as ROLES
from pipeline.vocabulary import SECTORS as SECTORS
from pipeline.vocabulary import STATUSES as STATUSES
from pipeline.vocabulary import outcome as outcome

ARTICLE_KINDS = {"press_release": "Pressemitteilung", "news": "Nachricht", "advisory": "Sicherheitshinweis"}
SOURCE_KINDS = {"rss": "RSS", "atom": "Atom", "sitemap": "Sitemap", "html_index": "Übersichtsseite"}
TEXT_STATES = {
    "full": "vollständig",
    "teaser": "nur Anriss",
    "paywall": "Bezahlschranke",
    "consent": "Einwilligungswand",
    "withheld": "vorbehalten",
    "empty": "leer",
}
MENTIONS = {"ORG": "Organisation", "PER": "Person", "LOC": "Ort", "MISC": "sonstiger Name"}
FACTS = {
    "affected": "Betroffene",
    "fine_eur": "Bußgeld",
    "ransom_eur": "Lösegeld",
    "cve": "CVE",
    "data_category": "Art der Daten",
    "event_date": "Tag des Ereignisses",
}
HEALTHY = ("ok", "unchanged")

_STORED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def is_time(value: object) -> bool:
    """Whether a value is a time as the database stores it."""
    return isinstance(value, str) and bool(_STORED.fullmatch(value))


def moment(stored: str | None) -> str:
    """A stored time as a German reader writes it: 12.11.2026, 10:15 Uhr."""
    if not stored or not is_time(stored):
        return stored or "unbekannt"
    return f"{datetime.fromisoformat(stored).astimezone(BERLIN):%d.%m.%Y, %H:%M} Uhr"


def day(stored: str | None) -> str:
    """A stored time or day as a German date: 12.11.2026."""
    if stored and is_time(stored):
        return f"{datetime.fromisoformat(stored).astimezone(BERLIN):%d.%m.%Y}"
    if stored and _DAY.fullmatch(stored):
        try:
            return f"{date.fromisoformat(stored):%d.%m.%Y}"
        except ValueError:
            return stored
    return stored or "unbekannt"


def number(value: float | None) -> str:
    """A number as Germans write it: 1.500.000 or 0,25."""
    if value is None:
        return "–"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}".translate(str.maketrans(",.", ".,"))


def counted(value: int, one: str, many: str) -> str:
    """A number with its noun: 1 Artikel, 3 Quellen."""
    return f"{number(value)} {one if value == 1 else many}"


def fact(kind: str, value: str) -> str:
    """The value of a fact as a reader expects it."""
    if kind in ("affected", "fine_eur", "ransom_eur"):
        try:
            amount = float(value)
        except ValueError:
            return value
        return f"{number(amount)} €" if kind.endswith("_eur") else number(amount)
    if kind == "data_category":
        return DATA_CATEGORIES.get(value, value)
    return day(value) if kind == "event_date" else value


def web_address(url: str | None) -> str | None:
    """The address if a link may lead there: http or https with a host, nothing else."""
    try:
        parts = urlsplit((url or "").strip())
    except ValueError:
        return None
    return (url or "").strip() if parts.scheme in ("http", "https") and parts.netloc else None


def incident_path(id: int, slug: str | None = None) -> str:
    """The path of an incident's page."""
    return f"/vorfall/{id}-{quote(slug, safe='')}" if slug else f"/vorfall/{id}"


def article_path(id: int) -> str:
    """The path of an article's page."""
    return f"/artikel/{id}"


def source_path(id: str) -> str:
    """The path of a source's page."""
    return f"/quelle/{quote(id, safe='')}"


def organisation_path(id: str) -> str:
    """The path of an organisation's page."""
    return f"/organisation/{quote(id, safe='')}"
