"""Which places are read: a YAML list, checked when loaded."""

from pipeline.sources.catalogue import load, parse

__all__ = ["load", "parse"]
