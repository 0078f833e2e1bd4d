"""What no article has: so many tags or attributes, so much text, so long a time to be read."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from types import FrameType

from pipeline.errors import ExtractError

MOST_TAGS = 100_000
MOST_ATTRIBUTES = 2_000  # of one tag; a parser compares each with all others
MOST_IN_TAG = 300_000  # characters; data for programs may be long
MOST_CHARACTERS = 1_000_000
SECONDS = 2.0
HARD_SECONDS = 2 * SECONDS  # when a worker is ended that does not hear of the limit, as deep in a parser
_LONG_TAG = re.compile(r"<([a-zA-Z][\w:-]*)[^<>]{8000,}")
_VALUE = re.compile(r"\"[^\"]*\"|'[^']*'")


class _TooSlow(BaseException):
    """Not an Exception, as parsers catch those."""


def check_tags(text: str) -> None:
    """Raises ExtractError if a page has more tags than any article."""
    if (tags := text.count("<")) > MOST_TAGS:
        raise ExtractError(f"{tags:,} tags are more than the {MOST_TAGS:,} of the longest article")


def without_long_attributes(text: str) -> str:
    """A page whose tags have no more and no longer attributes than parsers can bear; those that have lose all."""
    return _LONG_TAG.sub(lambda tag: f"<{tag[1]}" if _is_too_long(tag[0]) else tag[0], text)


def _is_too_long(tag: str) -> bool:
    bare = _VALUE.sub(" ", tag)
    return len(tag) > MOST_IN_TAG or max(len(bare.split()) - 1, bare.count("=")) > MOST_ATTRIBUTES


def check_length(characters: int) -> None:
    """Raises ExtractError if a page shows more text than any article."""
    if characters > MOST_CHARACTERS:
        raise ExtractError(f"{characters:,} characters are more than the {MOST_CHARACTERS:,} of the longest article")


@contextmanager
def time_limit() -> Iterator[None]:
    """Raises ExtractError in what takes more than two seconds of processor time; works in the main thread only.

    In a worker, whose end is survived and told, the system itself ends what goes on for as long again.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    if parent_process() is not None:
        signal.setitimer(signal.ITIMER_VIRTUAL, HARD_SECONDS)  # nobody handles it: the process ends
    try:
        yield
    except _TooSlow:
        raise ExtractError(f"it takes more than {SECONDS:g} seconds to read") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        if parent_process() is not None:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGPROF, before)


def _stop(number: int, frame: FrameType | None) -> None:
    raise _TooSlow
