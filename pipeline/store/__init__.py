"""One SQLite file: `open_store` gives it at the newest schema; each module holds what one stage leaves there.

crawled    sources, polls, entries
fetched    fetches, articles and their versions
hosts      rules for crawlers, reservations against mining
analysed   analyses, mentions, organisations, types, facts
grouped    articles as grouping sees them, reprints
candidates keys and links by which articles on one event are found
incidents  incidents, their articles, what each said first
pins       what analysts decided
delivered  subscriptions, digests, deliveries
finding    articles that a search finds
queries    what several parts ask
"""

from pipeline.store.database import backup, memory_store, open_store, writing

__all__ = ["backup", "memory_store", "open_store", "writing"]
