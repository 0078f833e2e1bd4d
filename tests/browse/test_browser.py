"""The pages in a real browser: an analyst's morning, marks, nothing from another host, nothing that shuts people out.

Pictures of the pages go to build/screenshots.
"""

import threading
import time

import feedparser
import pytest
import uvicorn

from pipeline.browse.serve import application
from pipeline.correcting import Desk
from tests.browse.situation import METADATA, close, make
from tests.chromium import PICTURES, axe, needed

pytestmark = needed


@pytest.fixture(scope="module")
def lagebild(tmp_path_factory):
    """A database of this module's own: an analyst corrects what stands in it."""
    return make(tmp_path_factory.mktemp("browser") / "lagebild.db", filled=True)


@pytest.fixture(scope="module")
def address(lagebild):
    datasette = application(lagebild, METADATA, desk=Desk(lagebild))
    server = uvicorn.Server(uvicorn.Config(datasette.app(), host="127.0.0.1", port=0, log_level="warning"))
    listening = server.config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    listening.close()
    close(datasette)


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


def take(page, name: str) -> None:
    """Keeps a picture of the page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def test_an_analysts_morning(page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/")
    take(page, "1-start")
    page.get_by_role("link", name="BKK Ahornwerk: Daten von 48.000").first.click()
    take(page, "2-incident")
    page.locator(".timeline").get_by_role("link", name="BKK Ahornwerk: Daten von 48.000").click()
    take(page, "3-article")
    page.get_by_text("Etwas berichtigen").click()
    form = page.get_by_role("group", name="Rolle einer Organisation")
    form.locator("[name=organisation]").select_option("Staatsanwaltschaft Lindhafen")
    form.locator("[name=value]").select_option("sonstige")
    form.get_by_label("Begründung").fill("wird nur genannt")
    form.get_by_role("button", name="Berichtigen").click()
    corrected = page.get_by_role("region", name="Berichtigungen")
    assert "Staatsanwaltschaft Lindhafen: Rolle sonstige" in corrected.inner_text()
    assert "wird nur genannt" in corrected.inner_text()
    take(page, "4-corrected")
    corrected.get_by_role("button", name="zurücknehmen").click()
    assert "Bisher keine" in page.get_by_role("region", name="Berichtigungen").inner_text()
    page.get_by_role("link", name="Suche").click()
    page.get_by_role("searchbox").fill("Versicherter typ:ransomware")
    page.keyboard.press("Enter")
    assert page.locator("main mark").first.inner_text() == "Versicherten"
    take(page, "5-search")
    feed = page.locator("link[type='application/atom+xml']").first.get_attribute("href")
    answer = page.request.get(feed)
    assert feedparser.parse(answer.text())["bozo"] == 0
    assert answer.headers["content-type"].startswith("application/atom+xml")


def test_pointing_at_a_type_brings_out_its_evidence(page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/artikel/1")
    ransomware = page.locator("article mark[title='Beleg: Ransomware']").first
    extortion = page.locator("article mark[title='Beleg: Erpressung']").first
    colour = "mark => getComputedStyle(mark).backgroundColor"
    marked = ransomware.evaluate(colour)
    assert extortion.evaluate(colour) == marked
    for reach in ("focus", "hover"):
        getattr(page.locator("aside .tags li", has_text="Ransomware"), reach)()
        assert ransomware.evaluate(colour) == marked
        assert extortion.evaluate(colour) == "rgba(0, 0, 0, 0)"
    page.locator("aside .tags li", has_text="Erpressung").hover()
    page.evaluate("document.activeElement.blur()")
    assert extortion.evaluate(colour) == marked
    assert ransomware.evaluate(colour) == "rgba(0, 0, 0, 0)"


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


@pytest.mark.parametrize("path", OURS + TABLES)
def test_no_page_shuts_anybody_out(page, path):
    page.goto(path)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    found = axe.Axe().run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    found += axe.Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")] == []
