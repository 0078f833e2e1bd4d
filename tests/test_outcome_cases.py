"""Single cases of what becomes of feeds and pages, told in the database."""

from datetime import UTC, datetime

import pytest

from pipeline import crawling
from pipeline.config import load_settings
from pipeline.crawl import carried
from pipeline.errors import WorkerError
from pipeline.records import Entry, Select, Source
from tests.faults import page, status
from tests.test_outcomes import article, rows


def feed(*items):
    told = "".join(
        f"<item><title>{title}</title><link>{link}</link><pubDate>{date}</pubDate></item>"
        for title, link, date in items
    )
    return page(
        f"<rss version='2.0'><channel><title>Q</title>{told}</channel></rss>", content_type="application/rss+xml"
    )


DAYS = [f"{day:02} Nov 2026 08:00:00 GMT" for day in range(1, 10)]


async def crawl_feeds(faulty, db, tmp_path, *feeds, source_id="amt", select=None):
    """Crawls the same source once for each of its states; the last report."""
    asked = load_settings(db=tmp_path / "l.db", archive=tmp_path / "archiv", allow_private=True)
    chosen = Select(**(select or {}))
    source = Source(id=source_id, name="Amt", kind="rss", url=faulty.url("/feed"), select=chosen)
    report = None
    for told in feeds:
        faulty.on("/feed", told)
        report = await crawling.crawl_round(db, asked, [source], everything=True)
    return report


def items(faulty, *numbers, day=None):
    """Items whose day is their number."""
    found = []
    for number in numbers:
        url = faulty.on(f"/{number}", page(article(1, number, 0)))
        found.append((f"Meldung {number}", url, DAYS[day or number]))
    return found


async def test_two_entries_of_one_date_in_two_looks_are_both_stored(faulty, db, tmp_path):
    first, second = items(faulty, 1, 2, day=3)
    await crawl_feeds(faulty, db, tmp_path, feed(first), feed(second, first))
    assert [row["url"] for row in rows(db, "select url from articles order by url")] == [first[1], second[1]]


async def test_a_look_whose_oldest_entry_is_new_is_marked_as_a_possible_gap(faulty, db, tmp_path):
    one, two, three, four, five = items(faulty, 1, 2, 3, 4, 5)
    states = [feed(two, one), feed(three, two), feed(five, four), feed(five, four)]
    report = await crawl_feeds(faulty, db, tmp_path, *states[:3])
    assert "source amt: possible gap: its oldest entry is new" in report.troubles
    await crawl_feeds(faulty, db, tmp_path, states[3])
    told = rows(db, "select outcome, gap from polls order by id")
    assert [(row["outcome"], row["gap"]) for row in told] == [("ok", 0), ("ok", 0), ("ok", 1), ("unchanged", 0)]


async def test_a_first_look_that_goes_well_is_no_gap_also_after_one_that_failed(faulty, db, tmp_path):
    [one] = items(faulty, 1)
    await crawl_feeds(faulty, db, tmp_path, status(404), feed(one))
    assert [row["gap"] for row in rows(db, "select gap from polls order by id")] == [0, 0]


async def test_the_pages_that_wait_are_asked_for_although_their_feed_is_gone(faulty, db, tmp_path):
    [one] = items(faulty, 1)
    faulty.on("/1", status(500), status(500), page(article(1, 1, 0)))
    await crawl_feeds(faulty, db, tmp_path, feed(one), status(410), status(410))
    assert rows(db, "select outcome from entries") == [{"outcome": "new"}]


async def test_a_page_without_what_its_source_selects_is_told_and_read_all_the_same(faulty, db, tmp_path):
    one, two = items(faulty, 1, 2)
    faulty.on("/2", page(article(1, 2, 0).replace("<body>", "<body><h2 class=t>Gewählt</h2>")))
    report = await crawl_feeds(faulty, db, tmp_path, feed(one, two), select={"title": "h2.t"})
    assert f"article {one[1]}: `select` finds no title there" in report.troubles
    told = rows(db, "select missed, title from fetches f join articles a on a.id = f.article_id order by f.url")
    assert [(row["missed"], row["title"] == "Gewählt") for row in told] == [("title", False), (None, True)]
    health = rows(db, "select select_misses_7d as n, last_select_miss_at as at from source_health")
    assert [row["n"] for row in health] == [1]
    assert health[0]["at"]


async def test_the_page_that_ends_its_process_is_found_among_those_read_with_it():
    async def aside(work, pages):
        if any("böse" in page.url for page in pages):
            raise WorkerError("a process has died")
        return work(pages)

    feed_of = Source(id="amt", name="Amt", kind="rss", url="https://amt.example/feed", text="entry")
    names = ["eins", "böse", "zwei", "drei"]
    entries = [Entry(source_id="amt", url=f"https://amt.example/{n}", title=n, text="<p>Ein Satz.</p>") for n in names]
    read = await crawling.read_pages(aside, [carried(feed_of, entry, datetime.now(UTC)) for entry in entries])
    assert [done.outcome for done, _ in read] == ["ok", "error", "ok", "ok"]
    assert [article and article.title for _, article in read] == ["eins", None, "zwei", "drei"]
    assert read[1][0].error == "https://amt.example/böse: a process has died"


@pytest.mark.parametrize("link", ["http://amt.exa\x00mple/", "javascript:alert(1)", "file:///a"])
async def test_a_hostile_link_costs_nothing_but_its_own_entry(faulty, db, tmp_path, link):
    """However such a link got past the parsers."""
    [good] = items(faulty, 1)
    await crawl_feeds(faulty, db, tmp_path, feed())
    with db.atomic():
        told = {"source_id": "amt", "title": "Böse", "first_seen_at": "2026-11-20T08:00:00Z", "outcome": "waiting"}
        db.table("entries").insert(told | {"url": link, "tries": 0})
    report = await crawl_feeds(faulty, db, tmp_path, feed(good))
    assert report.entries["new"] == 1
    assert {row["outcome"] for row in rows(db, "select outcome from entries")} <= {"new", "refused_address", "waiting"}
