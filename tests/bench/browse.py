"""How fast the pages are over a million articles, alone and while another process adds fifty articles a second.

    python -m tests.bench.browse [--db FILE.db] [--articles 1000000]

Asks a running `lagebild serve` for the start page, incidents, articles, organisations, sources, ten pages of tables with
facets, all stored questions, and searches for two words each, over and over in random order. FILE is one that
`tests.bench.archive` wrote, otherwise one is made. Prints one JSON line: the 50th and 95th percentile of each kind in
milliseconds, the slowest stored questions, the peak of the server's memory in MB; then the same beside a writer.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote_plus
from urllib.request import urlopen

from datasette.utils import parse_metadata

from pipeline.store import open_store, writing
from pipeline.store.fetched import content_hash, index_texts
from tests.bench.archive import ORGANISATIONS, SOURCES, Writer, fill, lexicon, stamped

ROOT = Path(__file__).parent.parent.parent
ROUNDS = 6
TABLES = (
    "article_list",
    "article_list?source_id=q3",
    "incident_list",
    "incident_list?_sort_desc=affected",
    "incident_list?main_type=ransomware",
    "incident_timeline?incident_id=4000",
    "organisation_profile",
    "organisations",
    "article_types",
    "source_health",
)
ASKED = {"organisation": "Beispiel 42", "jahr": "2024", "mindestens_euro": "1000"}


def asked(articles: int, rng: random.Random) -> list[tuple[str, str]]:
    """What is asked for: kind and path, in random order."""
    words = lexicon(random.Random(7))
    metadata = parse_metadata((ROOT / "metadata.yml").read_text(encoding="utf-8"))
    parameters = "&".join(f"{key}={quote_plus(value)}" for key, value in ASKED.items())
    found = [("start", "/")] * 20
    for _ in range(40):
        found.append(("incident", f"/vorfall/{rng.randrange(1, articles * 3 // 10)}"))
        found.append(("article", f"/artikel/{rng.randrange(1, articles)}"))
        found.append(("organisation", f"/organisation/o{int(ORGANISATIONS ** rng.random())}"))
        found.append(("source", f"/quelle/q{rng.randrange(SOURCES)}"))
    for _ in range(30):
        two = [words[int(len(words) ** rng.uniform(0.2, 1)) - 1] for _ in range(2)]
        found.extend([("search", f"/suche?q={quote_plus(' '.join(two))}")] * 2)
    for _ in range(ROUNDS):
        found.extend(("table", f"/{{db}}/{table}") for table in TABLES)
        found.extend(
            (f"query {name}", f"/{{db}}/{name}?{parameters}") for name in metadata["databases"]["lagebild"]["queries"]
        )
    rng.shuffle(found)
    return found


@contextmanager
def served(db: Path) -> Iterator[tuple[str, int]]:
    """The address of the pages over a database, and the number of the server's process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pipeline.cli", "serve", "--db", str(db), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.pid
        process.terminate()


def measure(address: str, name: str, paths: list[tuple[str, str]]) -> dict[str, list[float]]:
    """Milliseconds of every answer, by kind."""
    taken: dict[str, list[float]] = defaultdict(list)
    for kind, path in paths:
        begin = time.perf_counter()
        try:
            with urlopen(address + path.replace("{db}", name)) as answer:
                answer.read()
        except HTTPError as answer:  # a question that took longer than it may
            print(f"{path}: {answer}", file=sys.stderr)
        taken[kind].append(1000 * (time.perf_counter() - begin))
    return taken


def told(taken: dict[str, list[float]]) -> dict[str, dict[str, object]]:
    """The percentiles of every kind, stored questions together, and which of them is the slowest."""
    together: dict[str, list[float]] = defaultdict(list)
    for kind, values in taken.items():
        together[kind.split()[0]].extend(values)
    found: dict[str, dict[str, object]] = {kind: percentiles(values) for kind, values in sorted(together.items())}
    queries = {kind.split()[1]: percentiles(values)["p95"] for kind, values in taken.items() if " " in kind}
    slowest = sorted(queries, key=queries.__getitem__, reverse=True)[:3]
    found["query"]["slowest"] = {name: queries[name] for name in slowest}
    return found


def percentiles(values: list[float]) -> dict[str, object]:
    """The median and the 95th percentile."""
    ordered = sorted(values)
    return {"p50": round(ordered[len(ordered) // 2]), "p95": round(ordered[int(len(ordered) * 0.95)])}


def peak(pid: int) -> int:
    """The most memory that a process had, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:"))


def write(path: Path) -> None:
    """Adds fifty articles a second until it is ended, and tells how many after each second."""
    writer = Writer(1000)
    with open_store(path) as db:
        [last] = db.query("select max(id) as id from articles")
        number = last["id"]
        while True:
            begin = time.perf_counter()
            for _ in range(50):
                number += 1
                text, now = " ".join(writer.text(120)), stamped(writer.end)
                with writing(db):
                    db.execute(
                        "insert into articles values (?, 'q1', ?, ?, null, ?, ?, null, null, null, 'news', 'full', 9, null)",
                        [number, f"https://q1.example/new/{number}", text[:40], now, now],
                    )
                    db.execute("insert into article_texts values (?, ?, ?)", [number, text, content_hash(text)])
                    index_texts(db)
            print(50, flush=True)
            time.sleep(max(0.0, begin + 1 - time.perf_counter()))


def main() -> None:
    """Reads the arguments, prints the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write(given.write)
    with tempfile.TemporaryDirectory() as folder:
        path = given.db or Path(folder) / "archive.db"
        if not given.db:
            with open_store(path, create=True) as db:
                fill(db, given.articles)
        paths = asked(given.articles, random.Random(11))
        with served(path) as (address, pid):
            measure(address, path.stem, paths[:1])
            alone = told(measure(address, path.stem, paths))
            megabytes = peak(pid)
            begin = time.perf_counter()
            command = [sys.executable, "-m", "tests.bench.browse", "--write", str(path)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as adding:
                assert adding.stdout
                adding.stdout.readline()
                beside = told(measure(address, path.stem, paths))
                adding.terminate()
                added = 50 + sum(map(int, adding.stdout.read().split()))
            per_second = round(added / (time.perf_counter() - begin))
    print(
        json.dumps(
            {"articles": given.articles, **alone, "peak_mb": megabytes, "writer": {"per_second": per_second, **beside}}
        )
    )


if __name__ == "__main__":
    main()
