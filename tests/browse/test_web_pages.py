import re
from contextlib import closing
from sqlite3 import connect

import pytest
from sqlite_utils import Database

from pipeline.browse.serve import application
from tests.browse.situation import METADATA, ROOT, add_article, ago, close, make

PAGES = ["/", "/vorfall/1", "/artikel/1", "/organisation/bkk-ahornwerk", "/quellen", "/quelle/umzug", "/suche?q=daten"]


async def get(datasette, path):
    response = await datasette.client.get(path)
    assert response.status_code == 200, response.text
    return response.text


def plain(html):
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


async def test_the_start_page_tells_what_is_new_and_which_sources_are_in_trouble(datasette):
    page = plain(await get(datasette, "/"))
    assert "BKK Ahornwerk: Daten von 48.000 Versicherten abgeflossen neu" in page
    assert "bestätigt Datenabfluss BKK Ahornwerk" in page
    assert "3 Artikel aus 3 Quellen · 48.000 Betroffene · zuletzt" in page
    assert "zahlt Bußgeld neue Berichte" in page
    assert "Neu: Landesbeauftragte für den Datenschutz (Aufsicht und Behörde) · Bußgeld 1.240.000 €" in page
    assert "HTTP-Status 503" in page
    assert "noch nie gelesen" in page
    assert "Auffällige Quellen6 von 10" in page
    for state in ("ungewöhnlich still seit 10 Tagen still", "Lücke möglich", "Seiten umgebaut?", "gibt es nicht mehr"):
        assert state in page


async def test_the_start_page_parts_the_last_day_from_the_days_before_and_counts(datasette, lagebild):
    page = plain(await get(datasette, "/"))
    assert "In den letzten 24 Stunden wurde von keinem Vorfall berichtet." in page
    assert page.index("Davor letzte 7 Tage") < page.index("BKK Ahornwerk: Daten")
    assert "Arten letzte 7 Tage Bußgeld oder Urteil 1 Datenabfluss 1" in re.sub(r"(?<=[a-z])(?=\d)", " ", page)
    assert re.search("gesetzliche Krankenkasse ?1", page)
    assert "Neue Vorfälle je Tag" in page
    with closing(connect(lagebild)) as db:
        days = db.execute("select count(*), sum(incidents) from recent_days").fetchone()
    assert days[0] == 30
    assert days[1] in (1, 2)  # the second began 30 days ago, to the hour


async def test_pages_lead_to_what_belongs_together(datasette):
    incident = plain(await get(datasette, "/vorfall/1"))
    assert "Weitere Vorfälle dieser Organisationen" not in incident
    article = plain(await get(datasette, "/artikel/1"))
    assert "Vom selben Vorfall BKK Ahornwerk informiert" in article
    assert "Datenabfluss bei Krankenkasse" not in article[article.index("Vom selben Vorfall") :]  # a reprint
    profile = plain(await get(datasette, "/organisation/bkk-ahornwerk"))
    assert re.search(r"Vorfälle nach Jahr \d{4} ?betroffen ?1", profile)
    assert re.search(r"In denselben Vorfällen Nachtfalter 1 Vorfall", profile)


async def test_an_organisation_names_what_it_was_before(tmp_path):
    path = make(tmp_path / "l.db", filled=True)
    with closing(connect(path)) as db, db:
        db.execute(
            "insert into organisations (id, name, sector, successor_id) values ('alt', 'BKK Ahorn', 'other', ?)",
            ("bkk-ahornwerk",),
        )
    app = application(path, METADATA)
    await app.invoke_startup()
    page = plain(await get(app, "/organisation/bkk-ahornwerk"))
    before = plain(await get(app, "/organisation/alt"))
    close(app)
    assert "Früher: BKK Ahorn" in page
    assert "Heute: BKK Ahornwerk" in before


async def test_an_incident_names_others_of_the_same_organisations(tmp_path):
    path = make(tmp_path / "l.db", filled=True)
    with closing(connect(path)) as db, db:
        said = (
            "insert into incident_news (incident_id, article_id, kind, value, organisation_id) values (?, ?, ?, ?, ?)"
        )
        db.execute(said, (2, 4, "organisation", "affected", "bkk-ahornwerk"))
    app = application(path, METADATA)
    await app.invoke_startup()
    page = plain(await get(app, "/vorfall/1"))
    close(app)
    assert re.search(r"Weitere Vorfälle dieser Organisationen .*zahlt Bußgeld", page)


