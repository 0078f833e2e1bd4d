"""The questions that the pages of the sources ask of the database, and what these pages show."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from pipeline.browse.queries import Database, rows
from pipeline.browse.words import OUTCOMES
from pipeline.store.queries import CAME_OUT

LOOKS = 30  # at a source, the last ones
DAYS = 30  # of what became of its entries


@dataclass(frozen=True, kw_only=True)
class SourceHealth:
    """How a source is doing; `trouble` (gone, unread, failed, silent, gap, select) says why it needs attention."""

    id: str
    name: str
    kind: str
    url: str
    enabled: int
    trouble: str | None
    last_poll_at: str | None
    last_success_at: str | None
    last_outcome: str | None
    last_error: str | None
    next_at: str | None
    articles: int
    waiting: int
    short_text_share: float | None
    last_entry_at: str | None
    per_week: float | None  # entries
    silent_days: float | None  # since the last entry
    silent: int
    failed_polls_7d: int
    gaps_7d: int
    last_gap_at: str | None
    select_misses_7d: int
    last_select_miss_at: str | None
    change: str | None
    moved_to: str | None


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a source."""

    at: str
    outcome: str
    error: str | None
    entries: int
    new_entries: int
    changed_entries: int
    known_entries: int
    seconds: float
    bytes: int
    gap: int


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many entries of a day (UTC) ended in an outcome."""

    day: str
    outcome: str
    entries: int


@dataclass(frozen=True, kw_only=True)
class Change:
    """A source has moved, is gone or is back."""

    at: str
    change: str
    to_url: str | None


@dataclass(frozen=True, kw_only=True)
class Week:
    """How many entries came out within seven days that begin with a day (UTC)."""

    begins: str
    entries: int


@dataclass(frozen=True, kw_only=True)
class SourcePage:
    """The page of a source."""

    source: SourceHealth
    weeks: tuple[Week, ...]  # of half a year, the earliest first
    looks: tuple[Look, ...]
    days: tuple[tuple[str, tuple[Count, ...]], ...]
    changes: tuple[Change, ...]

    @property
    def busiest(self) -> int:
        """The most entries of a week."""
        return max((week.entries for week in self.weeks), default=0)


_FIELDS = ", ".join("s.url" if name == "url" else f"h.{name}" for name in SourceHealth.__dataclass_fields__)
_HEALTH = f"select {_FIELDS} from source_health h join sources s on s.id = h.id"


# What the view `entry_outcomes` tells, of the last days of one source alone.
_COUNTS = f"""
    select date(at) as day, w.value as outcome, sum(case w.value when 'known' then known_entries
             when 'repeated' then repeated_entries else filtered_entries end) as entries
    from polls, json_each('["known", "repeated", "filtered"]') w
    where source_id = :id and at >= date('now', '-{DAYS - 1} days') group by day, w.value having entries
    union all
    select date(f.at), f.outcome, count(*)
    from fetches f cross join entries e on e.url = f.url
    where f.at >= date('now', '-{DAYS - 1} days') and e.source_id = :id group by 1, 2"""


_WEEKS = f"""
    with recursive weeks (begins) as (
      select date('now', '-181 days') union all select date(begins, '+7 days') from weeks where begins < date('now', '-6 days'))
    select w.begins, (select count(*) from entries e where e.source_id = :id and {CAME_OUT} >= w.begins
                      and {CAME_OUT} < date(w.begins, '+7 days')) as entries
    from weeks w order by w.begins"""


async def sources(db: Database) -> tuple[SourceHealth, ...]:
    """Every source, those that need attention first, then those that are read, then those that are switched off."""
    return await rows(
        db,
        SourceHealth,
        f"{_HEALTH} order by h.trouble is null, h.enabled desc, ifnull(h.change, '') <> 'moved', h.name limit 2000",
    )


async def troubled(db: Database) -> tuple[SourceHealth, ...]:
    """The sources that need attention, those that fail first."""
    order = "instr('failed gone silent gap select unread', h.trouble), h.last_poll_at desc, h.name"
    return await rows(db, SourceHealth, f"{_HEALTH} where h.trouble is not null order by {order} limit 500")


async def source(db: Database, id: str) -> SourcePage | None:
    """The page of a source, or None if there is none with this id."""
    found = await rows(db, SourceHealth, f"{_HEALTH} where h.id = :id", id=id)
    if not found:
        return None
    looks = await rows(
        db,
        Look,
        f"""select at, outcome, error, entries, new_entries, changed_entries, known_entries, seconds, bytes, gap
            from polls where source_id = :id order by at desc, id desc limit {LOOKS}""",
        id=id,
    )
    counts = await rows(
        db,
        Count,
        _COUNTS,
        id=id,
    )
    changes = await rows(
        db,
        Change,
        "select at, change, to_url from source_changes where source_id = :id order by id desc limit 20",
        id=id,
    )
    weeks = await rows(db, Week, _WEEKS, id=id)
    return SourcePage(source=found[0], weeks=weeks, looks=looks, days=by_day(counts), changes=changes)


def by_day(counts: tuple[Count, ...]) -> tuple[tuple[str, tuple[Count, ...]], ...]:
    """The counts under their days, the latest first; within a day in the order of the vocabulary."""
    ranks = {outcome: number for number, outcome in enumerate(OUTCOMES)}
    days: dict[str, list[Count]] = defaultdict(list)
    for count in counts:
        days[count.day].append(count)
    return tuple(
        (day, tuple(sorted(days[day], key=lambda c: (ranks.get(c.outcome, len(ranks)), c.outcome))))
        for day in sorted(days, reverse=True)
    )
