from hypothesis import given
from hypothesis import strategies as st

from pipeline.browse.marks import Highlight, mark, paragraphs, sentence

KINDS = ("mention", "evidence")


def highlight(start, end, kind="mention", label="ORG"):
    return Highlight(start=start, end=end, kind=kind, label=label, title=label)


def joined(pieces):
    return "".join(piece.text for piece in pieces)


@st.composite
def marked(draw):
    text = draw(st.text(alphabet="aß𝄞\n. Ü<", max_size=60))
    place = st.integers(min_value=-3, max_value=len(text) + 3)
    places = draw(st.lists(st.tuples(place, place, st.sampled_from(KINDS)), max_size=8))
    return text, [highlight(start, end, kind) for start, end, kind in places]


@given(marked())
def test_the_pieces_joined_are_the_text_and_each_carries_just_what_covers_it(given):
    text, highlights = given
    pieces = mark(text, highlights)
    assert joined(pieces) == text
    at = 0
    for piece in pieces:
        covering = [h for h in highlights if h.start <= at and at + len(piece.text) <= h.end and h.start < h.end]
        assert len(piece.highlights) == len(covering)
        at += len(piece.text)
    for n in range(len(text)):
        assert any(h.start <= n < h.end for h in highlights) == bool(_piece_at(pieces, n).highlights)


@given(marked())
def test_paragraphs_hold_all_text_but_the_gaps_and_every_mark(given):
    text, highlights = given
    shown = [joined(paragraph) for paragraph in paragraphs(text, highlights)]
    assert "".join("".join(shown).split()) == "".join(text.split())
    covered = sum(any(h.start <= n < h.end for h in highlights) for n, c in enumerate(text) if not c.isspace())
    pieces = [piece for paragraph in paragraphs(text, highlights) for piece in paragraph if piece.highlights]
    assert sum(not c.isspace() for piece in pieces for c in piece.text) == covered


@given(marked(), st.integers(0, 70), st.integers(0, 70))
def test_a_sentence_is_part_of_the_text_and_marks_the_place(given, start, length):
    text, _ = given
    pieces = sentence(text, start, start + length)
    assert joined(pieces).strip("… ").strip() in text
    assert joined(p for p in pieces if p.evidence) in text[start : start + length]


def _piece_at(pieces, n):
    for piece in pieces:
        if n < len(piece.text):
            return piece
        n -= len(piece.text)
    raise AssertionError


def test_overlapping_highlights_keep_both():
    [before, first, both, second] = mark(
        "Die AOK Nord meldet", [highlight(4, 12), highlight(8, 19, "evidence", "leak")]
    )
    assert [p.text for p in (before, first, both, second)] == ["Die ", "AOK ", "Nord", " meldet"]
    assert (first.mention is not None, first.evidence) == (True, "")
    assert (both.mention is not None, both.evidence) == (True, "leak")
    assert (second.mention, second.evidence) == (None, "leak")


def test_a_sentence_does_not_end_at_a_date_a_title_or_an_abbreviation():
    text = "Davor. Am 17. Februar zahlte Dr. Kurz z. B. 3 Mio. Euro an die Kasse. Danach."
    start = text.index("Kurz")
    assert joined(sentence(text, start, start + 4)) == "Am 17. Februar zahlte Dr. Kurz z. B. 3 Mio. Euro an die Kasse."


def test_a_very_long_sentence_is_cut_with_dots():
    text = "wort " * 300
    shown = joined(sentence(text, 700, 704))
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 340