async def test_the_start_page_counts_all_sources_in_trouble_and_shows_the_first(tmp_path):
    path = make(tmp_path / "viele.db", filled=False)
    with closing(connect(path)) as db, db:
        rows = ((f"q{n}", f"Quelle {n}", f"https://q{n}.example/feed") for n in range(35))
        sql = "insert into sources (id, name, kind, url, language, country, enabled) values (?, ?, 'rss', ?, 'de', 'de', 1)"
        db.executemany(sql, rows)
        add_article(Database(db), 1, "q1", "Beitragssatz bleibt stabil", "Er bleibt.", ago(hours=2))
    app = application(path, METADATA)
    await app.invoke_startup()
    html = await get(app, "/")
    close(app)
    assert "Auffällige Quellen35 von 35" in plain(html)
    assert html.count('href="/quelle/q') == 20
    assert "15 weitere" in plain(html)


async def test_an_empty_database_says_what_to_do(empty):
    assert "lagebild crawl" in await get(empty, "/")
    for path in ("/quellen", "/suche?q=x", "/leer", "/leer/article_list"):
        await get(empty, path)


@pytest.mark.parametrize("path", ["/vorfall/1", "/vorfall/1-vorfall-1", "/vorfall/1-ganz-falsch"])
async def test_an_incident_is_found_by_its_number(datasette, path):
    page = plain(await get(datasette, path))
    assert "1 Nachdruck" in page
    assert (
        "Dienstleister MGD Mittelrhein GmbH IT-Anbieter · 2 Artikel Bei der BKK Ahornwerk sind nach einem Angriff"
        in page
    )
    assert "Lösegeld 1.200.000 €" in page
    assert page.index("BKK Ahornwerk informiert") < page.index("1 Nachdruck")


async def test_an_incident_tells_how_it_unfolded_and_what_was_new_with_each_article(datasette):
    page = plain(await get(datasette, "/vorfall/1"))
    assert "Zuerst: Stand: behauptet · BKK Ahornwerk (betroffen) · 12.000 Betroffene" in page
    assert re.search(r"Zuletzt neu Mittelrheiner Bote, [\d., :]+ Uhr: Stand: bestätigt · Ransomware", page)
    assert page.index("Zuletzt neu") < page.index("Was geschah")
    assert "Neu: Stand: bestätigt · Ransomware · Nachtfalter (Angreifer) · 48.000 Betroffene" in page
    stand = page.index("Stand", page.index("Zuerst"))
    assert re.search(r"Stand .* behauptet BKK Ahornwerk Presse .* bestätigt Mittelrheiner Bote", page[stand:])
    assert re.search(r"Betroffene im Verlauf .* 12.000 BKK Ahornwerk Presse .* 48.000 Mittelrheiner Bote", page)


async def test_an_incident_that_says_one_thing_only_has_no_course(datasette):
    page = plain(await get(datasette, "/vorfall/3"))
    assert "im Verlauf" not in page
    assert "Zuletzt neu" not in page
    assert "Zuerst: Stand: behauptet · CVE-2026-31337" in page


