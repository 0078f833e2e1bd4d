"""Whether the service does its work, and if not why and what to do: decided from its state alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# The jobs of the service, with the longest time that one may take to come back well.
JOBS = {
    "poll": timedelta(minutes=20),
    "understand": timedelta(minutes=30),
    "deliver": timedelta(minutes=15),
    "maintain": timedelta(hours=36),
}
_WORK = {
    "poll": "asking sources",
    "understand": "analysing and grouping",
    "deliver": "putting together and sending digests",
    "maintain": "pruning and backup",
}
_MAIL_WAITS = timedelta(hours=2)
_LEAST_DISK = 500_000_000  # bytes


@dataclass(frozen=True, kw_only=True)
class Job:
    """The last run of a job."""

    name: str
    began_at: datetime
    ended_at: datetime | None  # None while it runs, or if it was killed
    well_at: datetime | None  # the last end without a fault
    error: str | None


@dataclass(frozen=True, kw_only=True)
class State:
    """What the database, and the disk it lies on, tell of the service."""

    jobs: tuple[Job, ...] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)  # entries, analyses, groupings, mails
    mails_since: datetime | None = None  # of the mail that waits longest
    mail_error: str | None = None
    digest: str | None = None  # day of the last digest of everything
    digest_at: datetime | None = None
    polls: Mapping[str, int] = field(default_factory=dict)  # of the last day, by outcome
    fetches: Mapping[str, int] = field(default_factory=dict)  # 〃
    deliveries: Mapping[str, int] = field(default_factory=dict)  # of the last week, by state
    refused: int = 0  # subscribers that are paused because their address is refused
    free: int | None = None  # bytes on the disk of the database


def reasons(state: State, now: datetime) -> list[str]:
    """Why the service is not well, each with what to do about it; empty if it is."""
    return [*_of_jobs(state, now), *_of_mails(state, now), *_of_disk(state)]


def _of_jobs(state: State, now: datetime) -> Iterator[str]:
    known = {job.name: job for job in state.jobs}
    if not known:
        yield "the service has never run on this database: start `lagebild run`"
        return
    newest = max(job.ended_at or job.began_at for job in known.values())
    if newest > now + timedelta(minutes=5):
        yield f"the clock is behind: a job ended at {newest:%Y-%m-%d %H:%M} UTC; set the clock"
    for name, longest in JOBS.items():
        job = known.get(name)
        if job is None:
            continue
        if job.error:
            yield f"{_WORK[name]} failed at {_time(job.ended_at)}: {job.error}"
        elif job.ended_at is None and now - job.began_at > longest:
            yield f"{_WORK[name]} began at {_time(job.began_at)} and has not ended: is `lagebild run` running?"
        elif job.ended_at is not None and now - job.ended_at > longest:
            yield f"{_WORK[name]} was last done at {_time(job.ended_at)}: is `lagebild run` running?"


def _of_mails(state: State, now: datetime) -> Iterator[str]:
    if state.mails_since is not None and now - state.mails_since > _MAIL_WAITS:
        why = f": {state.mail_error}" if state.mail_error else ""
        yield f"{state.waiting.get('mails', 0)} mails wait since {_time(state.mails_since)}{why}"


def _of_disk(state: State) -> Iterator[str]:
    if state.free is not None and state.free < _LEAST_DISK:
        yield f"only {state.free // 1_000_000} MB are free where the database lies: make room"


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "an unknown time"
