"""One SQLite file: `open_store` gives it at the newest schema; each module holds what one stage leaves there.

crawled    sources, polls, entries
fetched    fetches, articles and their versions
hosts      rules for crawlers, reservations against mining
analysed   analyses, mentions, organisations, types, facts
grouped    incidents and the keys by which candidates are found
delivered  subscriptions, digests, deliveries
queries    what several parts ask
"""

from pipeline.store.database import backup, open_store

__all__ = ["backup", "open_store"]
