from hypothesis import given
from hypothesis import strategies as st

from pipeline.browse.changes import Passage, Run, difference, words

TEXTS = st.text(alphabet="ab 1.,\nä", max_size=60)


@given(TEXTS, TEXTS)
def test_without_the_new_words_the_old_text_is_left_and_the_other_way(old, new):
    runs = words(old, new)
    assert "".join(run.text for run in runs if run.change != "new") == old
    assert "".join(run.text for run in runs if run.change != "gone") == new


@given(TEXTS)
def test_the_same_text_has_no_change(text):
    assert all(passage.unchanged for passage in difference(text, text))


def test_a_changed_figure_is_one_word_and_unchanged_paragraphs_are_counted():
    old = "Titel\n\nEs sind 12.000 Menschen.\n\nEnde"
    new = "Titel\n\nEs sind 48.000 Menschen.\n\nEnde\n\nNachtrag"
    runs = (
        Run(change="same", text="Es sind "),
        Run(change="gone", text="12.000"),
        Run(change="new", text="48.000"),
        Run(change="same", text=" Menschen."),
    )
    added = Passage(runs=(Run(change="new", text="Nachtrag"),))
    assert difference(old, new) == (Passage(unchanged=1), Passage(runs=runs), Passage(unchanged=1), added)
