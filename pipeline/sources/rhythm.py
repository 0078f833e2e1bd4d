"""When a source is looked at again, and how long it is usually silent. Pure functions over what is known of a source."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from pipeline.outcomes import PASSING
from pipeline.records import Entry, Past, Polled, Source

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=24)
WEEK = timedelta(days=7)  # how often one that is given up is still tried
_FEW_KNOWN, _MANY_KNOWN = 1 / 3, 2 / 3
_SOONER, _LATER = 0.5, 1.5
_HALF = 0.5  # of the usual gap: most new entries are then seen before the next one comes
_FIRST_RETRY = timedelta(minutes=5)  # after what will pass
_FIRST_LONG_RETRY = timedelta(hours=6)  # after what will hardly pass: 404, not a feed, refused by robots.txt
_GIVEN_UP = 10  # failures in a row that will hardly pass; those that may pass count a third
_JITTER = 0.2
_MOVED = 3


@dataclass(frozen=True, kw_only=True)
class Next:
    """When a source is looked at again, and the interval that its own rhythm asks for."""

    at: datetime
    interval: timedelta


def next_look(source: Source, polled: Polled, known_share: float | None, past: Past, chance: float) -> Next:
    """When to look again after a look; `known_share` is that of its entries, `chance` a random number from 0 to 1.

    `past` counts the look itself, see `after`.

    After a good look: sooner if under a third of the entries was known, later if over two thirds were, at most half
    the usual gap between two publications, not while the answer is fresh or the feed asks to be skipped; from 5 minutes
    to 24 hours. After a bad one: ever later, up to 24 hours; who has failed for long is tried weekly; a server that
    names a time (Retry-After) gets it, up to a week.
    """
    interval = _adapted(source, polled, known_share, past)
    if polled.outcome not in ("ok", "unchanged"):
        return Next(at=polled.at + _patience(polled, past.failures, chance), interval=interval)
    hints = polled.hints
    wait = max(interval, hints.fresh_for, hints.ttl or timedelta(0))
    earliest, latest = polled.at + SHORTEST, polled.at + LONGEST
    return Next(at=min(max(_unskipped(polled.at + wait, polled), earliest), latest), interval=interval)


def _adapted(source: Source, polled: Polled, known_share: float | None, past: Past) -> timedelta:
    before = past.interval or source.every
    if polled.outcome == "unchanged":
        known_share = 1.0
    elif polled.outcome != "ok" or past.interval is None:
        known_share = None
    interval = before
    if known_share is not None and known_share < _FEW_KNOWN:
        interval = before * _SOONER
    elif known_share is not None and known_share > _MANY_KNOWN:
        interval = before * _LATER
    if past.usual_gap is not None:
        interval = min(interval, past.usual_gap * _HALF)
    return min(max(interval, SHORTEST), LONGEST)


def _patience(polled: Polled, failures: int, chance: float) -> timedelta:
    passing, number = polled.outcome in PASSING, max(failures, 1)
    if (number if not passing else number // 3) >= _GIVEN_UP:
        return WEEK * (1 - _JITTER * chance)
    first = _FIRST_RETRY if passing else _FIRST_LONG_RETRY
    wait = min(first * float(2 ** min(number - 1, 12)), LONGEST) * (1 - _JITTER * chance)
    return max(wait, SHORTEST, min(polled.hints.retry_after or timedelta(0), WEEK))


def _unskipped(when: datetime, polled: Polled) -> datetime:
    """The first time from `when` on that lies in no hour and on no day that the feed asks to be skipped."""
    hours, days = polled.hints.skip_hours, polled.hints.skip_days
    if not hours and not days:
        return when
    for _ in range(24 * 8):
        utc = when.astimezone(UTC)
        if utc.hour not in hours and utc.weekday() not in days:
            return when
        when = utc.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return when  # a feed that asks to be skipped always is not believed: the bounds hold


def usual_gap(published: Iterable[datetime]) -> timedelta | None:
    """The median time between two publications; None if fewer than three times are known."""
    times = sorted(set(published))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return timedelta(seconds=median(gap.total_seconds() for gap in gaps)) if len(gaps) >= 2 else None


def possible_gap(entries: Iterable[Entry], new: Collection[str]) -> bool:
    """Whether entries may have come and gone since the last look: the oldest one that is offered was not known.

    The oldest are those with the earliest date, or the last one where none has a date.
    """
    offered = list(entries)
    if not offered:
        return False
    dates = [entry.published_at for entry in offered if entry.published_at]
    oldest = [entry for entry in offered if dates and entry.published_at == min(dates)] or offered[-1:]
    return all(entry.url in new for entry in oldest)


def after(polled: Polled, before: Past) -> Past:
    """What is known of a source after a look, but for its rhythm."""
    if polled.outcome not in ("ok", "unchanged"):
        return replace(before, failures=before.failures + 1)
    again = polled.moved_to is not None and polled.moved_to == before.moved_to
    times = before.moved_times + 1 if again else int(polled.moved_to is not None)
    return replace(before, failures=0, moved_to=polled.moved_to, moved_times=times)


def has_moved(past: Past) -> bool:
    """Whether a source now lives elsewhere: three looks in a row were sent to the same place for good (301, 308)."""
    return past.moved_times >= _MOVED


def in_words(silent_days: float, per_week: float) -> str:
    """A silence and the usual rhythm, such as "silent for 9 days, usually 3 a week"."""
    silence = f"{silent_days:.0f} days" if silent_days >= 1.5 else f"{silent_days * 24:.0f} hours"
    rhythm = f"{per_week:.0f} a week" if per_week >= 1 else f"{per_week * 52 / 12:.1g} a month"
    if per_week >= 14:
        rhythm = f"{per_week / 7:.0f} a day"
    return f"silent for {silence}, usually {rhythm}"
