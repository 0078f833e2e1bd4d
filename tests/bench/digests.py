"""How long it takes to put the digests of many subscribers together.

    python -m tests.bench.digests [--subscribers 1000] [--articles 5000]

Made-up articles and incidents, all of them new; subscribers with wishes of their own, so that hardly two get the same.
Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.config import load_settings
from pipeline.digest import put_together
from pipeline.records import Selection, Subscription
from pipeline.store import editions, open_store
from pipeline.store.subscribed import save_subscription
from tests.bench.archive import SECTORS, Writer, fill, organisation_name

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


def wishes(writer: Writer) -> Selection:
    """What a subscriber might want: one in ten everything, most a few filters, many a watch list."""
    rng = writer.rng
    if rng.random() < 0.1:
        return Selection()
    watched = {f"o{writer.organisation()}" for _ in range(rng.randrange(0, 30))}
    return Selection(
        sectors=tuple(sorted(rng.sample(SECTORS, rng.randrange(0, 4)))),
        types=tuple(sorted(rng.sample(writer.types, rng.randrange(0, 5)))),
        organisations=tuple(sorted(watched)),
        search=rng.choice([None] * 9 + [f'"{organisation_name(writer.organisation())}"']),
        minimum_status=rng.choice(("none", "none", "alleged", "confirmed")),
    )


def main() -> None:
    """Reads the arguments, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=1_000)
    parser.add_argument("--articles", type=int, default=5_000)
    given = parser.parse_args()
    writer = Writer(given.articles, seed=3)
    writer.rng = random.Random(3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lagebild.db"
        with open_store(path, create=True) as db:
            editions.close_edition(db, NOW - timedelta(days=2))
            fill(db, given.articles)
        with open_store(path) as db:
            for number in range(given.subscribers):
                reader = Subscription(
                    id=0,
                    address=f"leser{number}@x.example",
                    created_at=NOW - timedelta(days=1),
                    selection=wishes(writer),
                )
                save_subscription(db, reader)
            settings = load_settings(db=path)
            began = time.perf_counter()
            made = put_together(db, settings, NOW)
            seconds = time.perf_counter() - began
            [whole, incidents, bytes_] = next(
                db.conn.execute("select count(*), sum(incidents), max(length(html)) from digests")
            )
            mails = db.table("deliveries").count
    result = {
        "subscribers": given.subscribers,
        "articles": given.articles,
        "seconds": round(seconds, 2),
        "mails": mails,
        "different digests": len(made),
        "incidents told": incidents,
        "longest html": bytes_,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    assert whole == len(made)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
