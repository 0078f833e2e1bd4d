"""No page takes more than two seconds, and what no article has is not read at all."""

import contextlib
import signal
import threading
import time

import pytest

from pipeline.errors import ExtractError
from pipeline.extract import extract, limits
from pipeline.extract.files import answers
from pipeline.extract.limits import (
    MOST_ATTRIBUTES,
    MOST_CHARACTERS,
    MOST_IN_TAG,
    MOST_TAGS,
    SECONDS,
    check_length,
    check_tags,
    time_limit,
    without_long_attributes,
)


def busy(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_page_that_takes_too_long_is_given_up_and_named(page, monkeypatch):
    monkeypatch.setattr("pipeline.extract.article.parse", lambda _: busy(20))
    start = time.process_time()
    with pytest.raises(ExtractError, match=r"https://.*: cannot be read: it takes more than 2 seconds"):
        extract(page(b"<html><body><p>Text</p></body></html>"))
    assert time.process_time() - start < SECONDS + 1


def test_the_limit_also_stops_what_catches_every_exception():
    def stubborn():
        while True:
            with contextlib.suppress(Exception):  # as parsers do
                busy(1)

    with pytest.raises(ExtractError), time_limit():
        stubborn()


def test_after_a_page_the_limit_is_gone_and_the_handler_of_before_is_back():
    before = signal.getsignal(signal.SIGPROF)
    with time_limit():
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 0
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    assert signal.getsignal(signal.SIGPROF) is before


def test_other_threads_read_without_a_limit(page):
    found = []
    thread = threading.Thread(target=lambda: found.append(extract(page(b"<h1>Titel</h1><p>Ein Satz hier.</p>"))))
    thread.start()
    thread.join()
    assert found[0].title == "Titel"


def test_more_tags_or_text_than_any_article_has_is_refused(page):
    check_tags("<" * MOST_TAGS)
    check_length(MOST_CHARACTERS)
    with pytest.raises(ExtractError, match="100,001 tags are more than the 100,000"):
        check_tags("<" * (MOST_TAGS + 1))
    long = b"Ein Satz ist lang. " * (MOST_CHARACTERS // 19 + 1)
    for content_type in ("text/plain", "text/html", "text/html; entry"):
        with pytest.raises(ExtractError, match="characters are more than the 1,000,000"):
            extract(page(b"<html><body><p>" + long + b"</p></body></html>", content_type=content_type))


@pytest.mark.parametrize("attribute", ["a ", "a=1 ", "a='1 2'", 'data-a="x"', f'a="{"x " * MOST_IN_TAG}"'])
def test_a_tag_loses_attributes_that_no_parser_can_bear(page, attribute):
    head = "<html><body><h1>Kasse warnt</h1><p class='text' id='a1'>"
    body = f"<div {attribute * 10 * MOST_ATTRIBUTES if len(attribute) < 99 else attribute}><p>Die Kasse warnt heute."
    assert without_long_attributes(head + body) == f"{head}<div><p>Die Kasse warnt heute."
    assert extract(page(head + "Ein Satz." + body)).title == "Kasse warnt"


def test_long_data_in_an_attribute_stays_with_its_tag():
    image = f"<img alt='Bild' src='data:image/png;base64,{'AbCd' * 20_000}'>"
    assert without_long_attributes(image) == image


def deaf(task):
    """Work that no handler can stop, as a parser in another language is."""
    limits.HARD_SECONDS = 0.2
    with time_limit():
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        if task == "endless":
            sum(number for number in range(10**10))
    return {"file": task}


def test_a_worker_that_does_not_hear_of_the_limit_is_ended_and_its_page_named():
    found = list(answers(deaf, ["fine", "endless", "also fine"], 1))
    assert ["error" in answer for answer in found] == [False, True, False]
