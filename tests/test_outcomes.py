"""Nothing is lost and nothing is told twice: rounds over a faulty web, and the sums that must come out."""

import asyncio
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from pipeline import crawling
from pipeline.config import load_settings
from pipeline.crawl import web
from pipeline.outcomes import OUTCOMES, PASSING
from pipeline.records import Source
from pipeline.store import open_store
from tests.faults import cut, drip, open_faulty_web, packed, page, redirect, reset, stall, status

READ = ("new", "changed", "known", "reserved")
ITEMS = 4  # of each source
QUICK = ["http_500", "http_503", "http_429", "later", "reset", "length", "chunked", "gzip", "http_404", "http_410"]
OF_FEEDS = [*(fault for fault in QUICK if fault != "http_410"), "stall", "html"]  # a feed that is gone is asked no more
OF_PAGES = [*QUICK, "drip", "pdf", "binary", "loop", "file", "moved", "packed", "http_451", "noindex"]
OF_ROBOTS = ["http_404", "http_403", "http_500", "http_503", "reset", "closed"]


def mostly_none(faults):
    return st.one_of(st.none(), st.none(), st.sampled_from(faults))


@dataclass(frozen=True)
class Item:
    """An item as a feed tells it in one round."""

    number: int
    repeated: bool


@dataclass(frozen=True)
class Round:
    """What one source does in one round; its pages have the version of the round."""

    items: tuple[Item, ...]
    feed: str | None
    pages: tuple[str | None, ...]
    robots: str | None


@dataclass(frozen=True)
class Plan:
    """What every source does, round by round, and what happens in between.

    `edited`: before which rounds all titles and texts change; there is one more round, without faults. `look_again`:
    whether the time for a second look has come in the second round.
    """

    rounds: tuple[tuple[Round, ...], ...]
    edited: tuple[bool, ...]
    only: bool
    carried: bool
    look_again: bool


def plans():
    item = st.builds(Item, number=st.integers(0, ITEMS - 1), repeated=st.booleans())
    one = st.builds(
        Round,
        items=st.lists(item, min_size=1, max_size=ITEMS, unique_by=lambda i: i.number).map(tuple),
        feed=mostly_none(OF_FEEDS),
        pages=st.tuples(*[mostly_none(OF_PAGES)] * ITEMS),
        robots=mostly_none(OF_ROBOTS),
    )
    sources = st.integers(2, 3)
    rounds = sources.flatmap(lambda n: st.lists(st.tuples(*[one] * n), min_size=2, max_size=2).map(tuple))
    return st.builds(
        Plan,
        rounds=rounds,
        edited=st.tuples(st.booleans(), st.booleans()),
        only=st.booleans(),
        carried=st.booleans(),
        look_again=st.booleans(),
    )


FAILS = Round((Item(0, False),), None, ("http_404",) * ITEMS, None)
SECOND_LOOK_FAILS = Plan(
    rounds=((replace(FAILS, pages=(None,) * ITEMS),), (FAILS,)),
    edited=(False, False),
    only=False,
    carried=False,
    look_again=True,
)


def behaviour(fault, good, text):
    """What a server does, by its name in a plan."""
    if fault is None:
        return good
    if fault.startswith("http_"):
        return status(int(fault[5:]))
    named = {
        "later": status(503, retry_after=3600),
        "reset": reset,
        "stall": stall,
        "drip": drip,
        "html": page("<html><body>Wartung</body></html>"),
        "pdf": page(b"%PDF-1.7", content_type="application/pdf"),
        "binary": page(b"\x00\x01\x02" * 100),
        "loop": redirect("?"),
        "file": redirect("file:///etc/passwd"),
        "packed": packed(text, "zstd"),
        "noindex": page(text, X_Robots_Tag="noindex"),
        "closed": page("User-agent: *\nDisallow: /b/", content_type="text/plain"),
    }
    return named.get(fault) or cut(text, fault)


def path_of(number):
    return f"/{'ab'[number % 2]}/{number}"


def mark(host, number, version):
    """Words that stand in one version of one page only."""
    return f"Kennzeichen-{host}-{number}-{version}"


def article(host, number, version):
    sentence = f"Die Behörde nennt dafür das {mark(host, number, version)} und bittet um Geduld bis zum Abend. "
    title = f"Meldung {number} der Quelle {host}, Fassung {version}"
    return f"<html><body><article><h1>{title}</h1><p>{sentence * 3}</p></article></body></html>"


