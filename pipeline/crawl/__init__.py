"""Asking sources what they offer and fetching what stands behind it.

async with crawl(politeness, known=known) as crawler:
    polled = await crawler.poll(due)              # what a source offers
    fetched = await crawler.fetch(source, entry)  # the page behind an entry; `at_once` asks for many at a time
    remember(crawler.learned)                     # what hosts said, for the next round
"""

from pipeline.crawl.archive import Archived, Damaged, prune, read
from pipeline.crawl.crawler import Aside, Crawler, at_once, carried, crawl, in_turns
from pipeline.crawl.erasing import erase
from pipeline.crawl.replay import replayed
from pipeline.crawl.web import Politeness

__all__ = [
    "Archived",
    "Aside",
    "Crawler",
    "Damaged",
    "Politeness",
    "at_once",
    "carried",
    "crawl",
    "erase",
    "in_turns",
    "prune",
    "read",
    "replayed",
]
