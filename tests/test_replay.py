"""Recorded pages of real publishers, served by a replay beside the repository; skipped where that is missing."""

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.sources import load
from pipeline.store import open_store

REPLAY = Path(__file__).parent.parent.parent / "shared" / "replay" / "replay.py"
pytestmark = pytest.mark.skipif(not REPLAY.exists(), reason="needs ../shared/replay, which is not in the repository")


@pytest.fixture
async def replay(tmp_path, request):
    """The sources file of a running replay."""
    kind, *more = request.param.split()
    path = tmp_path / "sources.yml"
    command = [sys.executable, REPLAY, "--sources", path, "--kind", kind, "--port", "8877", *more]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(30):
        await process.stdout.readline()
    yield path
    process.terminate()
    await process.wait()


@pytest.fixture
def crawl(replay, tmp_path, monkeypatch):
    """Crawls all of the replay's sources and gives what the command told."""
    monkeypatch.setenv("LAGEBILD_ALLOW_PRIVATE", "1")
    monkeypatch.setenv("LAGEBILD_PURPOSE", "research")
    monkeypatch.setenv("LAGEBILD_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("LAGEBILD_DB", str(tmp_path / "lagebild.db"))

    async def call():
        command = ["crawl", "--all", "--sources", str(replay), "--json"]
        return json.loads((await asyncio.to_thread(CliRunner().invoke, main, command)).stdout)

    return call


async def stats(path):
    async with aiohttp.ClientSession() as session:
        base = urlsplit(load(path)[0].url)
        async with session.get(f"{base.scheme}://{base.netloc}/stats") as response:
            return await response.json()


def stored(folder):
    with open_store(folder / "lagebild.db") as database:
        return list(database.query("select * from articles join article_texts on article_id = id"))


@pytest.mark.parametrize("replay", ["feed", "sitemap", "html_index"], indirect=True)
async def test_all_pages_that_answer_are_stored_in_one_run_and_a_second_asks_for_none(replay, crawl, tmp_path):
    told, asked = await crawl(), await stats(replay)
    # 62 pages lie behind 61 addresses, one of which the replay itself does not find
    assert told["polls"] == {"ok": 35}
    assert told["entries"] == {"new": 60, "http_404": 1}
    rows = stored(tmp_path)
    assert len(rows) == 60
    assert all(row["title"] and row["published_at"] and len(row["text"]) > 200 for row in rows)
    assert set((await crawl())["entries"]) <= {"known"}
    again = await stats(replay)
    assert again["200"] == asked["200"]
    assert again["304"] == 35
    assert "disallowed" not in again


@pytest.mark.parametrize("replay", ["feed --faults", "sitemap --faults", "html_index --faults"], indirect=True)
async def test_faults_keep_no_page_from_being_stored_once_in_the_same_run(replay, crawl, tmp_path):
    told, asked = await crawl(), await stats(replay)
    assert told["polls"] == {"ok": 35}
    assert told["entries"] == {"new": 60, "http_404": 1}
    assert sum(number for name, number in asked.items() if name.startswith("fault:")) == 60
    assert "disallowed" not in asked
    rows = stored(tmp_path)
    assert len(rows) == len({row["url"] for row in rows}) == 60
    assert all(row["title"] and len(row["text"]) > 200 for row in rows)


@pytest.mark.parametrize("replay", ["feed"], indirect=True)
async def test_what_is_reserved_is_withheld_unless_it_is_for_research(replay, crawl, tmp_path, monkeypatch):
    monkeypatch.setenv("LAGEBILD_PURPOSE", "general")
    assert (await crawl())["entries"] == {"new": 58, "reserved": 2, "http_404": 1}
    withheld = [row for row in stored(tmp_path) if row["text_state"] == "withheld"]
    assert len(withheld) == 2
    assert all(row["text"] == row["title"] for row in withheld)
