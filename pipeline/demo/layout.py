"""How the sample newsroom puts its texts on pages: dates relative to the day of the demo, blocks, slugs, templates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.errors import SampleError
from pipeline.records import ArticleKind

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip

_BRACES = re.compile(r"\{([^{}]*)\}")
_PLACEHOLDER = re.compile(r"([a-z]+):([+-]?\d{1,4})")
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def long_date(day: date) -> str:
    """`6. November 2026`."""
    return f"{day.day}. {MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """`06.11.2026`."""
    return f"{day:%d.%m.%Y}"


def weekday(day: date) -> str:
    """`Freitag`."""
    return WEEKDAYS[day.weekday()]


_DATES: dict[str, Callable[[date], str]] = {
    "d": long_date,
    "dk": short_date,
    "wd": weekday,
    "m": lambda day: MONTHS[day.month - 1],
    "y": lambda day: str(day.year),
}


def lay_out(text: str, day: date) -> str:
    """The text with every placeholder such as {d:-9} replaced by that date, counted from the day of the demo."""

    def written(match: re.Match[str]) -> str:
        parts = _PLACEHOLDER.fullmatch(match[1])
        if parts is None or parts[1] not in _DATES:
            raise SampleError(f"unknown placeholder {match[0]}, expected one like {{d:-9}} with {', '.join(_DATES)}")
        return _DATES[parts[1]](day + timedelta(days=int(parts[2])))

    return _BRACES.sub(written, text)


def slug(title: str, words: int = 7) -> str:
    """The first words of a title as part of an address; placeholders leave no trace, so that it never moves."""
    plain = unicodedata.normalize("NFKD", _BRACES.sub(" ", title).lower().translate(_PLAIN))
    found = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    return "-".join(found[:words])


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of an article's body: a paragraph, a subhead or a list."""

    kind: str  # p | subhead | list
    text: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An article as a reader sees it on one day, in one round."""

    id: str
    path: str
    url: str
    number: int
    ordinal: int  # its place among the articles of its site, oldest is 1
    title: str
    teaser: str
    authors: tuple[str, ...]
    published: datetime
    updated: datetime
    kind: ArticleKind
    state: str
    encoding: str
    blocks: tuple[Block, ...]

    @property
    def edited(self) -> bool:
        """Whether this is no longer what was first published."""
        return self.updated != self.published


def blocks(body: str) -> tuple[Block, ...]:
    """The body in pieces; an empty line, a subhead or the start of a list begins a new one."""
    found: list[Block] = []
    for chunk in re.split(r"\n\s*\n", body.strip()):
        for kind, lines in _runs(chunk.splitlines()):
            if kind == "list":
                found.append(Block(kind=kind, items=tuple(lines)))
            else:
                found.append(Block(kind=kind, text=" ".join(lines)))
    return tuple(found)


def _runs(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Neighbouring lines of the same kind, without their marks."""
    runs: list[tuple[str, list[str]]] = []
    for line in lines:
        kind = "subhead" if line.startswith("## ") else "list" if line.startswith("- ") else "p"
        text = line.removeprefix("## ").removeprefix("- ").strip()
        if runs and runs[-1][0] == kind != "subhead":
            runs[-1][1].append(text)
        else:
            runs.append((kind, [text]))
    return runs


def templates(folder: Path) -> Environment:
    """The templates of all sites, with the German and the machine-readable ways to write a time."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "long_date": long_date,
        "short_date": short_date,
        "weekday": weekday,
        "clock": _clock,
        "iso": datetime.isoformat,
        "rfc822": format_datetime,
    }
    return environment


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}"
