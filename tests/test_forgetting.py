"""What somebody asks to have removed goes from everywhere, and no poll brings it back."""

import gzip
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from pipeline import crawling, grouping, run
from pipeline.cli import main
from pipeline.config import load_settings
from pipeline.crawl import read
from pipeline.records import (
    Analysis,
    IncidentType,
    Mention,
    Organisation,
    RenderedDigest,
    Source,
    Span,
)
from pipeline.store import analysed, writing
from pipeline.store.delivered import save_digest

NAMED = (
    "Der Geschäftsführer Ida-Maria Brand hat Kundendaten der Stadtwerke Lindhafen verkauft. Gegen Ida-Maria Brands Bruder "
    "wird nicht ermittelt. Die Stadtwerke Lindhafen haben alle 12.000 Betroffenen angeschrieben und Anzeige erstattet."
)
OTHER = "Der Stadtrat hat am Abend beschlossen, den Radweg am Ufer zu verlängern. Der Bau beginnt im Frühjahr."
NAME = "Ida-Maria Brand"


@pytest.fixture
async def stored(site, db, archive, tmp_path):
    """Two articles as crawled and analysed, the first with an earlier version, and a digest of it; and how to crawl on."""
    settings = load_settings(db=tmp_path / "lagebild.db", archive=archive, allow_private=True)
    source = Source(id="bote", name="Bote", kind="rss", url=f"{site.base}/feed")
    analysed.save_types(db, [{"id": "insider_misuse", "name_de": "Missbrauch", "description_de": ""}])

    def lay_out(title=f"{NAME} verkaufte Kundendaten", text=NAMED, more=""):
        items = "".join(
            f"<item><title>{t}</title><description>{d}</description><link>{site.base}/{n}</link></item>"
            for n, t, d in ((1, title, f"{NAME} soll Daten verkauft haben."), (2, "Radweg wird länger", "Der Stadtrat"))
        )
        site.page("/feed", f"<rss version='2.0'><channel>{items}{more}</channel></rss>")
        for number, (heading, body) in enumerate(((title, text), ("Radweg wird länger", OTHER)), 1):
            paragraphs = "".join(f"<p>{part}.</p>" for part in body.removesuffix(".").split(". "))
            page = f"<html><body><article><h1>{heading}</h1>{paragraphs}</article></body></html>"
            site.page(f"/{number}", page)

    async def crawl():
        return await crawling.crawl_round(db, settings, [source], everything=True)

    def analyse():
        for unread in analysed.unread(db, "test 1", 10):
            with writing(db):
                analysed.save_analysis(db, unread, found_in(unread.text), datetime.now(UTC))
        run.index_round(db)
        grouping.group_round(db)

    lay_out(text=NAMED.replace("Anzeige erstattet", "geschwiegen"))
    await crawl()
    lay_out()
    db.execute("update entries set look_again_at = '2020-01-01T00:00:00Z'")
    db.conn.commit()
    await crawl()
    analyse()
    with writing(db):
        rendered = RenderedDigest(subject=f"Lagebild: {NAME} verkaufte", text=NAME, html=f"<p>{NAME}</p>")
        options = {"kind": "digest", "day": datetime.now(UTC).date(), "at": datetime.now(UTC), "since": 1, "edition": 2}
        save_digest(db, rendered, **options, selection="{}", incidents=[1])
    return settings, crawl, analyse, lay_out


def found_in(text):
    """What a model would find: the person, the organisation, and what happened."""
    mentions, organisations, types = [], [], []
    for label, name in (("PER", NAME), ("ORG", "Stadtwerke Lindhafen")):
        at = text.find(name)
        while at >= 0:
            organisation = "stadtwerke-lindhafen" if label == "ORG" else None
            mentions.append(Mention(start=at, end=at + len(name), label=label, surface=name, organisation=organisation))
            at = text.find(name, at + 1)
    if "Stadtwerke" in text:
        at = text.find("Stadtwerke")
        organisations = [
            Organisation(
                id="stadtwerke-lindhafen",
                name="Stadtwerke Lindhafen",
                role="affected",
                sector="industry",
                mentions=2,
                start=at,
                end=at + 10,
            )
        ]
        evidence = (Span(start=at, end=at + 9), Span(start=at + 2, end=at + 20))
        types = [IncidentType(type="insider_misuse", score=0.9, evidence=evidence)]
    return Analysis(
        model="test 1",
        status="alleged",
        mentions=tuple(mentions),
        organisations=tuple(organisations),
        types=tuple(types),
    )


def everywhere(db, folder, words):
    """In which tables, and in which archive files, some words still stand, in any case of letters."""
    found = set()
    for table in db.tables:
        if table.name.startswith(("article_texts_fts", "search_forms", "sqlite_")):
            continue
        for row in table.rows:
            if any(words.casefold() in str(value).casefold() for value in row.values()):
                found.add(table.name)
    for index, column in (("article_texts_fts", words), ("search_forms", words)):
        phrase = '"' + " ".join("".join(c if c.isalnum() else " " for c in column).lower().split()) + '"'
        if next(db.query(f"select count(*) as n from {index} where {index} match ?", [phrase]))["n"]:
            found.add(index)
    for file in folder.glob("*.warc.gz"):
        if words.casefold() in gzip.decompress(file.read_bytes()).decode(errors="replace").casefold():
            found.add(file.name)
    return found


