"""A kill at any moment is survived: the next run ends what was begun, once."""

import asyncio
import json
import os
import sys

from aiohttp import web

from pipeline.store import open_store

ARTICLES = 30


async def test_a_crawl_killed_in_the_middle_is_ended_by_the_next_one(site, tmp_path):
    items = "".join(
        f"<item><title>Meldung Nummer {n}</title><link>{site.base}/{n}</link></item>" for n in range(ARTICLES)
    )
    site.page("/feed", f"<rss version='2.0'><channel>{items}</channel></rss>", ETag='"1"')

    async def slow(request):
        await asyncio.sleep(0.05)
        text = f"Dies ist der Text der Meldung mit der Nummer {request.path}, der nur hier so steht. " * 3
        body = f"<html><body><article><h1>Meldung Nummer {request.path[1:]}</h1><p>{text}</p></article></body></html>"
        return web.Response(text=body, content_type="text/html")

    for n in range(ARTICLES):
        site.pages[f"/{n}"] = slow
    (tmp_path / "s.yml").write_text(f"- {{id: amt, name: Amt, kind: rss, url: '{site.base}/feed'}}\n")
    command = [sys.executable, "-m", "pipeline.cli", "crawl", "--all", "--sources", "s.yml", "--json"]

    async def start():
        environment = os.environ | {"LAGEBILD_ALLOW_PRIVATE": "1", "LAGEBILD_DB": str(tmp_path / "l.db")}
        pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.DEVNULL}
        return await asyncio.create_subprocess_exec(*command, cwd=tmp_path, env=environment, **pipes)

    first = await start()
    async with asyncio.timeout(60):
        while sum(site.requests[f"/{n}"] for n in range(ARTICLES)) < ARTICLES // 2:  # noqa: ASYNC110 - the site counts
            await asyncio.sleep(0.01)
    first.kill()
    await first.communicate()
    second = await start()
    out, _ = await second.communicate()
    told = json.loads(out)
    assert second.returncode == 0
    assert told["polls"] == {"unchanged": 1}  # and yet nothing is missing: what waited was written down
    assert 0 < told["entries"]["new"] < ARTICLES + 1
    with open_store(tmp_path / "l.db") as db:
        assert db.table("articles").count == ARTICLES
        assert {row["outcome"] for row in db.table("entries").rows} <= {"new", "known"}
        assert next(db.query("pragma integrity_check"))["integrity_check"] == "ok"
