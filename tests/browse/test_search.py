import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.browse.search import question, snippet


@pytest.fixture(scope="module")
def texts():
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection:
        connection.execute("create virtual table t using fts5(text, tokenize='unicode61 remove_diacritics 2')")
        connection.executemany("insert into t values (?)", [("Das Datenleck der Müller-Klinik",), ("Zwei Datenlecks",)])
        yield connection


def found(texts, typed):
    asked = question(typed)
    return (
        []
        if asked is None
        else [row[0] for row in texts.execute("select rowid from t where t match ? order by rowid", [asked])]
    )


@given(typed=st.text(max_size=60) | st.text(alphabet="\"'*-+^:(){}NEAR AORNDT„“\0", max_size=40))
def test_nothing_that_is_typed_breaks_the_search(texts, typed):
    found(texts, typed)


def test_all_words_must_occur_and_longer_words_are_found(texts):
    assert found(texts, "Datenleck") == [1, 2]
    assert found(texts, "datenleck muller") == [1]
    assert found(texts, "Müller-Klinik") == [1]
    assert found(texts, '"Datenleck"') == [1]
    assert found(texts, "„Zwei Datenlecks“") == [2]
    assert found(texts, "Datenleck OR") == []


def test_without_a_word_nothing_is_asked():
    assert [question(typed) for typed in ("", "  ", "*", '"-"', "(((")] == [None] * 5


def test_a_snippet_marks_its_hits_and_stays_text():
    pieces = snippet("<b> \x02Daten\x03\n\nweg\x03 \x02x")
    assert [(p.text, bool(p.evidence)) for p in pieces] == [("<b> ", False), ("Daten", True), (" · weg x", False)]
