"""Datasette over a small database, and over an empty one."""

import pytest
import pytest_asyncio

from pipeline.browse.serve import application
from tests.browse.situation import METADATA, close, make


@pytest.fixture(scope="module")
def lagebild(tmp_path_factory):
    return make(tmp_path_factory.mktemp("db") / "lagebild.db", filled=True)


@pytest_asyncio.fixture
async def datasette(lagebild):
    app = application(lagebild, METADATA)
    await app.invoke_startup()
    yield app
    close(app)


@pytest_asyncio.fixture
async def empty(tmp_path):
    app = application(make(tmp_path / "leer.db", filled=False), METADATA)
    await app.invoke_startup()
    yield app
    close(app)
