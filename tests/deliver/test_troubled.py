"""Which sources the digest names, and how."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.records import TroubledSource
from pipeline.store import happened
from tests.deliver.samples import FULL, PAGES, render

NOW = datetime.now(UTC)


def ago(days):
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def add(db, id, *, looked=0.1, enabled=1, outcome="ok", gap=0, entries=(), change=None):
    """A source with one look at it."""
    db.table("sources").insert(
        {"id": id, "name": id.title(), "kind": "rss", "url": f"https://{id}.example/", "language": "de"}
        | {"country": "de", "enabled": enabled}
    )
    db.table("polls").insert(
        {"source_id": id, "at": ago(looked), "outcome": outcome, "entries": 1, "new_entries": 0, "seconds": 0.1}
        | {"bytes": 1, "next_at": ago(0), "gap": gap}
    )
    for day in entries:
        row = {"url": f"{id}{day}", "source_id": id, "published_at": ago(day), "first_seen_at": ago(day)}
        db.table("entries").insert(row | {"outcome": "new", "tries": 1})
    if change:
        db.table("source_changes").insert({"source_id": id, "at": ago(looked), "change": change, "url": "x"})


def test_sources_that_failed_are_silent_gone_or_may_have_lost_entries_are_named(db):
    add(db, "amt", entries=range(40, 9, -2))
    add(db, "bote")
    add(db, "flut", gap=1)
    add(db, "rest", outcome="timeout")
    add(db, "weg", enabled=0, outcome="http_410", change="gone")
    day = date.fromisoformat(ago(0.1)[:10])
    assert happened.troubled(db) == (
        TroubledSource(name="Amt", outcome="ok", trouble="silent", since=date.fromisoformat(ago(10)[:10])),
        TroubledSource(name="Flut", outcome="ok", trouble="gap", since=day),
        TroubledSource(name="Rest", outcome="timeout", trouble="failed"),
        TroubledSource(name="Weg", outcome="http_410", trouble="gone", since=day),
    )


def test_what_is_gone_for_more_than_a_week_or_switched_off_is_not_named(db):
    add(db, "weg", looked=8, enabled=0, outcome="http_410", change="gone")
    add(db, "aus", enabled=0, outcome="timeout")
    add(db, "zurueck", change="back")
    assert happened.troubled(db) == ()


@pytest.mark.parametrize(
    ("trouble", "since", "told"),
    [
        ("failed", date(2026, 11, 4), "Amt: HTTP-Status 503 seit 04.11.2026"),
        ("failed", None, "Amt: HTTP-Status 503"),
        ("silent", date(2026, 11, 4), "Amt: ungewöhnlich still seit 04.11.2026"),
        ("gap", date(2026, 11, 4), "Amt: vielleicht sind Einträge entgangen, zuletzt am 04.11.2026"),
        ("gone", date(2026, 11, 4), "Amt: gibt es nicht mehr, zuletzt gefragt am 04.11.2026"),
    ],
)
def test_each_trouble_has_its_words(trouble, since, told):
    source = TroubledSource(name="Amt", outcome="http_503", trouble=trouble, since=since)
    rendered = render(replace(FULL, troubled=(source,)), browse_url=PAGES)
    assert f"– {told}\n" in rendered.text
    assert told in rendered.html
