"""An analyst corrects what the model found, on the page of the article."""

import re
from datetime import UTC, datetime
from getpass import getuser

import pytest
import pytest_asyncio
from datasette_auth_passwords.utils import hash_password
from hypothesis import given
from hypothesis import strategies as st

from pipeline.browse.correct import Choice, Placement, Refused, quoted, read
from pipeline.browse.serve import application
from pipeline.correcting import Desk
from pipeline.records import Correction
from tests.browse.situation import METADATA, TEXT, close, make

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
TYPES = (Choice(id="ransomware", name="Ransomware"),)
FORM = "/artikel/1/berichtigen"


def told(**form):
    return read(form, TEXT, article_id=1, known=TYPES, by="Ada", at=NOW)


def test_what_a_form_says_becomes_a_decision():
    assert told(kind="role", organisation="mgd-mittelrhein", value="other", why=" nur  genannt ") == Correction(
        article_id=1, kind="role", organisation="mgd-mittelrhein", value="other", by="Ada", at=NOW, why="nur genannt"
    )
    assert told(kind="type", value="ransomware", quote="seien verschlüsselt").quote == "seien verschlüsselt"
    assert told(kind="status", value="denied", organisation="x").organisation is None


@pytest.mark.parametrize(
    ("value", "incident"),
    [("", None), ("17", 17), ("17-daten-weg", 17), ("/vorfall/17-daten-weg", 17), ("http://a.example/vorfall/17", 17)],
)
def test_an_incident_is_named_by_number_or_address(value, incident):
    assert told(kind="incident", value=value) == Placement(incident_id=incident)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({}, "gibt es nicht"),
        ({"kind": "drop table"}, "gibt es nicht"),
        ({"kind": "role", "value": "affected"}, "fehlt die Organisation"),
        ({"kind": "role", "value": "king", "organisation": "x"}, "fehlt, was richtig ist"),
        ({"kind": "type", "value": "ransomware"}, "fehlt die Stelle"),
        ({"kind": "type", "value": "ransomware", "quote": "steht nirgends"}, "steht so nicht im Text"),
        ({"kind": "type", "value": "unknown", "quote": "Daten"}, "fehlt, was richtig ist"),
        ({"kind": "role", "value": "affected", "organisation": "Amt", "new": "1"}, "fehlt die Stelle"),
        ({"kind": "organisation", "value": "", "organisation": "x"}, "fehlt, was richtig ist"),
        ({"kind": "status", "value": "maybe"}, "fehlt, was richtig ist"),
        ({"kind": "incident", "value": "seventeen"}, "keine Nummer"),
        ({"kind": "status", "value": "denied", "why": "x" * 401}, "länger als 400"),
    ],
)
def test_a_form_that_cannot_be_carried_out_says_why(form, why):
    assert why in told(**form).why


@given(st.dictionaries(st.sampled_from(["kind", "value", "organisation", "quote", "why", "new"]), st.text()))
def test_no_form_is_too_strange(form):
    assert isinstance(told(**form), Correction | Placement | Refused)


@given(st.text(), st.text())
def test_a_quote_stands_in_the_text(text, typed):
    found = quoted(text, typed)
    assert found is None or (found in text and found.split() == typed.split())


@pytest.fixture
def path(tmp_path):
    return make(tmp_path / "lagebild.db", filled=True)


@pytest_asyncio.fixture
async def own(path):
    """For oneself on loopback."""
    app = application(path, METADATA, desk=Desk(path))
    await app.invoke_startup()
    yield app
    close(app)


@pytest_asyncio.fixture
async def public(path):
    app = application(path, METADATA, public=True, analysts={"ida": hash_password("x")}, desk=Desk(path))
    await app.invoke_startup()
    yield app
    close(app)


async def shown(app, path="/artikel/1", **more):
    return re.sub(r"\s+", " ", (await app.client.get(path, **more)).text)


