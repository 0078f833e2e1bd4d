"""Annotated data is checked line by line, split by event, and what misses the words is reported."""

import gzip
import json

import pytest
import spacy

from pipeline.analyse import read_rows
from pipeline.analyse.corpus import described, read_all, with_mentions
from pipeline.analyse.naming import blank
from pipeline.errors import AnnotationError

ROW = {"id": "a", "event": "e", "text": "Die Telvanta GmbH. Ende", "spans": [[4, 17, "ORG"]], "types": []}


def written(path, *rows):
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_articles_on_one_event_stay_together(tmp_path):
    rows = [ROW | {"id": str(n), "event": f"event {n % 30}"} for n in range(300)]
    parts = {}
    for row in read_rows(written(tmp_path / "rows.jsonl", *rows)):
        parts.setdefault(row.event, set()).add(row.part)
    assert all(len(part) == 1 for part in parts.values())
    assert {"train", "dev", "test"} == set().union(*parts.values())


def test_packed_files_are_read(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.write(json.dumps({"source": "x", "text": "Hallo", "spans": []}))
    [row] = read_rows(path)
    assert (row.file, row.complete) == ("rows", False)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"spans": [[4, 99, "ORG"]]}, "line 1: key spans: [4, 99, 'ORG'] is not [start, end, label] within the text"),
        ({"spans": [[4, 17, "FIRM"]]}, "line 1: key spans"),
        ({"types": ["moonrise"]}, "line 1: key types: unknown value 'moonrise'"),
        ({"status": "perhaps"}, "line 1: key status: unknown value 'perhaps'"),
        ({"orgs": {"A": "hero"}}, "line 1: key orgs: unknown value 'hero'"),
        ({"orgs": ["A"]}, "line 1: key orgs: names with roles are wanted"),
        ({"affected": "many"}, "line 1: key affected: a number or null is wanted"),
        ({"text": None}, "line 1: key text: a string is wanted"),
    ],
)
def test_faults_are_named_with_file_line_and_key(tmp_path, change, complaint):
    path = written(tmp_path / "rows.jsonl", ROW | change)
    with pytest.raises(AnnotationError) as caught:
        list(read_rows(path))
    assert str(caught.value).startswith(f"{path}: {complaint}")


def test_an_id_that_comes_twice_is_refused(tmp_path):
    with pytest.raises(AnnotationError, match="id 'a' comes twice"):
        read_all([written(tmp_path / "rows.jsonl", ROW, ROW)])


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "rows.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AnnotationError, match=r"rows\.jsonl: cannot be read"):
        list(read_rows(tmp_path / "rows.jsonl"))


def test_an_annotation_that_misses_the_words_is_reported(tmp_path):
    nlp = spacy.blank("de")
    [row] = read_rows(written(tmp_path / "rows.jsonl", ROW | {"spans": [[4, 8, "ORG"]]}))
    doc, faults = with_mentions(nlp, row)
    assert doc.ents == ()
    assert described(faults) == (
        "1 annotations miss the borders of words: a:4-8 ORG 'Telv' in 'Die Telvanta GmbH. Ende'"
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Das war die Quellwall GmbH. Danach kam nichts.", "Quellwall GmbH"),
        ("Der Antrag von CDU/CSU ging durch.", "CSU"),
        ("Sendung der ARD-„Tagesthemen“-Redaktion", "Tagesthemen"),
        ("Das war 2020. Heute nicht.", "2020"),
    ],
)
def test_names_end_where_words_end(text, name):
    start = text.index(name)
    assert blank().make_doc(text).char_span(start, start + len(name)) is not None


def test_sentences_end_at_full_stops_and_lines_only():
    doc = blank().get_pipe("lagebild_sentences")(
        blank().make_doc("Kopfzeile\n\nAm 12. Mai kam Dr. Ohl. „Gut so.“ Er ging (z. B. nach Köln). Ende")
    )
    assert [sentence.text.strip() for sentence in doc.sents] == [
        "Kopfzeile", "Am 12. Mai kam Dr. Ohl.", "„Gut so.“", "Er ging (z. B. nach Köln).", "Ende",
    ]  # fmt: skip
