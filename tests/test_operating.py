"""Looking after a service: backups made, kept and put back; the doctor; old rows."""

import asyncio
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import locking
from pipeline.cli import main
from pipeline.config import load_settings
from pipeline.errors import StoreError
from pipeline.maintaining import maintain
from pipeline.operating import examine
from pipeline.records import RenderedDigest, Subscription
from pipeline.store import open_store, retention, writing
from pipeline.store.delivered import save_delivery, save_digest
from pipeline.store.subscribed import save_subscription

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGEBILD_DB", str(tmp_path / "lagebild.db"))
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(main, list(args))


def add_source(db, id):
    row = {"id": id, "name": id, "kind": "rss", "url": f"https://{id}.example/", "language": "de", "country": "de"}
    db.table("sources").insert(row | {"enabled": 1})


def sources(path):
    with open_store(path) as db:
        return sorted(row["id"] for row in db.table("sources").rows)


def test_a_backup_is_put_back_and_what_stood_there_is_kept(call, db, tmp_path):
    add_source(db, "alt")
    assert call("backup", "montag.db").exit_code == 0
    add_source(db, "neu")
    db.conn.commit()
    db.close()
    result = call("restore", "montag.db")
    assert result.exit_code == 0, result.output
    assert sources(tmp_path / "lagebild.db") == ["alt"]
    [kept] = tmp_path.glob("lagebild.db.before-*")
    assert kept.name in result.output
    assert sources(kept) == ["alt", "neu"]
    assert not [path for path in tmp_path.iterdir() if "restored" in path.name or path.name.endswith(".part")]


def test_nothing_is_put_back_while_service_or_pages_have_it_open(call, db, tmp_path):
    assert call("backup", "montag.db").exit_code == 0
    add_source(db, "neu")
    db.conn.commit()
    result = call("restore", "montag.db")  # `db` is another program here
    assert result.exit_code == 1
    assert "another program has it open; stop `lagebild serve`" in result.output
    db.close()
    with locking.alone(tmp_path / "lagebild.db", "lagebild run"):
        result = call("restore", "montag.db")
    assert "in use by lagebild run" in result.output
    assert sources(tmp_path / "lagebild.db") == ["neu"]


@pytest.mark.parametrize("content", [b"", b"no database at all" * 99, b"SQLite format 3\x00" + b"\x01" * 4000])
def test_a_backup_that_is_not_sound_is_refused_and_all_stays(call, db, tmp_path, content):
    add_source(db, "da")
    db.conn.commit()
    db.close()
    (tmp_path / "kaputt.db").write_bytes(content)
    result = call("restore", "kaputt.db")
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert sources(tmp_path / "lagebild.db") == ["da"]
    assert not list(tmp_path.glob("*.before-*"))


def test_a_database_that_is_broken_is_replaced_with_its_log(call, db, tmp_path):
    add_source(db, "da")
    assert call("backup", "montag.db").exit_code == 0
    db.close()
    (tmp_path / "lagebild.db").write_bytes(b"broken" * 1000)
    (tmp_path / "lagebild.db-wal").write_bytes(b"of another time" * 1000)
    assert call("status").exit_code == 1
    assert call("restore", "montag.db").exit_code == 0
    assert sources(tmp_path / "lagebild.db") == ["da"]
    assert {path.suffix for path in tmp_path.glob("*.before-*")} != set()


def test_every_night_leaves_a_checked_copy_and_old_ones_go(db, tmp_path):
    settings = load_settings(db=tmp_path / "lagebild.db", backup_folder=tmp_path / "copies", backups=3)
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "mine.db").touch()
    for day in range(5):
        maintain(db, settings, NOW + timedelta(days=day))
    names = sorted(path.name for path in (tmp_path / "copies").iterdir())
    assert names == [*(f"lagebild-2026-11-{day}.db" for day in (22, 23, 24)), "mine.db"]
    maintain(db, settings.model_copy(update={"backups": 0}), NOW + timedelta(days=9))
    assert len(list((tmp_path / "copies").iterdir())) == 4


def test_a_copy_that_cannot_be_written_takes_no_older_one_away(db, tmp_path):
    settings = load_settings(db=tmp_path / "lagebild.db", backup_folder=tmp_path / "copies", backups=1)
    maintain(db, settings, NOW)
    (tmp_path / "copies" / "lagebild-2026-11-21.db.part").mkdir()  # as a full disk would
    with pytest.raises(StoreError, match=r"lagebild-2026-11-21\.db: cannot be written"):
        maintain(db, settings, NOW + timedelta(days=1))
    assert (tmp_path / "copies" / "lagebild-2026-11-20.db").exists()


