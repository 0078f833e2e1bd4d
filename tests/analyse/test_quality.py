"""The shipped model does not fall below the floors in models/metrics.json on articles written for this test."""

import json
from pathlib import Path

import pytest

from pipeline.analyse import evaluate, read_rows

ROOT = Path(__file__).parents[2]
ARTICLES = ROOT / "tests" / "data" / "analyse" / "articles.jsonl"
FLOORS = json.loads((ROOT / "models" / "metrics.json").read_text(encoding="utf-8"))["floors"]


@pytest.fixture(scope="module")
def figures(nlp):
    return evaluate(nlp, read_rows(ARTICLES))["articles"]


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_the_model_keeps_above_its_floor(figures, name, floor):
    value = figures
    for key in name.split("."):
        value = value[key]
    assert value >= floor
