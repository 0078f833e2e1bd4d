"""Raw pages as they came, in gzip WARC files, one a day: written, read, read at one place, and thrown away.

Format: WARC 1.1, https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/. Every record is a
gzip member of its own (annex D), so that it can be read from its offset alone.
"""

from __future__ import annotations

import base64
import fcntl
import gzip
import hashlib
import io
import os
import re
import uuid
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.client import responses
from pathlib import Path
from typing import Any, BinaryIO

from warcio.bufferedreaders import ChunkedDataReader
from warcio.limitreader import LimitReader
from warcio.statusandheaders import StatusAndHeadersParser, StatusAndHeadersParserException

from pipeline.crawl.unpack import BrokenBodyError, TooLargeError, Unpacker
from pipeline.errors import LagebildError
from pipeline.records import Place

_LEVEL = 6
_MAX_BYTES = 10_000_000  # of a body
_HEAD_MAX = 262_144  # bytes of a record's or an answer's header lines; browsers read no more either
_BLOCK = 16_384
_WINDOW = 1_048_576
_OURS = re.compile(r"lagebild-([0-9]{4}-[0-9]{2}-[0-9]{2})\.warc\.gz")
_GZIP = b"\x1f\x8b\x08"  # RFC 1952 section 2.3.1: magic and the one method there is
_MARK = b"WARC/"
# A body is kept decompressed, so what describes it on the wire gets another name, as in the files of Common Crawl.
_WIRE = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})


@dataclass(frozen=True, kw_only=True)
class Archived:
    """An answer out of an archive; names of headers in lower case, `body` decoded. A bare resource has status 200."""

    place: Place
    url: str
    at: datetime
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str | None:
        """As the server told it."""
        return self.headers.get("content-type") or None


@dataclass(frozen=True, kw_only=True)
class Damaged:
    """A place in an archive that could not be read, and why."""

    place: Place
    why: str


class Archive:
    """A folder of day files; several processes and threads may write to it at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, answer_url: str, at: datetime, status: int, headers: Mapping[str, str], body: bytes) -> Place:
        """Where an answer now lies. Raises LagebildError if it cannot be written; the file is then as it was."""
        at = at.astimezone(UTC)
        path = self._folder / f"lagebild-{at.date().isoformat()}.warc.gz"
        record = _response(answer_url, at, _http_head(status, headers, len(body)), body)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return Place(file=path.name, offset=_append(path, record, first=_warcinfo(path.name, at)))
        except OSError as exc:
            raise LagebildError(f"{path}: cannot be written: {exc.strerror or exc}") from exc


def read(path: Path, *, max_bytes: int = _MAX_BYTES) -> Iterator[Archived | Damaged]:
    """The web pages of a WARC file, gzip or plain, beyond any damage. Raises LagebildError if it cannot be opened."""
    try:
        with path.open("rb") as file:
            yield from _pages(file, path.name, max_bytes)
    except OSError as exc:
        raise LagebildError(f"{path}: cannot be read: {exc.strerror or exc}") from exc


def read_at(folder: Path, place: Place, *, max_bytes: int = _MAX_BYTES) -> Archived:
    """The page that was kept at a place. Raises LagebildError if there is none or it cannot be read."""
    path = folder / place.file
    if path.name != place.file:
        raise LagebildError(f"{place.file}: is not the name of a file")
    try:
        with path.open("rb") as file:
            found, _ = _record(file, place, packed=not _is_plain(file, place.offset), max_bytes=max_bytes)
    except OSError as exc:
        raise LagebildError(f"{path}: cannot be read: {exc.strerror or exc}") from exc
    except _UnreadableError as exc:
        raise LagebildError(f"{path}: no record at byte {place.offset}: {exc}") from exc
    if not isinstance(found, Archived):
        raise LagebildError(f"{path}: no page at byte {place.offset}{f': {found.why}' if found else ''}")
    return found


def prune(folder: Path, keep_days: int, today: date) -> list[str]:
    """Which day files were deleted: those more than `keep_days` days old. Raises LagebildError if one cannot be."""
    gone = []
    try:
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            day = _day(path.name)
            if day is not None and today - day > timedelta(days=keep_days) and path.is_file():
                path.unlink(missing_ok=True)
                gone.append(path.name)
    except OSError as exc:
        raise LagebildError(f"{folder}: cannot be tidied: {exc.strerror or exc}") from exc
    return gone


def _day(name: str) -> date | None:
    """The day in the name of one of our files; None for any other name."""
    try:
        return date.fromisoformat(ours[1]) if (ours := _OURS.fullmatch(name)) else None
    except ValueError:
        return None


def _append(path: Path, record: bytes, *, first: bytes) -> int:
    """The offset at which a record was appended, behind `first` if the file was empty; all of it or nothing."""
    with path.open("ab", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
        before = file.seek(0, os.SEEK_END)
        start = b"" if before else first
        left = memoryview(start + record)
        try:
            while left:  # a write is short only when the disk is about to be full
                left = left[file.write(left) :]
        except OSError:
            file.truncate(before)
            raise
        return before + len(start)


def _response(url: str, at: datetime, head: bytes, body: bytes) -> bytes:
    digest = base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
    fields = {
        # a line break in an address would start a header of its own
        "WARC-Target-URI": re.sub(r"[\x00-\x20\x7f]", lambda found: f"%{ord(found[0]):02X}", url),
        "WARC-Payload-Digest": f"sha1:{digest}",
        "Content-Type": "application/http; msgtype=response",
    }
    return _packed("response", at, fields, head + body)


def _warcinfo(name: str, at: datetime) -> bytes:
    fields = {"WARC-Filename": name, "Content-Type": "application/warc-fields"}
    return _packed("warcinfo", at, fields, b"software: Lagebild\r\nformat: WARC File Format 1.1\r\n")


def _packed(kind: str, at: datetime, fields: Mapping[str, str], block: bytes) -> bytes:
    """A whole record as one gzip member."""
    named = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{uuid.uuid4()}>",
        "WARC-Date": at.replace(tzinfo=None).isoformat() + "Z",
        **fields,
        "Content-Length": str(len(block)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items()).encode("utf-8", "surrogateescape")
    return gzip.compress(b"WARC/1.1\r\n%s\r\n%s\r\n\r\n" % (head, block), _LEVEL, mtime=0)


def _http_head(status: int, headers: Mapping[str, str], length: int) -> bytes:
    """The head of an answer whose body is `length` bytes long, otherwise in the bytes in which it came."""
    named = [(f"X-Crawl-{name}" if name.lower() in _WIRE else name, value) for name, value in headers.items()]
    lines = [f"HTTP/1.1 {status} {responses.get(status, '')}"]
    lines += [re.sub(r"[\x00\r\n]+", " ", f"{name}: {value}") for name, value in named]
    lines += [f"Content-Length: {length}"]
    # aiohttp reads headers as UTF-8 with surrogate escapes: this is the way back, also for Latin-1.
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


class _UnreadableError(Exception):
    """Why a record, or the page in it, cannot be read."""


class _Member(io.RawIOBase):
    """One gzip member, unpacked, from where a file stands; raises _UnreadableError, and goes on raising it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._unzip = file, zlib.decompressobj(wbits=31)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._unzip.eof:
            packed = self._unzip.unconsumed_tail or self._file.read(_BLOCK)
            try:
                data = self._unzip.decompress(packed, len(buffer))
            except zlib.error as exc:
                raise _UnreadableError("damaged, or not gzip") from exc
            if data:
                buffer[: len(data)] = data
                return len(data)
            if not packed and not self._unzip.eof:
                raise _UnreadableError("the file ends within the record")
        return 0

    @property
    def end(self) -> int:
        """Where the next member begins, once this one has been read to its end."""
        return self._file.tell() - len(self._unzip.unused_data)


