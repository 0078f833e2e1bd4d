"""The sources file: from YAML to records, every fault named by file, entry and key."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import soupsieve
import yaml
from soupsieve import SelectorSyntaxError

from pipeline.errors import SourcesError
from pipeline.records import Select, Source, SourceKind

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_EVERY = re.compile(r"(\d+)\s*(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_SELECT = tuple(field.name for field in fields(Select))


def load(path: Path) -> list[Source]:
    """The sources that a file names, in its order.

    Raises SourcesError, naming file, entry and key.
    """
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "is not UTF-8"
        raise SourcesError(f"{path}: {reason}") from exc


def parse(text: str, name: str) -> list[Source]:
    """The sources in a YAML text; `name` stands for it in messages.

    Raises SourcesError, naming file, entry and key.
    """
    try:
        rows = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise SourcesError(f"{name}: not YAML: {' '.join(str(exc).split())}") from exc
    except RecursionError as exc:
        raise SourcesError(f"{name}: nested too deeply") from exc
    if not isinstance(rows, list):
        raise SourcesError(f"{name}: expected a YAML list of sources")
    sources: list[Source] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        source = source_of(row, f"{name}, entry {number}")
        if source.id in seen:
            raise SourcesError(f"{name}, entry {number} ({source.id}): id: used twice")
        seen.add(source.id)
        sources.append(source)
    return sources


def source_of(row: object, where: str) -> Source:
    """The source that keys and values describe; `where` stands for them in messages. Raises SourcesError."""
    if not isinstance(row, dict):
        raise SourcesError(f"{where}: expected keys and values")
    where = f"{where} ({row.get('id', 'without id')})"
    for key in row:
        if key not in _READERS:
            raise SourcesError(f"{where}: {key}: unknown key")
    for key in ("id", "name", "kind", "url"):
        if row.get(key) is None:
            raise SourcesError(f"{where}: {key}: missing")
    values = {}
    for key, value in row.items():
        if value is None:
            continue
        try:
            values[key] = _READERS[key](value)
        except ValueError as exc:
            raise SourcesError(f"{where}: {key}: {exc}") from exc
    return Source(**values)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected a text, got {value!r}")
    return value.strip()


def _slug(value: object) -> str:
    if not _SLUG.fullmatch(text := _text(value)):
        raise ValueError(f"expected lower-case letters, digits and single hyphens, got {text!r}")
    return text


def _address(value: object) -> str:
    try:
        parts = urlsplit(text := _text(value))
        _ = parts.port
    except ValueError as exc:
        raise ValueError(f"not an address: {value!r}") from exc
    if parts.username or parts.password or "@" in parts.netloc:
        raise ValueError("an address must not carry credentials")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"expected an http or https address, got {text!r}")
    return text


def _one_of(*allowed: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in allowed:
            raise ValueError(f"expected one of {', '.join(allowed)}, got {value!r}")
        return str(value)

    return read


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {value!r}")
    return value


def _every(value: object) -> timedelta:
    match = _EVERY.fullmatch(str(value))
    if not match or int(match[1]) == 0:
        raise ValueError(f"expected a time like 30m, 2h or 1d, got {value!r}")
    try:
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    except OverflowError as exc:
        raise ValueError(f"too long: {value!r}") from exc


def _select(value: object) -> Select:
    if not isinstance(value, dict):
        raise ValueError(f"expected CSS selectors under {', '.join(_SELECT)}")
    for key in value:
        if key not in _SELECT:
            raise ValueError(f"unknown key {key}")
    return Select(**{key: _css(css, key) for key, css in value.items()})


def _css(value: object, key: str) -> str:
    try:
        soupsieve.compile(text := _text(value))
    except (ValueError, SelectorSyntaxError, RecursionError) as exc:
        raise ValueError(f"{key}: {str(exc).splitlines()[0]}") from exc
    return text


def _pattern(value: object) -> str:
    try:
        return re.compile(_text(value)).pattern
    except (re.error, OverflowError, RecursionError) as exc:
        raise ValueError(f"not a regular expression: {exc}") from exc


_READERS: dict[str, Callable[[object], Any]] = {
    "id": _slug,
    "name": _text,
    "kind": _one_of(*get_args(SourceKind)),
    "url": _address,
    "sector": _text,
    "publisher": _text,
    "homepage": _address,
    "language": _text,
    "country": _text,
    "every": _every,
    "text": _one_of("page", "entry"),
    "split": _flag,
    "only": _pattern,
    "select": _select,
    "enabled": _flag,
    "confidence": _one_of("high", "medium", "low"),
    "evidence": _text,
    "notes": _text,
}
