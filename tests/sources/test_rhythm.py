from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.outcomes import OUTCOMES
from pipeline.records import Entry, Hints, Past, Polled, Source
from pipeline.sources.rhythm import (
    LONGEST,
    SHORTEST,
    WEEK,
    after,
    has_moved,
    in_words,
    next_look,
    possible_gap,
    usual_gap,
)

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
SOURCE = Source(id="amt", name="Amt", kind="rss", url="https://amt.example/feed")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40))
hints = st.builds(
    Hints,
    fresh_for=spans,
    retry_after=st.none() | spans,
    ttl=st.none() | spans,
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
)
outcomes = st.sampled_from([*OUTCOMES, "http_404", "http_410", "http_429", "http_500"])
pasts = st.builds(
    Past,
    interval=st.none() | st.timedeltas(SHORTEST, LONGEST),
    usual_gap=st.none() | spans,
    failures=st.integers(0, 200),
)
shares = st.none() | st.floats(0, 1)
chances = st.floats(0, 1)
FINE = ("ok", "unchanged")


def polled(outcome="ok", **said):
    return Polled(source_id="amt", at=NOW, outcome=outcome, hints=Hints(**said))


def wait(look, share=0.5, chance=0.5, **past):
    return next_look(SOURCE, look, share, Past(**past), chance).at - NOW


@given(outcomes, hints, shares, pasts, chances)
def test_every_look_is_followed_by_one_within_the_bounds(outcome, said, share, past, chance):
    found = next_look(SOURCE, Polled(source_id="amt", at=NOW, outcome=outcome, hints=said), share, past, chance)
    longest = LONGEST if outcome in FINE else WEEK
    assert SHORTEST <= found.at - NOW <= longest
    assert SHORTEST <= found.interval <= LONGEST


@given(hints, pasts, chances, st.floats(0, 1), st.floats(0, 1))
def test_the_more_is_known_the_later_is_the_next_look(said, past, chance, one, other):
    look = Polled(source_id="amt", at=NOW, outcome="ok", hints=said)
    less, more = sorted((one, other))
    assert next_look(SOURCE, look, less, past, chance).at <= next_look(SOURCE, look, more, past, chance).at


@given(st.timedeltas(SHORTEST * 2, LONGEST / 2), st.floats(0, 1))
def test_under_a_third_known_is_sooner_and_over_two_thirds_later(interval, share):
    found = next_look(SOURCE, polled(), share, Past(interval=interval), 0.5).interval
    if share < 1 / 3:
        assert found < interval
    elif share > 2 / 3:
        assert found > interval
    else:
        assert found == interval


@given(hints, pasts, chances, shares, spans)
def test_a_fresh_answer_is_never_asked_for_sooner(said, past, chance, share, more):
    look = Polled(source_id="amt", at=NOW, outcome="ok", hints=said)
    fresher = replace(look, hints=replace(said, fresh_for=said.fresh_for + more))
    assert next_look(SOURCE, look, share, past, chance).at <= next_look(SOURCE, fresher, share, past, chance).at


@given(st.sampled_from(["timeout", "http_503", "http_404", "not_a_feed"]), pasts, chances, st.integers(1, 100))
def test_the_more_often_it_failed_the_later_it_is_tried_and_never_later_than_in_a_week(outcome, past, chance, failures):
    looks = [
        next_look(SOURCE, polled(outcome), None, replace(past, failures=n), chance).at for n in (failures, failures + 1)
    ]
    assert looks[0] <= looks[1] <= NOW + WEEK


@given(st.frozensets(st.integers(0, 23), max_size=23), pasts, shares)
def test_no_look_falls_into_an_hour_that_the_feed_asks_to_skip(hours, past, share):
    found = next_look(SOURCE, polled(skip_hours=hours), share, past, 0.5).at
    assert found.hour not in hours or found == NOW + LONGEST


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=2000)).map(lambda age: NOW - age)))
def test_the_usual_gap_lies_between_the_smallest_and_the_largest(times):
    gap = usual_gap(times)
    ordered = sorted(set(times))
    if gap is None:
        assert len(ordered) < 3
    else:
        gaps = [b - a for a, b in pairwise(ordered)]
        assert min(gaps) <= gap <= max(gaps)


