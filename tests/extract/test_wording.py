"""What saves time changes nothing: every short cut gives what the long way gives."""

import re
import sys
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.extract.body import _ASIDE, _OUTWARD
from pipeline.extract.boilerplate import ADVERT, CAPTION
from pipeline.extract.clean import _INVISIBLE, line, paragraph
from pipeline.extract.decode import decode
from pipeline.extract.verdict import _CUT, _CVE, _PRESS_WORDS, PAYWALL, _is_cut
from pipeline.extract.wording import Wording, folded

WORDINGS = {
    "outward": _OUTWARD,
    "aside": _ASIDE,
    "advert": ADVERT,
    "caption": CAPTION,
    "cve": _CVE,
    "press": _PRESS_WORDS,
    "paywall": PAYWALL,
}
EVERY_CHARACTER = "".join(map(chr, range(sys.maxunicode + 1)))
# Letters, white space and signs at which a short cut could go wrong, many enough to meet.
TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("a Aß.…[]_\n\r\t\v\f\x1c\x1f\x85\xa0\xad\u0308\u1680\u200b\u2028\u3000\ufeff\ufffe\ud800"),
    )
)


@pytest.mark.parametrize("wording", WORDINGS.values(), ids=WORDINGS)
def test_whatever_a_pattern_finds_holds_one_of_its_words(wording: Wording):
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.from_regex(wording.pattern))
    def check(text):
        assert wording.may_match(text)
        assert wording.search(text) is not None

    check()


@pytest.mark.parametrize("wording", WORDINGS.values(), ids=WORDINGS)
def test_a_text_without_the_words_is_not_searched(wording):
    assert wording.search("Die Kasse hat am Montag allen Versicherten geschrieben.") is None


def test_folding_sees_the_letters_that_a_pattern_without_regard_to_case_sees():
    for letter in "abcdefghijklmnopqrstuvwxyzäöüß":
        for match in re.findall(letter, EVERY_CHARACTER, re.I):
            assert folded(match) == letter


def test_a_printable_character_is_visible_and_no_white_space_but_the_space():
    printable = "".join(filter(str.isprintable, EVERY_CHARACTER))
    assert not _INVISIBLE.search(printable)
    assert set(re.findall(r"\s", printable)) == {" "}
    assert all(map(str.isprintable, unicodedata.normalize("NFC", printable)))


@given(TEXTS)
def test_a_line_is_what_patterns_make_of_a_text(text):
    assert line(text) == re.sub(r"\s+", " ", unicodedata.normalize("NFC", _INVISIBLE.sub("", text))).strip()


@given(TEXTS)
def test_a_paragraph_has_the_lines_that_its_visible_characters_have(text):
    visible = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    assert paragraph(text) == "\n".join(filter(None, map(line, visible.splitlines())))


@given(TEXTS, st.sampled_from(["", "…", "...", "[...]", "Weiterlesen", "mehr leſen", "Leſen Sie mehr"]), TEXTS)
def test_a_cut_is_found_from_the_end_as_from_the_beginning(text, cut, behind):
    assert _is_cut(text + cut + behind) == bool(_CUT.search(text + cut + behind))


@given(TEXTS)
def test_decoding_drops_what_no_tree_can_hold_and_nothing_else(text):
    body = text.encode("utf-8", "ignore")
    expected = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", "", body.removeprefix(b"\xef\xbb\xbf").decode())
    assert decode(body, None) == expected
