import os
import stat
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import resources
from pipeline.errors import SourcesError
from pipeline.records import Select, Source
from pipeline.sources import Added, added, append, load, parse, to_yaml

AMT = Source(id="amt", name="Das Amt", kind="rss", url="https://amt.example/feed")
KASSE = Source(id="kasse", name="Kasse", kind="atom", url="https://kasse.example/atom")
ODD = "äöüßÄ\"'&<>\n\r\t :#-|%@`{}[]!*?,\\~=\x85\u2028\xa0\ufeff😀"


def texts(characters):
    return st.text(st.one_of(st.sampled_from(ODD), characters), min_size=1).map(str.strip).filter(bool)


def drawn_sources(characters):
    """Any source that a sources file can name, its texts of these characters."""
    text = texts(characters)
    maybe = st.none() | text
    slug = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,3})?", fullmatch=True)
    address = st.builds(
        "{}://{}.example{}".format, st.sampled_from(["http", "https"]), slug, st.sampled_from(["", "/"])
    )
    paths = st.from_regex(r"/[a-zA-Z0-9/_.?&=%~äß-]{0,20}", fullmatch=True)
    intervals = st.builds(timedelta, minutes=st.integers(1, 100_000)) | st.builds(timedelta, hours=st.integers(1, 99))
    css = st.sampled_from([None, "li > a", "a[href*='ä: #']", ':is(h2, h3):-soup-contains(". Mai 20", "&<b>")', "*"])
    return st.builds(
        Source,
        id=slug,
        name=text,
        kind=st.sampled_from(["rss", "atom", "sitemap", "html_index"]),
        url=st.builds("{}{}".format, address, paths),
        sector=maybe,
        publisher=maybe,
        homepage=st.none() | address,
        language=text | st.just("de"),
        country=text | st.sampled_from(["de", "no", "1e3", "null"]),
        every=intervals,
        text=st.sampled_from(["page", "entry"]),
        split=st.booleans(),
        only=st.sampled_from([None, r"/\d+\.html$", "a&b|\"c'<d>", "#: x", "[ä-ü]\n"]).map(lambda p: p and p.strip()),
        select=st.builds(Select, entry=css, link=css, title=css, date=css, body=css),
        enabled=st.booleans(),
        confidence=st.sampled_from([None, "high", "medium", "low"]),
        evidence=maybe,
        notes=maybe,
    )


def several(source):
    return st.lists(source, max_size=4, unique_by=lambda s: s.id)


@settings(deadline=None)
@given(several(drawn_sources(st.characters(exclude_categories=["Cs"]))))
def test_what_is_written_reads_back_as_it_was(sources):
    assert parse(to_yaml(sources), "x.yml") == sources


def test_an_entry_stands_as_in_the_shipped_file_without_defaults():
    source = replace(AMT, sector="authority", publisher="Amt für Ämter & Co.", country="at", every=timedelta(hours=48))
    assert to_yaml([source, KASSE]) == (
        "- id: amt\n  name: Das Amt\n  kind: rss\n  url: https://amt.example/feed\n  sector: authority\n"
        "  publisher: Amt für Ämter & Co.\n  country: at\n  every: 2d\n"
        "\n- id: kasse\n  name: Kasse\n  kind: atom\n  url: https://kasse.example/atom\n"
    )


def test_the_shipped_file_survives_being_written():
    sources = load(resources() / "data" / "sources.yml")
    assert parse(to_yaml(sources), "x.yml") == sources


def test_long_texts_are_folded_and_lines_kept():
    written = to_yaml([replace(AMT, notes="Wort " * 60 + "Ende", evidence="eins\n\nzwei: 2")])
    assert max(map(len, written.splitlines())) <= 120
    assert "  evidence: |-\n    eins\n\n    zwei: 2\n" in written


@pytest.mark.parametrize(
    ("every", "written"),
    [
        (timedelta(minutes=90), "90m"),
        (timedelta(hours=2), "2h"),
        (timedelta(days=1), "1d"),
        (timedelta(hours=36), "36h"),
    ],
)
def test_an_interval_is_written_in_the_largest_unit_that_is_whole(every, written):
    assert f"every: {written}\n" in to_yaml([replace(AMT, every=every)])


def test_an_interval_that_no_file_could_name_is_refused():
    with pytest.raises(ValueError, match="whole minutes"):
        to_yaml([replace(AMT, every=timedelta(seconds=90))])


@pytest.mark.parametrize(
    "url",
    [
        "http://amt.example/feed",
        "https://AMT.example/feed/",
        "https://amt.example:443/feed",
        "http://amt.example:80/feed",
        "https://amt.example/feed#top",
    ],
)
def test_the_same_address_written_otherwise_is_known(url):
    other = replace(KASSE, url=url)
    assert added([AMT], [other]) == Added(new=[], known=[other])


@pytest.mark.parametrize(
    "url",
    [
        "https://amt.example/Feed",
        "https://amt.example/feed?a=1",
        "https://amt.example:8443/feed",
        "https://b.example/feed",
    ],
)
def test_another_address_is_new(url):
    other = replace(KASSE, url=url)
    assert added([AMT], [other]) == Added(new=[other], known=[])


