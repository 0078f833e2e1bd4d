"""From records back to the sources file: as YAML, what of an import is new, and added at the end of a file."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from pipeline.errors import SourcesError
from pipeline.records import Select, Source
from pipeline.sources.catalogue import parse

_WIDTH = 100  # characters after which a text is folded, at the end of the word
_NEEDED = ("id", "name", "kind", "url")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_PORTS = {"http": 80, "https": 443}
_FIRST_ENTRY = re.compile(r"^( *)-\s", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Added:
    """What of an import is new, under ids that are free, and what is there already."""

    new: list[Source]
    known: list[Source]


def to_yaml(sources: Iterable[Source]) -> str:
    """The text of a sources file that names these sources, in their order, defaults left out.

    Raises ValueError for an interval that is not whole minutes, since no file could have named it.
    """
    return "\n".join(_entry(source) for source in sources) or "[]\n"


def row_of(source: Source) -> dict[str, object]:
    """A source with the keys and values of its entry in a sources file, in the order of the record.

    Raises ValueError for an interval that is not whole minutes.
    """
    plain = Source(id=source.id, name=source.name, kind=source.kind, url=source.url)
    row: dict[str, object] = {}
    for key in (field.name for field in fields(source)):
        value = getattr(source, key)
        if key in _NEEDED or value != getattr(plain, key):
            row[key] = _written(value)
    return row


def _written(value: object) -> object:
    if isinstance(value, timedelta):
        for letter, unit in _UNITS.items():
            if not value % unit:
                return f"{value // unit}{letter}"
        raise ValueError(f"expected an interval of whole minutes, got {value}")
    if isinstance(value, Select):
        return {key: css for key, css in asdict(value).items() if css is not None}
    return value


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as a block, and one with invisible characters in escapes."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if not all(c.isprintable() or c == "\n" for c in text):
        style = '"'  # YAML would read some of them, such as NEL, as another line break
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _entry(source: Source) -> str:
    text: str = yaml.dump([row_of(source)], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text


def claim(wanted: str, taken: dict[str, int]) -> str:
    """The id as it is wanted, or the first of wanted-2, wanted-3, … that is not taken; it is taken from now on.

    The number of a taken id is the last one that was tried after it, so that many of one title cost no search.
    """
    name = wanted
    while name in taken:
        taken[wanted] += 1
        name = f"{wanted}-{taken[wanted]}"
    taken[name] = 1
    return name


def added(existing: Sequence[Source], found: Sequence[Source]) -> Added:
    """Which of the sources found have an address that is not there yet.

    Addresses are the same if they differ in the scheme, the case of the host, its usual port, a fragment or a slash at
    the end. The second of two with the same address is known as well.
    """
    places = {_place(source.url) for source in existing}
    ids = {source.id: 1 for source in existing}
    result = Added(new=[], known=[])
    for source in found:
        if (place := _place(source.url)) in places:
            result.known.append(source)
            continue
        result.new.append(replace(source, id=claim(source.id, ids)))
        places.add(place)
    return result


def _place(url: str) -> tuple[str | None, int | None, str, str]:
    parts = urlsplit(url)
    port = None if parts.port == _PORTS.get(parts.scheme) else parts.port
    return parts.hostname, port, parts.path.rstrip("/"), parts.query


def append(path: Path, new: Sequence[Source]) -> None:
    """Adds sources at the end of a file, made if it is missing; what stands there before is kept byte for byte.

    Raises SourcesError, naming the file, if it is faulty, cannot be added to or cannot be written; it is then as it was.
    """
    if not new:
        return
    target = Path(os.path.realpath(path))  # a link stays a link
    try:
        if target.exists() and not target.is_file():
            raise SourcesError(f"{path}: not a file")
        _replace(target, _extended(_content(target), new, str(path)).encode("utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "is not UTF-8"
        raise SourcesError(f"{path}: {reason}") from exc


def _content(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")  # line ends stay as they are
    except FileNotFoundError:
        return ""


def _extended(old: str, new: Sequence[Source], name: str) -> str:
    """The text with the new entries at its end, read once to be sure that it says what it should."""
    lines = [line.strip() for line in old.removeprefix("\ufeff").splitlines()]
    empty = all(not line or line.startswith("#") for line in lines)
    before = [] if empty else parse(old, name)
    more = to_yaml(new)
    if not empty and (first := _FIRST_ENTRY.search(old)):
        more = textwrap.indent(more, first[1])
    if old and not old.endswith("\n"):
        more = "\n\n" + more
    elif lines and lines[-1]:
        more = "\n" + more
    text = old + (more.replace("\n", "\r\n") if "\r\n" in old else more)
    try:
        now = parse(text, "with the new entries")
    except SourcesError as exc:  # a list in brackets, an end marker, an id that is taken
        raise SourcesError(f"{name}: left as it is: {exc}") from exc
    if now != [*before, *new]:
        raise SourcesError(f"{name}: left as it is: with the new entries, it would say something else")
    return text


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f".lagebild-{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            if path.exists():
                before = path.stat()
                with contextlib.suppress(PermissionError):  # only root can give a file away
                    os.chown(part, before.st_uid, before.st_gid)
                shutil.copymode(path, part)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
