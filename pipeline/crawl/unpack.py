"""Unpacking bodies as they stream in: never more in memory than the limit, and one that ends early is told."""

from __future__ import annotations

import sys
import zlib
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"


class TooLargeError(Exception):
    """More than the limit."""


class BrokenBodyError(Exception):
    """Not what its Content-Encoding says."""


class _Codec(Protocol):
    def feed(self, data: bytes, room: int) -> bytes:
        """At most `room` bytes of what the data unpack to."""

    @property
    def waits(self) -> bool:
        """Whether there is more to come of what was fed already."""

    @property
    def ended(self) -> bool:
        """Whether the last byte has been seen."""


class _Plain:
    waits, ended = False, True

    def feed(self, data: bytes, room: int) -> bytes:
        return data


class _Zlib:
    """gzip and deflate; the latter also without the zlib header that it should have (RFC 9110, section 8.4.1.2)."""

    def __init__(self, encoding: str) -> None:
        self._gzip = encoding != "deflate"
        self._codec: zlib._Decompress | None = None
        self._left = b""

    def feed(self, data: bytes, room: int) -> bytes:
        data = self._left + data
        if self._codec is None and data:
            raw = not self._gzip and data[0] & 0x0F != 8
            self._codec = zlib.decompressobj(-zlib.MAX_WBITS if raw else zlib.MAX_WBITS | (16 if self._gzip else 0))
        if self._codec is None or self._codec.eof:
            return b""
        found = self._codec.decompress(data, room)
        self._left = self._codec.unconsumed_tail
        if self._codec.eof and self._gzip and self._codec.unused_data[:2] == b"\x1f\x8b":  # one more member
            self._left, self._codec = self._codec.unused_data, None
        return found

    @property
    def waits(self) -> bool:
        return bool(self._left)

    @property
    def ended(self) -> bool:
        return self._codec is not None and self._codec.eof


class _Brotli:
    def __init__(self) -> None:
        self._codec = brotli.Decompressor()

    def feed(self, data: bytes, room: int) -> bytes:
        if not data and not self.waits:
            return b""
        return bytes(self._codec.process(data, output_buffer_limit=room))

    @property
    def waits(self) -> bool:
        return not self._codec.can_accept_more_data()

    @property
    def ended(self) -> bool:
        return bool(self._codec.is_finished())


class _Zstandard:
    def __init__(self) -> None:
        self._codec = zstd.ZstdDecompressor()

    def feed(self, data: bytes, room: int) -> bytes:
        return b"" if self._codec.eof else self._codec.decompress(data, room)

    @property
    def waits(self) -> bool:
        return not self._codec.eof and not self._codec.needs_input

    @property
    def ended(self) -> bool:
        return self._codec.eof


class Unpacker:
    """The bytes behind a Content-Encoding, at most `limit` of them."""

    def __init__(self, encoding: str, limit: int) -> None:
        names = [name for part in encoding.lower().split(",") if (name := part.strip()) not in ("", "identity")]
        self._codecs = [_codec(name) for name in reversed(names)] or [_Plain()]
        if len(self._codecs) > 2:
            raise BrokenBodyError(f"packed {len(self._codecs)} times")
        self._limit, self.body = limit, bytearray()
        self._fed = False

    def feed(self, data: bytes) -> None:
        """Unpacks a piece. Raises TooLargeError and BrokenBodyError."""
        self._fed = self._fed or bool(data)
        self._push(data, 0)

    def _push(self, data: bytes, depth: int) -> None:
        codec = self._codecs[depth]
        while True:
            try:
                found = codec.feed(data, self._limit + 1 - len(self.body))
            except (zlib.error, brotli.error, zstd.ZstdError) as exc:
                raise BrokenBodyError(str(exc)) from exc
            if depth + 1 < len(self._codecs):
                self._push(found, depth + 1)
            else:
                self.body += found
            if len(self.body) > self._limit:
                raise TooLargeError
            if not codec.waits:
                return
            data = b""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing at the end."""
        return not self._fed or all(codec.ended for codec in self._codecs)


def _codec(name: str) -> _Codec:
    if name in ("gzip", "x-gzip", "deflate"):
        return _Zlib(name)
    if name == "br":
        return _Brotli()
    if name == "zstd":
        return _Zstandard()
    raise BrokenBodyError(f"packed as {name}, which was not asked for")