def test_an_id_that_is_taken_gets_a_number():
    found = [replace(AMT, url=f"https://neu.example/{n}") for n in range(2)]
    assert [s.id for s in added([AMT, replace(KASSE, id="amt-2")], found).new] == ["amt-3", "amt-4"]


def test_the_second_of_two_with_one_address_is_known():
    twin = replace(AMT, id="zwilling")
    assert added([], [AMT, twin]) == Added(new=[AMT], known=[twin])


@settings(max_examples=30, deadline=None)
@given(several(drawn_sources(st.characters(categories=["L"]))), several(drawn_sources(st.characters(categories=["L"]))))
def test_old_and_new_together_always_make_a_sources_file(existing, found):
    result = added(existing, found)
    assert len(result.new) + len(result.known) == len(found)
    together = existing + result.new
    assert parse(to_yaml(together), "x.yml") == together


OLD = "# Von Hand gepflegt\n\n- {id: eins,   name: 'Eins'  , kind: rss, url: 'https://eins.example'} # so\n"


@pytest.mark.parametrize(
    "old",
    [
        OLD,
        OLD.rstrip("\n"),
        OLD + "\n# am Ende\n\n\n",
        OLD + "# am Ende, ohne Zeilenende",
        "\ufeff" + OLD,
        OLD.replace("\n", "\r\n"),
        "---\n" + OLD,
        "  -\n    id: eins\n    name: Eins\n    kind: rss\n    url: https://eins.example\n",
        to_yaml([replace(AMT, id="eins", notes="a\nb")]),
    ],
)
def test_what_stood_in_the_file_is_kept_byte_for_byte(tmp_path, old):
    path = tmp_path / "sources.yml"
    path.write_bytes(old.encode())
    before = load(path)
    append(path, [replace(AMT, notes="eins\n\nzwei"), KASSE])
    assert path.read_bytes().startswith(old.encode())
    assert load(path) == [*before, replace(AMT, notes="eins\n\nzwei"), KASSE]
    assert os.listdir(tmp_path) == ["sources.yml"]


def test_new_entries_take_the_line_ends_of_the_file(tmp_path):
    path = tmp_path / "sources.yml"
    path.write_bytes(OLD.replace("\n", "\r\n").encode())
    append(path, [AMT])
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") > 3


@pytest.mark.parametrize("old", [None, "", "\n", "# nur ein Kommentar", "\ufeff# mit Marke\n"])
def test_a_missing_or_empty_file_is_begun(tmp_path, old):
    path = tmp_path / "sources.yml"
    if old is not None:
        path.write_text(old, encoding="utf-8")
    append(path, [AMT, KASSE])
    assert load(path) == [AMT, KASSE]
    assert path.read_text(encoding="utf-8").startswith(old or "- id: amt\n")


def test_one_empty_line_stands_between_old_and_new(tmp_path):
    path = tmp_path / "sources.yml"
    append(path, [AMT])
    append(path, [KASSE])
    assert path.read_text(encoding="utf-8") == to_yaml([AMT, KASSE])


def test_nothing_new_leaves_the_file_alone(tmp_path):
    append(tmp_path / "sources.yml", [])
    assert not os.listdir(tmp_path)


def test_permissions_are_kept_and_a_link_stays_a_link(tmp_path):
    path, link = tmp_path / "real.yml", tmp_path / "sources.yml"
    path.write_text(OLD, encoding="utf-8")
    path.chmod(0o640)
    link.symlink_to("real.yml")
    append(link, [AMT])
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [s.id for s in load(path)] == ["eins", "amt"]


@pytest.mark.parametrize(
    ("old", "complaint"),
    [
        (b"[]\n", "left as it is: with the new entries: not YAML"),
        (OLD.encode() + b"...\n# danach\n", "left as it is: with the new entries"),
        (
            to_yaml([replace(AMT, name="Ein anderes")]).encode(),
            r"left as it is: with the new entries, entry 2 \(amt\): id",
        ),
        (b"- {id: amt}\n", "name: missing"),
        (b"- name: \xe4\n", "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_added_to_is_named_and_left_as_it_is(tmp_path, old, complaint):
    path = tmp_path / "sources.yml"
    path.write_bytes(old)
    with pytest.raises(SourcesError, match=complaint) as caught:
        append(path, [AMT])
    assert str(caught.value).startswith(str(path))
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["sources.yml"]


def test_a_file_that_would_say_something_else_is_left_as_it_is(tmp_path):
    path = tmp_path / "sources.yml"
    path.write_text(OLD, encoding="utf-8")
    with pytest.raises(SourcesError, match="would say something else"):
        append(path, [replace(AMT, publisher=" mit Rand ")])
    assert path.read_text(encoding="utf-8") == OLD


@pytest.mark.parametrize("where", ["gone/sources.yml", ".", "loop"])
def test_a_place_that_cannot_be_written_is_named(tmp_path, where):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SourcesError) as caught:
        append(tmp_path / where, [AMT])
    assert str(caught.value).startswith(f"{tmp_path / where}: ")


def test_a_failure_at_the_last_moment_leaves_no_trace(tmp_path, monkeypatch):
    path = tmp_path / "sources.yml"
    path.write_text(OLD, encoding="utf-8")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SourcesError, match=r"sources\.yml: No space left on device"):
        append(path, [AMT])
    assert path.read_text(encoding="utf-8") == OLD
    assert os.listdir(tmp_path) == ["sources.yml"]
