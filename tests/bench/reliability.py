"""Kills at random moments of everything that the service does, then a run to the end: is anything lost or doubled?

    python -m tests.bench.reliability [--kills 300] [--subscribers 200] [--seed 1]

A web and a mail server on loopback, the latter over STARTTLS and with faults: greetings that come late, 421, 451, 550,
no answer after the mail, TLS that breaks. New articles come all the time, a day passes with every digest. Stages are
killed with SIGKILL in the middle of requests, mails and transactions. Prints one JSON line; exit status 1 if an article
is missing or twice there, a mail came twice, one that counts as sent never came, or the database is not whole.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from pipeline import run, sending
from pipeline.config import Settings, load_settings
from pipeline.digest import put_together
from pipeline.records import Subscription
from pipeline.store import delivered, open_store
from pipeline.store.subscribed import save_subscription
from tests.deliver.faulty import CERT, Faults, FaultyServer

STAGES = {"poll": 35, "analyse": 15, "group": 10, "group again": 5, "send": 30, "service": 5}  # of a hundred kills
FEEDS, NEW = 10, 8  # feeds, and articles that appear between two kills
FAULTS = {"late": 0.03, "421": 0.01, "451": 0.02, "hang": 0.003, "tls": 0.05}
NAMES = ("Klinikum", "Stadtwerke", "BKK", "Landkreis", "Universität", "Sparkasse", "Verlag", "Stadtverwaltung")
PLACES = ("Lindhafen", "Auenstadt", "Moorburg", "Ostheim", "Seefeld", "Waldkirchen", "Neuental", "Grünau", "Hohenbrück")
EVENTS = (
    "Unbekannte haben bei einem Angriff mit Ransomware die Server der Organisation {who} verschlüsselt.",
    "Bei der Organisation {who} sind Daten von {n} Versicherten im Internet zu sehen gewesen.",
    "Die Organisation {who} hat nach einem Hackerangriff {n} Patienten angeschrieben.",
    "Der Rat der Stadt hat über den Haushalt der Organisation {who} beraten.",
)


@dataclass(kw_only=True)
class Newsroom:
    """A web that publishes more and more, and counts what it is asked."""

    rng: random.Random
    base: str = ""
    asked: int = 0
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)  # path -> headline, text

    def publish(self, count: int) -> None:
        """So many new articles."""
        for _ in range(count):
            number = len(self.pages)
            who = f"{self.rng.choice(NAMES)} {self.rng.choice(PLACES)}"
            told = self.rng.choice(EVENTS).format(who=who, n=self.rng.randrange(1_000, 900_000))
            words = " ".join(f"{self.rng.choice(PLACES).lower()}{self.rng.randrange(10**6)}" for _ in range(40))
            text = f"{told} Das teilte die Polizei mit. Das Kennzeichen-{number}-Ende steht nur hier. {words}."
            self.pages[f"/{number % FEEDS}/{number}"] = (f"{who}: Meldung {number}", text)

    async def answer(self, request: web.Request) -> web.Response:
        """A feed with all of its articles, or one of them."""
        self.asked += 1
        await asyncio.sleep(0.005)
        if request.path.startswith("/feed"):
            mine = request.path.removeprefix("/feed")
            items = "".join(
                f"<item><title>{title}</title><link>{self.base}{path}</link></item>"
                for path, (title, _) in self.pages.items()
                if path.startswith(f"/{mine}/")
            )
            return web.Response(
                text=f"<rss version='2.0'><channel>{items}</channel></rss>", content_type="application/rss+xml"
            )
        if request.path not in self.pages:
            return web.Response(status=404)
        title, text = self.pages[request.path]
        body = f"<html><body><article><h1>{title}</h1><p>{text}</p></article></body></html>"
        return web.Response(text=body, content_type="text/html")


@dataclass(kw_only=True)
class Trial:
    """What is under trial: a folder with a database, and the servers that it talks to."""

    folder: Path
    newsroom: Newsroom
    server: FaultyServer
    rng: random.Random
    kills: Counter[str] = field(default_factory=Counter)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of every process."""
        given = {
            "DB": "lagebild.db",
            "SOURCES": "sources.yml",
            "ALLOW_PRIVATE": "1",
            "HOST_DELAY": "0",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.server.port),
            "TIMEOUT": "1",
            "BACKUPS": "0",
        }
        named = {f"LAGEBILD_{name}": value for name, value in given.items()}
        return os.environ | named | {"SSL_CERT_FILE": str(CERT), "PYTHONPATH": os.getcwd()}

    async def start(self, stage: str) -> asyncio.subprocess.Process:
        """A process that does a stage."""
        command = {
            "poll": ["pipeline.cli", "crawl", "--all"],
            "analyse": ["pipeline.cli", "analyse"],
            "group": ["pipeline.cli", "group"],
            "group again": ["pipeline.cli", "group", "--again"],
            "send": ["tests.bench.reliability", "--send"],
            "service": ["pipeline.cli", "run"],
        }[stage]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *command,
            cwd=self.folder,
            env=self.environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=(self.folder / "err.log").open("ab"),
        )

    async def kill(self, stage: str) -> None:
        """Begins a stage and kills it somewhere in the middle; what ends before that counts as no kill."""
        process = await self.start(stage)
        if stage == "poll":
            await self._until(process, lambda: self.newsroom.asked, self.rng.randrange(1, 40))
        elif stage == "send":
            await self._until(process, self.server.handler.arrived.total, self.rng.randrange(1, 150))
        else:
            least, most = {"analyse": (2, 6), "service": (4, 10)}.get(stage, (1, 3))
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self.rng.uniform(least, most))
        await asyncio.sleep(self.rng.random() * 0.03)
        if process.returncode is None:
            process.kill()
            self.kills[stage] += 1
        await process.wait()

    async def _until(self, process, counted, more: int) -> None:
        wanted, until = counted() + more, time.monotonic() + 20
        while counted() < wanted and process.returncode is None and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.002)

    async def finish(self) -> None:
        """Everything to its end, without kills and with a mail server that behaves."""
        self.server.handler.shares = dict.fromkeys(self.server.handler.shares, 0.0)
        for stage in ("poll", "poll", "analyse", "group"):
            process = await self.start(stage)
            assert await process.wait() == 0, (self.folder / "err.log").read_text()[-2000:]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.reliability", "--send", "--once", cwd=self.folder, env=self.environment
        )
        assert await process.wait() == 0


