"""Copies of the database: made while it is in use, checked, and put back in its place."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path

from sqlite_utils.db import Database

from pipeline.errors import StoreError
from pipeline.store.database import open_store

_BESIDE = ("-wal", "-shm")  # files of SQLite that belong to a database file


def backup(db: Database, path: Path) -> None:
    """Copies the database to a file, whole, while others read and write; the copy is checked before it gets its name.

    Raises StoreError if the file cannot be written or the copy is not sound.
    """
    _copy(db.conn, path)


def restore(path: Path, file: Path, now: datetime) -> Path | None:
    """Puts a backup in the place of the database; returns where what stood there is kept now.

    Raises StoreError if the backup is not sound, or if another program has the database open.
    """
    part = path.with_name(f"{path.name}.restored")
    try:
        copy = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            if copy.execute("select 1 from sqlite_master where name = 'articles'").fetchone() is None:
                raise StoreError(f"{file}: not a database of Lagebild")
            _copy(copy, part)
        finally:
            copy.close()
        with open_store(part) as restored:  # ours, and brought to the newest schema
            restored.execute("pragma journal_mode = delete")
        kept = _set_aside(path, now) if path.exists() else None
        os.replace(part, path)
    except (OSError, sqlite3.Error) as exc:
        raise StoreError(f"{file}: cannot be put in the place of {path}: {exc}") from exc
    finally:
        for name in ("", *_BESIDE):
            part.with_name(part.name + name).unlink(missing_ok=True)
    return kept


def _set_aside(path: Path, now: datetime) -> Path:
    """Another name for the database; its write-ahead log must not be taken for one of the restored file."""
    kept = path.with_name(f"{path.name}.before-{now:%Y%m%d-%H%M%S}")
    old = sqlite3.connect(path, timeout=1)
    try:
        old.execute("pragma journal_mode = delete")  # only who is alone may do this
    except sqlite3.OperationalError as exc:
        raise StoreError(f"{path}: another program has it open; stop `lagebild serve` and what else reads it") from exc
    except sqlite3.DatabaseError:  # broken: perhaps why there is something to restore
        for name in _BESIDE:
            beside = path.with_name(path.name + name)
            if beside.exists():
                os.replace(beside, kept.with_name(kept.name + name))
    finally:
        old.close()
    os.link(path, kept)
    return kept


def _copy(connection: sqlite3.Connection, path: Path) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        copy = sqlite3.connect(part)
        try:
            connection.backup(copy)
            verdict = copy.execute("pragma integrity_check").fetchone()[0]
        finally:
            copy.close()
        if verdict != "ok":
            raise StoreError(f"{path}: the copy is not sound: {verdict}")
        part.replace(path)
    except (OSError, sqlite3.Error) as exc:
        raise StoreError(f"{path}: cannot be written: {exc}") from exc
