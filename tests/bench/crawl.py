"""How fast and with how much memory feeds are crawled, beside the library reader in the same run.

    python tests/bench/crawl.py

500 feeds of 30 entries on loopback, text from the entries, results in SQLite; a first round, then a second over
unchanged feeds (304). The peer is reader 3.26 with `update_feeds(workers=16)`, installed into a temporary environment.
Every round runs in a process of its own, which tells its seconds (without imports) and its peak memory; each is done
three times in turn and the fastest counts. Then 2,000 feeds due at once, for their memory. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.feeds import address

HERE = Path(__file__).parent
READER = "reader==3.26"


def measure_ours(db: Path, port: int, feeds: int, hosts: int) -> dict[str, float]:
    """One round of ours in this process."""
    from pipeline import crawling
    from pipeline.config import load_settings
    from pipeline.records import Source
    from pipeline.store import open_store

    sources = [
        Source(id=f"quelle-{n}", name=f"Quelle {n}", kind="rss", url=address(n, port, hosts), text="entry")
        for n in range(feeds)
    ]
    settings = load_settings(db=db, allow_private=True, archive_days=0)
    started = time.perf_counter()
    with open_store(db, create=True) as database:
        report = asyncio.run(crawling.crawl_round(database, settings, sources, everything=True))
        seconds = time.perf_counter() - started
        articles = database.table("articles").count
    return {"seconds": seconds, "stored": articles, "polls": report.polls.total()}


PEER = """
import json, sys, time
from reader import make_reader
db, port, feeds, hosts = sys.argv[1], *map(int, sys.argv[2:])
reader = make_reader(db)
for n in range(feeds):
    host = n % hosts
    reader.add_feed(f"http://127.0.{host // 200}.{host % 200 + 1}:{port}/{n}.xml", exist_ok=True)
started = time.perf_counter()
reader.update_feeds(workers=16, scheduled=False)
seconds = time.perf_counter() - started
stored = reader.get_entry_counts().total
print(json.dumps({"seconds": seconds, "stored": stored}))
"""


@contextmanager
def web_of(feeds: int, entries: int) -> Iterator[int]:
    """The port of a running web of feeds."""
    command = [sys.executable, str(HERE / "feeds.py"), "--feeds", str(feeds), "--entries", str(entries)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield int(process.stdout.readline())
        process.terminate()


def measured(command: list[str]) -> dict[str, float]:
    """What a measuring process tells, and its peak memory in megabytes, with all processes that it starts."""
    most = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent.parent) as process:
        while process.poll() is None:
            most = max(most, sum(map(memory, tree(process.pid))))
            time.sleep(0.1)
        assert process.stdout
        lines = process.stdout.read().splitlines()
    assert process.returncode == 0
    return json.loads(lines[-1]) | {"megabytes": most}  # type: ignore[no-any-return]


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for parent in found:
        try:
            for thread in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
        except OSError:  # it has ended
            continue
    return found


def memory(pid: int) -> float:
    """The proportional set size of a process in megabytes: what it shares with others counts once for all of them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def rounds(feeds: int, hosts: int, port: int, folder: Path, peer: Path | None) -> dict[str, dict[str, float]]:
    """A first and a second round of ours, and of the peer if there is one."""
    told = {}
    for word in ("first", "second"):
        command = [sys.executable, "-m", "tests.bench.crawl", "--measure", str(folder / "ours.db")]
        told[f"ours_{word}"] = measured([*command, "--port", str(port), "--feeds", str(feeds), "--hosts", str(hosts)])
        if peer:
            told[f"peer_{word}"] = measured(
                [str(peer), "-c", PEER, str(folder / "peer.db"), str(port), str(feeds), str(hosts)]
            )
    return told


def install_peer(folder: Path) -> Path:
    """The Python of an environment with the peer in it."""
    subprocess.run([sys.executable, "-m", "venv", folder / "peer"], check=True)
    python = folder / "peer" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", READER], check=True, stderr=subprocess.DEVNULL)
    return python


def compare(feeds: int, entries: int, hosts: int, many: int, repeats: int, peer: Path | None) -> dict[str, float]:
    """The line that is printed: ratios against the peer, peak memory, and that of many feeds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peer = peer or install_peer(folder)
        runs = []
        with web_of(feeds, entries) as port:
            for repeat in range(repeats):
                (folder / str(repeat)).mkdir()
                runs.append(rounds(feeds, hosts, port, folder / str(repeat), peer))
        with web_of(many, entries) as port:
            (folder / "many").mkdir()
            large = rounds(many, hosts, port, folder / "many", None)
    best = {key: min(run[key]["seconds"] for run in runs) for key in runs[0]}
    memory = max(run["ours_first"]["megabytes"] for run in runs)
    assert all(run["ours_first"]["stored"] == run["peer_first"]["stored"] == feeds * entries for run in runs)
    assert large["ours_first"]["stored"] == many * entries
    return {
        "feeds": feeds,
        "entries": entries,
        "hosts": hosts,
        **{f"{key}_seconds": round(value, 2) for key, value in best.items()},
        "first_ratio": round(best["peer_first"] / best["ours_first"], 2),
        "second_ratio": round(best["peer_second"] / best["ours_second"], 2),
        "megabytes": round(memory),
        "peer_megabytes": round(max(run["peer_first"]["megabytes"] for run in runs)),
        f"megabytes_{many}": round(large["ours_first"]["megabytes"]),
        "memory_ratio": round(large["ours_first"]["megabytes"] / memory, 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--entries", type=int, default=30)
    parser.add_argument("--hosts", type=int, default=1, help="loopback addresses over which the feeds are spread")
    parser.add_argument("--many", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer-python", type=Path, help="a Python that has the peer; default: made for this run")
    parser.add_argument("--measure", type=Path, help="one round into this database, in this process")
    parser.add_argument("--port", type=int)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(measure_ours(args.measure, args.port, args.feeds, args.hosts)))
    else:
        print(json.dumps(compare(args.feeds, args.entries, args.hosts, args.many, args.repeats, args.peer_python)))
