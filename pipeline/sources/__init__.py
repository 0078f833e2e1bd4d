"""Which places are read, from a YAML list that is checked when loaded, and when each is looked at again."""

from pipeline.sources.catalogue import load, parse
from pipeline.sources.rhythm import next_look

__all__ = ["load", "next_look", "parse"]
