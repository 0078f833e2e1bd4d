"""One service per database: a lock that the system takes back when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import StoreError


@contextmanager
def alone(db: Path, what: str) -> Iterator[None]:
    """Holds the database for one purpose. Raises StoreError, naming who has it, if another process does."""
    file = _file(db)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as exc:
        raise StoreError(f"{file}: cannot be opened: {exc.strerror or exc}") from exc
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise StoreError(f"{db}: in use by {_holder(file)}; only one at a time") from exc
        name = f"{what}, process {os.getpid()} on {socket.gethostname()} since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        os.truncate(handle, 0)
        os.pwrite(handle, name.encode(), 0)
        yield
    finally:
        os.close(handle)


def in_use(db: Path) -> str | None:
    """Who holds the database, or None."""
    try:
        with _file(db).open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(_file(db))
    except OSError:
        return None
    return None


def _holder(file: Path) -> str:
    try:
        return file.read_text().strip() or "another process"
    except OSError:
        return "another process"


def _file(db: Path) -> Path:
    return db.with_name(f"{db.name}.lock")
