"""JSON lines in, JSON lines out: order kept, faults named, nothing gathered up."""

import json
from itertools import islice

import pytest

from pipeline.analyse import Refused, annotate, read_jsonl


def test_lines_come_back_in_order(nlp):
    lines = [json.dumps({"id": n, "text": f"Hackerangriff auf Klinikum Sonnenhang {n}"}) for n in range(40)]
    assert [row["id"] for row in annotate(nlp, lines)] == list(range(40))


@pytest.mark.parametrize(
    ("line", "id", "error"),
    [
        ("{", None, "line 2: not JSON"),
        ("[1]", None, "line 2: an object is wanted"),
        ('{"id": "x"}', "x", "line 2: key text: a string is wanted"),
        ('{"id": "x", "text": 3}', "x", "line 2: key text: a string is wanted"),
        ('{"id": [], "text": "a"}', None, "line 2: key id: a string or number is wanted"),
        ('{"id": "x", "text": "a", "title": 5}', "x", "line 2: key title: a string is wanted"),
        ('{"id": "x", "text": "a", "published": "soon"}', "x", "line 2: key published: 'soon' is no date"),
        ("[" * 100_000, None, "line 2: not JSON"),
    ],
)
def test_a_faulty_line_becomes_an_error_and_the_others_are_answered(nlp, line, id, error):
    good = '{"id": "good", "text": "Alles ruhig in Kassel."}'
    first, second, third = annotate(nlp, [good, line, good])
    assert (first["id"], third["id"]) == ("good", "good")
    assert second["id"] == id
    assert second["error"].startswith(error)
    assert list(second) == ["id", "error"]


def test_empty_lines_are_passed_over_but_counted():
    [refused] = read_jsonl(["\n", "\n", "x\n"])
    assert isinstance(refused, Refused)
    assert refused.error.startswith("line 3:")


def test_an_endless_stream_is_answered_as_it_comes(nlp):
    def endless():
        while True:
            yield '{"id": 1, "text": "Nichts."}'

    assert len(list(islice(annotate(nlp, endless()), 100))) == 100
