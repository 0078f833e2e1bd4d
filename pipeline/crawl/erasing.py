"""A page taken out of an archive, without moving those behind it."""

from __future__ import annotations

import fcntl
import gzip
import os
import zlib
from pathlib import Path

from pipeline.errors import LagebildError
from pipeline.records import Place

_BLOCK = 1_048_576
# A record that says nothing (WARC 1.1, 6.7), and the shortest gzip member there is (RFC 1952).
_RECORD = (
    b"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000000>\r\n"
    b"WARC-Date: 1970-01-01T00:00:00Z\r\nContent-Type: application/warc-fields\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
)
_COMMENT = 0x10  # the flag of a gzip member that carries a comment, of any length


def erase(folder: Path, place: Place) -> bool:
    """Writes a record of the same length that says nothing over the one at a place; False if the file is gone.

    Raises LagebildError if there is no record at that place or the file cannot be written.
    """
    path = folder / place.file
    if path.name != place.file:
        raise LagebildError(f"{place.file}: is not the name of a file")
    try:
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            length = _length(file.fileno(), place.offset, str(path))
            os.pwrite(file.fileno(), _nothing(length), place.offset)
            os.fsync(file.fileno())
    except FileNotFoundError:
        return False
    except OSError as exc:
        raise LagebildError(f"{path}: cannot be written: {exc.strerror or exc}") from exc
    return True


def _length(file: int, offset: int, named: str) -> int:
    """The bytes of the gzip member at an offset."""
    member, at = zlib.decompressobj(wbits=31), offset
    try:
        while not member.eof:
            block = os.pread(file, _BLOCK, at)
            if not block:
                raise LagebildError(f"{named}: the record at byte {offset} has no end")
            at += len(block)
            rest = block
            while rest and not member.eof:
                member.decompress(rest, _BLOCK)
                rest = member.unconsumed_tail
    except zlib.error as exc:
        raise LagebildError(f"{named}: no record at byte {offset}: {exc}") from exc
    return at - offset - len(member.unused_data)


def _nothing(length: int) -> bytes:
    """A gzip member of just this length: a record that says nothing, or nothing at all where that is too long."""
    for content in (_RECORD, b""):
        packed = gzip.compress(content, 9, mtime=0)
        room = length - len(packed)
        if room >= 1:
            head, rest = packed[:10], packed[10:]
            return head[:3] + bytes([head[3] | _COMMENT]) + head[4:] + b" " * (room - 1) + b"\0" + rest
        if room == 0:
            return packed
    raise LagebildError(f"{length} bytes are too few for a record")
