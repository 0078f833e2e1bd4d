"""What a visitor of a public instance gets, request by request, and what whoever has signed in gets."""

import json
import re
from urllib.parse import quote, unquote_plus

import pytest
import pytest_asyncio
from datasette_auth_passwords.utils import hash_password
from itsdangerous import BadSignature

from pipeline.browse.access import OPEN, may
from pipeline.browse.serve import application
from pipeline.signing import cookie_secret
from tests.browse.situation import METADATA, TEXT, close, make

PASSWORD = "nur zur Probe"
CLOSED = ["Brandhorst", "Ada Kurz", "am Dienstag mit", "leserin.example"]
THROUGH = quote(json.dumps({"table": "articles", "column": "authors", "value": "Sönke Brandhorst; Ada Kurz"}))
ALLOWED = [
    "/",
    "/vorfall/1",
    "/vorfall/2",
    "/artikel/1",
    "/artikel/2",
    "/artikel/4",
    "/organisation/bkk-ahornwerk",
    "/quellen",
    "/quelle/bote",
    "/quelle/dmr",
    "/suche",
    "/suche?q=Brandhorst",
    "/suche?q=%22am+Dienstag+mit%22",
    "/suche?q=Versicherte",
    "/feed/vorfaelle.atom",
    "/feed/vorfaelle.ics",
    "/feed/suche.atom?q=Versicherte",
    "/feed/organisation/bkk-ahornwerk.atom",
    "/lagebild",
    "/lagebild.json",
    "/lagebild/article_list",
    "/lagebild/article_list.json?_shape=array",
    "/lagebild/article_list.csv?_stream=1",
    "/lagebild/article_list?_facet=source",
    "/lagebild/incident_list.json?_extra=columns",
    "/lagebild/incident_history.json",
    "/lagebild/incident_timeline.csv",
    "/lagebild/article_organisations.json?_labels=on",
    "/lagebild/article_types.json?_labels=on&_facet=type_id",
    "/lagebild/article_facts.json",
    "/lagebild/incident_articles.json?_labels=on",
    "/lagebild/organisations.json",
    "/lagebild/sources.json",
    "/lagebild/source_health.json",
    "/lagebild/incidents/1.json?_extras=foreign_key_tables",
    "/lagebild/incidents/1",
    "/lagebild/organisations/bkk-ahornwerk",
    "/lagebild/nachtraeglich_geaendert.json",
    "/lagebild/zusammen_genannt.csv?organisation=Ahornwerk",
    "/lagebild/schwachstellen",
    "/-/login",
]
REFUSED = [
    "/lagebild/article_texts",
    "/lagebild/article_texts.json",
    "/lagebild/article_texts.csv",
    "/lagebild/article_texts/1.json",
    "/lagebild/article_versions.json",
    "/lagebild/articles.json",
    "/lagebild/articles/1",
    "/lagebild/articles.csv?_col=authors",
    "/lagebild/mentions.json?label=PER",
    "/lagebild/mentions.csv",
    "/lagebild/entries.json",
    "/lagebild/polls.json",
    "/lagebild/fetches.json",
    "/lagebild/analyses.json",
    "/lagebild/corrections.json",
    "/lagebild/incident_pins.json",
    "/lagebild/subscriptions.json",
    "/lagebild/deliveries.json",
    "/lagebild/digests.json",
    "/lagebild/article_texts_fts.json",
    "/lagebild/article_texts_fts_data.json",
    "/lagebild/search_forms.json",
    "/lagebild/search_forms_content.json",
    "/lagebild/sqlite_master.json",
    "/lagebild?sql=select+text+from+article_texts",
    "/lagebild.json?sql=select+text+from+article_texts",
    "/lagebild.csv?sql=select+surface+from+mentions",
    "/lagebild/article_list.json?_where=id+in+(select+article_id+from+mentions)",
    f"/lagebild/sources.json?_through={THROUGH}",
    f"/lagebild/sources?_size=1&_through={THROUGH}",
    "/lagebild.db",
    "/_internal",
    "/-/metadata.json",
    "/-/metadata",
    "/-/plugins.json",
    "/-/permissions",
    "/-/allow-debug?actor=1",
]


@pytest_asyncio.fixture
async def public(lagebild):
    app = application(lagebild, METADATA, public=True, analysts={"ida": hash_password(PASSWORD)})
    await app.invoke_startup()
    yield app
    close(app)


