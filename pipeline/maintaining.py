"""What is done every night: old rows go, the database is tidied, and a checked copy is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.config import Kept, Settings
from pipeline.errors import StoreError
from pipeline.store import Database, backup, retention, writing
from pipeline.vocabulary import BERLIN

_NAME = re.compile(r"lagebild-\d{4}-\d\d-\d\d\.db")


@dataclass(frozen=True, kw_only=True)
class MaintenanceReport:
    """How many rows went from which table, and where the copy lies."""

    pruned: Mapping[Kept, int] = field(default_factory=dict)
    backup: Path | None = None


def maintain(db: Database, settings: Settings, now: datetime | None = None) -> MaintenanceReport:
    """Prunes as `keep_days` says, tidies, and writes the backup of the day; the oldest ones go.

    Raises StoreError if the copy cannot be written or is not sound; then no older one goes.
    """
    now = now or datetime.now(UTC)
    pruned = {
        table: retention.prune(db, table, now - timedelta(days=days))
        for table, days in settings.keep_days.items()
        if days
    }
    with writing(db):  # else it would not wait for another writer
        db.execute("pragma optimize")
    if not settings.backups:
        return MaintenanceReport(pruned=pruned)
    file = settings.backup_folder / f"lagebild-{now.astimezone(BERLIN).date()}.db"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        backup(db, file)
        there = sorted(path for path in file.parent.iterdir() if _NAME.fullmatch(path.name))
        for old in there[: -settings.backups]:
            old.unlink()
    except OSError as exc:
        raise StoreError(f"{exc.filename or file}: {exc.strerror or exc}") from exc
    return MaintenanceReport(pruned=pruned, backup=file)