def sound(db, folder):
    """Whether database and archive are whole, also for another reader of WARC files."""
    assert list(db.query("pragma foreign_key_check")) == []
    assert next(db.query("pragma integrity_check"))["integrity_check"] == "ok"
    for index in ("article_texts_fts", "search_forms"):
        db.execute(f"insert into {index} ({index}) values ('integrity-check')")
    for file in folder.glob("*.warc.gz"):
        assert all(hasattr(record, "body") for record in read(file))
        with file.open("rb") as opened:
            assert len([record.content_stream().read() for record in ArchiveIterator(opened)]) >= 2


def forget(*args):
    return CliRunner().invoke(main, ["forget", *args])


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGEBILD_DB", str(tmp_path / "lagebild.db"))


async def test_without_yes_it_only_tells_what_would_go(stored, db, archive):
    before = everywhere(db, archive, NAME)
    assert {"articles", "article_texts", "article_versions", "mentions", "entries", "digests", "incidents"} <= before
    result = forget("--person", NAME)
    assert result.exit_code == 0
    assert "Would be removed" in result.output
    assert everywhere(db, archive, NAME) == before
    assert db.table("tombstones").count == 0


@pytest.mark.parametrize("name", [NAME, "ida-maria  BRAND"])
async def test_a_person_is_nowhere_any_more_and_does_not_come_back(stored, db, archive, name):
    _, crawl, _, lay_out = stored
    result = forget("--person", name, "--yes")
    assert result.exit_code == 0, result.output
    assert everywhere(db, archive, NAME) == set()
    assert everywhere(db, archive, "Radweg") >= {"articles", "article_texts", "search_forms"}
    sound(db, archive)
    [article] = db.query("select * from articles where id = 1")
    assert (article["title"], article["text_state"]) == ("N. N. verkaufte Kundendaten", "withheld")
    [incident] = db.query("select title, main_type from incidents")
    assert incident == {"title": "N. N. verkaufte Kundendaten", "main_type": "insider_misuse"}
    assert db.table("article_types").count == 1
    lay_out(text=NAMED + " Das Verfahren dauert an.")
    db.execute("update entries set look_again_at = '2020-01-01T00:00:00Z', outcome = 'waiting' where url like '%/1'")
    db.conn.commit()
    await crawl()
    nlp_free_round(db, archive)
    assert everywhere(db, archive, NAME) == set()
    sound(db, archive)


def nlp_free_round(db, archive):
    """As `run.analyse_round` does, with what `found_in` finds."""
    from pipeline.forgetting import Forgotten

    forgotten = Forgotten(db, archive)
    for unread in analysed.unread(db, "test 1", 10):
        kept, dead = forgotten.strip(found_in(unread.text))
        with writing(db):
            analysed.save_analysis(db, unread, kept, datetime.now(UTC))
            forgotten.remove(unread.article_id, dead)
    run.index_round(db)
    grouping.group_round(db)


async def test_an_organisation_is_nowhere_any_more_and_does_not_come_back(stored, db, archive, site):
    _, crawl, _, lay_out = stored
    assert forget("--organisation", "stadtwerke lindhafen", "--yes").exit_code == 0
    assert everywhere(db, archive, "Stadtwerke Lindhafen") == everywhere(db, archive, "stadtwerke-lindhafen") == set()
    sound(db, archive)
    lay_out(more=f"<item><title>Neues</title><link>{site.base}/3</link></item>")
    site.page("/3", f"<html><body><article><h1>Neues</h1><p>{NAMED}</p></article></body></html>")
    await crawl()
    nlp_free_round(db, archive)
    assert db.table("articles").count == 3
    assert everywhere(db, archive, "Stadtwerke Lindhafen") == everywhere(db, archive, "stadtwerke-lindhafen") == set()
    sound(db, archive)


async def test_an_address_is_nowhere_any_more_and_does_not_come_back(stored, db, archive, site):
    _, crawl, _, lay_out = stored
    url = f"{site.base}/1"
    assert forget("--url", url, "--yes").exit_code == 0
    assert everywhere(db, archive, NAME) - {"digests"} == everywhere(db, archive, url) == set()
    assert db.table("incidents").count == 0
    sound(db, archive)
    before = site.requests["/1"]
    lay_out(more=f"<item><title>Neues</title><link>{site.base}/2?neu</link></item>")
    report = await crawl()
    assert (site.requests["/1"], report.entries["filtered"]) == (before, 1)
    assert everywhere(db, archive, url) == set()
    assert not [row for row in db.table("articles").rows if "/2" not in row["url"]]


async def test_what_is_not_there_is_still_kept_from_coming(stored, db, site):
    result = forget("--url", f"{site.base}/9", "--yes")
    assert result.exit_code == 0
    assert db.table("tombstones").count == 1
    assert forget("--person", "Niemand Nirgends", "--yes").exit_code == 0
    assert forget().exit_code == 2
    assert forget("--person", "A", "--url", "b").exit_code == 2
