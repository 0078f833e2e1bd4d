"""The counts of organisations are right after whatever was analysed, forgotten, joined and told anew."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import grouping
from pipeline.store import memory_store
from pipeline.store.fetched import forget_analysis
from pipeline.store.views import COUNTED
from tests.group.cases import case
from tests.group.stored import add, change, prepare

ROLES = ("affected", "processor", "attacker", "authority", "reporter")
TITLES = ("Klinik Auental verschlüsselt", "Datenpanne bei Kasse Birkmann", "Bußgeld für Versandhaus Celle")


@st.composite
def articles(draw):
    roles = draw(st.dictionaries(st.sampled_from(["amt", "kasse", "klinik", "nachtfalter"]), st.sampled_from(ROLES)))
    title = draw(st.sampled_from(TITLES))
    return {"title": title, "roles": tuple(roles.items()), "types": draw(st.sampled_from([("ransomware",), ()]))}


def counts(db):
    rows = db.query("select * from organisation_counts where articles or incidents order by organisation_id")
    return [tuple(row.values()) for row in rows]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["add", "change", "forget", "group", "again"]), articles()), max_size=14))
def test_counts_are_what_counting_anew_would_give(steps):
    with memory_store() as db:
        prepare(db)
        stored = 0
        for kind, article in steps:
            made = case(day=stored, **article)
            if kind == "add":
                stored += 1
                add(db, made, stored)
            elif kind == "change" and stored:
                change(db, made, stored)
            elif kind == "forget" and stored:
                forget_analysis(db, stored)
            else:
                grouping.group_round(db, again=kind == "again")
        kept = counts(db)
        db.execute("delete from organisation_counts")
        db.execute(COUNTED)
        assert kept == counts(db)
