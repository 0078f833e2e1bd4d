"""How the digest says things in German: roles, statuses, outcomes, numbers and dates."""

from __future__ import annotations

from datetime import date

_DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip


def number(value: int) -> str:
    """`340.000`."""
    return f"{value:,}".replace(",", ".")


def count(value: int, one: str, many: str) -> str:
    """`1 Quelle`, `2 Quellen`."""
    return f"{number(value)} {one if value == 1 else many}"


def short_date(day: date) -> str:
    """`06.11.2026`."""
    return f"{day:%d.%m.%Y}"


def long_date(day: date) -> str:
    """`Freitag, 6. November 2026`."""
    return f"{_DAYS[day.weekday()]}, {day.day}. {_MONTHS[day.month - 1]} {day.year}"


def enumeration(parts: list[str]) -> str:
    """`A, B und C`."""
    return " und ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
