"""The web of the crawl benchmark: feeds on loopback.

    python tests/bench/feeds.py --feeds 500 --entries 30

Prints the port, then serves feed K at /K.xml on every address of 127.0.0.0/8 until it is ended: RSS 2.0 with ETag and
Last-Modified, 304 when asked with them, entries of about 1,500 characters of German text with markup.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from aiohttp import web

WORDS = [
    "die",
    "Krankenkasse",
    "meldet",
    "nach",
    "einem",
    "Angriff",
    "auf",
    "ihre",
    "Systeme",
    "den",
    "Abfluss",
    "von",
    "Daten",
    "an",
    "das",
    "Landesamt",
    "und",
    "informiert",
    "Versicherte",
    "über",
    "mögliche",
    "Folgen",
    "während",
    "Fachleute",
    "den",
    "Vorfall",
    "prüfen",
    "Behörden",
    "ermitteln",
    "Dienste",
    "bleiben",
    "gestört",
]
CHANGED = "Tue, 03 Nov 2026 08:00:00 GMT"


def address(feed: int, port: int, hosts: int) -> str:
    """Where a feed stands, if the feeds are spread over so many hosts."""
    host = feed % hosts
    return f"http://127.0.{host // 200}.{host % 200 + 1}:{port}/{feed}.xml"


def feed_xml(feed: int, entries: int) -> bytes:
    """A feed whose entries are its own."""
    dice = random.Random(feed)
    day = datetime(2026, 11, 3, 8, tzinfo=UTC)
    items = []
    for number in range(entries):
        paragraphs = (" ".join(dice.choices(WORDS, k=45)).capitalize() + "." for _ in range(4))
        text = "".join(f"<p>{words} <a href='/mehr/{number}'>Mehr &amp; weiter</a></p>" for words in paragraphs)
        items.append(
            f"<item><title>Meldung {number} aus {feed}: {escape(' '.join(dice.choices(WORDS, k=6)))}</title>"
            f"<link>/artikel/{feed}-{number}</link><guid isPermaLink='false'>{feed}-{number}</guid>"
            f"<pubDate>{format_datetime(day - timedelta(hours=number))}</pubDate>"
            f"<description>{escape(text)}</description></item>"
        )
    head = f"<title>Quelle {feed}</title><link>/</link><description>Meldungen</description>"
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


async def serve(feeds: int, entries: int) -> None:
    """Serves until the process ends."""
    bodies = [feed_xml(feed, entries) for feed in range(feeds)]

    async def answer(request: web.Request) -> web.Response:
        name = request.path.removeprefix("/").removesuffix(".xml")
        if not name.isdecimal():
            return web.Response(status=404)
        feed = int(name)
        headers = {"ETag": f'"{feed}"', "Last-Modified": CHANGED, "Content-Type": "application/rss+xml"}
        if request.headers.get("If-None-Match") == f'"{feed}"':
            return web.Response(status=304, headers=headers)
        return web.Response(body=bodies[feed], headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listener = web.TCPSite(runner, "0.0.0.0", 0, backlog=1024)
    await listener.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--entries", type=int, default=30)
    args = parser.parse_args()
    asyncio.run(serve(args.feeds, args.entries))
