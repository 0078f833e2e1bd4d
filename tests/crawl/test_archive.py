"""Raw pages in WARC files: what was kept comes back, whatever happened to the file."""

import gzip
import io
import random
import subprocess
import sys
import tracemalloc
import zlib
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from warcio import ArchiveIterator, StatusAndHeaders, WARCWriter

from pipeline.crawl.archive import Archive, Archived, Damaged, prune, read, read_at
from pipeline.errors import LagebildError
from pipeline.records import Place

AT = datetime(2026, 11, 25, 17, 30, 5, 123456, tzinfo=UTC)
FILE = "lagebild-2026-11-25.warc.gz"
HTML = {"Content-Type": "text/html; charset=utf-8"}
MARK = b"\x1f\x8b\x08"


def keep(folder, number, body=b"", at=AT, **headers):
    return Archive(folder).keep(f"https://amt.example/{number}", at, 200, HTML | headers, body or page(number))


def page(number):
    return f"<h1>Meldung {number}</h1>".encode() + random.Random(number).randbytes(300)


def numbers(results):
    return [int(r.url.rsplit("/", 1)[1]) for r in results if isinstance(r, Archived)]


def foreign(path, *records, packed=True, version="1.0"):
    """A file by another hand: (type, url, HTTP headers or None, payload as stored, further WARC fields)."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed, warc_version=version)
        for kind, url, headers, payload, *fields in records:
            asked = kind == "request"
            line = "GET / HTTP/1.1" if asked else "200 OK"
            http = headers and StatusAndHeaders(line, headers, protocol="HTTP/1.1", is_http_request=asked)
            more = {"http_headers": http, "warc_headers_dict": fields[0] if fields else {}}
            writer.write_record(writer.create_warc_record(url, kind, io.BytesIO(payload), len(payload), **more))
    return path


def answer(payload, *headers, url="https://amt.example/1"):
    return ("response", url, [("Content-Type", "text/html"), *headers], payload)


def chunked(data, size=7):
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def test_what_was_kept_comes_back_from_its_place(tmp_path):
    headers = CIMultiDict(HTML)
    headers.add("X-Ort", "Köln")
    headers.add("X-Latin", b"M\xfcnchen".decode("utf-8", "surrogateescape"))
    headers.add("Set-Cookie", "a=1")
    headers.add("set-cookie", "b=2")
    body = "<p>Größe: 1 €</p>".encode()
    place = Archive(tmp_path).keep("https://amt.example/straße?q=1", AT, 404, headers, body)
    found = read_at(tmp_path, place)
    assert found == next(read(tmp_path / FILE))
    assert (found.place, found.url, found.at, found.status) == (place, "https://amt.example/straße?q=1", AT, 404)
    assert (found.body, found.content_type) == (body, "text/html; charset=utf-8")
    assert (found.headers["x-ort"], found.headers["x-latin"]) == ("Köln", "München")
    assert found.headers["set-cookie"] == "a=1, b=2"


def test_headers_of_the_wire_are_kept_under_another_name(tmp_path):
    wire = {"Content-Encoding": "gzip", "transfer-encoding": "chunked", "Content-Length": "7"}
    found = read_at(tmp_path, keep(tmp_path, 1, b"decompressed", **wire))
    renamed = {f"x-crawl-{name.lower()}": value for name, value in wire.items()}
    assert found.headers == {"content-type": HTML["Content-Type"], "content-length": "12"} | renamed
    assert found.body == b"decompressed"


def test_line_breaks_in_an_address_or_header_make_no_header(tmp_path):
    url = "https://amt.example/1\r\nWARC-Type: warcinfo"
    place = Archive(tmp_path).keep(url, AT, 200, {"X": "a\r\nContent-Encoding: gzip\n\nb"}, b"text")
    found = read_at(tmp_path, place)
    assert found.url == "https://amt.example/1%0D%0AWARC-Type:%20warcinfo"
    assert (set(found.headers), found.body) == ({"x", "content-length"}, b"text")


def test_every_utc_day_has_its_file_with_a_warcinfo_first(tmp_path):
    late = datetime(2026, 11, 26, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    places = [keep(tmp_path, 1), keep(tmp_path, 2, at=late), keep(tmp_path, 3, at=AT + timedelta(days=1))]
    assert [p.file for p in places] == [FILE, FILE, "lagebild-2026-11-26.warc.gz"]
    assert read_at(tmp_path, places[1]).at == late
    for path in tmp_path.iterdir():
        with path.open("rb") as file:
            kinds = [record.rec_type for record in ArchiveIterator(file)]
        assert kinds == ["warcinfo"] + ["response"] * (2 if path.name == FILE else 1)


def test_another_reader_finds_the_same_pages_offsets_and_digests(tmp_path):
    places = [keep(tmp_path, n, b"\n" if n == 3 else b"") for n in range(5)]
    Archive(tmp_path).keep("https://amt.example/empty", AT, 304, {}, b"")
    found = []
    with (tmp_path / FILE).open("rb") as file:
        records = ArchiveIterator(file, check_digests="raise")
        for record in records:
            body = record.content_stream().read()
            assert record.rec_headers.protocol == "WARC/1.1"
            if record.rec_type == "response":
                assert record.digest_checker.passed is True
                found.append((records.get_record_offset(), body))
    assert found[:5] == [(p.offset, read_at(tmp_path, p).body) for p in places]
    check = [Path(sys.executable).parent / "warcio", "check", "-v", tmp_path / FILE]
    assert subprocess.run(check, capture_output=True, check=True).stdout.count(b"digest pass") == 6


@given(
    bodies=st.lists(st.binary(max_size=2000) | st.sampled_from([b"\r\n\r\n", b"WARC/1.1\r\n", MARK, b"0\r\n\r\n"])),
    status=st.integers(100, 599),
)
def test_any_bodies_come_back_as_they_were(bodies, status):
    with TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        places = [archive.keep("http://a.example/", AT, status, HTML, body) for body in bodies]
        found = list(read(Path(folder) / FILE)) if bodies else []
        assert [(f.place, f.status, f.body) for f in found] == list(
            zip(places, [status] * len(bodies), bodies, strict=True)
        )


APPENDING = """
import sys
from pathlib import Path
from tests.crawl.test_archive import keep
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 200):
    print(number, keep(Path(sys.argv[1]), number).offset)
