"""Which places are read, from a YAML list that is checked when loaded, and when each is looked at again."""

from pipeline.sources.catalogue import load, parse
from pipeline.sources.opml import OpmlRead, from_opml, to_opml
from pipeline.sources.rhythm import Next, after, has_moved, in_words, next_look, possible_gap, usual_gap
from pipeline.sources.writing import Added, added, append, to_yaml

__all__ = [
    "Added",
    "Next",
    "OpmlRead",
    "added",
    "after",
    "append",
    "from_opml",
    "has_moved",
    "in_words",
    "load",
    "next_look",
    "parse",
    "possible_gap",
    "to_opml",
    "to_yaml",
    "usual_gap",
]
