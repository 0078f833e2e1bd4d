"""Opening the SQLite file: as it must be, or with one clear line why not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils.db import Database

from pipeline.errors import StoreError
from pipeline.store.migrations import migrations

_BUSY = 30_000  # milliseconds to wait for another writer
_CACHE = 16_000  # KiB of pages in memory; the index of words is slow with less
_CHECKPOINT = 16_000  # pages in the write-ahead log before they are written into the file


@contextmanager
def open_store(path: Path, *, create: bool = False) -> Iterator[Database]:
    """The database in a file, brought to the newest schema.

    Raises StoreError if the file is missing (without `create`), not a database of Lagebild or made by a newer version.
    """
    if not create and not path.is_file():
        raise StoreError(f"{path}: no database there; `lagebild init` makes one")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_BUSY / 1000)
    except (OSError, sqlite3.Error) as exc:
        raise StoreError(f"{path}: cannot be opened: {exc}") from exc
    try:
        yield _prepared(connection, path)
    except sqlite3.OperationalError as exc:
        raise StoreError(f"{path}: {exc}") from exc
    finally:
        connection.close()


@contextmanager
def memory_store() -> Iterator[Database]:
    """An empty database that is gone when it is left."""
    connection = sqlite3.connect(":memory:")
    try:
        yield _prepared(connection, Path(":memory:"))
    finally:
        connection.close()


@contextmanager
def writing(db: Database) -> Iterator[None]:
    """One transaction, whole or not at all; nobody else writes from its begin, so what it reads holds until its end.

    Within another it is a part of that one.
    """
    if db.conn.in_transaction:
        with db.atomic():
            yield
        return
    db.conn.execute("begin immediate")
    try:
        yield
        db.conn.commit()
    except BaseException:
        db.conn.rollback()
        raise


def _prepared(connection: sqlite3.Connection, path: Path) -> Database:
    try:
        db = Database(connection)
        _check(db, path)
        db.enable_wal()
        migrations.apply(db)
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma synchronous = normal")
        connection.execute(f"pragma cache_size = -{_CACHE}")
        connection.execute(f"pragma wal_autocheckpoint = {_CHECKPOINT}")
        connection.commit()
    except sqlite3.DatabaseError as exc:
        raise StoreError(f"{path}: not a database of Lagebild: {exc}") from exc
    return db


def _check(db: Database, path: Path) -> None:
    tables = set(db.table_names())
    if tables and migrations.migrations_table not in tables:
        raise StoreError(f"{path}: not a database of Lagebild (it has other tables: {', '.join(sorted(tables)[:3])})")
    known = {step.name for step in migrations._migrations}
    newer = [step.name for step in migrations.applied(db) if step.name not in known]
    if newer:
        raise StoreError(f"{path}: made by a newer version of Lagebild (step {newer[0]}); update the program")
