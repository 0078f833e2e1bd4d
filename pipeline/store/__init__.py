"""One SQLite file: `open_store` gives it at the newest schema; each module holds what one stage leaves there.

crawled    sources, polls, entries
fetched    fetches, articles and their versions
hosts      rules for crawlers, reservations against mining
analysed   analyses, mentions, organisations, types, facts
grouped    articles as grouping sees them, reprints
candidates keys and links by which articles on one event are found
incidents  incidents, their articles, what each said first
pins       what analysts decided
editions   what became known at the same time
happened   what became known between two editions
subscribed subscriptions
delivered  digests and what became of each mail
jobs       how the jobs of the service went
state      what the database tells of the service
retention  what is taken away when it is old
copies     backups, made and put back
leases     what one process alone may do
finding    articles that a search finds
queries    what several parts ask
"""

from sqlite_utils.db import Database

from pipeline.store.copies import backup
from pipeline.store.database import memory_store, open_store, writing

__all__ = ["Database", "backup", "memory_store", "open_store", "writing"]