@dataclass
class Told:
    """What the rounds told, and what was offered to them."""

    reports: list = field(default_factory=list)
    offered: set = field(default_factory=set)
    polls: int = 0


class Newsrooms:
    """The sources of a plan on a faulty web, the database they are read into, and what was told."""

    def __init__(self, plan, faulty, db, folder):
        self.plan, self.faulty, self.db, self.folder, self.told = plan, faulty, db, folder, Told()
        self.sources = [self.source(host) for host in range(1, len(plan.rounds[0]) + 1)]

    def source(self, host):
        return Source(
            id=f"quelle-{host}",
            name=f"Quelle {host}",
            kind="rss",
            url=self.faulty.url("/feed", host),
            only="/a/" if self.plan.only and host == 1 else None,
            text="entry" if self.plan.carried and host == 2 else "page",
        )

    def lay_out(self, host, one, version):
        """Sets what a source answers in a round."""
        items = []
        for item in one.items:
            link, title = self.faulty.url(path_of(item.number), host), f"Meldung {item.number}, Fassung {version}"
            text = escape(f"<p>{mark(host, item.number, version)} und mehr als das.</p>")
            items += [f"<item><title>{title}</title><link>{link}</link><description>{text}</description></item>"] * (
                1 + item.repeated
            )
        feed = f"<rss version='2.0'><channel><title>Q</title>{''.join(items)}</channel></rss>"
        good = page(feed, content_type="application/rss+xml", ETag=f'"{hash(feed)}"')
        self.faulty.on("/feed", behaviour(one.feed, good, feed), host=host)
        for number, fault in enumerate(one.pages):
            text = article(host, number, version)
            good = page(text, ETag=f'"{version}"')
            self.faulty.on(f"/neu{path_of(number)}", good, host=host)
            moved = redirect(f"/neu{path_of(number)}")
            told = moved if fault == "moved" else behaviour(fault, good, text)
            self.faulty.on(path_of(number), told, host=host)
        self.faulty.robots(behaviour(one.robots, status(404), "User-agent: *"), host=host)

    async def crawl(self, rounds, version, seconds):
        """One round of all sources; every look must have a row that adds up."""
        for host, one in enumerate(rounds, 1):
            self.lay_out(host, one, version)
        asked = load_settings(
            db=self.folder / "l.db", archive=self.folder / "archiv", allow_private=True, timeout=seconds
        )
        report = await crawling.crawl_round(self.db, asked, self.sources, everything=True)
        self.told.reports.append(report)
        rows = list(self.db.query("select * from polls where id > ? order by id", [self.told.polls]))
        self.told.polls += len(rows)
        assert report.polls == Counter(row["outcome"] for row in rows)
        assert len({row["source_id"] for row in rows}) == len(rows)
        for row in rows:
            host = int(row["source_id"].removeprefix("quelle-"))
            self.check_poll(row, rounds[host - 1], host)

    def check_poll(self, row, one, host):
        assert row["outcome"] in OUTCOMES or re.fullmatch("http_[45][0-9]{2}", row["outcome"])
        assert (row["error"] is None) == (row["outcome"] in ("ok", "unchanged"))
        assert row["entries"] == row["new_entries"] + row["known_entries"] + row["changed_entries"]
        if row["outcome"] == "ok":
            sent = sum(1 + item.repeated for item in one.items)
            assert sent == row["entries"] + row["repeated_entries"] + row["filtered_entries"]
            taken = [i.number for i in one.items if not (self.plan.only and host == 1 and i.number % 2)]
            self.told.offered |= {self.faulty.url(path_of(number), host) for number in taken}
            assert row["entries"] == len(taken)
        else:
            assert row["entries"] == row["repeated_entries"] == row["filtered_entries"] == 0


def rows(db, sql):
    return list(db.query(sql))


