"""The HTML of a mail in a real browser, in light and dark, wide and narrow. Pictures go to build/screenshots."""

from dataclasses import replace

import pytest

from tests.chromium import PICTURES, axe, needed
from tests.deliver.samples import FULL, KLINIK, PAGES, render

pytestmark = needed
LONG = replace(
    FULL, new=(KLINIK, *(replace(KLINIK, id=n, title=f"Vorfall {n} " + "Wort" * 30) for n in range(100, 145)))
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [800, 360])
def test_a_mail_can_be_read_in_any_window_in_light_and_dark(browser, scheme, width):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(render(LONG, browse_url=PAGES).html)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"digest-{scheme}-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shade = page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor")
    assert shade == {"light": "rgb(255, 255, 255)", "dark": "rgb(26, 33, 43)"}[scheme]
    assert asked == []
    found = axe.Axe().run(page, options={"runOnly": ["color-contrast", "link-name", "html-has-lang", "document-title"]})
    assert found.violations_count == 0, found.generate_report()
    page.close()
