import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.group import score

EVENTS = {"a": "e1", "b": "e1", "c": "e1", "d": "e2", "e": "e2", "f": "e3"}


def test_what_agrees_is_perfect():
    page = score(EVENTS, EVENTS)
    assert page["b_cubed"] == page["pairwise"] == {"p": 1.0, "r": 1.0, "f1": 1.0}
    assert page["worst"] == []
    assert (page["articles"], page["events"], page["incidents"]) == (6, 3, 3)


def test_a_wrong_join_costs_precision_and_a_missed_one_recall():
    page = score(EVENTS, {"a": "1", "b": "1", "c": None, "d": "1", "e": "2", "f": None})
    # precision: a 2/3, b 2/3, c 1, d 1/3, e 1, f 1; recall: a 2/3, b 2/3, c 1/3, d 1/2, e 1/2, f 1
    assert page["b_cubed"]["p"] == pytest.approx(4.6667 / 6, abs=1e-3)
    assert page["b_cubed"]["r"] == pytest.approx(3.6667 / 6, abs=1e-3)
    # of three joined pairs one is right, of four real ones one is found
    assert (page["pairwise"]["p"], page["pairwise"]["r"]) == (0.3333, 0.25)
    assert page["worst"][0] == {"article": "d", "event": "e2", "wrong": ("a", "b"), "missed": ("e",)}


@given(st.dictionaries(st.text(max_size=3), st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 3)))))
def test_any_grouping_has_figures_between_nought_and_one(drawn):
    page = score(
        {article: str(event) for article, (event, _) in drawn.items()},
        {article: None if incident is None else str(incident) for article, (_, incident) in drawn.items()},
    )
    assert all(0 <= value <= 1 for kind in ("b_cubed", "pairwise") for value in page[kind].values())
    assert len(page["worst"]) <= 10
