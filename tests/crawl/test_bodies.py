"""What comes and what goes with a request: packings, limits, headers, certificates."""

import asyncio
import os
import ssl
import subprocess
import time
import tracemalloc

import pytest

from pipeline.crawl.web import open_web
from tests.crawl.asking import TEXT, get, polite, refused
from tests.faults import (
    PACKERS,
    drip,
    flood,
    packed,
    page,
    raw,
    raw_deflate,
    redirect,
    status,
)

GOOD = page(TEXT)


@pytest.mark.parametrize("encoding", PACKERS)
async def test_every_packing_is_unpacked(faulty, encoding):
    assert (await get(faulty.on("/a", packed(TEXT, encoding)))).body.decode() == TEXT


async def test_a_deflate_body_without_its_header_is_unpacked(faulty):
    assert (await get(faulty.on("/a", packed(TEXT, "deflate", pack=raw_deflate)))).body.decode() == TEXT


@pytest.mark.parametrize(("packer", "says"), [("gzip", "br"), ("br", "zstd"), ("zstd", "gzip"), ("gzip", "compress")])
async def test_a_body_that_is_packed_otherwise_than_it_says_is_broken(faulty, packer, says):
    error = await refused(faulty.on("/a", packed(TEXT, packer, says=says)))
    assert (error.outcome, error.tries) == ("truncated", 3)


async def test_a_plain_body_that_claims_to_be_packed_is_broken(faulty):
    assert (await refused(faulty.on("/a", page(TEXT, Content_Encoding="gzip")))).outcome == "truncated"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
async def test_a_bomb_is_refused_and_costs_no_memory(faulty, encoding):
    url = faulty.on("/a", packed(bytes(80_000_000), encoding))
    tracemalloc.start()
    error = await refused(url, max_bytes=1_000_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (error.outcome, error.tries) == ("too_large", 1)
    assert most < 12_000_000


async def test_a_body_without_a_length_is_cut_off_at_the_limit(faulty):
    tracemalloc.start()
    error = await refused(faulty.on("/a", flood), max_bytes=1_000_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (error.outcome, error.tries) == ("too_large", 1)
    assert most < 12_000_000


async def test_a_body_of_just_the_limit_is_taken_and_one_byte_more_is_not(faulty):
    url = faulty.on("/a", page(b"x" * 1000))
    assert len((await get(url, max_bytes=1000)).body) == 1000
    assert (await refused(url, max_bytes=999)).outcome == "too_large"


async def test_a_body_that_drips_is_cut_off_by_the_total_time(faulty):
    started = time.monotonic()
    error = await refused(faulty.on("/a", drip), timeout=0.2)
    assert (error.outcome, error.tries) == ("timeout", 3)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("answer", "outcomes"),
    [
        (b"", ("unreachable",)),
        (b"nur Text\r\n\r\n", ("error", "unreachable")),
        (b"HTTP/1.1 999\r\n\r\n", ("http_999", "error")),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", ("error",)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: viel\r\n\r\n", ("error",)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ("error", "truncated")),
        (b"\x16\x03\x01\x00\xa5", ("error", "unreachable")),
    ],
)
async def test_a_broken_answer_is_an_error_of_ours(faulty, answer, outcomes):
    error = await refused(faulty.on("/a", raw(answer)))
    assert error.outcome in outcomes
    assert "\n" not in str(error)


# conditional requests, cookies, introduction


async def test_what_is_known_is_not_sent_again(faulty):
    url = faulty.on("/a", page(TEXT, ETag='"1"', Last_Modified="Mon, 02 Nov 2026 08:00:00 GMT"))
    for headers in ({"If-None-Match": '"1"'}, {"If-Modified-Since": "Mon, 02 Nov 2026 08:00:00 GMT"}):
        answer = await get(url, headers=headers)
        assert (answer.status, answer.body) == (304, b"")
    assert (await get(url, headers={"If-None-Match": '"2"'})).body.decode() == TEXT


async def test_not_modified_is_no_answer_to_an_unconditional_request(faulty):
    error = await refused(faulty.on("/a", status(304)))
    assert (error.outcome, error.status) == ("error", 304)


async def test_cookies_do_not_come_back(faulty):
    faulty.robots(page("", Set_Cookie="r=1; Path=/"))
    url = faulty.on("/a", redirect("/b", 302, Set_Cookie="a=1; Path=/"))
    faulty.on("/b", page(TEXT, Set_Cookie="b=1; Path=/"))
    async with open_web(polite()) as web:
        for _ in range(2):
            await web.get(url)
    assert len(faulty.headers[faulty.url("/b")]) == 2
    assert not any("Cookie" in headers for asked in faulty.headers.values() for headers in asked)


async def test_every_request_says_who_asks_and_no_more(faulty):
    faulty.on("/b", GOOD)
    await get(faulty.on("/a", redirect("/b")))
    assert len(faulty.headers) == 4
    for [headers] in faulty.headers.values():
        assert headers["User-Agent"] == "Test/1 (+test@example.org)"
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Language", "Accept-Encoding"}


async def test_a_proxy_of_the_environment_is_not_asked(faulty, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, faulty.url(host=2))
    assert (await get(faulty.on("/a", GOOD))).status == 200
    assert faulty.asked_of(2) == 0


# certificates


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody has signed, for 127.0.0.1, with its key."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=amt.example"
    command = [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path, "-out", f"{path}.crt"]
    try:
        subprocess.run(command, check=True, capture_output=True, env=os.environ)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs openssl to make a certificate")
    return f"{path}.crt", path


async def test_a_certificate_that_nobody_has_signed_is_not_accepted(certificate):
    asked = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def answer(reader, writer):
        asked.append(await reader.read(1))
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with listener:
        error = await refused(f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}/a")
    assert (error.outcome, error.retry_after) == ("certificate", None)
    assert "certificate" in str(error)
    assert asked == []


async def test_a_host_that_does_not_speak_tls_has_no_valid_certificate(faulty):
    assert (await refused(faulty.url("/a").replace("http:", "https:"))).outcome == "certificate"