def test_the_first_look_is_followed_by_one_after_the_interval_of_the_sources_file():
    assert wait(polled(), share=0.0) == SOURCE.every


def test_a_source_that_publishes_often_is_looked_at_twice_per_gap():
    assert wait(polled("unchanged"), interval=4 * HOUR, usual_gap=HOUR) == 30 * MINUTE


def test_a_feed_may_ask_to_be_left_alone():
    assert wait(polled(ttl=2 * HOUR)) == 2 * HOUR
    assert wait(polled(fresh_for=3 * HOUR, ttl=2 * HOUR)) == 3 * HOUR
    assert wait(polled(fresh_for=9 * DAY)) == DAY
    assert wait(polled(skip_hours=frozenset({9, 10}))) == timedelta(hours=2, minutes=30)  # 11:00
    assert wait(polled(skip_days=frozenset({4}))) == timedelta(hours=15, minutes=30)  # 20 November 2026 is a Friday


@pytest.mark.parametrize(
    ("outcome", "failures", "expected"),
    [
        ("timeout", 1, 5 * MINUTE),
        ("timeout", 4, 40 * MINUTE),
        ("http_503", 12, DAY),
        ("http_503", 30, WEEK),
        ("http_404", 1, 6 * HOUR),
        ("not_a_feed", 3, DAY),
        ("http_404", 10, WEEK),
    ],
)
def test_what_passes_is_tried_soon_and_the_dead_weekly(outcome, failures, expected):
    assert wait(polled(outcome), chance=0.0, failures=failures) == expected
    assert wait(polled(outcome), chance=1.0, failures=failures) >= min(expected * 0.8, expected - MINUTE, SHORTEST)


def test_a_server_that_names_a_time_gets_it():
    assert wait(polled("http_429", retry_after=3 * HOUR), failures=1) == 3 * HOUR
    assert wait(polled("http_503", retry_after=90 * DAY), failures=1) == WEEK


def test_a_look_whose_oldest_entry_is_new_may_have_missed_some():
    def entry(name, day):
        return Entry(source_id="amt", url=name, published_at=NOW - day * DAY if day is not None else None)

    dated = [entry("c", 1), entry("b", 2), entry("a", 2)]
    assert possible_gap(dated, {"a", "b", "c"})
    assert not possible_gap(dated, {"c", "b"})  # one of the two oldest was known
    assert not possible_gap(dated, {"c"})
    assert possible_gap([entry("b", None), entry("a", None)], {"a"})
    assert not possible_gap([entry("b", None), entry("a", None)], {"b"})
    assert not possible_gap([], set())


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (["b", "b", "b"], True),
        (["b", "b"], False),
        (["b", "b", None], False),
        (["b", "c", "b"], False),
        ([None, None, None], False),
        (["c", "b", "b", "b"], True),
        (["b", "b", "timeout", "b"], True),
    ],
)
def test_a_source_has_moved_when_three_looks_were_sent_to_the_same_place(targets, expected):
    past = Past()
    for target in targets:
        look = replace(polled(), moved_to=target) if target != "timeout" else polled("timeout")
        past = after(look, past)
    assert has_moved(past) == expected


def test_failures_are_counted_until_a_look_goes_well():
    past = Past()
    for outcome, failures in (("timeout", 1), ("http_404", 2), ("unchanged", 0), ("timeout", 1)):
        past = after(polled(outcome), past)
        assert past.failures == failures


@pytest.mark.parametrize(
    ("days", "per_week", "words"),
    [
        (9.2, 3, "silent for 9 days, usually 3 a week"),
        (0.5, 35, "silent for 12 hours, usually 5 a day"),
        (40, 0.5, "silent for 40 days, usually 2 a month"),
    ],
)
def test_a_silence_is_told_with_the_usual_rhythm(days, per_week, words):
    assert in_words(days, per_week) == words
