"""From what somebody types to a full-text question, and from the answer's snippet to marked text."""

from __future__ import annotations

import re

from pipeline.browse.marks import Highlight, Piece, mark

# Signs that no text holds: between them SQLite puts what was found.
OPEN, CLOSE = "\x02", "\x03"
_TERMS = 12
_PREFIX_FROM = 4  # letters from which on a term also finds longer words: Datenleck, Datenlecks
_TYPED = re.compile(r'"([^"]*)"|(\S+)')


def question(typed: str) -> str | None:
    """What SQLite is asked: every term quoted, all of them wanted; None where nothing can be asked.

    Words in "double quotes" are one phrase; any other term also finds words that begin with it.
    """
    terms = []
    for phrase, word in _TYPED.findall(_printable(typed).translate({ord(c): '"' for c in "„“”"})):
        term = (phrase or word).replace('"', " ").strip()
        if any(c.isalnum() for c in term):
            star = "*" if word and len(term) >= _PREFIX_FROM and term[-1].isalnum() else ""
            terms.append(f'"{term}"{star}')
    return " ".join(terms[:_TERMS]) or None


def snippet(text: str) -> tuple[Piece, ...]:
    """A snippet with its hits as highlights."""
    plain, highlights, start = "", [], None
    for part in re.split(f"([{OPEN}{CLOSE}])", re.sub(r"\s*\n\s*", " · ", text)):
        if part == OPEN:
            start = len(plain)
        elif part == CLOSE and start is not None:
            highlights.append(Highlight(start=start, end=len(plain), kind="evidence", label="hit", title="Fundstelle"))
            start = None
        elif part != CLOSE:
            plain += part
    return mark(plain, highlights)


def _printable(typed: str) -> str:
    return "".join(c if c.isprintable() else " " for c in typed[:400])
