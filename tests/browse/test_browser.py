"""The pages in a real browser: marks, no error in the console, no request to another host."""

import os
import shutil
import threading

import pytest
import uvicorn

from pipeline.browse.serve import application
from tests.browse.situation import METADATA, close

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = os.environ.get("LAGEBILD_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here; LAGEBILD_CHROMIUM may name one")


@pytest.fixture(scope="module")
def address(lagebild):
    datasette = application(lagebild, METADATA)
    server = uvicorn.Server(uvicorn.Config(datasette.app(), host="127.0.0.1", port=0, log_level="warning"))
    listening = server.config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    listening.close()
    close(datasette)


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 800}, base_url=address)
    page = context.new_page()
    page.problems, page.elsewhere = [], []
    page.on(
        "console", lambda message: page.problems.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(address) else page.elsewhere.append(request.url))
    yield page
    assert page.problems == []
    assert page.elsewhere == []
    context.close()


def test_an_analyst_walks_from_the_start_page_to_the_evidence(page):
    page.goto("/")
    page.get_by_role("link", name="BKK Ahornwerk: Daten von 48.000").first.click()
    assert page.locator("h1").inner_text() == "BKK Ahornwerk: Daten von 48.000 Versicherten abgeflossen"
    page.get_by_text("1 Nachdruck").click()
    assert page.get_by_role("link", name="Datenabfluss bei Krankenkasse").is_visible()
    page.locator(".timeline").get_by_role("link", name="BKK Ahornwerk: Daten von 48.000").click()
    assert (
        page.locator("article mark[title='Beleg: Ransomware']").inner_text()
        == "Server bei MGD Mittelrhein seien verschlüsselt"
    )
    assert page.locator("article del").first.is_visible()
    page.locator("article a.name.ORG", has_text="MGD Mittelrhein GmbH").click()
    assert page.locator("h1").inner_text() == "MGD Mittelrhein GmbH"


OURS = (
    "/",
    "/vorfall/1",
    "/vorfall/2",
    "/artikel/1",
    "/artikel/4",
    "/organisation/bkk-ahornwerk",
    "/quellen",
    "/quelle/umzug",
    "/quelle/neu",
    "/suche?q=Daten",
)
TABLES = (
    "/lagebild",
    "/lagebild/article_list",
    "/lagebild/incident_list",
    "/lagebild/bussgelder",
    "/lagebild/articles/1",
)


@pytest.mark.parametrize("path", OURS + TABLES)
def test_no_page_is_wider_than_a_phone(page, path):
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("path", ["/quellen", "/quelle/amt", "/quelle/umzug"])
@pytest.mark.parametrize("width", [360, 800, 1121, 1280])
def test_the_health_of_sources_is_read_without_scrolling_sideways(page, path, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    wide = "[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1"
    wide += " && getComputedStyle(e).display !== 'inline' && !e.closest('thead')).map(e => e.outerHTML)"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(wide) == []
    assert page.get_by_role("table").first.get_by_role("columnheader").first.is_visible()


def test_the_search_is_reached_with_the_keyboard(page):
    page.goto("/suche")
    page.get_by_role("searchbox").focus()
    page.keyboard.type("Diagnosen")
    page.keyboard.press("Enter")
    assert page.locator("mark").first.inner_text() == "Diagnosen"
