"""Whether the service is well, decided from its state alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.health import JOBS, Job, State, reasons

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
NIGHT = NOW - timedelta(hours=5)


def job(name, *, ago=timedelta(minutes=1), error=None, ended=True):
    at = NOW - ago
    return Job(name=name, began_at=at, ended_at=at if ended else None, well_at=None if error else at, error=error)


def well(**changes):
    jobs = {name: job(name, ago=NOW - NIGHT if name == "maintain" else timedelta(minutes=1)) for name in JOBS}
    return State(jobs=tuple((jobs | changes.pop("jobs", {})).values()), free=10**10, **changes)


def test_all_is_well_where_all_jobs_come_back():
    assert reasons(well(), NOW) == []


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (State(), "never run on this database: start `lagebild run`"),
        (
            well(jobs={"poll": job("poll", ago=timedelta(hours=2))}),
            "asking sources was last done at 2026-11-20 06:00 UTC",
        ),
        (
            well(jobs={"poll": job("poll", error="disk full")}),
            "asking sources failed at 2026-11-20 07:59 UTC: disk full",
        ),
        (
            well(jobs={"understand": job("understand", ago=timedelta(hours=1), ended=False)}),
            "analysing and grouping began at 2026-11-20 07:00 UTC and has not ended",
        ),
        (well(jobs={"maintain": job("maintain", ago=timedelta(days=2))}), "pruning and backup was last done"),
        (well(jobs={"poll": job("poll", ago=timedelta(hours=-3))}), "the clock is behind"),
        (
            well(waiting={"mails": 3}, mails_since=NOW - timedelta(hours=3), mail_error="451 later"),
            "3 mails wait since 2026-11-20 05:00 UTC: 451 later",
        ),
        (well() and State(jobs=well().jobs, free=10_000_000), "only 10 MB are free"),
    ],
)
def test_each_fault_has_its_reason_and_what_to_do(state, told):
    [reason] = reasons(state, NOW)
    assert told in reason


@given(name=st.sampled_from(list(JOBS)), minutes=st.integers(0, 10_000))
def test_a_job_is_missed_once_its_time_is_over_and_not_before(name, minutes):
    state = well(jobs={name: job(name, ago=timedelta(minutes=minutes))})
    assert bool(reasons(state, NOW)) is (timedelta(minutes=minutes) > JOBS[name])
