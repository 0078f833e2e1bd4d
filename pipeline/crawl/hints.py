"""What the headers of an answer say about when to come back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})", re.I)
_NOT_KEPT = re.compile(r"(?:^|[\s,])(?:no-store|no-cache|must-revalidate\s*,\s*max-age=0)", re.I)
_LONGEST = timedelta(days=365)


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long the server calls its answer fresh, by Cache-Control or else Expires (RFC 9111, section 4.2.1)."""
    told = headers.get("Cache-Control", "")
    if _NOT_KEPT.search(told):
        return timedelta(0)
    if match := _MAX_AGE.search(told):
        fresh = timedelta(seconds=int(match[1])) - _age(headers)
    else:
        expires = moment(headers.get("Expires"))
        fresh = expires - (moment(headers.get("Date")) or now) if expires else timedelta(0)
    return min(max(fresh, timedelta(0)), _LONGEST)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the server asks to wait, given in seconds or as a date (RFC 9110, section 10.2.3); None if it does not."""
    told = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,10}", told):
        return min(timedelta(seconds=int(told)), _LONGEST)
    when = moment(told)
    return min(max(when - now, timedelta(0)), _LONGEST) if when else None


def moment(told: str | None) -> datetime | None:
    """The time in a header; None for what is no date."""
    try:
        when = parsedate_to_datetime(told or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _age(headers: Mapping[str, str]) -> timedelta:
    told = headers.get("Age", "").strip()
    return timedelta(seconds=int(told)) if re.fullmatch(r"[0-9]{1,9}", told) else timedelta(0)
