"""Atom feeds as a feed reader sees them."""

from contextlib import closing
from sqlite3 import connect

import feedparser
import pytest

from pipeline.browse.serve import application
from tests.browse.situation import METADATA, close, make


async def read(datasette, path):
    response = await datasette.client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    found = feedparser.parse(response.content, response_headers={"content-type": response.headers["content-type"]})
    assert not found.bozo, found.bozo_exception
    assert found.version == "atom10"
    assert found.feed.id
    assert found.feed.updated
    assert found.feed.links[0].rel == "self"
    assert found.feed.links[0].href == found.feed.id
    assert all(entry.id and entry.title and entry.updated and entry.link for entry in found.entries)
    return found


async def test_the_feed_of_incidents_tells_those_told_of_last_first(datasette):
    found = await read(datasette, "/feed/vorfaelle.atom")
    assert [entry.id.rpartition("/")[2] for entry in found.entries] == ["1", "2", "3"]
    first = found.entries[0]
    assert first.title == "BKK Ahornwerk: Daten von 48.000 Versicherten abgeflossen"
    assert first.link.endswith("/vorfall/1-vorfall-1")
    assert first.summary.startswith("Datenabfluss · bestätigt · BKK Ahornwerk · 48.000 Betroffene · 3 Artikel")
    page = await datasette.client.get("/vorfall/1-vorfall-1")
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("path", "incidents"),
    [
        ("/feed/art/ransomware.atom", ["1"]),
        ("/feed/art/sanction.atom", []),
        ("/feed/organisation/mgd-mittelrhein.atom", ["1", "3"]),
        ("/feed/organisation/bkk-ahornwerk.atom", ["1", "2"]),
    ],
)
async def test_a_feed_of_a_type_or_an_organisation_has_its_incidents(datasette, path, incidents):
    found = await read(datasette, path)
    assert [entry.id.rpartition("/")[2] for entry in found.entries] == incidents


async def test_the_feed_of_a_search_has_what_the_search_finds(datasette):
    found = await read(datasette, "/feed/suche.atom?q=Bu%C3%9Fgeld+%22zahlt%22")
    [entry] = found.entries
    assert entry.id.endswith("/artikel/4")
    assert "Bußgeld von 1,24 Millionen Euro" in entry.summary
    assert found.feed.title == 'Lagebild – Suche: Bußgeld "zahlt"'
    assert (await read(datasette, "/feed/suche.atom")).entries == []


@pytest.mark.parametrize("path", ["/feed/art/gibtsnicht.atom", "/feed/organisation/nie%2Fda.atom"])
async def test_a_feed_of_nothing_is_not_found(datasette, path):
    assert (await datasette.client.get(path)).status_code == 404


async def test_no_sign_in_a_headline_breaks_a_feed(tmp_path):
    path = make(tmp_path / "l.db", filled=True)
    odd = "A\x00B\x0b \ud7ff\uffff <b>&amp; ]]> \U0001f600"
    with closing(connect(path)) as db, db:
        db.execute("update incidents set title = ? where id = 1", [odd])
    app = application(path, METADATA)
    await app.invoke_startup()
    found = await read(app, "/feed/vorfaelle.atom")
    close(app)
    assert "]]>" in found.entries[0].title
    assert "<b>" in found.entries[0].title or "&lt;b" in found.entries[0].title


async def test_pages_name_their_feed(datasette):
    for path, feed in (
        ("/", "/feed/vorfaelle.atom"),
        ("/organisation/bkk-ahornwerk", "/feed/organisation/bkk-ahornwerk.atom"),
        ("/suche?q=Daten+weg", "/feed/suche.atom?q=Daten+weg"),
    ):
        html = (await datasette.client.get(path)).text
        assert 'type="application/atom+xml" title="Lagebild' in html
        assert f'href="{feed}"' in html
