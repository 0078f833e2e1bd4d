"""Grouping that is killed leaves the state before it whole, and the next run ends it."""

import subprocess
import sys
from dataclasses import replace
from itertools import islice

from pipeline import grouping
from pipeline.store import open_store, writing
from tests.group import cases as c
from tests.group.stored import add, prepare, together

ROUND = """
import sys
from pathlib import Path
from pipeline import grouping
from pipeline.store import open_store
with open_store(Path(sys.argv[1])) as db:
    grouping.group_round(db, again=sys.argv[2] == "again", progress=lambda *told: print(*told, flush=True))
"""
EVENTS = (c.KUESTE, c.KUESTE_NEXT_DAY, c.KUESTE_FINE, c.HARZ, c.PROVIDER, c.PROVIDER_SECOND)


def fill(db, copies):
    prepare(db)
    with writing(db):
        for copy in range(copies):
            for number, case in enumerate(EVENTS, copy * len(EVENTS) + 1):
                roles = tuple((f"{id}-{copy}" if role == "affected" else id, role) for id, role in case.roles)
                add(db, replace(case, url=f"u{number:05}", roles=roles), number)


def state(db):
    """All that grouping writes."""
    tables = ("incidents", "incident_articles", "incident_news", "incident_redirects", "article_keys", "article_links")
    rows = {table: sorted(map(repr, db.query(f"select * from {table}"))) for table in tables}
    looked_at = sorted(map(repr, db.query("select article_id, grouped_at, roundup from analyses")))
    return rows | {"looked_at": looked_at}


def kill_after(path, articles, mode):
    process = subprocess.Popen([sys.executable, "-c", ROUND, str(path), mode], stdout=subprocess.PIPE, text=True)
    told = list(islice(process.stdout, articles))
    process.kill()
    process.communicate()
    assert len(told) == articles
    assert process.returncode < 0


def test_grouping_again_that_is_killed_leaves_the_old_state_whole(tmp_path):
    path = tmp_path / "l.db"
    with open_store(path, create=True) as db:
        fill(db, 20)
        grouping.group_round(db)
        db.execute("update incidents set title = 'Vor dem Abbruch' where id = 1")
        before = state(db)
    for articles in (1, 60, 119):
        kill_after(path, articles, "again")
        with open_store(path) as db:
            assert state(db) == before
    with open_store(path) as db:
        assert grouping.group_round(db, again=True) == 120
        assert db.table("incidents").get(1)["title"] != "Vor dem Abbruch"


def test_a_round_that_is_killed_is_ended_by_the_next_one(tmp_path):
    path, whole = tmp_path / "l.db", tmp_path / "whole.db"
    with open_store(whole, create=True) as db:
        fill(db, 45)
        grouping.group_round(db)
        wanted = together(db)
    with open_store(path, create=True) as db:
        fill(db, 45)
    kill_after(path, 230, "once")
    with open_store(path) as db:
        left = grouping.group_round(db)
        assert 0 < left < 270  # what was written before the kill stays
        assert together(db) == wanted
        assert grouping.group_round(db) == 0
