"""When digests are due and alerts are quiet: hours are those of the clocks in Berlin, in summer and in winter."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from pipeline.records import Alerts, Rhythm, Subscription
from pipeline.vocabulary import BERLIN


def due(subscription: Subscription, now: datetime) -> datetime | None:
    """The moment whose digest a subscriber has yet to get, or None: the last one by now, however many were missed."""
    moment = last_moment(subscription.rhythm, now)
    served = max(subscription.created_at, subscription.served_at or subscription.created_at)
    return moment if moment > served else None


def last_moment(rhythm: Rhythm, now: datetime) -> datetime:
    """The last moment by now at which digests of a rhythm go out.

    In the night in which clocks are put forward an hour that is left out comes an hour later; one that comes twice
    counts the first time.
    """
    days = {"daily": range(7), "weekdays": range(5), "weekly": (rhythm.weekday,)}[rhythm.frequency]
    today = now.astimezone(BERLIN).date()
    moments = (
        datetime.combine(today - timedelta(days=back), time(rhythm.hour), BERLIN).astimezone(UTC)
        for back in range(8)
        if (today - timedelta(days=back)).weekday() in days
    )
    return next(moment for moment in moments if moment <= now)


def is_quiet(alerts: Alerts, now: datetime) -> bool:
    """Whether no alert is wanted at this hour."""
    if alerts.quiet_from is None or alerts.quiet_until is None:
        return False
    hour = now.astimezone(BERLIN).hour
    if alerts.quiet_from <= alerts.quiet_until:
        return alerts.quiet_from <= hour < alerts.quiet_until
    return hour >= alerts.quiet_from or hour < alerts.quiet_until