def test_forty_paths_and_more_are_looked_at():
    assert len(ALLOWED) >= 40
    assert len(REFUSED) >= 30


@pytest.mark.parametrize("path", ALLOWED)
async def test_a_visitor_sees_no_text_and_nobodys_name(public, path):
    response = await public.client.get(path)
    assert response.status_code == 200, response.text[:300]
    asked = unquote_plus(path)  # what is typed is shown again
    assert [words for words in CLOSED if words in response.text and words not in asked] == []
    assert response.headers["x-robots-tag"] == "noindex, nofollow"
    assert "pbkdf2" not in response.text


@pytest.mark.parametrize("path", REFUSED)
async def test_a_visitor_is_refused_what_is_closed(public, path):
    response = await public.client.get(path)
    assert response.status_code in (400, 403, 404), response.text[:300]
    assert [words for words in CLOSED if words in response.text] == []


async def test_an_article_shows_its_evidence_and_the_way_to_the_original(public):
    page = (await public.client.get("/artikel/1")).text
    quotes = re.findall(r"<blockquote>(.*?)</blockquote>", page, re.S)
    shown = [" ".join(re.sub(r"<[^>]+>", "", quote).split()) for quote in quotes]
    assert any("Daten von 48.000 Versicherten abgeflossen" in quote for quote in shown)
    assert all(len(quote) <= 164 for quote in shown)  # 160 characters of the text between dots
    assert "BKK Ahornwerk</a>" in page
    assert 'class="name PER"' not in page
    assert "Zum Original" in page
    assert TEXT[:200] not in page


async def test_whoever_is_signed_in_stays_so_when_the_pages_start_again(tmp_path):
    path = make(tmp_path / "lagebild.db", filled=False)
    first, second, other = (
        application(path, METADATA, public=True, secret=secret)
        for secret in (cookie_secret(path), cookie_secret(path), "another")
    )
    signed = first.sign({"a": {"id": "ida"}}, "actor")
    assert second.unsign(signed, "actor") == {"a": {"id": "ida"}}
    with pytest.raises(BadSignature):
        other.unsign(signed, "actor")
    for app in (first, second, other):
        close(app)


async def test_whoever_signs_in_reads_everything(public):
    assert "Anmelden" in (await public.client.get("/artikel/1")).text
    signed = {"ds_actor": public.sign({"a": {"id": "ida"}}, "actor")}
    page = (await public.client.get("/artikel/1", cookies=signed)).text
    assert "am Dienstag mit" in page
    assert "Angemeldet als ida" in page
    rows = await public.client.get("/lagebild.json?sql=select+text+from+article_texts&_shape=array", cookies=signed)
    assert rows.status_code == 200
    assert (await public.client.get("/lagebild/polls.json", cookies=signed)).status_code == 200
    assert (await public.client.get("/lagebild/subscriptions.json", cookies=signed)).status_code == 403


@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 302), ("falsch", 200)])
async def test_only_the_right_password_signs_in(public, password, status):
    form = await public.client.get("/-/login")
    assert "Kennwort" in form.text
    token = form.cookies["ds_csrftoken"]
    response = await public.client.post(
        "/-/login",
        data={"username": "ida", "password": password, "csrftoken": token},
        cookies={"ds_csrftoken": token},
        follow_redirects=False,
    )
    assert response.status_code == status
    assert ("ds_actor" in response.cookies) == (status == 302)


async def test_search_engines_are_kept_out(public):
    response = await public.client.get("/robots.txt")
    assert response.text == "User-agent: *\nDisallow: /\n"


async def test_an_instance_for_oneself_is_open(datasette):
    assert (await datasette.client.get("/lagebild/article_texts.json")).status_code == 200
    assert "x-robots-tag" not in (await datasette.client.get("/")).headers


def test_what_is_not_opened_is_closed():
    for action in (
        "view-database-download",
        "execute-sql",
        "debug-menu",
        "permissions-debug",
        "insert-row",
        "anything",
    ):
        assert may(None, action, "lagebild") is False
    assert all(may(None, "view-table", ("lagebild", table)) is None for table in OPEN)
    assert may(None, "view-table", ("lagebild", "a new table")) is False
    assert may({"id": "ida"}, "view-table", ("lagebild", "article_texts")) is None
