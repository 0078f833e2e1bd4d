import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import resources
from pipeline.errors import SourcesError
from pipeline.records import Select, Source
from pipeline.sources import load, parse

GOOD = "- {id: amt, name: Das Amt, kind: rss, url: 'https://amt.example/feed'}"


def test_the_smallest_entry_gets_the_defaults():
    [source] = parse(GOOD, "x.yml")
    assert source == Source(id="amt", name="Das Amt", kind="rss", url="https://amt.example/feed")


def test_every_key_is_read():
    text = """
- id: kasse
  name: Kasse
  kind: html_index
  url: http://kasse.example/presse/
  sector: health_insurance
  publisher: Kasse AG
  homepage: https://kasse.example
  language: de
  country: at
  every: 2h
  text: entry
  split: true
  enabled: false
  select: {entry: "li", link: a, date: .datum, body: article}
"""
    [source] = parse(text, "x.yml")
    assert source.every == timedelta(hours=2)
    assert source.select == Select(entry="li", link="a", date=".datum", body="article")
    assert (source.split, source.enabled, source.text, source.country) == (True, False, "entry", "at")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("colour: red", "colour: unknown key"),
        ("kind: gopher", "kind: expected one of rss, atom, sitemap, html_index, got 'gopher'"),
        ("url: 'file:///etc/passwd'", "url: expected an http or https address"),
        ("url: 'https://me:secret@amt.example/'", "url: an address must not carry credentials"),
        ("url: 'http://[::1/'", "url: not an address"),
        ("every: soon", "every: expected a time like 30m, 2h or 1d, got 'soon'"),
        ("every: 0m", "every: expected a time like"),
        ("split: maybe", "split: expected true or false, got 'maybe'"),
        ("select: {colour: red}", "select: unknown key colour"),
        ("select: {body: 'div[['}", "select: body: Malformed attribute selector"),
        ("id: 'Das Amt'", "id: expected lower-case letters"),
        ("name: 7", "name: expected a text, got 7"),
    ],
)
def test_a_bad_value_is_refused_with_file_entry_and_key(change, complaint):
    rows = {"id": "amt", "name": "Amt", "kind": "rss", "url": "'https://amt.example/'"}
    key, _, value = change.partition(": ")
    rows[key] = value
    text = "- " + "\n  ".join(f"{k}: {v}" for k, v in rows.items())
    with pytest.raises(SourcesError, match=r"x\.yml, entry 1") as caught:
        parse(text, "x.yml")
    assert complaint in str(caught.value)


@pytest.mark.parametrize("text", ["", "a: b", "- just text", "- [", "- {id: amt, name: Amt, kind: rss}"])
def test_what_is_no_list_of_sources_is_refused_by_name(text):
    with pytest.raises(SourcesError, match=r"x\.yml"):
        parse(text, "x.yml")


def test_two_sources_cannot_share_an_id():
    with pytest.raises(SourcesError, match=r"entry 2 \(amt\): id: used twice"):
        parse(f"{GOOD}\n{GOOD}", "x.yml")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourcesError, match=r"nothing\.yml: No such file"):
        load(tmp_path / "nothing.yml")


def test_the_shipped_catalogue_is_right():
    sources = load(resources() / "data" / "sources.yml")
    assert len({source.url for source in sources}) == len(sources) >= 30


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(SourcesError):
        parse(text, "x.yml")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("every", "99999999999999d"),
        ("only", "a{99999999999}"),
        ("only", "(" * 5000 + ")" * 5000),
        ("only", "("),
    ],
)
def test_a_value_that_is_too_much_is_refused_by_name(key, value):
    with pytest.raises(SourcesError, match=f"entry 1 .a.: {key}: "):
        parse(f"- {{id: a, name: a, kind: rss, url: 'https://a.example/', {key}: '{value}'}}", "x.yml")


def test_a_list_that_is_nested_too_deeply_is_refused():
    with pytest.raises(SourcesError, match=r"x\.yml"):
        parse("[" * 20_000, "x.yml")


def test_a_password_in_an_address_is_not_shown():
    with pytest.raises(SourcesError) as caught:
        parse("- {id: a, name: a, kind: rss, url: 'ftp://user:geheim@a.example/'}", "x.yml")
    assert "geheim" not in str(caught.value)
