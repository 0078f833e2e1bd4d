"""A kill at any moment is survived: the next run ends what was begun, once."""

import asyncio
import json
import os
import random
import sys
from collections import Counter

import pytest
from aiohttp import web

from pipeline.crawl import Archived, Damaged, read
from pipeline.crawl.archive import read_at
from pipeline.records import Place
from pipeline.store import open_store

ARTICLES = 30
PAGES = 40
KILLS = 3


def lay_out(site, count):
    """A feed of so many pages, each with words of its own, that take a moment to answer."""
    links = "".join(f"<item><title>Meldung Nummer {n}</title><link>{site.base}/{n}</link></item>" for n in range(count))
    site.page("/feed", f"<rss version='2.0'><channel>{links}</channel></rss>", ETag='"1"')

    async def answer(request):
        await asyncio.sleep(0.02)
        words = f"Das Kennzeichen-{request.path[1:]}-Ende steht nur in dieser einen Meldung des Amtes. " * 4
        body = f"<html><body><article><h1>Meldung Nummer {request.path[1:]}</h1><p>{words}</p></article></body></html>"
        return web.Response(text=body, content_type="text/html")

    for n in range(count):
        site.pages[f"/{n}"] = answer


async def start_crawl(site, folder):
    (folder / "s.yml").write_text(f"- {{id: amt, name: Amt, kind: rss, url: '{site.base}/feed'}}\n")
    command = [sys.executable, "-m", "pipeline.cli", "crawl", "--all", "--sources", "s.yml", "--json"]
    environment = os.environ | {
        "LAGEBILD_ALLOW_PRIVATE": "1",
        "LAGEBILD_DB": str(folder / "l.db"),
        "LAGEBILD_ARCHIVE": str(folder / "archiv"),
    }
    pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    return await asyncio.create_subprocess_exec(*command, cwd=folder, env=environment, **pipes)


async def test_a_crawl_killed_in_the_middle_is_ended_by_the_next_one(site, tmp_path):
    lay_out(site, ARTICLES)
    first = await start_crawl(site, tmp_path)
    async with asyncio.timeout(60):
        while sum(site.requests[f"/{n}"] for n in range(ARTICLES)) < ARTICLES // 2:  # noqa: ASYNC110 - the site counts
            await asyncio.sleep(0.005)
    first.kill()
    await first.communicate()
    second = await start_crawl(site, tmp_path)
    out, _ = await second.communicate()
    told = json.loads(out)
    assert second.returncode == 0
    assert told["polls"] == {"unchanged": 1}  # and yet nothing is missing: what waited was written down
    assert 0 < told["entries"]["new"] < ARTICLES + 1
    check_whole(site, tmp_path, ARTICLES)


@pytest.mark.parametrize("seed", [1])
async def test_kills_at_random_moments_lose_nothing_and_double_nothing(site, tmp_path, seed):
    lay_out(site, PAGES)
    chance = random.Random(seed)
    kills = 0
    for _ in range(KILLS):
        crawl = await start_crawl(site, tmp_path)
        moment = site.requests.total() + chance.randint(1, PAGES // 2)
        while site.requests.total() < moment and crawl.returncode is None:  # noqa: ASYNC110 - the site counts
            await asyncio.sleep(0.002)
        await asyncio.sleep(chance.random() * 0.05)
        if crawl.returncode is None:
            crawl.kill()
            kills += 1
        await crawl.communicate()
    assert kills >= 2
    last = await start_crawl(site, tmp_path)
    out, troubles = await last.communicate()
    assert (last.returncode, troubles.decode().count("Traceback")) == (0, 0)
    assert set(json.loads(out)["entries"]) <= {"new", "known"}
    check_whole(site, tmp_path, PAGES)


def check_whole(site, folder, count):
    """Every page is stored once with its own words, and lies in the archive where its row says."""
    with open_store(folder / "l.db") as db:
        assert next(db.query("pragma integrity_check"))["integrity_check"] == "ok"
        assert list(db.query("pragma foreign_key_check")) == []
        stored = {
            row["url"]: row["text"]
            for row in db.query("select url, text from articles join article_texts on article_id = id")
        }
        assert set(stored) == {f"{site.base}/{n}" for n in range(count)}
        assert db.table("articles").count == count
        for url, text in stored.items():
            assert f"Kennzeichen-{url.rsplit('/', 1)[1]}-Ende" in text
        assert {row["outcome"] for row in db.table("entries").rows} == {"new"}
        fetches = list(db.query("select url, outcome, archive, archive_offset from fetches"))
    assert Counter(row["url"] for row in fetches) == Counter(stored.keys())
    assert {row["outcome"] for row in fetches} == {"new"}
    for row in fetches:
        found = read_at(folder / "archiv", Place(file=row["archive"], offset=row["archive_offset"]))
        assert (found.url, found.status) == (row["url"], 200)
    # A page that was archived just before a kill is asked for and archived again; what a kill cut off is told.
    kept = [found for path in sorted((folder / "archiv").iterdir()) for found in read(path)]
    assert {found.url for found in kept if isinstance(found, Archived)} == set(stored)
    assert sum(isinstance(found, Damaged) for found in kept) <= KILLS
