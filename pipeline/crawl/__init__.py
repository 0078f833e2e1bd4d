"""Asking sources what they offer and fetching what stands behind it.

async with crawl(politeness) as crawler:
    async for polled in crawler.poll(due): ...      # what each source offers
    async for fetched in crawler.fetch(waiting): ...  # the pages behind the entries
"""

from pipeline.crawl.crawler import Crawler, crawl
from pipeline.crawl.web import Politeness

__all__ = ["Crawler", "Politeness", "crawl"]
