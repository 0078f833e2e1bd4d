"""What a small server may do to a database: the disk is full, the log is broken, the clock jumps."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline import crawling
from pipeline.config import load_settings
from pipeline.errors import StoreError
from pipeline.records import Source
from pipeline.store import crawled, open_store


@pytest.fixture
def newsroom(site, archive, tmp_path):
    """A site of twenty articles, and a function that crawls it into a database as a round of the service does."""
    items = "".join(f"<item><title>Meldung {n}</title><link>{site.base}/{n}</link></item>" for n in range(20))
    site.page("/feed", f"<rss version='2.0'><channel>{items}</channel></rss>")
    for n in range(20):
        words = f"Das Kennzeichen-{n}-Ende steht nur in dieser einen Meldung des Amtes. " * 40
        site.page(f"/{n}", f"<html><body><article><h1>Meldung {n}</h1><p>{words}</p></article></body></html>")
    source = Source(id="amt", name="Amt", kind="rss", url=f"{site.base}/feed")
    settings = load_settings(db=tmp_path / "lagebild.db", archive=archive, allow_private=True)

    async def crawl(db, **options):
        return await crawling.crawl_round(db, settings, [source], **options)

    return settings.db, crawl


async def test_a_full_disk_is_one_line_and_the_next_round_goes_on(newsroom):
    path, crawl = newsroom
    with open_store(path, create=True):
        pass
    full = pytest.raises(StoreError, match=r"lagebild\.db: database or disk is full")
    with full, open_store(path) as db:
        [pages] = db.execute("pragma page_count").fetchone()
        db.execute(f"pragma max_page_count = {pages + 12}")
        await crawl(db)
    with open_store(path) as db:
        assert next(db.query("pragma integrity_check"))["integrity_check"] == "ok"
        before = db.table("articles").count
        await crawl(db, everything=True)
        assert before < db.table("articles").count == 20
        assert {row["outcome"] for row in db.table("entries").rows} == {"new"}


async def test_a_write_ahead_log_that_is_broken_costs_what_it_held_and_that_is_fetched_again(newsroom):
    path, crawl = newsroom
    with open_store(path, create=True) as db:
        await crawl(db)
        db.execute("pragma wal_checkpoint(truncate)")
        title = db.table("articles").get(1)["title"]
        db.execute("delete from polls")  # as if it were the next day
        db.execute("update articles set title = 'neu' where id = 1")
        db.conn.commit()
        log = path.with_name(f"{path.name}-wal")
        whole = log.read_bytes()
        kept = path.read_bytes()
    path.write_bytes(kept)
    log.write_bytes(whole[:200] + b"\xff" * (len(whole) - 200))
    with open_store(path) as db:
        assert next(db.query("pragma integrity_check"))["integrity_check"] == "ok"
        assert db.table("articles").count == 20
        assert db.table("articles").get(1)["title"] == title
        await crawl(db, everything=True)
        assert db.table("articles").count == 20


async def test_what_was_written_while_the_clock_was_ahead_keeps_nothing_from_being_read(newsroom):
    path, crawl = newsroom
    with open_store(path, create=True) as db:
        await crawl(db, seconds=0)
        ahead = f"{datetime.now(UTC) + timedelta(days=400):%Y-%m-%dT%H:%M:%SZ}"
        db.execute("update polls set at = ?, next_at = ?", [ahead, ahead])
        db.execute("update entries set next_at = ?", [ahead])
        db.conn.commit()
        report = await crawl(db)
        assert (dict(report.polls), report.entries["new"]) == ({"unchanged": 1}, 20)
        assert (await crawl(db)).polls.total() == 0  # the new look counts, though its time is earlier


def test_a_clock_that_is_set_back_an_hour_asks_nobody_twice(db):
    now = datetime.now(UTC)
    source = Source(id="amt", name="Amt", kind="rss", url="https://amt.example/feed")
    crawled.save_sources(db, [source])
    at = f"{now + timedelta(minutes=50):%Y-%m-%dT%H:%M:%SZ}"
    poll = {"source_id": "amt", "at": at, "outcome": "ok", "entries": 1, "new_entries": 0, "seconds": 0.1, "bytes": 1}
    db.table("polls").insert(poll | {"next_at": at})
    assert list(crawled.due(db, [source], now)) == []
    assert len(list(crawled.due(db, [source], now + timedelta(hours=1)))) == 1