def test_old_rows_go_but_what_is_needed_to_go_on_stays(db, tmp_path):
    add_source(db, "amt")
    for days in (500, 450, 3):
        at = f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
        poll = {
            "source_id": "amt",
            "at": at,
            "outcome": "ok",
            "entries": 1,
            "new_entries": 0,
            "seconds": 0.1,
            "bytes": 1,
        }
        db.table("polls").insert(poll | {"next_at": at})
        db.table("fetches").insert({"url": "x", "at": at, "outcome": "new", "bytes": 1, "seconds": 0.1})
    add_source(db, "still")
    old = f"{NOW - timedelta(days=900):%Y-%m-%dT%H:%M:%SZ}"
    db.table("polls").insert(poll | {"source_id": "still", "at": old, "next_at": old})
    reader = save_subscription(db, Subscription(id=0, address="a@x.example", created_at=NOW))
    for number, days in enumerate((700, 600, 500)):
        at = NOW - timedelta(days=days)
        with writing(db):
            rendered = RenderedDigest(subject="", text="", html="")
            options = {"kind": "digest", "day": at.date(), "at": at, "since": 0, "edition": number, "incidents": [1, 2]}
            id = save_digest(db, rendered, **options, selection="{}")
            save_delivery(db, id, reader, at)
    db.execute("update deliveries set state = 'sent' where digest_id <> 2")
    db.conn.commit()
    report = maintain(db, load_settings(db=tmp_path / "l.db", backups=0), NOW)
    assert report.pruned == {"polls": 2, "fetches": 2, "digests": 1}
    assert db.table("polls").count == 2  # the last one of each source
    assert [row["id"] for row in db.table("digests").rows] == [2, 3]  # one waits to be sent, one is the last
    assert db.table("digest_incidents").count == 4
    assert list(db.query("pragma foreign_key_check")) == []


def test_many_old_rows_go_in_small_steps(db, monkeypatch):
    monkeypatch.setattr(retention, "_BATCH", 10)
    db.table("fetches").insert_all(
        {"url": "x", "at": "2020-01-01T00:00:00Z", "outcome": "new", "bytes": 1, "seconds": 0.1} for _ in range(35)
    )
    assert retention.prune(db, "fetches", NOW) == 35
    assert db.table("fetches").count == 0


def examined(**given):
    async def checks():
        return [check async for check in examine(load_settings(**given))]

    return {check.what: check for check in asyncio.run(checks())}


@pytest.fixture
def fine(db, sink, tmp_path):
    return {
        "db": tmp_path / "lagebild.db",
        "contact": "redaktion@lage.example",
        "smtp_host": "127.0.0.1",
        "smtp_port": sink.port,
        "smtp_starttls": False,
        "timeout": 2,
    }


def test_the_doctor_finds_nothing_wrong_where_nothing_is(fine):
    found = examined(**fine)
    warned = {what: check.told for what, check in found.items() if check.state != "fine" and "folder" not in what}
    assert warned == {"service": "has never run on this database"}
    assert found["mail"].told.endswith("lets us in; 0 subscribers")


@pytest.mark.parametrize(
    ("given", "what", "state", "told"),
    [
        ({"contact": ""}, "contact", "warning", "none"),
        ({"sources": Path("nirgends.yml")}, "sources", "broken", "nirgends.yml"),
        ({"model": Path("nirgends")}, "model", "broken", "nirgends"),
        ({"db": Path("nirgends.db")}, "database", "broken", "nirgends.db: no database there"),
        ({"smtp_port": 1}, "mail", "broken", "127.0.0.1:1: no connection"),
        ({"smtp_starttls": True}, "mail", "broken", "no connection to the mail server"),
        ({"smtp_host": ""}, "mail", "warning", "no mail server for 0 subscribers"),
        ({"backup_folder": Path("/dev/null/x")}, "folder of the backups", "broken", "cannot be written"),
    ],
)
def test_the_doctor_names_what_is_wrong_and_what_to_do(fine, given, what, state, told):
    found = examined(**(fine | given))[what]
    assert (found.state, told in found.told) == (state, True), found
    assert found.remedy


def test_the_doctor_sees_a_wrong_clock_and_a_broken_database(fine, db):
    db.table("editions").insert({"at": f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"})
    db.conn.commit()
    assert examined(**fine)["clock"].state == "broken"
    db.conn.execute("pragma writable_schema = on")
    db.conn.execute("update sqlite_master set rootpage = 3 where name = 'idx_articles_url'")
    db.conn.commit()
    found = examined(**fine)["database"]
    assert (found.state, "lagebild restore" in found.remedy) == ("broken", True)


def test_the_command_ends_with_one_if_something_is_broken(call, db):
    result = call("doctor", "--json")
    assert result.exit_code == 0, result.output
    assert {check["what"] for check in json.loads(result.output)["checks"]} >= {"model", "database", "mail", "clock"}
    save_subscription(db, Subscription(id=0, address="a@x.example", created_at=NOW))
    result = call("doctor")
    assert result.exit_code == 1
    assert "no mail server for 1 subscribers" in " ".join(result.output.split())


def test_status_says_whether_the_service_is_well(call, db):
    result = call("status")
    assert "! the service has never run on this database: start `lagebild run`" in result.output
    told = json.loads(call("status", "--json").output)
    assert (told["ok"], len(told["reasons"])) == (False, 1)
    assert told["waiting"] == {"entries": 0, "analyses": 0, "groupings": 0, "mails": 0}


def test_a_database_of_an_older_version_can_be_put_back(call, db, tmp_path):
    """A backup from before an update is brought to the newest schema."""
    old = sqlite3.connect(tmp_path / "alt.db")
    db.conn.backup(old)
    old.execute("drop table jobs")
    old.execute("drop table tombstones")
    for name in ("idx_polls_at_outcome", "idx_polls_source_id", "idx_deliveries_at_state", "analyses_again"):
        old.execute(f"drop index {name}")
    old.execute("delete from _sqlite_migrations where name = 'm019_service'")
    old.commit()
    old.close()
    db.close()
    assert call("restore", "alt.db").exit_code == 0
    with open_store(tmp_path / "lagebild.db") as restored:
        assert "jobs" in restored.table_names()
