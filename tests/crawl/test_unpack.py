import contextlib
import gzip
import tracemalloc
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl.unpack import BrokenBodyError, TooLargeError, Unpacker, zstd

PACKERS = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data)),
}
PACKED = [name for name in PACKERS if name not in ("", "identity")]


def unpacked(encoding, data, *, limit=10_000_000, piece=7):
    unpacker = Unpacker(encoding, limit)
    for start in range(0, len(data), piece):
        unpacker.feed(data[start : start + piece])
    return unpacker


@pytest.mark.parametrize("encoding", PACKERS)
@given(data=st.binary(max_size=2000), piece=st.integers(1, 3000))
def test_what_was_packed_comes_out_in_any_pieces(encoding, data, piece):
    found = unpacked(encoding, PACKERS[encoding](data), piece=piece)
    assert (bytes(found.body), found.whole) == (data, True)


def test_deflate_without_its_header_is_read_as_well():
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    found = unpacked("deflate", packer.compress(b"Text" * 100) + packer.flush())
    assert (bytes(found.body), found.whole) == (b"Text" * 100, True)


def test_several_gzip_members_are_one_body():
    assert bytes(unpacked("gzip", gzip.compress(b"a") + gzip.compress(b"b"), piece=100).body) == b"ab"


@pytest.mark.parametrize("encoding", PACKED)
def test_a_body_that_ends_early_is_not_whole(encoding):
    data = PACKERS[encoding](bytes(range(256)) * 40)
    for part in (1, len(data) // 2, len(data) - 1):
        assert not unpacked(encoding, data[:part], piece=1000).whole


@pytest.mark.parametrize("encoding", PACKED)
def test_a_bomb_costs_no_more_memory_than_the_limit(encoding):
    bomb = PACKERS[encoding](bytes(60_000_000))
    tracemalloc.start()
    with pytest.raises(TooLargeError):
        unpacked(encoding, bomb, limit=1_000_000, piece=65_536)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 12_000_000


def test_a_body_of_just_the_limit_is_taken():
    assert len(unpacked("gzip", gzip.compress(bytes(1000)), limit=1000).body) == 1000


@pytest.mark.parametrize("encoding", PACKED)
@given(data=st.binary(min_size=1, max_size=200))
def test_garbage_raises_nothing_but_our_errors(encoding, data):
    with contextlib.suppress(BrokenBodyError, TooLargeError):
        unpacked(encoding, data, limit=100_000)


@pytest.mark.parametrize("encoding", ["compress", "gzip, gzip, gzip"])
def test_packings_that_were_not_asked_for_are_refused(encoding):
    with pytest.raises(BrokenBodyError):
        Unpacker(encoding, 100)
