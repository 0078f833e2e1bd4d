"""What is known about organisations: read from a file of JSON lines, checked, found again by any of their names."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.analyse.labels import SECTORS
from pipeline.analyse.names import fold
from pipeline.errors import AnnotationError, ModelError

_KEYS = ("id", "name", "aliases", "ambiguous", "sector", "legal_form", "wikidata", "successor")


@dataclass(frozen=True, kw_only=True)
class KnownOrganisation:
    """An organisation with every name it goes by; `ambiguous` names mean something else as well."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    sector: str = "other"
    legal_form: str | None = None
    wikidata: str | None = None
    successor: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Name and aliases."""
        return (self.name, *self.aliases)


def load_knowledge(path: Path) -> tuple[KnownOrganisation, ...]:
    """The organisations of a file, one JSON object a line, without contradictions."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise ModelError(f"{path}: the known organisations cannot be read: {exc}") from exc
    known = tuple(_organisation(f"{path}: line {n}", line) for n, line in enumerate(lines, 1) if line.strip())
    _check(path, known)
    return known


def as_lines(known: Iterable[KnownOrganisation]) -> str:
    """The organisations as they are written into a file."""
    rows = ({k: v for k, v in asdict(organisation).items() if v not in ((), None)} for organisation in known)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def load_malware(path: Path) -> frozenset[str]:
    """The names of malware in a file, one JSON object {name, aliases?, ambiguous?, kind} a line, that mean nothing else."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return frozenset(
            n for row in rows for n in {row["name"], *row.get("aliases", ())} - {*row.get("ambiguous", ())}
        )
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as exc:
        raise ModelError(f"{path}: the names of malware cannot be read: {exc!r}") from exc


class Register:
    """Finds the organisation that a name stands for."""

    def __init__(self, known: Iterable[KnownOrganisation]) -> None:
        self.known = tuple(known)
        self.by_id = {organisation.id: organisation for organisation in self.known}
        self._exact: dict[str, str | None] = {}
        self._folded: dict[str, str | None] = {}
        for organisation in self.known:
            for name in organisation.names:
                _claim(self._exact, name, organisation.id)
                if not _is_short(name):
                    _claim(self._folded, fold(name), organisation.id)

    def find(self, name: str) -> KnownOrganisation | None:
        """The one organisation of this name; short names count only as they are written."""
        found = self._exact.get(name) if name in self._exact else self._folded.get(fold(name))
        return self.by_id[found] if found else None


def _is_short(name: str) -> bool:
    return len(name) <= 3


def _claim(owners: dict[str, str | None], key: str, id: str) -> None:
    if key:
        owners[key] = id if owners.get(key, id) == id else None


def _organisation(where: str, line: str) -> KnownOrganisation:
    try:
        raw: Any = json.loads(line)
    except json.JSONDecodeError as exc:
        raise AnnotationError(f"{where}: not JSON: {exc.msg}") from exc
    if not isinstance(raw, dict):
        raise AnnotationError(f"{where}: an object is wanted")
    for key in raw:
        if key not in _KEYS:
            raise AnnotationError(f"{where}: key {key}: unknown")
    for key in ("id", "name"):
        if not isinstance(raw.get(key), str) or not raw[key].strip():
            raise AnnotationError(f"{where}: key {key}: a name is wanted")
    for key in ("aliases", "ambiguous"):
        names = raw.setdefault(key, [])
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            raise AnnotationError(f"{where}: key {key}: a list of names is wanted")
        raw[key] = tuple(names)
    if raw.setdefault("sector", "other") not in SECTORS:
        raise AnnotationError(f"{where}: key sector: unknown value {raw['sector']!r}")
    return KnownOrganisation(**raw)


def _check(path: Path, known: tuple[KnownOrganisation, ...]) -> None:
    owners: dict[str, KnownOrganisation] = {}
    ids = set()
    for organisation in known:
        if organisation.id in ids:
            raise AnnotationError(f"{path}: key id: {organisation.id} comes twice")
        ids.add(organisation.id)
        for name in set(organisation.names):
            other = owners.setdefault(name, organisation)
            if other is not organisation and not (name in other.ambiguous and name in organisation.ambiguous):
                raise AnnotationError(f"{path}: key aliases: {name!r} belongs to {other.id} and {organisation.id}")
    for organisation in known:
        if organisation.successor is not None and organisation.successor not in ids:
            raise AnnotationError(f"{path}: key successor: {organisation.successor} of {organisation.id} is unknown")
