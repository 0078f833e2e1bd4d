"""Digests as pages and as a feed, and the end of a subscription by its link."""

import re
from datetime import UTC, date, datetime

import feedparser
import pytest

from pipeline import signing
from pipeline.browse.serve import application
from pipeline.leaving import Leaving
from pipeline.records import RenderedDigest, Selection, Subscription
from pipeline.store import open_store, writing
from pipeline.store.delivered import save_digest
from pipeline.store.subscribed import by_number, save_subscription
from tests.browse.situation import METADATA, close

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
HTML = "<!DOCTYPE html><html lang='de'><body style='color: red'><h1>Lage & <b>Meldung</b></h1></body></html>"


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "lagebild.db"
    with open_store(file, create=True) as db:
        save_subscription(db, Subscription(id=0, address="ada@amt.example", created_at=NOW))
        save_subscription(
            db, Subscription(id=0, address="bo@amt.example", created_at=NOW, selection=Selection(types=("x",)))
        )
        with writing(db):
            for number, selection in enumerate(("{}", '{"types": ["x"]}')):
                rendered = RenderedDigest(
                    subject=f"Lagebild {number}", text="Text", html=HTML.replace("Lage", f"Lage {number}")
                )
                options = {"kind": "digest", "day": date(2026, 11, 20), "at": NOW, "since": 1, "edition": 2}
                save_digest(db, rendered, **options, selection=selection, incidents=[1, 2])
    return file


@pytest.fixture(params=[False, True], ids=["local", "public"])
async def pages(request, path):
    app = application(path, METADATA, public=request.param, leaving=Leaving(path))
    await app.invoke_startup()
    yield app.client
    close(app)


async def test_the_digest_of_everything_is_a_page_and_nothing_in_it_can_act(pages):
    answer = await pages.get("/tagesmeldung/2026-11-20")
    assert (answer.status_code, answer.text) == (200, HTML.replace("Lage", "Lage 0"))
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (await pages.get("/tagesmeldung/2026-11-21")).status_code == 404


async def test_the_feed_carries_whole_digests(pages):
    answer = await pages.get("/feed/tagesmeldungen.atom")
    found = feedparser.parse(answer.content, response_headers={"content-type": answer.headers["content-type"]})
    assert not found.bozo
    [entry] = found.entries
    assert (entry.title, entry.summary) == ("Lagebild 0", "2 Vorfälle")
    assert entry.link.endswith("/tagesmeldung/2026-11-20")
    assert "Lage 0" in entry.content[0].value


def state(path, id):
    with open_store(path) as db:
        return by_number(db, id).paused_why


def link(path, id=1, address="ada@amt.example"):
    return f"/abmelden?t={signing.unsubscribe_token(signing.signing_key(path), id, address)}"


async def test_a_reader_is_asked_first_and_a_mail_program_ends_it_with_one_click(pages, path):
    asked = await pages.get(link(path))
    assert "Soll ada@amt.example" in asked.text
    assert state(path, 1) is None
    done = await pages.post(link(path), data={"List-Unsubscribe": "One-Click"})
    assert (done.status_code, state(path, 1), state(path, 2)) == (200, "unsubscribed", None)
    assert "bekommt keine Tagesmeldung" in done.text


async def test_the_form_of_the_page_works(pages, path):
    asked = await pages.get(link(path))
    action = re.search(r'action="([^"]+)"', asked.text)[1]
    assert (await pages.post(action)).status_code == 200
    assert state(path, 1) == "unsubscribed"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "1",
        "1.",
        "1.x",
        "2.{good}",
        "{good}x",
        "9.{good}",
        "-1.{good}",
        "99999999999999999999.{good}",
        "{other}",
        "\u0661.{good}",
    ],
)
async def test_a_link_that_was_not_written_here_ends_nothing(pages, path, token):
    good = link(path).partition("=")[2]
    token = token.format(
        good=good.partition(".")[2] if token[:1].isdigit() else good, other=link(path, 1, "x@y.example")
    )
    for answer in (await pages.get("/abmelden", params={"t": token}), await pages.post(f"/abmelden?t={token}")):
        assert answer.status_code == 404
    assert state(path, 1) is state(path, 2) is None


def test_the_key_is_made_once_and_is_for_its_owner_alone(path):
    first = signing.signing_key(path)
    assert signing.signing_key(path) == first
    file = path.with_name("lagebild.db.key")
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in path.parent.glob("*.key*")) == ["lagebild.db.key"]
    file.write_text("")
    with pytest.raises(Exception, match=r"lagebild\.db\.key: empty"):
        signing.signing_key(path)
