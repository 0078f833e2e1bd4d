"""How the jobs of the service went: each has one row, with its last run."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils.db import Database

from pipeline.health import Job
from pipeline.store.database import writing
from pipeline.store.rows import moment, stamp


def begin(db: Database, name: str, at: datetime) -> None:
    """Notes that a job has begun."""
    with writing(db):
        db.execute(
            "insert into jobs (name, began_at) values (?, ?)"
            " on conflict (name) do update set began_at = excluded.began_at, ended_at = null",
            [name, stamp(at)],
        )


def end(db: Database, name: str, at: datetime, error: str | None) -> None:
    """Notes that a job has ended, and what went wrong if anything did."""
    with writing(db):
        db.execute(
            "update jobs set ended_at = ?, error = ?, well_at = case when ? is null then ? else well_at end where name = ?",
            [stamp(at), error, error, stamp(at), name],
        )


def job(db: Database, name: str) -> Job | None:
    """The last run of a job, or None if there was none."""
    return next((one for one in all_jobs(db) if one.name == name), None)


def all_jobs(db: Database) -> tuple[Job, ...]:
    """The last run of every job."""
    return tuple(
        Job(
            name=row["name"],
            began_at=datetime.fromisoformat(row["began_at"]),
            ended_at=moment(row["ended_at"]),
            well_at=moment(row["well_at"]),
            error=row["error"],
        )
        for row in db.query("select * from jobs order by name")
    )
