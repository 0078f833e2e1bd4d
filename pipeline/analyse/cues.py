"""Wordings that point to an incident type or away from any: written down, not learnt, weighed like any other sign."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import yaml

from pipeline.analyse.labels import TYPES

# What an article may be about that makes its wordings mean no event.
SCOPES = (
    "exercise", "survey", "advice", "maintenance", "report", "product", "fiction", "law", "history", "elsewhere"
)  # fmt: skip


class Cue(NamedTuple):
    """A wording found: the incident type or scope that it points to, and the wording as it is written down."""

    type: str
    wording: str


def levelled(text: str) -> str:
    """The text as wordings are written down: lower case, with single blanks."""
    return " ".join(text.lower().split())


@lru_cache(maxsize=1024)
def find_cues(text: str) -> tuple[Cue, ...]:
    """The wordings in a text that point to incident types and scopes, one after the other, once for each place."""
    lower = levelled(text)
    return tuple(
        Cue(type, wordings[match.lastindex - 1])
        for type, pattern, wordings in _patterns()
        for match in pattern.finditer(lower)
        if match.lastindex
    )


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...]:
    """For every type and scope one expression with a group for each wording."""
    told = yaml.safe_load(files("pipeline.analyse").joinpath("wordings.yml").read_text(encoding="utf-8"))
    found = []
    for type in (*TYPES, *SCOPES):
        wordings = tuple(wording.replace("{data}", told["data"]) for wording in told[type])
        found.append((type, re.compile("|".join(rf"\b({wording})" for wording in wordings)), wordings))
    return tuple(found)
