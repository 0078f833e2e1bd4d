"""When a source is looked at again."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.records import PASSING, Polled, Source

_LONGEST = timedelta(hours=24)


def next_look(source: Source, polled: Polled) -> datetime:
    """The time of the next look: after the source's own interval; a day later if what went wrong will not pass soon."""
    if polled.outcome in ("ok", "unchanged") or polled.outcome in PASSING:
        return polled.at + min(source.every, _LONGEST)
    return polled.at + _LONGEST
