import sqlite3
from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from pipeline.errors import StoreError
from pipeline.records import Source
from pipeline.store import crawled, open_store
from pipeline.store.database import writing
from pipeline.store.migrations import migrations

NOT_OURS = {"sqlite_sequence"}


def test_opening_twice_changes_nothing(tmp_path):
    path = tmp_path / "a" / "lagebild.db"
    with open_store(path, create=True) as db:
        before = db.schema
    with open_store(path) as db:
        assert db.schema == before


def test_tables_are_strict_with_foreign_keys_and_wal(db):
    strict = {
        row["name"]: row["strict"]
        for row in db.query("select name, strict from pragma_table_list where schema = 'main' and type = 'table'")
        if not row["name"].startswith(("sqlite_", "_", "article_texts_fts", "search_forms"))
    }
    assert len(strict) == 36
    assert set(strict.values()) == {1}
    assert db.journal_mode == "wal"
    with pytest.raises(sqlite3.IntegrityError):
        db.table("polls").insert({"source_id": "nobody", "at": "x", "outcome": "ok", "entries": 0} | REST)


REST = {"new_entries": 0, "seconds": 0.0, "bytes": 0, "next_at": "x"}


def test_every_step_leads_to_the_same_schema_as_all_at_once(tmp_path):
    one, all_at_once = Database(tmp_path / "one.db"), Database(tmp_path / "all.db")
    migrations.apply(all_at_once)
    for step in [*(m.name for m in migrations.pending(one))][1:]:
        migrations.apply(one, stop_before=step)
    migrations.apply(one)
    assert one.schema == all_at_once.schema
    one.close()
    all_at_once.close()


def test_a_newer_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "lagebild.db"
    with open_store(path, create=True) as db:
        db.table("_sqlite_migrations").insert(
            {"migration_set": "lagebild", "name": "m999_future", "applied_at": "2030-01-01"}
        )
    before = path.read_bytes()
    with (
        pytest.raises(StoreError, match=r"lagebild\.db: made by a newer version of Lagebild \(step m999_future\)"),
        open_store(path),
    ):
        pass
    assert path.read_bytes() == before


def test_a_missing_database_is_named_and_not_made(tmp_path):
    with (
        pytest.raises(StoreError, match=r"none\.db: no database there; `lagebild init` makes one"),
        open_store(tmp_path / "none.db"),
    ):
        pass
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("content", [b"no database at all, just words" * 100, b"SQLite format 3\0" + b"x" * 2000])
def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "lagebild.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"lagebild\.db"), open_store(path):
        pass
    assert path.read_bytes() == content


def test_somebody_elses_database_is_refused(tmp_path):
    path = tmp_path / "other.db"
    db = Database(path)
    db.table("books").insert({"title": "x"})
    db.close()
    with pytest.raises(StoreError, match="it has other tables: books"), open_store(path):
        pass


def test_a_database_of_the_first_schema_is_brought_to_the_newest_with_what_it_holds(tmp_path):
    path = tmp_path / "lagebild.db"
    old = Database(path)
    migrations.apply(old, stop_before="m009_outcomes")
    old.table("sources").insert(
        {"id": "amt", "name": "Amt", "kind": "rss", "url": "x", "language": "de", "country": "de", "enabled": 1}
    )
    poll = {"source_id": "amt", "at": "2026-11-20T08:00:00Z", "outcome": "ok", "entries": 3, "new_entries": 3}
    old.table("polls").insert(poll | {"seconds": 0.1, "bytes": 9, "next_at": "2026-11-20T08:30:00Z"})
    entry = {"url": "u", "source_id": "amt", "first_seen_at": "2026-11-20T08:00:00Z", "outcome": "waiting", "tries": 0}
    old.table("entries").insert(entry)
    old.close()
    source = Source(id="amt", name="Amt", kind="rss", url="x")
    with open_store(path) as db:
        [due] = crawled.due(db, [source], None)
        assert due.past.interval is None
        assert crawled.waiting_pages(db, [source], datetime(2026, 11, 21, tzinfo=UTC), everything=False) == ["u"]
        [health] = db.query("select * from source_health")
        assert (health["waiting"], health["last_outcome"]) == (1, "ok")


def test_nobody_writes_between_what_a_step_reads_and_what_it_writes(tmp_path):
    path = tmp_path / "lagebild.db"
    with open_store(path, create=True) as db:
        other = sqlite3.connect(path, timeout=0.1)
        with writing(db):
            assert db.table("site_rules").count == 0
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("insert into site_rules (origin, at) values ('b', '')")
            db.table("site_rules").insert({"origin": "a", "at": ""})
        other.execute("insert into site_rules (origin, at) values ('b', '')")
        other.commit()
        other.close()
        assert [row["origin"] for row in db.query("select origin from site_rules order by origin")] == ["a", "b"]


def test_a_step_that_fails_leaves_nothing_and_one_within_another_is_part_of_it(db):
    def fail():
        with writing(db):
            with writing(db):
                db.table("site_rules").insert({"origin": "a", "at": ""})
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert db.table("site_rules").count == 0
    assert not db.conn.in_transaction