def _pages(file: BinaryIO, name: str, max_bytes: int) -> Iterator[Archived | Damaged]:
    packed, size, offset = not _is_plain(file, 0), file.seek(0, os.SEEK_END), 0
    while offset < size:
        place = Place(file=name, offset=offset)
        found: Archived | Damaged | None
        try:
            found, offset = _record(file, place, packed=packed, max_bytes=max_bytes)
        except _UnreadableError as exc:
            found, offset = Damaged(place=place, why=str(exc)), _next_start(file, offset + 1, packed=packed)
        if found is not None:
            yield found


def _record(file: BinaryIO, place: Place, *, packed: bool, max_bytes: int) -> tuple[Archived | Damaged | None, int]:
    """What lies at a place, None if no page, and where the next record begins; raises _UnreadableError."""
    file.seek(place.offset)
    member = _Member(file)
    stream = io.BufferedReader(member, _BLOCK) if packed else file
    fields = _warc_fields(stream)
    block = LimitReader(stream, int(fields.get_header("Content-Length")))
    end = file.tell() + block.limit
    found = _page(fields, block, place, max_bytes)
    if not packed:
        return found, _end_of_plain(file, end)
    while block.read(_BLOCK):
        pass
    rest = stream.read(_BLOCK)
    if block.limit or len(rest) == _BLOCK or rest.strip(b"\r\n"):  # a shorter rest reached the checksum
        raise _UnreadableError("not one record to a gzip member; `warcio recompress` makes it so")
    return found, member.end


def _warc_fields(stream: Any) -> Any:
    head = _head(stream)
    try:
        fields = StatusAndHeadersParser(["WARC/1.1", "WARC/1.0"]).parse(io.BytesIO(head))
    except (StatusAndHeadersParserException, EOFError) as exc:
        raise _UnreadableError("no WARC record") from exc
    if not re.search(rb"\n\r?\n\Z", head):
        raise _UnreadableError("the head of the record has no end")
    if not re.fullmatch("[0-9]{1,18}", fields.get_header("Content-Length", "")):
        raise _UnreadableError("the record does not tell its length")
    return fields


