"""A web on loopback in which everything goes wrong that can, in the order that a test sets.

    url = web.on("/a", status(503, retry_after=0), reset, page("<p>Text"))   # the last one answers from then on

Every behaviour is a coroutine function of the request. Hosts are 127.0.0.1, 127.0.0.2, … on one port; what no test has
set is 404, also robots.txt.
"""

import asyncio
import gzip
import time
import zlib
from collections import Counter, defaultdict
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
from aiohttp import web

from pipeline.crawl.unpack import zstd


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=1),
    "zstd": zstd.compress,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data), quality=1),
}
HTML = "text/html; charset=utf-8"


class FaultyWeb:
    """Several hosts whose every path answers as it was told, and what they were asked for."""

    def __init__(self):
        self.port = 0
        self.behaviours = {}
        self.requests = Counter()  # by address
        self.headers = defaultdict(list)  # of the requests, by address
        self.times = defaultdict(list)  # likewise
        self.now, self.most = Counter(), Counter()  # requests under way, by host; "" is all hosts

    def url(self, path="", host=1):
        return f"http://127.0.0.{host}:{self.port}{path}"

    def on(self, path, *behaviours, host=1):
        """The address whose next requests end so, one after the other; the last behaviour is that of all further."""
        url = self.url(path, host)
        self.behaviours[url] = list(behaviours)
        return url

    def robots(self, *behaviours, host=1):
        """The same for robots.txt; a string is what it says."""
        told = [page(told, content_type="text/plain") if isinstance(told, str) else told for told in behaviours]
        return self.on("/robots.txt", *told, host=host)

    def asked_of(self, host):
        """How many pages a host was asked for, its rules for crawlers aside."""
        rules = [self.url(path, host) for path in ("/robots.txt", "/.well-known/tdmrep.json")]
        return sum(n for url, n in self.requests.items() if url.startswith(self.url("/", host)) and url not in rules)

    async def answer(self, request):
        host = request.transport.get_extra_info("sockname")[0]
        url = f"http://{host}:{self.port}{request.rel_url.raw_path_qs}"
        self.requests[url] += 1
        self.headers[url].append(request.headers)
        self.times[url].append(time.monotonic())
        left = self.behaviours.get(url, [status(404)])
        behaviour = left.pop(0) if len(left) > 1 else left[0]
        for key in (host, ""):
            self.now[key] += 1
            self.most[key] = max(self.most[key], self.now[key])
        try:
            return await behaviour(request)
        finally:
            self.now.subtract([host, ""])


@asynccontextmanager
async def open_faulty_web(hosts=4):
    """A running web of so many hosts."""
    app, faulty = web.Application(), FaultyWeb()
    app.router.add_route("*", "/{path:.*}", faulty.answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        for number in range(1, hosts + 1):
            await web.TCPSite(runner, f"127.0.0.{number}", faulty.port).start()
            faulty.port = runner.addresses[0][1]
        yield faulty
    finally:
        await runner.cleanup()


def page(body, *, status=200, content_type=HTML, **headers):
    """An answer with a body, 304 if it is known by ETag or Last_Modified; `Set_Cookie` is a header Set-Cookie."""
    named = {"Content-Type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    body = body.encode() if isinstance(body, str) else body

    async def behave(request):
        for asked, given in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
            if given in named and request.headers.get(asked) == named[given]:
                return web.Response(status=304, headers={given: named[given]})
        return web.Response(status=status, headers=named, body=body)

    return behave


def status(code, *, retry_after=None):
    """An answer without a page; `retry_after` in seconds, or a timedelta to be told as a date."""
    if isinstance(retry_after, timedelta):
        retry_after = format_datetime(datetime.now(UTC) + retry_after, usegmt=True)
    return page("", status=code, **({} if retry_after is None else {"Retry_After": str(retry_after)}))


def redirect(target, code=301, **headers):
    return page("", status=code, Location=target, **headers)


def packed(body, encoding, *, says=None, pack=None):
    """A page in a Content-Encoding, or in another one than it `says`."""
    data = (pack or PACKERS[encoding])(body.encode() if isinstance(body, str) else body)
    return page(data, Content_Encoding=says or encoding)


def raw(answer):
    """Just these bytes, then the end of the connection."""

    async def behave(request):
        request.transport.write(answer)
        request.transport.close()
        return web.Response()

    return behave


def cut(body, how):
    """A page whose end is missing: less than its `length`, a chunk too few (`chunked`), or half a `gzip` file."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    data = body.encode()
    if how == "length":
        return raw(head + b"Content-Length: %d\r\n\r\n%s" % (len(data) + 100, data))
    if how == "chunked":
        return raw(head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(data), data))
    return page(gzip.compress(data)[:-9], Content_Encoding=how)


async def reset(request):
    request.transport.abort()
    return web.Response()


async def stall(request):
    """No answer for as long as anybody listens."""
    await asyncio.sleep(60)
    return web.Response()


async def drip(request):
    """One byte after the other, for ever."""
    return await _streamed(request, b"x", 0.01)


async def flood(request):
    """As much as is taken, without a Content-Length."""
    return await _streamed(request, bytes(65_536), 0)


async def _streamed(request, piece, pause):
    response = web.StreamResponse(headers={"Content-Type": HTML})
    await response.prepare(request)
    while True:
        await response.write(piece)
        await asyncio.sleep(pause)
