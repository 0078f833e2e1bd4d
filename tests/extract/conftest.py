"""Pages made for a test."""

from datetime import UTC, datetime

import pytest

from pipeline.records import Entry, Page, Select

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)


def make_page(body, *, url="https://zeitung.example/a/1", content_type=None, at=NOW, select=None, **entry):
    if "published_at" in entry:
        entry["published_at"] = datetime.fromisoformat(entry["published_at"])
    entry["authors"] = tuple(entry.get("authors", ()))
    return Page(
        entry=Entry(source_id="probe", url=url, **entry),
        url=url,
        body=body if isinstance(body, bytes) else body.encode(),
        content_type=content_type,
        at=at,
        select=Select(**(select or {})),
    )


@pytest.fixture(scope="session")
def page():
    return make_page
