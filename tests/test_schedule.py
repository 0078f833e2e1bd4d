"""The service as a process: it works at once, survives troubles, reads its settings again and stops on SIGTERM."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import sys
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from pipeline import crawling, locking, schedule
from pipeline.config import load_settings
from pipeline.errors import ModelError, StoreError, WorkerError
from pipeline.records import Source
from pipeline.store import jobs, open_store
from pipeline.understanding import Understanding

TEXT = "Unbekannte haben die Server der Stadtwerke Lindhafen verschlüsselt, teilte die Polizei Auenstadt mit. " * 3


def lay_out(site, folder, more=""):
    feed = f"<rss version='2.0'><channel><item><title>Eins</title><link>{site.base}/1</link></item></channel></rss>"
    site.page("/feed", feed)
    site.page("/1", f"<html><body><article><h1>Server verschlüsselt</h1><p>{TEXT}</p></article></body></html>")
    (folder / "sources.yml").write_text(
        f"- {{id: gut, name: Gut, kind: rss, url: '{site.base}/feed'}}\n"
        f"- {{id: weg, name: Weg, kind: rss, url: '{site.base}/none'}}\n{more}"
    )


@asynccontextmanager
async def service(folder, **settings):
    """The service as a process, with the lines that it writes; it is killed at the end if it still runs."""
    given = {"DB": "lagebild.db", "SOURCES": "sources.yml", "ALLOW_PRIVATE": "1", "LOG_FORMAT": "json"} | settings
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "pipeline.cli",
        "run",
        cwd=folder,
        env=os.environ | {f"LAGEBILD_{name}": value for name, value in given.items()},
        stderr=asyncio.subprocess.PIPE,
    )
    process.told = []
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line_with(process, event, **values):
    """The next line of an event with these values."""
    async with asyncio.timeout(60):
        async for line in process.stderr:
            process.told.append(line.decode())
            told = json.loads(line)
            if told["event"] == event and values.items() <= told.items():
                return told
    raise AssertionError("".join(process.told))


async def stop(process):
    """Stops the service and returns how long that took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(12):
        process.told.append((await process.stderr.read()).decode())
        assert await process.wait() == 0
    assert "Traceback" not in "".join(process.told)
    return time.monotonic() - began


async def test_the_service_works_alone_reads_its_settings_again_and_stops_cleanly(site, tmp_path):
    lay_out(site, tmp_path)
    (tmp_path / "lagebild.toml").write_text("digest_hour = 5\n")
    async with service(
        tmp_path, SMTP_PASSWORD="ganzgeheim", BROWSE_URL="https://ich:ganzgeheim@lage.example"
    ) as process:
        assert (await line_with(process, "polled", source="gut"))["new"] == 1
        assert await line_with(process, "understood", grouped=1)
        await a_second_one_is_refused(tmp_path, process.pid)
        lay_out(site, tmp_path, f"- {{id: neu, name: Neu, kind: rss, url: '{site.base}/feed2'}}\n")
        (tmp_path / "lagebild.toml").write_text("digest_hour = 9\nmodel = 'elsewhere'\n")
        process.send_signal(signal.SIGHUP)
        told = await line_with(process, "read again")
        assert sorted(told["settings"]) == ["digest_hour", "model"]
        assert (told["need_a_restart"], told["sources_added"]) == (["model"], ["neu"])
        assert (told["sources_removed"], told["sources_changed"]) == ([], [])
        (tmp_path / "lagebild.toml").write_text("digest_hour = 99\n")
        process.send_signal(signal.SIGHUP)
        assert "digest_hour" in (await line_with(process, "not read again, all stays as it was"))["error"]
        assert await stop(process) < 10
    told = "".join(process.told)
    assert "source weg: " in told
    assert "ganzgeheim" not in told
    with open_store(tmp_path / "lagebild.db") as db:
        assert db.table("analyses").count == 1
        found = {job.name: job for job in jobs.all_jobs(db)}
        assert set(found) == {"poll", "understand", "deliver", "maintain"}
        assert all(job.error is None for job in found.values())
        assert db.table("digests").count == 1  # of everything
    [copy] = (tmp_path / "data" / "backups").iterdir()
    assert re.fullmatch(r"lagebild-\d{4}-\d\d-\d\d\.db", copy.name)


