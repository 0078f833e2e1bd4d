"""A real browser for tests: Chromium, as Playwright drives it, and axe to look for what shuts people out."""

import os
import shutil
from pathlib import Path

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = os.environ.get("LAGEBILD_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = Path(__file__).parent.parent / "build" / "screenshots"
needed = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here; LAGEBILD_CHROMIUM may name one")