"""


def test_two_processes_append_to_one_file(tmp_path):
    command = [sys.executable, "-c", APPENDING, tmp_path]
    root = Path(__file__).parents[2]
    both = [subprocess.Popen([*command, n], stdout=subprocess.PIPE, cwd=root, text=True) for n in ("0", "200")]
    told = dict(map(int, line.split()) for process in both for line in process.communicate()[0].splitlines())
    assert [process.returncode for process in both] == [0, 0]
    found = list(read(tmp_path / FILE))
    assert sorted(numbers(found)) == list(range(400))
    assert {number: f.place.offset for number, f in zip(numbers(found), found, strict=True)} == told
    assert read_at(tmp_path, Place(file=FILE, offset=told[399])).body == page(399)


@settings(max_examples=60)
@given(cut=st.integers(1), zeros=st.sampled_from([0, 0, 5000]))
def test_half_a_record_after_a_power_cut_hides_no_other(cut, zeros):
    with TemporaryDirectory() as name:
        folder = Path(name)
        last = [keep(folder, n) for n in range(3)][-1].offset
        data = (folder / FILE).read_bytes()
        kept = last + 1 + cut % (len(data) - last - 3)  # the last two bytes are zeros
        (folder / FILE).write_bytes(data[:kept] + bytes(zeros))
        place = keep(folder, 3)
        found = list(read(folder / FILE))
        assert numbers(found) == [0, 1, 3]
        assert [f.place.offset for f in found if isinstance(f, Damaged)] == [last]
        assert read_at(folder, place).body == page(3)
        with pytest.raises(LagebildError, match=f"{FILE}: no record at byte {last}"):
            read_at(folder, Place(file=FILE, offset=last))


def test_garbage_between_records_is_told_once_and_passed_over(tmp_path):
    third = [keep(tmp_path, number) for number in range(4)][2].offset
    data = (tmp_path / FILE).read_bytes()
    garbage = random.Random(1).randbytes(50_000) + MARK + gzip.compress(b"no record") + b"\nWARC/1.1\r\n\r\n" + MARK
    for start in (third, 0):
        (tmp_path / FILE).write_bytes(data[:start] + garbage + data[start:])
        found = list(read(tmp_path / FILE))
        assert numbers(found) == [0, 1, 2, 3]
        damaged = Damaged(place=Place(file=FILE, offset=start), why="damaged, or not gzip")
        assert [f for f in found if isinstance(f, Damaged)] == [damaged]


@settings(max_examples=150)
@given(
    packed=st.booleans(),
    where=st.floats(0, 1),
    lost=st.integers(0, 40),
    junk=st.binary(max_size=40) | st.sampled_from([MARK, b"\r\n\r\n", b"\r\n\r\nWARC/1.0\r\n\r\n"]),
)
def test_damaged_bytes_cost_only_the_records_they_lie_in(packed, where, lost, junk):
    with TemporaryDirectory() as name:
        path = Path(name) / "f.warc"
        foreign(path, *[answer(page(n), url=f"https://amt.example/{n}") for n in range(4)], packed=packed)
        whole = path.read_bytes()
        starts = [found.place.offset for found in read(path)]
        at = starts[1] + int(where * (starts[3] - starts[1] - lost))  # in the second and third
        path.write_bytes(whole[:at] + junk + whole[at + lost :])
        found = {r.url: r.body for r in read(path) if isinstance(r, Archived)}
        assert [found.get(f"https://amt.example/{n}") for n in (0, 3)] == [page(0), page(3)]
        assert at < starts[2] or found["https://amt.example/1"] == page(1)


@given(st.binary(max_size=400), st.sampled_from([b"", MARK, b"WARC/1.0\r\nContent-Length: ", b"WARC/1.1\r\n"]))
def test_no_bytes_at_all_break_the_reader(junk, start):
    with TemporaryDirectory() as name:
        path = Path(name) / "junk"
        path.write_bytes(start + junk)
        assert len([r for r in read(path) if isinstance(r, Damaged)]) <= 1 + junk.count(b"WARC/")


FILLING = """
import resource, sys
from pathlib import Path
from pipeline.errors import LagebildError
from tests.crawl.test_archive import FILE, keep, page
folder = Path(sys.argv[1])
keep(folder, 0)
size = (folder / FILE).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, resource.RLIM_INFINITY))
try:
    keep(folder, 1)
