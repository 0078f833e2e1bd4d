"""Bad input gives one clear line that names the thing, no traceback, and exit status 1."""

import asyncio
import json

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.store import open_store


@pytest.fixture
def lagebild(tmp_path, monkeypatch):
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAGEBILD_ALLOW_PRIVATE", "1")

    def call(*args, stdin=None):
        result = CliRunner().invoke(main, [str(arg) for arg in args], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return call


def complaint(result):
    """The one line on standard error."""
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    return line


def sources_file(folder, *rows):
    path = folder / "some.yml"
    path.write_text("\n".join(f"- {json.dumps(row)}" for row in rows), encoding="utf-8")
    return path


def test_a_missing_database_is_named(lagebild):
    assert "data/lagebild.db: no database there; `lagebild init` makes one" in complaint(lagebild("status"))
    assert "none.db" in complaint(lagebild("analyse", "--db", "none.db"))


def test_a_missing_model_is_named(lagebild):
    assert "nowhere/model" in complaint(lagebild("annotate", "--model", "nowhere/model", stdin="{}\n"))


def test_a_wrong_sources_file_is_named_with_entry_and_key(lagebild, tmp_path):
    path = sources_file(tmp_path, {"id": "a", "name": "A", "kind": "fax", "url": "http://a.example"})
    assert "some.yml, entry 1 (a): kind: expected one of" in complaint(lagebild("crawl", "--sources", path))


def test_an_unknown_source_is_named(lagebild):
    assert "no source has the id nobody" in complaint(lagebild("crawl", "--source", "nobody"))


def test_a_wrong_setting_is_named(lagebild, tmp_path):
    (tmp_path / "lagebild.toml").write_text("digest_hour = 25\n")
    assert "setting digest_hour" in complaint(lagebild("status"))
    (tmp_path / "lagebild.toml").write_text("colour = 'red'\n")
    assert "setting colour" in complaint(lagebild("status"))
    (tmp_path / "lagebild.toml").write_text("= nothing")
    assert "lagebild.toml" in complaint(lagebild("status"))


def test_init_twice_is_harmless_and_its_settings_file_can_be_read(lagebild, tmp_path):
    assert lagebild("init").exit_code == 0
    written = (tmp_path / "lagebild.toml").read_text(encoding="utf-8")
    (tmp_path / "lagebild.toml").write_text(written.replace("#", ""), encoding="utf-8")
    (tmp_path / "lagebild.toml").write_text(
        "\n".join(line for line in written.replace("#", "").splitlines() if " = " in line), encoding="utf-8"
    )
    assert lagebild("init").exit_code == 0
    assert lagebild("status", "--json").exit_code == 0


async def test_a_broken_source_does_not_stop_the_others_and_stored_data_stays(site, lagebild, tmp_path):

    site.page(
        "/feed",
        f"<rss version='2.0'><channel><item><title>Meldung eins</title><link>{site.base}/1</link></item>"
        f"<item><title>Fehlt</title><link>{site.base}/2</link></item></channel></rss>",
    )
    text = "Das Portal der Stadt ist seit dem Morgen wieder für alle Bürgerinnen und Bürger erreichbar. " * 3
    site.page("/1", f"<html><body><article><h1>Meldung eins</h1><p>{text}</p></article></body></html>")
    rows = [
        {"id": "gut", "name": "Gut", "kind": "rss", "url": f"{site.base}/feed"},
        {"id": "weg", "name": "Weg", "kind": "rss", "url": f"{site.base}/none"},
        {"id": "aus", "name": "Aus", "kind": "atom", "url": "http://127.0.0.1:9/feed"},
    ]
    path = sources_file(tmp_path, *rows)
    for outcome in ("ok", "unchanged"):
        result = await asyncio.to_thread(lagebild, "crawl", "--all", "--sources", path, "--json")
        assert result.exit_code == 1
        told = json.loads(result.stdout)
        assert told["polls"] == {outcome: 1, "http_404": 1, "unreachable": 1}
    named = result.stderr.splitlines()
    assert [line.split(":")[0] for line in named] == ["source weg", "source aus"] or len(named) == 2
    with open_store(tmp_path / "data" / "lagebild.db") as db:
        assert [row["title"] for row in db.table("articles").rows] == ["Meldung eins"]
        assert {row["outcome"] for row in db.table("entries").rows} == {"new", "http_404"}


def test_a_bad_line_for_annotate_becomes_a_line_with_an_error(lagebild):
    lines = ['{"id": "a", "text": "Die Polizei Köln ermittelt."}', "no json", '{"id": "c"}']
    result = lagebild("annotate", stdin="\n".join(lines) + "\n")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [("error" in row) for row in rows] == [False, True, True]
    assert rows[0]["id"] == "a"


def test_a_backup_is_whole_and_a_bad_place_for_it_is_named(lagebild, tmp_path):
    lagebild("init")
    assert lagebild("backup", "copy.db").exit_code == 0
    with open_store(tmp_path / "copy.db") as db:
        assert db.table("incident_types").count == 17
    assert "nowhere/copy.db" in complaint(lagebild("backup", "nowhere/copy.db"))


async def test_a_disabled_source_is_asked_only_when_it_is_named(site, lagebild, tmp_path):
    site.page("/feed", "<rss version='2.0'><channel><title>Leer</title></channel></rss>")
    row = {"id": "aus", "name": "Aus", "kind": "rss", "url": f"{site.base}/feed", "enabled": False}
    path = sources_file(tmp_path, row)
    told = [
        json.loads((await asyncio.to_thread(lagebild, "crawl", "--sources", path, "--json", *more)).stdout)["polls"]
        for more in ([], ["--source", "aus"])
    ]
    assert told == [{}, {"ok": 1}]
