"""Which articles tell of the same event, which copy one another, and what an incident is as a whole.

bands     Case                 -> the marks by which near copies of its text are found
keys      Case                 -> the marks by which incidents worth comparing are found
group     Case and candidates  -> the incident it belongs to, or None for a new one
describe  Cases                -> Incident
cluster   Cases                -> all of it in memory, without a store
score     events and incidents -> how well they agree
"""

from pipeline.group.join import WINDOW, cluster, group, is_incident, keys
from pipeline.group.reprints import bands, reprint_of
from pipeline.group.scoring import score
from pipeline.group.story import describe

__all__ = ["WINDOW", "bands", "cluster", "describe", "group", "is_incident", "keys", "reprint_of", "score"]
