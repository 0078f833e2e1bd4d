"""Whether the memory of the service stays flat over many articles.

    python -m tests.bench.soak [--articles 20000]

The service as a process, over feeds on loopback that have new entries whenever they are asked. Prints one JSON line: MB
(proportional set size) of the main process and of the one that analyses, after the first tenth and at the end, each the
mean over a minute, and the growth in per cent.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean

from aiohttp import web

from pipeline import schedule
from pipeline.config import load_settings
from tests.bench.archive import Writer, organisation_name

FEEDS, ENTRIES = 20, 25
EVERY = 2.0  # seconds between rounds
WINDOW = 60.0  # seconds over which is averaged


class Feeds:
    """Feeds that tell something new every time, until enough was told."""

    def __init__(self, articles: int) -> None:
        self.writer, self.numbers, self.articles = Writer(articles, seed=5), itertools.count(), articles

    async def answer(self, request: web.Request) -> web.Response:
        """A feed of fresh entries with their texts."""
        items = "".join(self.item() for _ in range(ENTRIES))
        text = f'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>{items}</channel></rss>'
        return web.Response(text=text, content_type="application/rss+xml")

    def item(self) -> str:
        """An entry; the last ones again and again once there are enough."""
        number = min(next(self.numbers), self.articles - 1)
        who = organisation_name(self.writer.organisation())
        told = f"Unbekannte haben die Server von {who} verschlüsselt." if number % 3 == 0 else f"{who} lädt ein."
        body = f"{told} {' '.join(self.writer.text(100))}."
        return (
            f"<item><title>{who}: {' '.join(self.writer.text(5))}</title><link>http://127.0.0.1/{number}</link>"
            f"<content:encoded>&lt;p&gt;{body}&lt;/p&gt;</content:encoded></item>"
        )


def memory(process: int) -> float:
    """MB that a process takes of the machine's memory."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1000


def analyst(main: int) -> int | None:
    """The process that analyses: of those that belong to the main one the largest."""
    kin = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == os.getsid(main) and int(stat.parent.name) != main:
                kin.append((memory(int(stat.parent.name)), int(stat.parent.name)))
        except (OSError, StopIteration):
            continue
    return max(kin)[1] if kin else None


async def soak(articles: int) -> dict[str, object]:
    """Lets the service run and looks at it every second."""
    feeds = Feeds(articles)
    runner = web.AppRunner(app := web.Application(), access_log=None)
    app.router.add_route("*", "/{path:.*}", feeds.answer)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    samples: list[tuple[float, int, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        lines = (f"- {{id: q{n}, name: Q{n}, kind: rss, url: '{base}/{n}', text: entry}}\n" for n in range(FEEDS))
        (Path(folder) / "sources.yml").write_text("".join(lines))
        given = {
            "DB": "lagebild.db",
            "SOURCES": "sources.yml",
            "ALLOW_PRIVATE": "1",
            "BACKUPS": "0",
            "ARCHIVE_DAYS": "0",
        }
        environment = os.environ | {f"LAGEBILD_{k}": v for k, v in given.items()} | {"PYTHONPATH": os.getcwd()}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.soak",
            "--service",
            cwd=folder,
            env=environment,
            start_new_session=True,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        began, done = time.monotonic(), 0
        while done < articles and process.returncode is None:
            await asyncio.sleep(1)
            done = look(Path(folder) / "lagebild.db")
            if done and (other := analyst(process.pid)):
                samples.append((time.monotonic() - began, done, memory(process.pid), memory(other)))
        process.send_signal(signal.SIGTERM)
        await process.wait()
    await runner.cleanup()
    return told(samples, articles)


def look(path: Path) -> int:
    """How many articles were grouped; sources are due again at once."""
    try:
        db = sqlite3.connect(path, timeout=10)
        db.execute("update polls set next_at = '2020-01-01T00:00:00Z' where next_at > '2020-01-01T00:00:00Z'")
        db.commit()
        [done] = db.execute("select count(*) from analyses where grouped_at is not null").fetchone()
        db.close()
    except sqlite3.OperationalError:  # not there yet
        return 0
    return int(done)


def told(samples: list[tuple[float, int, float, float]], articles: int) -> dict[str, object]:
    """What the samples say."""
    begin = next(at for at, done, *_ in samples if done >= articles // 10)
    end = samples[-1][0]
    first = [sample for sample in samples if begin <= sample[0] <= begin + WINDOW]
    last = [sample for sample in samples if sample[0] >= end - WINDOW]
    result: dict[str, object] = {"articles": samples[-1][1], "a second": round(samples[-1][1] / end)}
    for name, column in (("main", 2), ("analyst", 3)):
        before, after = mean(s[column] for s in first), mean(s[column] for s in last)
        growth = round(100 * (after / before - 1), 1)
        result[name] = {"MB at a tenth": round(before), "MB at the end": round(after), "growth %": growth}
    return result


def main() -> None:
    """Reads the arguments, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--service", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    random.seed(5)
    if given.service:
        asyncio.run(schedule.keep_running(load_settings(), load_settings, every=EVERY))
        return
    print(json.dumps(asyncio.run(soak(given.articles))))


if __name__ == "__main__":
    main()
