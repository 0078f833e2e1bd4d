"""The sources on the command line: asked, brought in, handed out; and pages out of an archive."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from pipeline.checking import VERDICTS, checked
from pipeline.cli import main
from pipeline.crawl.archive import Archive
from pipeline.outcomes import OUTCOMES
from pipeline.records import Polled, Source
from pipeline.sources import load
from pipeline.store import open_store

ITEM = "<item><title>Meldung</title><link>/1</link><pubDate>Tue, 03 Nov 2026 10:00:00 +0100</pubDate></item>"
FEED = f"<rss version='2.0'><channel><title>Amt</title>{ITEM}</channel></rss>"
EMPTY = FEED.replace(ITEM, "")


@pytest.fixture
def lagebild(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAGEBILD_ALLOW_PRIVATE", "1")

    async def call(*words):
        return await asyncio.to_thread(CliRunner().invoke, main, [str(word) for word in words])

    return call


def sources_file(folder, *rows) -> Path:
    path = folder / "s.yml"
    path.write_text(yaml.safe_dump(list(rows)), encoding="utf-8")
    return path


async def test_check_says_of_every_source_what_is_wrong_with_it(site, lagebild, tmp_path):
    site.page("/robots.txt", "User-agent: *\nDisallow: /zu", Content_Type="text/plain")
    site.page("/gut", FEED)
    site.page("/neu", FEED)
    site.page("/alt", "", status=301, Location="/neu")
    site.page("/leer", EMPTY)
    site.page("/html", "<html><body>Wartung</body></html>")
    site.page("/weg", "", status=410)
    site.page("/verboten", "", status=403)
    site.page("/kaputt", "", status=500)
    paths = ("gut", "alt", "leer", "html", "zu", "weg", "fehlt", "verboten", "kaputt")
    rows = [{"id": p, "name": p, "kind": "rss", "url": f"{site.base}/{p}"} for p in paths]
    rows.append({"id": "aus", "name": "aus", "kind": "rss", "url": "http://127.0.0.1:9/feed"})
    rows.append({"id": "still", "name": "still", "kind": "rss", "url": f"{site.base}/gut", "enabled": False})
    result = await lagebild("sources", "check", "--sources", sources_file(tmp_path, *rows), "--json")
    told = {row["id"]: row for row in json.loads(result.stdout)["sources"]}
    assert {name: row["verdict"] for name, row in told.items()} == {
        "gut": "works",
        "alt": "moved",
        "leer": "empty",
        "html": "not_a_feed",
        "zu": "refused_robots",
        "weg": "gone",
        "fehlt": "gone",
        "verboten": "refused",
        "kaputt": "broken",
        "aus": "unreachable",
    }
    assert result.exit_code == 1
    assert (told["gut"]["entries"], told["gut"]["newest"]) == (1, "2026-11-03T09:00:00+00:00")
    assert told["alt"]["detail"] == f"moved to {site.base}/neu"
    assert not (tmp_path / "data").exists()  # nothing is stored
    table = await lagebild("sources", "check", "--sources", tmp_path / "s.yml", "--source", "still")
    assert table.exit_code == 0
    assert "works" in table.stdout


@pytest.mark.parametrize("outcome", [*OUTCOMES, "http_404", "http_451", "http_503"])
def test_every_way_in_which_a_look_ends_has_a_verdict(outcome):
    source = Source(id="amt", name="Amt", kind="rss", url="https://amt.example/")
    status = int(outcome[5:]) if outcome.startswith("http_") else None
    assert (
        checked(source, Polled(source_id="amt", at=datetime.now(UTC), outcome=outcome, status=status)).verdict
        in VERDICTS
    )


async def test_what_was_exported_can_be_imported_again(lagebild, tmp_path):
    row = {"id": "amt", "name": "Das Amt für Ärzte & mehr", "kind": "sitemap", "url": "https://amt.example/s.xml"}
    path = sources_file(tmp_path, row | {"every": "2h", "only": "/presse/", "notes": "Zeile eins\nZeile zwei"})
    assert (await lagebild("sources", "export", "x.opml", "--sources", path)).exit_code == 0
    result = await lagebild("sources", "import", "x.opml", "--sources", "new.yml")
    assert (result.exit_code, result.stdout) == (0, "new.yml: 1 added, 0 known, 0 skipped\n")
    assert load(tmp_path / "new.yml") == load(path)
    again = await lagebild("sources", "import", "x.opml", "--sources", "new.yml")
    assert again.stdout == "new.yml: 0 added, 1 known, 0 skipped\n"


async def test_an_outline_that_cannot_be_read_is_named_and_the_others_are_added(lagebild, tmp_path):
    outlines = "<outline text='Gut' xmlUrl='https://gut.example/feed'/><outline text='Schlecht' xmlUrl='file:///x'/>"
    (tmp_path / "x.opml").write_text(f"<opml version='2.0'><body>{outlines}</body></opml>")
    result = await lagebild("sources", "import", "x.opml", "--sources", "s.yml")
    assert result.exit_code == 1
    assert "x.opml: outline 2 (schlecht)" in result.stderr.lower()
    assert [source.name for source in load(tmp_path / "s.yml")] == ["Gut"]


def page(title):
    text = "Das Portal der Stadt ist seit dem Morgen wieder für alle Bürgerinnen und Bürger erreichbar. " * 3
    return f"<html><body><article><h1>{title}</h1><p>{text}</p></article></body></html>".encode()


async def test_the_pages_of_an_archive_become_articles_without_the_network(lagebild, tmp_path):
    archive, at = Archive(tmp_path / "warc"), datetime(2026, 11, 3, 9, tzinfo=UTC)
    html = {"Content-Type": "text/html; charset=utf-8"}
    archive.keep("https://www.amt.example/presse/1", at, 200, html, page("Meldung eins"))
    archive.keep("https://fremd.example/2", at, 200, html, page("Meldung zwei"))
    archive.keep("https://fremd.example/3", at, 200, html | {"tdm-reservation": "1"}, page("Meldung drei"))
    archive.keep("https://fremd.example/bild", at, 200, {"Content-Type": "image/png"}, b"\x89PNG")
    place = archive.keep("https://fremd.example/fehlt", at, 404, html, b"nichts")
    rows = [{"id": "amt", "name": "Amt", "kind": "rss", "url": "https://amt.example/feed"}]
    call = ["crawl", "--from-archive", f"warc/{place.file}", "--sources", sources_file(tmp_path, *rows), "--json"]
    result = await lagebild(*call)
    assert json.loads(result.stdout)["entries"] == {"new": 2, "reserved": 1, "not_text": 1, "http_404": 1}
    with open_store(tmp_path / "data" / "lagebild.db") as db:
        stored = {row["url"]: row for row in db.query("select * from articles")}
        kept = next(db.query("select archive, archive_offset from fetches where url like '%/presse/1'"))
    assert {url: (row["source_id"], row["text_state"]) for url, row in stored.items()} == {
        "https://www.amt.example/presse/1": ("amt", "full"),
        "https://fremd.example/2": ("archive-fremd-example", "full"),
        "https://fremd.example/3": ("archive-fremd-example", "withheld"),
    }
    assert all(row["first_seen_at"] == "2026-11-03T09:00:00Z" for row in stored.values())
    assert kept["archive"] == place.file
    again = await lagebild(*call)
    assert json.loads(again.stdout)["entries"]["known"] == 2


async def test_a_missing_archive_is_named(lagebild):
    result = await lagebild("crawl", "--from-archive", "none.warc.gz")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        1,
        "Error: none.warc.gz: cannot be read: No such file or directory",
    )


async def test_status_says_what_is_wrong_with_a_source_and_what_to_do(site, lagebild, tmp_path):
    site.page("/feed", FEED)
    site.page("/1", page("Meldung").decode())
    rows = [
        {"id": "gut", "name": "Gut", "kind": "rss", "url": f"{site.base}/feed"},
        {"id": "weg", "name": "Weg", "kind": "rss", "url": f"{site.base}/weg"},
    ]
    site.page("/weg", "", status=410)
    await lagebild("crawl", "--sources", sources_file(tmp_path, *rows))
    lines = (await lagebild("status")).stdout
    assert "2 sources, 1 need attention" in lines
    assert "gone (410): give it another address in the sources file" in lines
    before = site.requests["/weg"]
    await lagebild("crawl", "--all", "--sources", tmp_path / "s.yml")
    assert site.requests["/weg"] == before  # who is gone is not asked any more
    site.page("/weg", FEED)
    await lagebild("crawl", "--source", "weg", "--sources", tmp_path / "s.yml")
    assert "gone" not in (await lagebild("status")).stdout


async def test_a_source_that_was_moved_for_good_three_times_is_asked_there(site, lagebild, tmp_path):
    site.page("/alt", "", status=301, Location="/neu")
    site.page("/neu", EMPTY)
    path = sources_file(tmp_path, {"id": "amt", "name": "Amt", "kind": "rss", "url": f"{site.base}/alt"})
    for _ in range(5):
        await lagebild("crawl", "--all", "--sources", path)
    assert (site.requests["/alt"], site.requests["/neu"]) == (3, 5)
    assert f"moved to {site.base}/neu" in " ".join((await lagebild("status")).stdout.split())