async def test_a_role_is_corrected_and_the_correction_withdrawn(own):
    answer = await own.client.post(FORM, data={"kind": "role", "organisation": "nachtfalter", "value": "none"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/artikel/1#berichtigungen")
    page = await shown(own)
    assert f"Nachtfalter: nicht beteiligt <small>{getuser()}," in page
    assert 'href="/organisation/nachtfalter"' not in page
    number = re.search(r'name="withdraw" value="(\d+)"', page)[1]
    assert (await own.client.post(FORM, data={"withdraw": number})).status_code == 303
    assert "Bisher keine" in await shown(own)


async def test_a_type_is_added_with_its_place_in_the_text(own):
    form = {"kind": "type", "value": "sanction", "quote": "prüft, ob die Kasse", "why": "gehört dazu"}
    assert (await own.client.post(FORM, data=form)).status_code == 303
    page = await shown(own)
    assert "Art Bußgeld oder Urteil trifft zu" in page
    assert ">prüft, ob die Kasse</mark>" in page


async def test_an_article_is_put_into_another_incident_and_left_to_grouping_again(own):
    assert (await own.client.post(FORM, data={"kind": "incident", "value": "/vorfall/2-x"})).status_code == 303
    page = await shown(own)
    assert "Gehört zum Vorfall 2" in page
    assert 'Gehört zum Vorfall <a href="/vorfall/2' in page
    assert (await own.client.post(FORM, data={"withdraw": "incident"})).status_code == 303
    assert "Gehört zum Vorfall 2" not in await shown(own)


async def test_what_cannot_be_carried_out_is_said_on_the_page(own):
    for form, why in (
        (
            {"kind": "type", "value": "sanction", "quote": "<b>nirgends</b>"},
            "„&lt;b&gt;nirgends&lt;/b&gt;“ steht so nicht",
        ),
        ({"kind": "incident", "value": "99999"}, "Das ging nicht: there is no incident 99999"),
        ({"withdraw": "9" * 30}, ""),
        ({"withdraw": "\u0661"}, ""),
        ({"withdraw": "99999"}, "Das ging nicht: there is no correction 99999"),
    ):
        answer = await own.client.post(FORM, data=form)
        assert answer.status_code == 400
        assert why in answer.text
    assert "Bisher keine" in await shown(own)


async def test_a_form_from_elsewhere_corrects_nothing(own):
    form = {"kind": "status", "value": "denied"}
    for origin in ("https://evil.example", "null"):
        answer = await own.client.post(FORM, data=form, headers={"Origin": origin})
        assert answer.status_code == 403
    assert (await own.client.get(FORM)).status_code == 403
    assert (await own.client.post("/artikel/999/berichtigen", data=form)).status_code == 403
    assert "Bisher keine" in await shown(own)
    here = await own.client.post(FORM, data=form, headers={"Origin": "http://localhost", "Host": "localhost"})
    assert here.status_code == 303


async def test_visitors_neither_correct_nor_see_who_did(public):
    form = {"kind": "status", "value": "denied"}
    assert (await public.client.post(FORM, data=form)).status_code == 403
    assert "Berichtigungen" not in await shown(public)
    signed = {"ds_actor": public.sign({"a": {"id": "ida"}}, "actor")}
    page = await public.client.get("/artikel/1", cookies=signed)
    token = re.search(r'name="csrftoken" value="([^"]+)"', page.text)[1]
    cookies = signed | {"ds_csrftoken": page.cookies["ds_csrftoken"]}
    assert (await public.client.post(FORM, data=form, cookies=cookies)).status_code == 403
    assert (await public.client.post(FORM, data=form | {"csrftoken": token}, cookies=cookies)).status_code == 303
    assert "Stand: bestritten <small>ida," in await shown(public, cookies=signed)
    assert "Stand: bestritten" not in await shown(public)
    assert (await public.client.get("/lagebild/corrections.json")).status_code == 403
