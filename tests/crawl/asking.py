"""Asking the web for a test: politely, without waiting."""

import pytest

from pipeline.crawl.web import Politeness, open_web
from pipeline.errors import FetchError

TEXT = "<p>Täglich grüßt das Amt.</p>" * 50


def polite(**changes):
    usual = {"user_agent": "Test/1 (+test@example.org)", "allow_private": True, "timeout": 5.0, "pause": 0.001}
    return Politeness(**usual | changes)


async def get(url, *, known=(), headers=None, **changes):
    async with open_web(polite(**changes), known) as web:
        return await web.get(url, headers)


async def refused(url, **changes):
    """The error in which a request ends."""
    with pytest.raises(FetchError) as caught:
        await get(url, **changes)
    return caught.value
