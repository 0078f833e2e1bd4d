"""The service as a process: it works at once, survives troubles and stops on SIGTERM."""

import asyncio
import os
import signal
import sys

from pipeline import crawling
from pipeline.config import load_settings
from pipeline.records import Source
from pipeline.store import open_store


async def test_the_service_crawls_and_analyses_at_once_and_stops_cleanly(site, tmp_path):
    site.page(
        "/feed",
        f"<rss version='2.0'><channel><item><title>Meldung eins</title><link>{site.base}/1</link></item></channel></rss>",
    )
    text = "Unbekannte haben die Server der Stadtwerke Lindhafen verschlüsselt, teilte die Polizei Auenstadt mit. " * 3
    site.page("/1", f"<html><body><article><h1>Server verschlüsselt</h1><p>{text}</p></article></body></html>")
    (tmp_path / "sources.yml").write_text(
        f"- {{id: gut, name: Gut, kind: rss, url: '{site.base}/feed'}}\n"
        f"- {{id: weg, name: Weg, kind: rss, url: '{site.base}/none'}}\n"
    )
    path = tmp_path / "lagebild.db"
    environment = os.environ | {
        "LAGEBILD_DB": str(path),
        "LAGEBILD_SOURCES": str(tmp_path / "sources.yml"),
        "LAGEBILD_ALLOW_PRIVATE": "1",
    }
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pipeline.cli", "run", cwd=tmp_path, env=environment, stderr=asyncio.subprocess.PIPE
    )
    lines = []
    async with asyncio.timeout(60):
        async for line in service.stderr:
            lines.append(line.decode())
            if "grouped 1 articles" in lines[-1]:
                break
    service.send_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        rest = (await service.stderr.read()).decode()
        assert await service.wait() == 0
    told = "".join(lines) + rest
    assert "source weg:" in told
    assert "Traceback" not in told
    with open_store(path) as db:
        assert db.table("analyses").count == 1


async def test_a_round_that_has_no_time_left_asks_for_no_page_and_loses_none(site, db, archive):
    site.page(
        "/feed",
        f"<rss version='2.0'><channel><item><title>Meldung eins</title><link>{site.base}/1</link></item></channel></rss>",
    )
    site.page("/1", "<html><body><article><h1>Meldung eins</h1><p>Ein Satz, der genügt.</p></article></body></html>")
    settings = load_settings(archive=archive, allow_private=True)
    source = Source(id="gut", name="Gut", kind="rss", url=f"{site.base}/feed")
    first = await crawling.crawl_round(db, settings, [source], seconds=0)
    assert (first.polls, first.entries, site.requests["/1"]) == ({"ok": 1}, {}, 0)
    second = await crawling.crawl_round(db, settings, [source])
    assert (second.polls, second.entries) == ({}, {"new": 1})
