"""Who wants which part of the news, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pipeline.records.found import Status

Frequency = Literal["daily", "weekdays", "weekly"]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a subscriber wants to read; without a filter everything.

    An incident fits if it fits every filter, or if an organisation of the watch list takes part in it; with a watch list
    alone nothing else fits. `minimum_status` holds for all.
    """

    sectors: tuple[str, ...] = ()  # of organisations that are affected
    types: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    search: str | None = None  # as typed into the search of the pages
    organisations: tuple[str, ...] = ()  # the watch list
    minimum_status: Status = "none"
    operator: bool = False  # is told of sources with trouble


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """When digests go out: at an hour in Berlin, every day, from Monday to Friday, or on one weekday (Monday is 0)."""

    frequency: Frequency = "daily"
    weekday: int = 0
    hour: int = 7


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """Mails at once: how many a day at most, and in which hours (Berlin) none, from the first up to the second."""

    a_day: int = 0
    quiet_from: int | None = None
    quiet_until: int | None = None


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A subscriber. `edition` is the newest one told in a digest, `served_at` the moment for which that digest was."""

    id: int
    address: str
    name: str | None = None
    selection: Selection = field(default_factory=Selection)
    rhythm: Rhythm = field(default_factory=Rhythm)
    alerts: Alerts = field(default_factory=Alerts)
    empty: bool = True  # a day that brought nothing is told in one line, else nothing is sent
    paused_why: str | None = None
    created_at: datetime
    served_at: datetime | None = None
    edition: int = 0
    alert_edition: int = 0
    refusals: int = 0  # by the mail server, in a row