async def a_second_one_is_refused(folder, first):
    async with service(folder) as second:
        told = (await second.stderr.read()).decode()
        assert await second.wait() == 1
    pattern = rf"Error: lagebild\.db: in use by lagebild run, process {first} on \S+ since .* UTC; only one at a time\n"
    assert re.fullmatch(pattern, told)


async def test_a_job_that_fails_is_noted_and_a_database_that_is_held_only_delays(site, tmp_path):
    lay_out(site, tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "backups").write_text("no folder")
    with open_store(tmp_path / "lagebild.db", create=True):
        pass
    other = sqlite3.connect(tmp_path / "lagebild.db")
    async with service(tmp_path) as process:
        await line_with(process, "running")
        other.execute("begin immediate")
        await asyncio.sleep(1)
        other.rollback()
        other.close()
        assert "backups" in (await line_with(process, "failed", job="maintain"))["error"]
        await line_with(process, "understood", grouped=1)
        await stop(process)
    with open_store(tmp_path / "lagebild.db") as db:
        assert "backups" in jobs.job(db, "maintain").error
        assert jobs.job(db, "poll").error is None


async def test_a_process_that_analyses_is_replaced_when_it_dies(tmp_path):
    with open_store(tmp_path / "lagebild.db", create=True):
        pass
    understanding = Understanding(tmp_path / "lagebild.db", load_settings().model, tmp_path / "archive")
    await understanding.start()
    assert await understanding() == (0, 0)
    first = understanding._process
    first.kill()
    first.join()
    assert await understanding() == (0, 0)
    second = understanding._process
    second.kill()
    second.join()
    with pytest.raises(WorkerError, match="has died"):
        await understanding._answer()
    await understanding.close()


async def test_a_model_that_is_missing_is_named(tmp_path):
    understanding = Understanding(tmp_path / "lagebild.db", tmp_path / "none", tmp_path / "archive")
    with pytest.raises(ModelError, match=str(tmp_path / "none")):
        await understanding.start()
    await understanding.close()


def test_the_nightly_job_comes_once_a_night_and_after_a_fault_an_hour_later(tmp_path):
    path = tmp_path / "lagebild.db"
    settings, now = load_settings(db=path), datetime.now(UTC)
    with open_store(path, create=True) as db:
        of_everything = schedule.Service(settings, lambda: settings)
        assert of_everything._is_due("maintain")
        jobs.begin(db, "maintain", now)
        assert not of_everything._is_due("maintain")  # it runs, or was killed a moment ago
        jobs.end(db, "maintain", now, None)
        assert not of_everything._is_due("maintain")
        jobs.begin(db, "maintain", now - timedelta(hours=25))
        jobs.end(db, "maintain", now - timedelta(hours=25), None)
        assert of_everything._is_due("maintain")
        jobs.begin(db, "maintain", now - timedelta(minutes=50))
        jobs.end(db, "maintain", now - timedelta(minutes=50), "disk full")
        assert not of_everything._is_due("maintain")
        jobs.begin(db, "maintain", now - timedelta(minutes=70))
        assert of_everything._is_due("maintain")
        jobs.begin(db, "maintain", now + timedelta(hours=5))  # noted while the clock was ahead
        assert of_everything._is_due("maintain")


def test_the_lock_is_given_back_and_names_its_holder(tmp_path):
    path = tmp_path / "lagebild.db"
    assert locking.in_use(path) is None
    with locking.alone(path, "a test"):
        assert f"a test, process {os.getpid()}" in locking.in_use(path)
        with pytest.raises(StoreError, match="in use by a test, process"), locking.alone(path, "another"):
            pass
    assert locking.in_use(path) is None


async def test_a_round_that_has_no_time_left_asks_for_no_page_and_loses_none(site, db, archive):
    lay_out_one = (
        f"<rss version='2.0'><channel><item><title>Eins</title><link>{site.base}/1</link></item></channel></rss>"
    )
    site.page("/feed", lay_out_one)
    site.page("/1", "<html><body><article><h1>Meldung eins</h1><p>Ein Satz, der genügt.</p></article></body></html>")
    settings = load_settings(archive=archive, allow_private=True)
    source = Source(id="gut", name="Gut", kind="rss", url=f"{site.base}/feed")
    first = await crawling.crawl_round(db, settings, [source], seconds=0)
    assert (first.polls, first.entries, site.requests["/1"]) == ({"ok": 1}, {}, 0)
    second = await crawling.crawl_round(db, settings, [source])
    assert (second.polls, second.entries) == ({}, {"new": 1})
