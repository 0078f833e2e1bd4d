from contextlib import closing
from sqlite3 import connect

import pytest
from datasette.utils import parse_metadata

from pipeline.browse import words
from pipeline.browse.serve import application
from tests.browse.situation import METADATA, close, make

TOLD = parse_metadata(METADATA.read_text(encoding="utf-8"))["databases"]["lagebild"]
SHADOWS = ("article_texts_fts", "search_forms", "sqlite_")


async def columns_by_table(datasette):
    database = datasette.databases["lagebild"]
    names = await database.table_names() + await database.view_names()
    return {name: await database.table_columns(name) for name in names if not name.startswith(SHADOWS)}


async def test_every_table_and_view_is_described_or_hidden(datasette):
    tables = TOLD["tables"]
    for name, columns in (await columns_by_table(datasette)).items():
        assert name in tables, name
        if not tables[name].get("hidden"):
            assert tables[name]["title"], name
            assert tables[name]["description"], name
            assert list(tables[name]["columns"]) == columns, name


async def test_only_what_exists_is_described(datasette):
    existing = await columns_by_table(datasette)
    for name, told in TOLD["tables"].items():
        named = [told[key] for key in ("sort", "sort_desc", "label_column") if key in told] + told.get("facets", [])
        assert set(named) <= set(existing[name]), name


async def test_every_table_opens(datasette):
    for name, told in TOLD["tables"].items():
        if not told.get("hidden"):
            response = await datasette.client.get(f"/lagebild/{name}")
            assert response.status_code == 200, response.text


@pytest.mark.parametrize("name", TOLD["queries"])
@pytest.mark.parametrize("values", [{}, {"organisation": "Ahornwerk", "jahr": "", "mindestens_euro": "1000"}])
async def test_every_stored_query_runs(datasette, name, values):
    response = await datasette.client.get(f"/lagebild/{name}.json", params=values | {"_shape": "objects"})
    assert response.status_code == 200, response.text
    assert response.json()["error"] is None
    if values:
        assert response.json()["rows"] or name == "dienstleister_mehrerer_vorfaelle"


async def test_providers_behind_several_incidents_are_found_with_whom_it_hit(tmp_path):
    path = make(tmp_path / "lagebild.db", filled=True)
    said = "insert into incident_news (incident_id, article_id, kind, value, organisation_id) values (?, ?, ?, ?, ?)"
    with closing(connect(path)) as db, db:
        for incident, article in ((1, 1), (3, 6)):
            db.execute(said, (incident, article, "organisation", "processor", "mgd-mittelrhein"))
    app = application(path, METADATA)
    await app.invoke_startup()
    answer = await app.client.get("/lagebild/dienstleister_mehrerer_vorfaelle.json?_shape=array")
    close(app)
    [found] = answer.json()
    assert (found["organisation_id"], found["incidents"], found["betroffene"]) == (
        "mgd-mittelrhein",
        2,
        "BKK Ahornwerk",
    )


async def test_the_stored_queries_find_what_they_promise(datasette):
    async def rows(name, **values):
        response = await datasette.client.get(f"/lagebild/{name}.json", params=values | {"_shape": "objects"})
        return response.json()["rows"]

    [fine] = await rows("bussgelder", mindestens_euro="1000000")
    assert (fine["fine_eur"], fine["incident_id"], fine["article_id"]) == (1240000, 2, 4)
    [edited] = await rows("nachtraeglich_geaendert")
    assert (edited["article_id"], edited["andere_ueberschrift"]) == (1, 1)
    of = await rows("vorfaelle_einer_organisation", organisation="Ahornwerk", jahr="")
    assert [(row["incident_id"], row["role"]) for row in of] == [(1, "affected")]
    assert [row["organisation_id"] for row in await rows("am_haeufigsten_betroffen")] == ["bkk-ahornwerk"]
    assert [(row["incident_id"], row["art"]) for row in await rows("vorfaelle_im_zeitraum")] == [
        (1, "Datenabfluss"),
        (2, "Bußgeld oder Urteil"),
    ]
    assert await rows("vorfaelle_im_zeitraum", von="2001-01-01", bis="2001-12-31") == []
    assert [row["incident_id"] for row in await rows("vorfaelle_im_zeitraum", art="Bußgeld")] == [2]
    assert sum(row["incidents"] for row in await rows("arten_nach_jahr")) == 3
    assert [(r["branche"], r["incidents"]) for r in await rows("branchen")] == [("statutory_health_insurer", 1)]
    assert [(r["incident_id"], r["affected"]) for r in await rows("groesste_vorfaelle")] == [(1, 48000)]
    assert [r["affected"] for r in await rows("zahlen_im_verlauf")] == [12000, 48000]
    assert [r["status"] for r in await rows("stand_im_verlauf")] == ["alleged", "confirmed"]
    assert [r["incident_id"] for r in await rows("bestritten")] == [2]
    assert [r["organisation_id"] for r in await rows("taetergruppen")] == ["nachtfalter"]
    [reaction] = await rows("zeit_bis_zur_aufsicht")
    assert (reaction["incident_id"], reaction["article_id"], reaction["tage"]) == (2, 4, 27.0)
    assert [(r["source_id"], r["incidents"]) for r in await rows("zuerst_gemeldet")] == [("ahornwerk", 1)]
    assert [r["incident_id"] for r in await rows("nur_eine_quelle")] == [2]
    assert [(r["incident_id"], r["tage"]) for r in await rows("lange_vorfaelle")] == [(1, 1.0)]
    assert [(r["cve"], r["incident_id"]) for r in await rows("schwachstellen")] == [("CVE-2026-31337", 3)]
    assert [r["organisation_id"] for r in await rows("neu_betroffen")] == ["bkk-ahornwerk"]
    assert [r["article_id"] for r in await rows("sammelartikel")] == [5]
    assert [(r["article_id"], r["nachdrucke"]) for r in await rows("meist_nachgedruckt")] == [(1, 1)]
    assert [r["organisation_id"] for r in await rows("zusammen_genannt", organisation="Ahornwerk")] == ["nachtfalter"]


def test_the_vocabulary_is_that_of_the_analysis():
    from pipeline.analyse import labels

    assert set(words.MENTIONS) == set(labels.MENTIONS)
