"""Articles that are told, readers that are added, a mail server that notes what it gets."""

import pytest

from pipeline import grouping
from pipeline.config import load_settings
from pipeline.extract import same_text
from pipeline.records import (
    Article,
    Entry,
    Fetched,
    Polled,
    Source,
)
from pipeline.store import analysed, crawled
from pipeline.store.fetched import save_fetched
from pipeline.subscribing import Subscribing
from tests.digest.told import BODY, FOUND


@pytest.fixture
def told(db):
    """A function that stores an analysed article as if it had been crawled then."""
    source = Source(id="bote", name="Bote", kind="rss", url="https://bote.example/feed")
    crawled.save_sources(db, [source])
    analysed.save_types(db, [{"id": "ransomware", "name_de": "Ransomware", "description_de": "Verschlüsselung"}])

    def tell(number, at, analysis=FOUND, title="Hacker legen Stadtwerke Lindhafen lahm", body=BODY):
        url = f"https://bote.example/{number}"
        entry = Entry(source_id="bote", url=url, title=title)
        crawled.save_entries(db, Polled(source_id="bote", at=at, outcome="ok", entries=(entry,)))
        text = body.format(number=f"{12 + number}.000")
        article = Article(source_id="bote", url=url, title=title, text=text, published_at=at)
        save_fetched(db, [(Fetched(url=url, at=at, outcome="ok"), article)], same_text)
        [unread] = analysed.unread(db, "test 1", 10)
        analysed.save_analysis(db, unread, analysis, at)
        grouping.group_round(db)

    return tell


@pytest.fixture
def settings(tmp_path, sink):
    """Settings with a mail server that notes what it gets."""
    return load_settings(
        db=tmp_path / "lagebild.db", smtp_host="127.0.0.1", smtp_port=sink.port, smtp_starttls=False, timeout=0.5
    )


@pytest.fixture
def reader(db, settings):
    """A function that adds a subscriber as of the day before."""

    def add(address, **wishes):
        given = {name.replace("_", "-"): value for name, value in wishes.items()}
        added = Subscribing(db=db, settings=settings).add(address, given)
        db.execute("update subscriptions set created_at = ? where id = ?", ["2026-11-19T12:00:00Z", added.id])
        db.conn.commit()
        return added.id

    return add
