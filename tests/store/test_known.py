"""What is known of organisations by name stands beside those that articles name."""

from pipeline.store import analysed

KNOWN = [
    {"id": "alt", "name": "Kasse Alt", "sector": "other", "legal_form": None, "wikidata": None, "successor": "mitte"},
    {"id": "mitte", "name": "Kasse Mitte", "sector": "other", "legal_form": None, "wikidata": None, "successor": "neu"},
    {"id": "neu", "name": "Kasse Neu", "sector": "other", "legal_form": "KdöR", "wikidata": "Q1", "successor": None},
    {"id": "fern", "name": "Kasse Fern", "sector": "other", "legal_form": "AG", "wikidata": None, "successor": "alt"},
]


def test_named_organisations_get_what_is_known_and_their_successors(db):
    db.table("organisations").insert_all(
        [{"id": "alt", "name": "Alte Kasse", "sector": "other"}, {"id": "unknown", "name": "X", "sector": "other"}]
    )
    for _ in range(2):
        analysed.save_known(db, KNOWN)
    rows = db.query("select id, name, legal_form, wikidata, successor_id from organisations order by id")
    assert [tuple(row.values()) for row in rows] == [
        ("alt", "Alte Kasse", None, None, "mitte"),
        ("mitte", "Kasse Mitte", None, None, "neu"),
        ("neu", "Kasse Neu", "KdöR", "Q1", None),
        ("unknown", "X", None, None, None),
    ]
