"""A page taken out of an archive: it is gone, the others are where they were, and every reader still reads the file."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from pipeline.crawl import erase, read
from pipeline.crawl.archive import Archive, read_at
from pipeline.crawl.erasing import _nothing
from pipeline.errors import LagebildError
from pipeline.records import Place

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@settings(max_examples=40, deadline=None)
@given(
    bodies=st.lists(
        st.binary(max_size=400) | st.integers(1, 9).map(lambda n: b"x" * 10**5 * n), min_size=1, max_size=5
    ),
    data=st.data(),
)
def test_whatever_the_pages_one_is_gone_and_the_others_stay(tmp_path_factory, bodies, data):
    folder = tmp_path_factory.mktemp("archive")
    archive = Archive(folder)
    headers = {"content-type": "text/html"}
    places = [archive.keep(f"https://a.example/{n}", NOW, 200, headers, body) for n, body in enumerate(bodies)]
    gone = data.draw(st.integers(0, len(bodies) - 1))
    file = folder / places[gone].file
    size = file.stat().st_size
    assert erase(folder, places[gone])
    assert file.stat().st_size == size
    left = {f"https://a.example/{n}": body for n, body in enumerate(bodies) if n != gone}
    assert {found.url: found.body for found in read(file)} == left
    for number, place in enumerate(places):
        if number != gone:
            assert read_at(folder, place).body == bodies[number]
    with file.open("rb") as opened:
        others = [r.content_stream().read() for r in ArchiveIterator(opened) if r.rec_type == "response"]
    assert others == list(left.values())
    assert erase(folder, places[gone])  # twice does no harm


def test_what_is_not_there_is_told(tmp_path):
    assert not erase(tmp_path, Place(file="none.warc.gz", offset=0))
    place = Archive(tmp_path).keep("https://a.example/", NOW, 200, {}, b"x")
    with pytest.raises(LagebildError, match="no record at byte"):
        erase(tmp_path, Place(file=place.file, offset=place.offset + 1))
    with pytest.raises(LagebildError, match="has no end"):
        erase(tmp_path, Place(file=place.file, offset=10**6))
    with pytest.raises(LagebildError, match="not the name of a file"):
        erase(tmp_path, Place(file=f"../{tmp_path.name}/{place.file}", offset=0))


@given(length=st.integers(20, 3000))
def test_nothing_has_any_length(length):
    assert len(_nothing(length)) == length
