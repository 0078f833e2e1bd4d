"""When digests are due: every hour of the year, in the nights in which clocks change, after a pause."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.deliver import due, is_quiet, last_moment
from pipeline.records import Alerts, Rhythm, Subscription
from pipeline.vocabulary import BERLIN

rhythms = st.builds(
    Rhythm,
    frequency=st.sampled_from(["daily", "weekdays", "weekly"]),
    weekday=st.integers(0, 6),
    hour=st.integers(0, 23),
)
times = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def reader(rhythm, created, served=None):
    return Subscription(id=1, address="a@amt.example", rhythm=rhythm, created_at=created, served_at=served)


@given(rhythm=rhythms, now=times)
def test_the_last_moment_is_past_at_its_hour_and_no_longer_ago_than_the_rhythm(rhythm, now):
    moment = last_moment(rhythm, now)
    there = moment.astimezone(BERLIN)
    assert moment <= now
    assert now - moment <= timedelta(days={"daily": 1, "weekdays": 3, "weekly": 7}[rhythm.frequency], hours=1)
    assert there.hour in (rhythm.hour, rhythm.hour + 1)  # later where clocks leave an hour out
    assert rhythm.frequency != "weekdays" or there.weekday() < 5
    assert rhythm.frequency != "weekly" or there.weekday() == rhythm.weekday


@given(rhythm=rhythms, begin=times, step=st.integers(1, 90))
def test_whoever_looks_often_serves_every_day_once(rhythm, begin, step):
    """Two weeks, looked at every so many minutes: one digest for each day of the rhythm, whatever the clocks do."""
    served, created, days = None, begin, []
    now = begin
    while now < begin + timedelta(days=14):
        if moment := due(reader(rhythm, created, served), now):
            days.append(moment.astimezone(BERLIN).date())
            served = moment
        now += timedelta(minutes=step * 10)
    assert days == sorted(set(days))
    expected = {"daily": 14, "weekdays": 10, "weekly": 2}[rhythm.frequency]
    assert expected - 2 <= len(days) <= expected + 1


@pytest.mark.parametrize(
    ("day", "hour", "at"),
    [
        (date(2026, 3, 29), 2, datetime(2026, 3, 29, 1, tzinfo=UTC)),  # left out: 3 o'clock in summer time
        (date(2026, 3, 29), 3, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (date(2026, 10, 25), 2, datetime(2026, 10, 25, 0, tzinfo=UTC)),  # comes twice: the first time
        (date(2026, 10, 25), 3, datetime(2026, 10, 25, 2, tzinfo=UTC)),
    ],
)
def test_in_the_nights_in_which_clocks_change_the_digest_comes_once(day, hour, at):
    rhythm = Rhythm(hour=hour)
    begin = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    before = reader(rhythm, begin - timedelta(days=9), last_moment(rhythm, begin))
    found = [due(before, begin + timedelta(minutes=minutes)) for minutes in range(0, 9 * 60, 10)]
    assert {moment for moment in found if moment} == {at}


def test_a_new_subscriber_waits_for_the_next_hour_and_missed_ones_are_made_up_once():
    created = datetime(2026, 11, 20, 15, tzinfo=UTC)
    new = reader(Rhythm(hour=7), created)
    assert due(new, created + timedelta(hours=1)) is None
    late = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert due(new, late) == datetime(2026, 11, 25, 6, tzinfo=UTC)
    assert due(reader(Rhythm(hour=7), created, due(new, late)), late) is None


@pytest.mark.parametrize(
    ("quiet", "hours"),
    [((22, 6), {22, 23, 0, 1, 2, 3, 4, 5}), ((9, 11), {9, 10}), ((5, 5), set()), ((None, None), set())],
)
def test_quiet_hours(quiet, hours):
    alerts = Alerts(a_day=1, quiet_from=quiet[0], quiet_until=quiet[1])
    day = [datetime(2026, 11, 20, hour, 30, tzinfo=BERLIN) for hour in range(24)]
    assert {at.hour for at in day if is_quiet(alerts, at)} == hours
