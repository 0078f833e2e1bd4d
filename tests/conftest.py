"""Real parts for the tests: a small web on loopback, a database in a folder of its own."""

from collections import Counter
from collections.abc import Iterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiosmtpd.controller import Controller

from pipeline.store import open_store
from tests.deliver.sink import Sink, free_port
from tests.faults import open_faulty_web


class Site:
    """A web server whose pages a test sets: path -> (status, headers, body) or a coroutine function."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.pages = {}
        self.requests = Counter()
        self.headers_of = {}

    def page(self, path, body, *, status=200, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {"Content-Type": "text/html; charset=utf-8"} | named, body)

    async def answer(self, request):
        self.requests[request.path] += 1
        self.headers_of[request.path] = request.headers
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        if callable(page):
            return await page(request)
        status, headers, body = page
        if (etag := headers.get("ETag")) and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(status=status, headers=headers, body=body.encode() if isinstance(body, str) else body)


@pytest_asyncio.fixture
async def site():
    app = web.Application()
    runner = web.AppRunner(app, access_log=None)
    site = Site("")
    app.router.add_route("*", "/{path:.*}", site.answer)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    site.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    await runner.cleanup()


@pytest.fixture(autouse=True)
def archive(tmp_path, monkeypatch):
    """The folder in which a test keeps raw pages."""
    monkeypatch.setenv("LAGEBILD_ARCHIVE", str(tmp_path / "archive"))
    return tmp_path / "archive"


@pytest.fixture
def db(tmp_path) -> Iterator:
    with open_store(tmp_path / "lagebild.db", create=True) as database:
        yield database


@pytest.fixture
def sink():
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    handler.port = controller.port
    yield handler
    controller.stop()


@pytest.fixture(scope="module")
def browser():
    """A real browser for the tests of a module; see `tests.chromium`."""
    from tests.chromium import ARGUMENTS, CHROMIUM, sync_api

    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest_asyncio.fixture
async def faulty():
    async with open_faulty_web() as web_of_faults:
        yield web_of_faults