def check_entries(db, told, *, looked_again):
    """Every address that was ever offered has one outcome, that of its last request."""
    entries = {row["url"]: row for row in rows(db, "select * from entries")}
    assert set(entries) == told.offered
    fetches = {url: [] for url in entries}
    for row in rows(db, "select url, outcome from fetches order by id"):
        fetches[row["url"]].append(row["outcome"])
    for url, entry in entries.items():
        word, ends = entry["outcome"], fetches[url]
        assert word == "waiting" or word in OUTCOMES or re.fullmatch("http_[45][0-9]{2}", word)
        assert set(ends) <= set(OUTCOMES) | {end for end in ends if re.fullmatch("http_[45][0-9]{2}", end)}
        if word == "waiting":
            assert not ends or ends[-1] in PASSING or entry["article_id"]
        elif looked_again:  # a second look that fails takes nothing back
            assert word in ends
            assert not set(ends[len(ends) - ends[::-1].index(word) :]) & set(READ)
        else:
            assert word == ends[-1]
        assert (entry["article_id"] is not None) >= (word in READ)


def check_sums(db, told):
    """What the reports say is what the tables say, and every article was new once."""
    polls = rows(
        db, "select sum(known_entries) known, sum(repeated_entries) repeated, sum(filtered_entries) filtered from polls"
    )[0]
    counted = Counter({word: number or 0 for word, number in polls.items()})
    counted.update(row["outcome"] for row in rows(db, "select outcome from fetches"))
    reported = sum((report.entries for report in told.reports), Counter())
    assert reported.total() == counted.total()
    assert rows(db, "select sum(new_entries) n from polls") == rows(db, "select count(*) n from entries")
    passing = {word for word in counted if word in PASSING}
    assert {w: n for w, n in reported.items() if w not in passing | {"waiting"}} == {
        w: n for w, n in counted.items() if w not in passing and n
    }
    new = Counter(row["article_id"] for row in rows(db, "select article_id from fetches where outcome = 'new'"))
    assert new == Counter(row["id"] for row in rows(db, "select id from articles"))


def check_articles(db, last, version):
    """After a round without faults nothing waits, and every text is that of its page."""
    assert rows(db, "select url from entries where outcome = 'waiting'") == []
    told = "select e.url, e.outcome, a.id, t.text from entries e left join articles a on a.id = e.article_id"
    stored = rows(db, f"{told} left join article_texts t on t.article_id = a.id")
    assert len({row["id"] for row in stored if row["id"]}) == sum(row["id"] is not None for row in stored)
    for row in stored:
        host, number = map(int, re.search(r"127\.0\.0\.(\d):.*/(\d)$", row["url"]).groups())
        if row["outcome"] not in READ:
            assert row["outcome"] not in PASSING
            continue
        marks = set(re.findall(r"Kennzeichen-\d-\d-\d", row["text"]))
        assert len(marks) == 1
        assert marks <= {mark(host, number, v) for v in range(version + 1)}
        if number in [item.number for item in last[host - 1].items]:
            assert marks == {mark(host, number, version)}


async def play(plan):
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "l.db", create=True) as db:
        async with open_faulty_web(hosts=3) as faulty:
            newsrooms = Newsrooms(plan, faulty, db, Path(folder))
            everything = tuple(Item(number, False) for number in range(ITEMS))
            last = tuple(Round(everything, None, (None,) * ITEMS, None) for _ in newsrooms.sources)
            version = 0
            for rounds, edited in zip([*plan.rounds, last], [False, *plan.edited], strict=True):
                version += edited
                if plan.look_again:
                    db.execute("update entries set look_again_at = '2020-01-01T00:00:00Z' where look_again_at > ''")
                    db.conn.commit()
                read = {row["url"] for row in rows(db, "select * from entries") if row["outcome"] in READ}
                await newsrooms.crawl(rounds, version, 20.0 if rounds is last else 0.3)
                check_entries(db, newsrooms.told, looked_again=plan.look_again)
                check_sums(db, newsrooms.told)
                if not edited:  # what has been read stays so
                    assert read <= {row["url"] for row in rows(db, "select * from entries") if row["outcome"] in READ}
            check_articles(db, last, version)


@pytest.fixture
def hurried(monkeypatch):
    """Hardly a pause between two tries."""
    monkeypatch.setattr(
        web, "pause_before", lambda number, asked, base, chance: asked.total_seconds() if asked else 0.001
    )


# without shrinking, as every example is a whole crawl
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(plan=plans())
@example(plan=SECOND_LOOK_FAILS)
def test_whatever_fails_everything_offered_has_an_outcome_and_all_sums_come_out(plan, hurried):
    asyncio.run(play(plan))
