"""What no article has: so many tags, so much text, so long a time to be read."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pipeline.errors import ExtractError

MOST_TAGS = 100_000
MOST_CHARACTERS = 1_000_000
SECONDS = 2.0


class _TooSlow(BaseException):
    """Not an Exception, as parsers catch those."""


def check_tags(text: str) -> None:
    """Raises ExtractError if a page has more tags than any article."""
    if (tags := text.count("<")) > MOST_TAGS:
        raise ExtractError(f"{tags:,} tags are more than the {MOST_TAGS:,} of the longest article")


def check_length(characters: int) -> None:
    """Raises ExtractError if a page shows more text than any article."""
    if characters > MOST_CHARACTERS:
        raise ExtractError(f"{characters:,} characters are more than the {MOST_CHARACTERS:,} of the longest article")


@contextmanager
def time_limit() -> Iterator[None]:
    """Raises ExtractError in what takes more than two seconds of processor time; works in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    except _TooSlow:
        raise ExtractError(f"it takes more than {SECONDS:g} seconds to read") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _stop(number: int, frame: FrameType | None) -> None:
    raise _TooSlow
