"""A small database with three incidents, as the stages would have left it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from pipeline.run import index_round
from pipeline.store.fetched import index_texts
from pipeline.store.migrations import migrations

ROOT = Path(__file__).parent.parent.parent
METADATA = ROOT / "metadata.yml"
NOW = datetime.now(UTC).replace(microsecond=0)

TITLE = "BKK Ahornwerk: Daten von 48.000 Versicherten abgeflossen"
TEXT = """Lindhafen. Bei der BKK Ahornwerk sind nach einem Angriff auf den Dienstleister MGD Mittelrhein GmbH die Daten von 48.000 Versicherten abgeflossen. Das teilte die Kasse am Dienstag mit.

Die Gruppe „Nachtfalter“ verlangt nach Angaben der Staatsanwaltschaft Lindhafen 1,2 Millionen Euro Lösegeld. Die Server bei MGD Mittelrhein seien verschlüsselt, sagte Vorständin Dr. Elke Brandhorst. Betroffen sind Namen, Anschriften und Diagnosen.

Der Landesbeauftragte für den Datenschutz prüft, ob die Kasse den Vorfall rechtzeitig gemeldet hat. <script>alert("x")</script>"""
OLD_TEXT = TEXT.replace("48.000", "12.000").replace(" Betroffen sind Namen, Anschriften und Diagnosen.", "")
ORGANISATIONS = {
    "bkk-ahornwerk": ("BKK Ahornwerk", "statutory_health_insurer", "affected"),
    "mgd-mittelrhein": ("MGD Mittelrhein GmbH", "it_provider", "processor"),
    "nachtfalter": ("Nachtfalter", "attacker_group", "attacker"),
    "sta-lindhafen": ("Staatsanwaltschaft Lindhafen", "law_enforcement", "law_enforcement"),
    "lfd-mittelrhein": ("Landesbeauftragte für den Datenschutz", "data_protection_authority", "authority"),
}
TYPES = {
    "data_breach": "Datenabfluss",
    "ransomware": "Ransomware",
    "extortion": "Erpressung",
    "sanction": "Bußgeld oder Urteil",
}


def ago(**span: int) -> str:
    return (NOW - timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


def place(text: str, words: str) -> dict[str, int]:
    start = text.index(words)
    return {"start": start, "end": start + len(words)}


def add_article(db: Database, id: int, source: str, title: str, body: str, at: str, **values: object) -> str:
    text = f"{title}\n\n{body}" if body else title
    row = {"id": id, "source_id": source, "url": f"https://{source}.example/{id}", "title": title, "teaser": None}
    row |= {"published_at": at, "first_seen_at": at, "updated_at": None, "authors": None, "origin": None}
    row |= {"kind": "news", "text_state": "full", "words": len(body.split()), "duplicate_of": None}
    db.table("articles").insert(row | values)
    db.table("article_texts").insert({"article_id": id, "text": text, "content_hash": str(hash(text))})
    index_texts(db)
    return text


def analyse(db: Database, id: int, text: str, status: str, types: dict[str, str], roles: dict[str, str]) -> None:
    db.table("analyses").insert(
        {"article_id": id, "model": "de-1", "at": ago(hours=1), "status": status, "language": "de"}
        | {"content_hash": str(hash(text))}
    )
    for type_id, words in types.items():
        db.table("article_types").insert(
            {"article_id": id, "type_id": type_id, "rank": 1, "score": 0.9} | place(text, words)
        )
    for organisation, words in roles.items():
        role = ORGANISATIONS[organisation][2]
        who = {"article_id": id, "organisation_id": organisation}
        db.table("article_organisations").insert(who | {"role": role, "mentions": 1} | place(text, words))
        db.table("mentions").insert(who | {"label": "ORG", "surface": words} | place(text, words))


def add_sources(db: Database) -> None:
    for id, name, outcome in (
        ("bote", "Mittelrheiner Bote", "ok"),
        ("dmr", "DMR Ticker", "http_503"),
        ("ahornwerk", "BKK Ahornwerk Presse", "unchanged"),
        ("neu", "Neue Quelle", None),
    ):
        address = f"https://{id}.example"
        db.table("sources").insert(
            {"id": id, "name": name, "kind": "rss", "url": f"{address}/feed", "homepage": address, "language": "de"}
            | {"country": "de", "enabled": 1, "publisher": None, "sector": None}
        )
        if outcome:
            error = "503 Service Unavailable" if outcome == "http_503" else None
            db.table("polls").insert(
                {"source_id": id, "at": ago(minutes=20), "outcome": outcome, "entries": 5, "new_entries": 1}
                | {"seconds": 0.2, "bytes": 1200, "error": error, "next_at": ago(minutes=-10)}
            )
    for id, (name, sector, _) in ORGANISATIONS.items():
        db.table("organisations").insert({"id": id, "name": name, "sector": sector})
    db.table("organisation_aliases").insert(
        {"alias": "Betriebskrankenkasse Ahornwerk", "organisation_id": "bkk-ahornwerk"}
    )
    for id, name in TYPES.items():
        db.table("incident_types").insert({"id": id, "name_de": name, "description_de": f"{name}."})


def add_entries(db: Database, source: str, days: range, missed: str | None = None) -> None:
    for day in days:
        entry = {"url": f"https://{source}.example/e{day}", "source_id": source, "title": f"Meldung {day}"}
        db.table("entries").insert(
            entry | {"published_at": ago(days=day), "first_seen_at": ago(days=day), "outcome": "new", "tries": 1}
        )
        db.table("fetches").insert(
            {"url": entry["url"], "at": ago(days=day), "outcome": "new", "bytes": 900, "seconds": 0.1, "missed": missed}
        )


def add_odd_sources(db: Database) -> None:
    """Sources that answer and yet are not as they were: silent, with a gap, gone, moved, switched off."""
    for id, name, enabled, poll in (
        ("amt", "Amt für <Stille>", 1, {"outcome": "ok"}),
        ("flut", "Flutblatt", 1, {"outcome": "ok", "gap": 1, "known_entries": 0}),
        ("umbau", "Umgebaute Seiten", 1, {"outcome": "ok"}),
        ("weg", "Weggefallenes Amtsblatt", 0, {"outcome": "http_410", "error": "410 Gone"}),
        ("umzug", "Umgezogene Kammer", 1, {"outcome": "ok", "known_entries": 4, "changed_entries": 2}),
        ("aus", "Abgeschaltete Quelle", 0, {"outcome": "ok"}),
    ):
        address = f"https://{id}.example/ein-sehr-langer-weg-zu-einem-feed-der-auf-kein-telefon-passt/feed.xml"
        db.table("sources").insert(
            {"id": id, "name": name, "kind": "atom", "url": address, "homepage": None, "language": "de"}
            | {"country": "de", "enabled": enabled, "publisher": None, "sector": None}
        )
        row = {"source_id": id, "at": ago(hours=3), "entries": 6, "new_entries": 1, "seconds": 1.25, "bytes": 48000}
        db.table("polls").insert(row | {"next_at": ago(hours=-3)} | poll)
        change = {"weg": "gone", "umzug": "moved"}.get(id)
        if change:
            moved = {"url": f"https://{id}.example/alt", "to_url": address if change == "moved" else None}
            db.table("source_changes").insert({"source_id": id, "at": ago(hours=3), "change": change} | moved)
    add_entries(db, "amt", range(40, 9, -2))  # every second day, then nothing for ten
    add_entries(db, "umzug", range(20, 0, -1))
    add_entries(db, "umbau", range(20, 0, -1), missed="body")


def add_articles(db: Database) -> None:
    leak = {
        "data_breach": "Daten von 48.000 Versicherten abgeflossen",
        "ransomware": "Server bei MGD Mittelrhein seien verschlüsselt",
    }
    leak |= {"extortion": "verlangt nach Angaben der Staatsanwaltschaft Lindhafen 1,2 Millionen Euro Lösegeld"}
    names = {"bkk-ahornwerk": "BKK Ahornwerk", "mgd-mittelrhein": "MGD Mittelrhein GmbH", "nachtfalter": "Nachtfalter"}
    names |= {
        "sta-lindhafen": "Staatsanwaltschaft Lindhafen",
        "lfd-mittelrhein": "Landesbeauftragte für den Datenschutz",
    }
    text = add_article(
        db, 1, "bote", TITLE, TEXT, ago(hours=30), authors="Sönke Brandhorst; Ada Kurz", updated_at=ago(hours=20)
    )
    analyse(db, 1, text, "confirmed", leak, names)
    for label, words in (("PER", "Elke Brandhorst"), ("LOC", "Lindhafen"), ("MISC", "Daten von 48")):
        db.table("mentions").insert({"article_id": 1, "label": label, "surface": words} | place(text, words))
    for kind, value, words in (
        ("affected", "48000", "48.000 Versicherten"),
        ("ransom_eur", "1200000", "1,2 Millionen Euro"),
    ):
        db.table("article_facts").insert({"article_id": 1, "kind": kind, "value": value} | place(text, words))
    old = f"BKK Ahornwerk meldet Datenabfluss\n\n{OLD_TEXT}"
    db.table("article_versions").insert(
        {
            "article_id": 1,
            "number": 1,
            "seen_at": ago(hours=30),
            "title": "BKK Ahornwerk meldet Datenabfluss",
            "text": old,
        }
    )
    copy = add_article(
        db, 2, "dmr", "Datenabfluss bei Krankenkasse", TEXT, ago(hours=29), duplicate_of=1, origin="Mittelrheiner Bote"
    )
    analyse(db, 2, copy, "confirmed", leak, names)
    known = {"article_id": 2, "label": "PER", "surface": "Elke Brandhorst"}
    db.table("mentions").insert(known | place(copy, "Elke Brandhorst"))
    said = add_article(
        db, 3, "ahornwerk", "BKK Ahornwerk informiert", "Wir bedauern den Vorfall.", ago(hours=48), kind="press_release"
    )
    analyse(db, 3, said, "alleged", {}, {"bkk-ahornwerk": "BKK Ahornwerk"})
    evil = '<script>alert("Titel")</script> & Co. zahlt Bußgeld'
    fined = add_article(
        db,
        4,
        "bote",
        evil,
        "Die BKK Ahornwerk zahlt ein Bußgeld von 1,24 Millionen Euro.",
        ago(days=3),
        url="javascript:alert(1)",
    )
    analyse(db, 4, fined, "denied", {"sanction": "Bußgeld von 1,24 Millionen Euro"}, {"bkk-ahornwerk": "BKK Ahornwerk"})
    db.table("article_facts").insert(
        {"article_id": 4, "kind": "fine_eur", "value": "1240000"} | place(fined, "1,24 Millionen Euro")
    )
    add_article(db, 5, "bote", "Beitragssatz bleibt stabil", "", ago(days=1), text_state="paywall")
    older = add_article(
        db, 6, "dmr", "MGD Mittelrhein gestört", "Bei der MGD Mittelrhein GmbH sind Daten weg.", ago(days=40)
    )
    analyse(db, 6, older, "alleged", {"data_breach": "Daten weg"}, {"mgd-mittelrhein": "MGD Mittelrhein GmbH"})


def add_incidents(db: Database) -> None:
    for id, title, first, last, status, affected, main, articles in (
        (1, TITLE, ago(hours=48), ago(hours=29), "confirmed", 48000, "data_breach", (1, 2, 3)),
        (
            2,
            '<script>alert("Titel")</script> & Co. zahlt Bußgeld',
            ago(days=30),
            ago(days=3),
            "denied",
            None,
            "sanction",
            (4,),
        ),
        (3, "MGD Mittelrhein gestört", ago(days=40), ago(days=40), "alleged", None, "data_breach", (6,)),
    ):
        row = {"id": id, "slug": f"vorfall-{id}", "title": title, "first_seen_at": first, "last_seen_at": last}
        row |= {
            "status": status,
            "affected": affected,
            "main_type": main,
            "articles": len(articles),
            "sources": len(articles),
        }
        db.table("incidents").insert(row)
        for article in articles:
            db.table("incident_articles").insert({"article_id": article, "incident_id": id})


def add_news(db: Database) -> None:
    """What each article was the first to say; two incidents that were given up."""
    for article, incident, kind, value, organisation in (
        (3, 1, "status", "alleged", None),
        (3, 1, "affected", "12000", None),
        (3, 1, "organisation", "affected", "bkk-ahornwerk"),
        (1, 1, "status", "confirmed", None),
        (1, 1, "affected", "48000", None),
        (1, 1, "type", "ransomware", None),
        (1, 1, "organisation", "attacker", "nachtfalter"),
        (4, 2, "organisation", "authority", "lfd-mittelrhein"),
        (4, 2, "fine_eur", "1240000", None),
        (4, 2, "ransom_eur", "90000", None),
        (6, 3, "status", "alleged", None),
        (6, 3, "cve", "CVE-2026-31337", None),
    ):
        said = {"kind": kind, "value": value, "organisation_id": organisation}
        db.table("incident_news").insert({"incident_id": incident, "article_id": article} | said)
    state = {"article_id": 5, "model": "de-1", "at": ago(hours=1), "status": "none", "language": "de"}
    db.table("analyses").insert(state | {"content_hash": "x", "roundup": 1})
    for number, to in ((7, 1), (8, None)):
        db.table("incident_redirects").insert(
            {"incident_id": number, "slug": f"alt-{number}", "to_id": to, "at": ago(days=1)}
        )


def make(path: Path, *, filled: bool) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection)
        migrations.apply(db)
        if filled:
            add_sources(db)
            add_odd_sources(db)
            add_articles(db)
            add_incidents(db)
            add_news(db)
            index_round(db)
            db.table("subscriptions").insert(
                {"address": "ada@leserin.example", "name": "Ada", "created_at": ago(days=9), "paused": 0}
            )
        connection.commit()
    return path


def close(datasette) -> None:
    for database in datasette.databases.values():
        database.close()
    datasette.executor.shutdown()