def _end_of_plain(file: BinaryIO, end: int) -> int:
    """Where the next record begins after one that should end at `end`."""
    if end > file.seek(0, os.SEEK_END):
        raise _UnreadableError("the file ends within the record")
    tail = _bytes_at(file, end, 64)
    rest = tail.lstrip(b"\r\n")
    if rest and not tail.startswith((b"\r\n\r\n", b"\n\n")):  # or its length is wrong
        raise _UnreadableError("the record does not end where it says")
    return end + len(tail) - len(rest)


def _head(stream: Any) -> bytes:
    """Header lines up to and with the empty one, or to the end of the stream."""
    head = bytearray()
    while line := stream.readline(_HEAD_MAX - len(head)):
        head += line
        if not line.rstrip(b"\r\n"):
            break
        if len(head) >= _HEAD_MAX:
            raise _UnreadableError(f"header lines larger than {_HEAD_MAX} bytes")
    return bytes(head)


def _next_start(file: BinaryIO, offset: int, *, packed: bool) -> int:
    """Where the first record at or after an offset begins; the end of the file if there is none."""
    pattern, longest = (re.escape(_GZIP), len(_GZIP)) if packed else (rb"WARC/1\.[01]\r?\n", len(b"WARC/1.1\r\n"))
    while len(window := _bytes_at(file, offset, _WINDOW)) >= longest:
        for match in re.finditer(pattern, window):
            if not packed or _begins_member(file, offset + match.start()):
                return offset + match.start()
        offset += len(window) - longest + 1
    return file.seek(0, os.SEEK_END)


def _begins_member(file: BinaryIO, offset: int) -> bool:
    """Whether a gzip member with a WARC record begins here: the magic alone turns up by chance."""
    try:
        return zlib.decompressobj(wbits=31).decompress(_bytes_at(file, offset, 4096), len(_MARK)) == _MARK
    except zlib.error:
        return False


def _is_plain(file: BinaryIO, offset: int) -> bool:
    return _bytes_at(file, offset, len(_MARK)) == _MARK


def _bytes_at(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


def _page(fields: Any, block: Any, place: Place, max_bytes: int) -> Archived | Damaged | None:
    """The page in a record, why there is none, or None for a record that holds no web page."""
    kind, url = fields.get_header("WARC-Type"), fields.get_header("WARC-Target-URI", "")
    url = url.removeprefix("<").removesuffix(">")  # as wget up to 1.19 writes it
    if kind not in ("response", "resource") or not url.lower().startswith(("http://", "https://")):
        return None
    try:
        at = _time(fields.get_header("WARC-Date", ""))
        if kind == "response":
            status, headers = _answer(_head(block))
        else:
            status, headers = 200, {"content-type": fields.get_header("Content-Type", "")}
        body = _body(block, headers, max_bytes)
    except _UnreadableError as exc:
        return Damaged(place=place, why=str(exc))
    return Archived(place=place, url=url, at=at, status=status, headers=headers, body=body)


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise _UnreadableError(f"its date is {text!r}") from exc
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _answer(head: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer, names in lower case, what came twice joined by commas (RFC 9110, 5.2)."""
    parsed = StatusAndHeadersParser([], verify=False).parse(io.BytesIO(head)) if head else None
    if parsed is None or not parsed.protocol.startswith("HTTP/") or not re.match("[0-9]{3}\\b", parsed.statusline):
        raise _UnreadableError("no HTTP answer")
    headers: dict[str, str] = {}
    for name, value in parsed.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return int(parsed.statusline[:3]), headers


def _body(block: Any, headers: Mapping[str, str], max_bytes: int) -> bytes:
    """The rest of a block, decoded; neither before nor after that larger than `max_bytes`."""
    if block.limit > max_bytes:
        raise _UnreadableError(f"larger than {max_bytes} bytes")
    body: bytes = block.read()
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = ChunkedDataReader(io.BytesIO(body)).read()  # takes what is not chunked as it is
    return _unpacked(body, headers.get("content-encoding", ""), max_bytes)


def _unpacked(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """A body without its content codings; an unknown one, such as `utf-8`, is none, as browsers have it."""
    names = [name for part in encoding.lower().split(",") if (name := part.strip()) in _CODINGS]
    # Some archivers unpack bodies and leave the header as it was.
    if not names or ("gzip" in names[-1] and not body.startswith(_GZIP)):
        return body
    try:
        unpacker = Unpacker(",".join(names), max_bytes)
        for start in range(0, len(body), _BLOCK):
            unpacker.feed(body[start : start + _BLOCK])
    except TooLargeError as exc:
        raise _UnreadableError(f"larger than {max_bytes} bytes") from exc
    except BrokenBodyError as exc:
        raise _UnreadableError(f"the packed body is damaged: {exc}") from exc
    if not unpacker.whole:
        raise _UnreadableError("the packed body ends before its end")
    return bytes(unpacker.body)