async def test_an_incident_that_became_part_of_another_leads_there(datasette):
    response = await datasette.client.get("/vorfall/7-alt-7", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (301, "/vorfall/1-vorfall-1")
    gone = await datasette.client.get("/vorfall/8-alt-8")
    assert gone.status_code == 404
    assert "erzählt kein Artikel mehr" in gone.text


async def test_an_article_shows_names_evidence_facts_and_what_changed(datasette):
    page = await get(datasette, "/artikel/1")
    assert (
        '<a class="name ORG" href="/organisation/mgd-mittelrhein" title="Organisation: Dienstleister">MGD Mittelrhein GmbH</a>'
        in page
    )
    assert 'title="Beleg: Ransomware"' in page
    assert '<span class="name PER" title="Person">Elke Brandhorst</span>' in page
    assert "<del>12.000</del><ins>48.000</ins>" in page
    assert 'href="https://bote.example/1"' in page
    assert "Gehört zum Vorfall" in page
    assert '<a href="/artikel/2">DMR Ticker</a>' in page
    assert "Nachdruck von" in await get(datasette, "/artikel/2")


async def test_what_the_press_writes_stays_text(datasette):
    for path in [
        "/",
        "/vorfall/2",
        "/artikel/4",
        "/artikel/1",
        "/suche?q=alert",
        "/quellen",
        "/lagebild/article_list",
        "/lagebild/incident_list",
    ]:
        page = await get(datasette, path)
        assert "<script>alert" not in page
        assert "javascript:" not in page.replace("javascript:alert(1)</td>", "")
    assert "&lt;script&gt;alert(&#34;Titel&#34;)" in await get(datasette, "/artikel/4")


async def test_an_organisation_shows_its_incidents_by_role(datasette):
    page = plain(await get(datasette, "/organisation/mgd-mittelrhein"))
    assert "Dienstleister 2 Vorfälle" in page
    assert "Betriebskrankenkasse Ahornwerk" in await get(datasette, "/organisation/bkk-ahornwerk")


async def test_the_search_marks_what_it_found(datasette):
    page = await get(datasette, "/suche?q=Diagnosen+-*%22")
    assert '<mark title="Fundstelle">Diagnosen</mark>' in page
    assert "Kein Artikel enthält" in await get(datasette, "/suche?q=Xylophon")
    assert "Landesbeauftragte" in await get(datasette, "/suche?q=landesbeauftragte&seite=99")


@pytest.mark.parametrize(
    "path",
    [
        "/vorfall/99",
        "/vorfall/abc",
        "/vorfall/9999999999999999999",
        "/artikel/99",
        "/artikel/²",
        "/organisation/nie%2Fda",
        "/quelle/nie%2Fda",
        "/gibtsnicht",
    ],
)
async def test_what_does_not_exist_is_said_in_german(datasette, path):
    response = await datasette.client.get(path, follow_redirects=True)
    assert response.status_code == 404
    assert "Nicht gefunden" in response.text


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_may_run_no_script_and_load_nothing_from_elsewhere(datasette, path):
    response = await datasette.client.get(path)
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "<script" not in response.text
    assert not re.search(r'(src|<link[^>]* href)="(https?:)?//', response.text)


async def test_the_style_sheet_is_served(datasette):
    [address] = re.findall(r'<link rel="stylesheet" href="([^"]+)"', await get(datasette, "/"))
    response = await datasette.client.get(address)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/css")
    assert response.text == (ROOT / "pipeline/browse/static/lagebild.css").read_text(encoding="utf-8")


async def test_tables_show_links_dates_and_words(datasette):
    page = await get(datasette, "/lagebild/article_list")
    assert '<a href="/artikel/1">1</a>' in page
    assert '<a href="/vorfall/1">1</a>' in page
    assert "Pressemitteilung" in page
    assert '<span class="status confirmed">bestätigt</span>' in page
    assert re.search(r">\d\d\.\d\d\.\d{4}, \d\d:\d\d Uhr</time>", page)
    assert "1.240.000 €" in await get(datasette, "/lagebild/article_facts")
    assert '<a href="/organisation/bkk-ahornwerk">BKK Ahornwerk</a>' in await get(
        datasette, "/lagebild/article_organisations"
    )
    assert "Zeilen anderer Tabellen" in await get(datasette, "/lagebild/articles/1")


async def test_addresses_of_subscribers_are_not_readable_whatever_is_asked(datasette):
    for sql in (
        "select * from subscriptions",
        "select max(address) || name as a from subscriptions",
        "select (select address from subscriptions) as a",
    ):
        response = await datasette.client.get("/lagebild.json", params={"sql": sql})
        assert response.status_code == 200
        assert "ada@" not in response.text
        assert "Ada" not in response.text
    assert (await datasette.client.get("/lagebild/subscriptions")).status_code == 403
    assert (await datasette.client.get("/lagebild.db")).status_code == 403


async def test_no_page_reads_a_large_table_from_end_to_end(datasette, lagebild):
    """Every statement that a page runs, asked for its plan."""
    asked = []
    with closing(connect(lagebild)) as plans:
        [database] = [db for name, db in datasette.databases.items() if name == "lagebild"]
        execute = database.execute

        async def noted(sql, params=None, **options):
            asked.append((sql, params or {}))
            return await execute(sql, params, **options)

        database.execute = noted
        for path in PAGES:
            await get(datasette, path)
        for sql, params in asked:
            for _, _, _, step in plans.execute(f"explain query plan {sql}", params):
                full = re.fullmatch(r"SCAN (a|m|t|ao|ia|at|articles|mentions|incident_articles|article_\w+)", step)
                assert not full, f"{step}: {sql}"
    assert len(asked) < 60


async def test_the_descriptions_follow_the_name_of_the_file(tmp_path):
    app = application(make(tmp_path / "anders.db", filled=True), METADATA)
    await app.invoke_startup()
    assert "Ein Artikel je Zeile" in await get(app, "/anders/article_list")
    assert "/anders/incident_list" in await get(app, "/")
    close(app)


@pytest.mark.parametrize(
    "path", ["/lagebild", "/lagebild/article_list", "/lagebild/articles/1", "/vorfall/1", "/nirgends"]
)
async def test_the_navigation_leads_to_the_same_places_from_every_page(datasette, path):
    def leads(html):
        return re.findall(r'<li><a href="([^"]*)"', html.split("</nav>")[0])

    start = leads(await get(datasette, "/"))
    assert len(start) == 7
    assert leads((await datasette.client.get(path)).text) == start
    for target in start:
        await get(datasette, target.replace("&amp;", "&"))
