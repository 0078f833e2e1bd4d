"""Making tables, columns and indexes, in few words."""

from __future__ import annotations

from sqlite_utils.db import Database


def add_table(
    db: Database, name: str, columns: str, *, pk: str | tuple[str, ...] = "id", keys: dict[str, str] | None = None
) -> None:
    """A STRICT table; `columns` reads "name TYPE, …", a ! behind the type is NOT NULL; `keys` names foreign tables."""
    pairs = [column.split() for column in columns.split(",")]
    db.table(name).create(
        {column: kind.rstrip("!") for column, kind in pairs},
        pk=pk,
        not_null={column for column, kind in pairs if kind.endswith("!")},
        foreign_keys=[(column, table, "id") for column, table in (keys or {}).items()],
        strict=True,
    )


def add_index(db: Database, table: str, *columns: str, unique: bool = False) -> None:
    """An index over columns."""
    db.table(table).create_index(columns, unique=unique)


def add_columns(db: Database, table: str, columns: str) -> None:
    """More columns for a table; a ! behind the type is NOT NULL with 0 for the rows that are there."""
    for column, kind in (pair.split() for pair in columns.split(",")):
        db.table(table).add_column(column, kind.rstrip("!"), not_null_default=0 if kind.endswith("!") else None)
