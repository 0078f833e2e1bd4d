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
    path = tmp_path / "sources.yml"
    command = [sys.executable, REPLAY, "--sources", path, "--kind", request.param, "--port", "8877"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(30):
        await process.stdout.readline()
    yield path
    process.terminate()
    await process.wait()


async def stats(path):
    async with aiohttp.ClientSession() as session:
        base = urlsplit(load(path)[0].url)
        async with session.get(f"{base.scheme}://{base.netloc}/stats") as response:
            return await response.json()


@pytest.mark.parametrize("replay", ["feed", "sitemap", "html_index"], indirect=True)
async def test_all_pages_that_answer_are_stored_in_one_run_and_a_second_asks_for_none(replay, tmp_path, monkeypatch):
    monkeypatch.setenv("LAGEBILD_ALLOW_PRIVATE", "1")
    db = tmp_path / "lagebild.db"
    call = ["crawl", "--all", "--sources", str(replay), "--db", str(db), "--json"]
    first = await asyncio.to_thread(CliRunner().invoke, main, call)
    told, asked = json.loads(first.stdout), await stats(replay)
    # 62 pages lie behind 61 addresses, one of which the replay itself does not find
    assert told["polls"] == {"ok": 35}
    assert told["entries"] == {"new": 60, "http_404": 1}
    with open_store(db) as database:
        rows = list(database.query("select * from articles join article_texts on article_id = id"))
    assert len(rows) == 60
    assert all(row["title"] and row["published_at"] and len(row["text"]) > 200 for row in rows)
    second = await asyncio.to_thread(CliRunner().invoke, main, call)
    assert json.loads(second.stdout)["entries"] == {}
    again = await stats(replay)
    assert again["200"] == asked["200"]
    assert again["304"] == 35
    assert "disallowed" not in again
