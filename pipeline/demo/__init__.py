"""The sample newsroom: eight fictional sites on loopback, and the walk of their articles through the whole flow."""

from pipeline.demo.newsroom import ServedNewsroom, serve_newsroom
from pipeline.demo.walk import Findings, walk

__all__ = ["Findings", "ServedNewsroom", "serve_newsroom", "walk"]
