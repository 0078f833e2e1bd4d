"""The shipped model, loaded once, and a small corpus of the tests' own."""

import json
from pathlib import Path

import pytest

from pipeline.analyse import load

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def nlp():
    return load(ROOT / "models" / "de_lagebild")


@pytest.fixture(scope="session")
def article():
    """The annotated articles of the tests by their id."""
    lines = (ROOT / "tests" / "data" / "analyse" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}
