"""Which articles tell of the same event, which copy one another, and what an incident is as a whole.

bands      Case               -> the marks by which near copies of its text are found
keys       Case               -> the marks by which articles worth comparing are found
likeness   two Cases          -> how probable it is that both tell of one event
belongs    likenesses         -> the incident of an article, or None for a new one
describe   Told of one event  -> Incident
slug_of    a title or name    -> its form in an address
score      events, incidents  -> how well they agree
"""

from pipeline.group.join import LEAST, WINDOW, belongs, is_incident, keys
from pipeline.group.likeness import is_roundup, likeness
from pipeline.group.reprints import bands, reprint_of
from pipeline.group.scoring import score
from pipeline.group.story import describe, slug_of

__all__ = [
    "LEAST",
    "WINDOW",
    "bands",
    "belongs",
    "describe",
    "is_incident",
    "is_roundup",
    "keys",
    "likeness",
    "reprint_of",
    "score",
    "slug_of",
]