except LagebildError as exc:
    print(exc)
assert (folder / FILE).stat().st_size == size
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
keep(folder, 2)
"""


def test_a_full_disk_is_told_and_leaves_no_half_record(tmp_path):
    command = [sys.executable, "-c", FILLING, tmp_path]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{tmp_path / FILE}: cannot be written: File too large\n", "")
    assert numbers(read(tmp_path / FILE)) == [0, 2]
    assert not [f for f in read(tmp_path / FILE) if isinstance(f, Damaged)]
    with pytest.raises(LagebildError, match="cannot be written: File exists"):
        keep(tmp_path / FILE, 1)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_foreign_file_gives_its_web_pages_and_nothing_else(tmp_path, packed, version):
    html, url = b"<p>Eine Meldung</p>" * 20, "https://amt.example/1"
    records = [
        ("warcinfo", None, None, b"software: other\r\n"),
        ("request", url, [("Host", "amt.example")], b""),
        answer(html, ("X-Crawl-Content-Encoding", "gzip"), ("Content-Length", str(len(html)))),
        ("metadata", url, None, b"fetchTimeMs: 7\r\n"),
        answer(chunked(html), ("Transfer-Encoding", "chunked")),
        answer(gzip.compress(html), ("Content-Encoding", "gzip")),
        answer(chunked(gzip.compress(html)), ("Transfer-Encoding", "Chunked"), ("Content-Encoding", "x-gzip")),
        answer(html, ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")),  # left by an archiver
        answer(zlib.compress(html), ("Content-Encoding", "deflate")),
        answer(zlib.compress(html, wbits=-15), ("Content-Encoding", "deflate")),
        answer(brotli.compress(html), ("Content-Encoding", "br")),
        answer(brotli.compress(gzip.compress(html)), ("Content-Encoding", "gzip, br")),
        answer(html, ("Content-Encoding", "utf-8")),
        ("revisit", url, [("Content-Type", "text/html")], b""),
        ("response", "dns:amt.example", None, b"amt.example. 300 IN A 192.0.2.1"),
        ("resource", url, None, html, {"Content-Type": "text/html"}),
        ("resource", "metadata://gnu.org/software/wget/warc/wget.log", None, b"log", {"Content-Type": "text/plain"}),
    ]
    path = foreign(tmp_path / "CC-NEWS", *records, packed=packed, version=version)
    found = list(read(path))
    assert [(f.url, f.status, f.content_type, f.body) for f in found] == [(url, 200, "text/html", html)] * 11
    assert [read_at(tmp_path, f.place) for f in found] == found


def test_a_file_as_wget_writes_it_is_read(tmp_path):
    block = b"HTTP/1.1 200 OK\nContent-Type: text/html\nX-Long: a\n b\n\n<p>Text</p>"
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <http://amt.example/>\r\nWARC-Date: 2026-11-25T17:30:05Z\r\n"
    (tmp_path / "w.warc").write_bytes(head + b"Content-Length: %d\r\n\r\n%s\r\n\r\n" % (len(block), block))
    [found] = read(tmp_path / "w.warc")
    assert (found.url, found.at, found.body) == ("http://amt.example/", AT.replace(microsecond=0), b"<p>Text</p>")
    assert found.headers["x-long"].split() == ["a", "b"]


@pytest.mark.parametrize(
    ("payload", "headers", "why"),
    [
        (b"\x28\xb5\x2f\xfd", [("Content-Encoding", "zstd")], "the packed body ends before its end"),
        (gzip.compress(b"Text" * 50)[:-9], [("Content-Encoding", "gzip")], "the packed body ends before its end"),
        (MARK + b"\0" * 30, [("Content-Encoding", "gzip")], "the packed body is damaged"),
        (b"<html>", [("Content-Encoding", "br")], "the packed body"),
        (b"a" * 1001, [], "larger than 1000 bytes"),
        (b"", [("X", "a" * 300_000)], "header lines larger than 262144 bytes"),
    ],
)
def test_a_page_that_cannot_be_decoded_is_told_and_the_next_one_read(tmp_path, payload, headers, why):
    path = foreign(tmp_path / "f", answer(payload, *headers), answer(b"Text", url="https://amt.example/2"))
    damaged, found = read(path, max_bytes=1000)
    assert (damaged.place, found.body) == (Place(file="f", offset=0), b"Text")
    assert damaged.why.startswith(why)
    with pytest.raises(LagebildError, match=f"no page at byte 0: {why}"):
        read_at(tmp_path, damaged.place, max_bytes=1000)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (b"WARC-Date: gestern\r\nContent-Length: 0\r\n\r\n", "its date is 'gestern'"),
        (b"WARC-Date: 2026-11-25\r\nContent-Length: 4\r\n\r\nText", "no HTTP answer"),
        (b"WARC-Date: 2026-11-25\r\nContent-Length: 0\r\n\r\n", "no HTTP answer"),
        (b"WARC-Date: 2026-11-25\r\n\r\n", "the record does not tell its length"),
        (b"Content-Length: -5\r\n\r\n", "the record does not tell its length"),
        (b"Content-Length: 5\r\n", "the head of the record has no end"),
        (b"WARC-Date: 2026-11-25\r\nContent-Length: 9\r\n\r\nText", "the file ends within the record"),
    ],
)
def test_a_faulty_record_is_told(tmp_path, record, why):
    (tmp_path / "f").write_bytes(b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\n" + record)
    [damaged] = read(tmp_path / "f")
    assert damaged == Damaged(place=Place(file="f", offset=0), why=why)


def test_a_gzip_file_in_one_piece_is_told(tmp_path):
    plain = foreign(tmp_path / "plain", answer(b"eins"), answer(b"zwei"), packed=False)
    (tmp_path / "whole.gz").write_bytes(gzip.compress(plain.read_bytes()))
    [damaged] = read(tmp_path / "whole.gz")
    assert "not one record to a gzip member" in damaged.why


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "gzip, gzip"])
def test_a_bomb_goes_off_in_little_memory(tmp_path, coding):
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": lambda data: brotli.compress(data, quality=1)}
    bomb = pack[coding.split(",")[0]](bytes(100_000_000))
    bomb = chunked(gzip.compress(bomb) if "," in coding else bomb, size=1_000_000)
    path = foreign(tmp_path / "f", answer(bomb, ("Content-Encoding", coding), ("Transfer-Encoding", "chunked")))
    assert peak_of(path) == ("larger than 1000000 bytes", True)


@pytest.mark.parametrize("packed", [True, False])
def test_a_huge_record_or_head_is_passed_over_in_little_memory(tmp_path, packed):
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-11-25\r\nWARC-Target-URI: http://a.example/\r\n"
    whole = head + b"Content-Length: 100000019\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + bytes(100_000_000) + b"\r\n\r\n"
    endless = b"WARC/1.0\r\nX: " + bytes(100_000_000)
    write = gzip.compress if packed else bytes
    for data, why in [(whole, "larger than 1000000 bytes"), (endless, "header lines larger than 262144 bytes")]:
        (tmp_path / "f").write_bytes(write(data))
        assert peak_of(tmp_path / "f") == (why, True)


def peak_of(path):
    """Why the one record of a file cannot be read, and whether finding that out took less than 10 MB."""
    tracemalloc.start()
    try:
        [damaged] = read(path, max_bytes=1_000_000)
        return damaged.why, tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_memory_stays_flat_over_a_large_file(tmp_path):
    for number in range(60):
        keep(tmp_path, number, random.Random(number).randbytes(500_000))
    assert (tmp_path / FILE).stat().st_size > 30_000_000
    tracemalloc.start()
    assert sum(len(found.body) for found in read(tmp_path / FILE)) == 30_000_000
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_what_is_no_archive_is_told_once_and_an_empty_file_is_none(tmp_path):
    (tmp_path / "bild.jpg").write_bytes(b"\xff\xd8" + random.Random(1).randbytes(3_000_000))
    assert [f.place.offset for f in read(tmp_path / "bild.jpg")] == [0]
    (tmp_path / "leer").touch()
    assert list(read(tmp_path / "leer")) == []


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(LagebildError, match=r"fehlt\.warc: cannot be read: No such file"):
        list(read(tmp_path / "fehlt.warc"))
    with pytest.raises(LagebildError, match=r"fehlt\.warc: cannot be read: No such file"):
        read_at(tmp_path, Place(file="fehlt.warc", offset=0))
    keep(tmp_path, 1)
    for offset, why in [(0, "no page at byte 0"), (7, "no record at byte 7"), (9999, "no record at byte 9999")]:
        with pytest.raises(LagebildError, match=why):
            read_at(tmp_path, Place(file=FILE, offset=offset))
    with pytest.raises(LagebildError, match="is not the name of a file"):
        read_at(tmp_path / "sub", Place(file=f"../{FILE}", offset=0))


def test_only_our_files_of_older_days_are_deleted(tmp_path):
    days = [date(2026, 11, 25) - timedelta(days=n) for n in (0, 29, 30, 31, 400)]
    ours = [f"lagebild-{day}.warc.gz" for day in days]
    others = ["lagebild-2020-13-45.warc.gz", "lagebild-2020-01-01.warc", "CC-2020-01-01.warc.gz", "lagebild.db"]
    for name in ours + others + ["x-lagebild-2020-01-01.warc.gz", "lagebild-2020-01-01.warc.gz.part"]:
        (tmp_path / name).touch()
    (tmp_path / "lagebild-2020-01-01.warc.gz").mkdir()
    before = {p.name for p in tmp_path.iterdir()}
    assert prune(tmp_path, 30, date(2026, 11, 25)) == [ours[4], ours[3]]
    assert {p.name for p in tmp_path.iterdir()} == before - {ours[3], ours[4]}
    assert prune(tmp_path, 30, days[0]) == prune(tmp_path / "nowhere", 30, days[0]) == []
