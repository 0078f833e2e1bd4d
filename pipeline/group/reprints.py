"""Which articles are copies of one text, whatever stands around it: a date line, a source mark, another headline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

from datasketch import MinHash

from pipeline.group.likeness import body_of
from pipeline.records import Case

_WORD = re.compile(r"\w+")
_RUN = 4  # words
_SAME = 0.8
_ADDED = 0.6  # a copy may add so much that the original is still this share of it
_LEAST = 10  # runs; a text shorter than that is a headline, and equal headlines prove nothing
_ROWS, _BANDS = 4, 10  # texts that share 0.8 of their runs share a band with a probability above 0.99
_BLANK = MinHash(num_perm=_ROWS * _BANDS, seed=1, hashfunc=crc32)


def reprint_of(case: Case, others: Sequence[Case]) -> str | None:
    """The article that this one copies: the earliest with the same text, or None if this is the original itself."""
    earlier = sorted((o for o in others if o.order < case.order), key=lambda o: o.order)
    return next((o.article_id for o in earlier if _is_copy(_runs(case), _runs(o))), None)


@lru_cache(maxsize=500)
def bands(case: Case) -> tuple[str, ...]:
    """Short marks of the text; near copies have at least one in common."""
    runs = _runs(case)
    if len(runs) < _LEAST:
        return ()
    sketch = _BLANK.copy()
    sketch.update_batch(sorted(runs))
    marks = [sketch.hashvalues[i : i + _ROWS].tobytes() for i in range(0, _ROWS * _BANDS, _ROWS)]
    return tuple(f"minhash:{number}-{crc32(mark):08x}" for number, mark in enumerate(marks))


@lru_cache(maxsize=500)
def _runs(case: Case) -> frozenset[bytes]:
    words = _WORD.findall((body_of(case) or case.title).casefold())
    return frozenset(" ".join(words[i : i + _RUN]).encode() for i in range(max(1, len(words) - _RUN + 1)))


def _is_copy(one: frozenset[bytes], other: frozenset[bytes]) -> bool:
    fewer, more = sorted((len(one), len(other)))
    shared = len(one & other)
    if fewer < _LEAST or fewer / more < _ADDED:
        return False
    return shared / fewer >= _SAME
