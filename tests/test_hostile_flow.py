"""What a hostile source puts into names, titles and links stays text, from the crawl to every page."""

import re

import pytest_asyncio

from pipeline import analyse, crawling, grouping, run
from pipeline.browse.serve import application
from pipeline.config import load_settings
from pipeline.records import Source
from tests.browse.situation import METADATA, close
from tests.faults import page

ALERT = "<script>alert(1)</script>"
ITEM = "<item><title>{title}</title><link>{link}</link><guid>{guid}</guid><description>{text}</description></item>"
PAGES = ("/", "/quellen", "/quelle/amt", "/artikel/1", "/vorfall/1", "/suche?q=alert", "/suche?q=%3Cscript%3Ealert(1)")
TABLES = ("sources", "article_list", "incident_list", "organisations", "entries", "articles", "incident_timeline")
TITLE = f"Ransomware: Hacker verschlüsseln Server der Klinik Auental {ALERT}"
STORY = (
    "Unbekannte haben die Server der Klinik Auental mit Ransomware verschlüsselt. Die Täter erpressen die Klinik und "
    "fordern ein Lösegeld. Patientendaten sind abgeflossen, bestätigte die Klinik Auental GmbH am Montag. "
)


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


@pytest_asyncio.fixture
async def hostile(faulty, tmp_path):
    """A database after one round over such a source, and its path."""
    body = "".join(f"<p>{escaped(STORY)} {escaped(ALERT)} onmouseover=alert({n})</p>" for n in range(4))
    head = f"<title>{escaped(TITLE)}</title><meta name='author' content='{escaped(ALERT)}'>"
    good = faulty.on(
        "/1", page(f"<html lang=de><head>{head}</head><body><h1>{escaped(TITLE)}</h1>{body}</body></html>")
    )
    items = [
        ITEM.format(title=escaped(escaped(TITLE)), link=good, guid="1", text=escaped(STORY)),
        ITEM.format(title="b", link="javascript:alert(2)", guid="2", text="x"),
        ITEM.format(title="c", link="data:text/html,&lt;script&gt;alert(3)&lt;/script&gt;", guid="3", text="x"),
        ITEM.format(title="d", link=f"{good}?a=&quot;&gt;&lt;script&gt;alert(4)&lt;/script&gt;", guid="4", text="x"),
    ]
    faulty.on("/feed", page(f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>", content_type="text/xml"))
    settings = load_settings(db=tmp_path / "l.db", archive=tmp_path / "archiv", allow_private=True)
    source = Source(id="amt", name=f"Amt {ALERT}", kind="rss", url=faulty.url("/feed"), homepage="javascript:alert(5)")
    with run.open_database(settings, create=True) as db:
        await crawling.crawl_round(db, settings, [source], everything=True)
        run.analyse_round(db, analyse.load(settings.model))
        grouping.group_round(db)
        yield db, settings.db


async def test_markup_and_strange_links_stay_text_on_every_page(hostile):
    db, path = hostile
    [stored] = db.query("select title from articles where url like '%/1'")
    assert "Klinik Auental" in stored["title"]
    assert next(db.query("select count(*) as n from incidents"))["n"] == 1
    app = application(path, METADATA)
    await app.invoke_startup()
    name = next(name for name in app.databases if name != "_internal")
    assert escaped(ALERT).replace(">", "&gt;") in (await app.client.get("/quellen")).text
    for asked in (*PAGES, *(f"/{name}/{table}" for table in TABLES), "/feed/vorfaelle.atom"):
        answer = await app.client.get(asked)
        assert answer.status_code == 200, asked
        assert ALERT not in answer.text, asked
        assert not re.search(r"""(?:href|src|action)=["']?\s*(?:javascript|data:text)""", answer.text, re.I), asked
        assert not re.search(r"<[^>]*\son\w+\s*=", answer.text), asked
    close(app)