def send(*, once: bool) -> None:
    """What the stage `send` does: a day passes, its digests are put together and sent, and so on."""
    settings = load_settings()
    with run.open_database(settings) as db:
        while True:
            last = delivered.last_of_everything(db)
            begin = datetime.now(UTC).replace(hour=12, minute=0) + timedelta(days=1)
            now = begin if last is None else max(begin, last.created_at + timedelta(days=1))
            if (
                once
                or not db.execute("select 1 from deliveries where state in ('waiting', 'sending') limit 1").fetchone()
            ):
                put_together(db, settings, now)
            for _ in range(20):
                db.execute("update deliveries set next_at = '2020-01-01T00:00:00Z' where state = 'waiting'")
                db.conn.commit()
                asyncio.run(sending.send_waiting(db, settings))
                if not db.execute("select 1 from deliveries where state in ('waiting', 'sending') limit 1").fetchone():
                    break
            if once:
                return


def verdict(trial: Trial, settings: Settings) -> dict[str, object]:
    """What was found in the end, each thing that must not be under `wrong`."""
    arrived = trial.server.handler.arrived
    wrong: Counter[str] = Counter()
    with open_store(settings.db) as db:
        wrong["database not whole"] += next(db.query("pragma integrity_check"))["integrity_check"] != "ok"
        wrong["foreign keys broken"] += len(list(db.query("pragma foreign_key_check")))
        stored = list(db.query("select a.url, t.text from articles a join article_texts t on t.article_id = a.id"))
        urls = Counter(row["url"].removeprefix(trial.newsroom.base) for row in stored)
        wrong["articles missing"] += len(trial.newsroom.pages.keys() - urls.keys())
        wrong["articles twice"] += sum(count > 1 for count in urls.values())
        texts = {row["url"].removeprefix(trial.newsroom.base): row["text"] for row in stored}
        wrong["articles with another text"] += sum(
            f"Kennzeichen-{path.rpartition('/')[2]}-Ende" not in text for path, text in texts.items()
        )
        unread = "select count(*) from articles where id not in (select article_id from analyses where grouped_at is not null)"
        wrong["articles not looked at"] += db.execute(unread).fetchone()[0]
        wrong["news in no edition"] += db.execute(
            "select count(*) from incident_news where edition_id is null"
        ).fetchone()[0]
        states: Counter[str] = Counter()
        unclear: Counter[str] = Counter()
        known = set()
        for row in db.query("select d.*, s.address from deliveries d join subscriptions s on s.id = d.subscription_id"):
            digest = delivered.digest(db, row["digest_id"])
            mail = sending.letter(settings, digest, row["address"], row["subscription_id"])
            key = (row["address"], mail["Message-ID"])
            known.add(key)
            states[row["state"]] += 1
            wrong["mails twice"] += arrived[key] > 1
            wrong["sent but never came"] += row["state"] == "sent" and arrived[key] == 0
            wrong["came but refused"] += row["state"] == "refused" and arrived[key] > 0
            wrong["mails left"] += row["state"] in ("waiting", "sending", "expired")
            if row["state"] == "unclear":
                unclear["came" if arrived[key] else "did not come"] += 1
        wrong["mails of no delivery"] += len(arrived.keys() - known)
        days = db.execute("select count(distinct date) from digests").fetchone()[0]
        active = db.execute("select id from subscriptions where not paused").fetchall()
        for (id,) in active:
            sql = "select count(*) from deliveries d join digests g on g.id = d.digest_id where d.subscription_id = ?"
            wrong["digests missing"] += days - db.execute(sql, [id]).fetchone()[0]
        told = db.execute("select count(*) from incidents").fetchone()[0]
    return {
        "articles": len(texts),
        "incidents": told,
        "days": days,
        "mails": arrived.total(),
        "states": dict(states),
        "unclear": dict(unclear),
        "wrong": {what: count for what, count in wrong.items() if count},
    }


