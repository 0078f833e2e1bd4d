from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl.hints import fresh_for, retry_after

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
IN_AN_HOUR = format_datetime(NOW + timedelta(hours=1), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Cache-Control": "public, max-age=600"}, 600),
        ({"Cache-Control": 'MAX-AGE = "600"'}, 600),
        ({"Cache-Control": "s-maxage=900"}, 0),
        ({"Cache-Control": "max-age=600", "Age": "500"}, 100),
        ({"Cache-Control": "max-age=600", "Age": "5000"}, 0),
        ({"Cache-Control": "no-cache, max-age=600"}, 0),
        ({"Cache-Control": "no-store"}, 0),
        ({"Cache-Control": "max-age=0", "Expires": IN_AN_HOUR}, 0),
        ({"Expires": IN_AN_HOUR}, 3600),
        ({"Expires": IN_AN_HOUR, "Date": format_datetime(NOW + timedelta(minutes=30), usegmt=True)}, 1800),
        ({"Expires": "0"}, 0),
        ({"Expires": "-1"}, 0),
        ({"Cache-Control": "max-age=99999999999999"}, 365 * 86_400),
    ],
)
def test_an_answer_is_fresh_for_as_long_as_its_server_says(headers, seconds):
    assert fresh_for(headers, NOW).total_seconds() == seconds


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("120", 120), (IN_AN_HOUR, 3600), ("Thu, 01 Jan 2026 00:00:00 GMT", 0), ("bald", None), ("", None), ("-5", None)],
)
def test_a_server_says_in_seconds_or_as_a_date_when_to_come_again(told, seconds):
    after = retry_after({"Retry-After": told}, NOW)
    assert (after.total_seconds() if after is not None else None) == seconds


@given(st.text(), st.text(), st.text())
def test_no_header_is_too_odd(first, second, third):
    headers = {"Cache-Control": first, "Expires": second, "Retry-After": third, "Age": second}
    assert fresh_for(headers, NOW) >= timedelta(0)
    assert (retry_after(headers, NOW) or timedelta(0)) >= timedelta(0)