async def trial(kills: int, subscribers: int, seed: int) -> dict[str, object]:
    """The whole of it."""
    rng = random.Random(seed)
    newsroom, faults = Newsroom(rng=rng), Faults(seed, **FAULTS)
    runner = web.AppRunner(app := web.Application(), access_log=None)
    app.router.add_route("*", "/{path:.*}", newsroom.answer)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    newsroom.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    server = FaultyServer(faults)
    server.start()
    with tempfile.TemporaryDirectory() as name:
        under_trial = Trial(folder=Path(name), newsroom=newsroom, server=server, rng=rng)
        (Path(name) / "sources.yml").write_text(
            "".join(f"- {{id: q{n}, name: Q{n}, kind: rss, url: '{newsroom.base}/feed{n}'}}\n" for n in range(FEEDS))
        )
        settings = load_settings(db=Path(name) / "lagebild.db")
        with run.open_database(settings, create=True) as db:
            for number in range(subscribers):
                at = datetime.now(UTC) - timedelta(days=1)
                save_subscription(db, Subscription(id=0, address=f"leser{number}@x.example", created_at=at))
        faults.refused = {f"leser{number}@x.example" for number in range(3)}
        began, stages = time.perf_counter(), list(STAGES)
        while under_trial.kills.total() < kills:
            newsroom.publish(NEW)
            [stage] = rng.choices(stages, weights=[*STAGES.values()])
            await under_trial.kill(stage)
        await under_trial.finish()
        found = verdict(under_trial, settings)
        log = (Path(name) / "err.log").read_text(errors="replace")
        found["wrong"] |= {"tracebacks": log.count("Traceback")} if "Traceback" in log else {}  # type: ignore[operator]
        if "Traceback" in log:
            print(log[log.index("Traceback") :][:3000], file=sys.stderr)
    server.stop()
    await runner.cleanup()
    minutes = round((time.perf_counter() - began) / 60, 1)
    return {"kills": dict(under_trial.kills), "minutes": minutes, "faults": dict(faults.happened)} | found


def main() -> None:
    """Reads the arguments, tries, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--send", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.send:
        send(once=given.once)
        return
    found = asyncio.run(trial(given.kills, given.subscribers, given.seed))
    print(json.dumps(found))
    sys.exit(1 if found["wrong"] else 0)


if __name__ == "__main__":
    main()
