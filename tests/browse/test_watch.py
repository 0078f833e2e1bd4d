"""Health and metrics as programs read them."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline.browse.serve import application
from pipeline.store import jobs, open_store
from tests.browse.situation import METADATA, close


@pytest.fixture
def path(tmp_path):
    with open_store(tmp_path / "lagebild.db", create=True) as db:
        now = datetime.now(UTC)
        for name in ("poll", "understand", "deliver", "maintain"):
            jobs.begin(db, name, now - timedelta(minutes=2))
            jobs.end(db, name, now - timedelta(minutes=1), None)
        db.table("fetches").insert(
            {"url": "x", "at": f"{now:%Y-%m-%dT%H:%M:%SZ}", "outcome": "timeout", "bytes": 1, "seconds": 0.1}
        )
    return tmp_path / "lagebild.db"


async def ask(path, address, *, public=False):
    app = application(path, METADATA, public=public)
    await app.invoke_startup()
    try:
        return await app.client.get(address)
    finally:
        close(app)


async def test_a_service_that_is_well_is_200_and_one_that_is_not_503_with_reasons(path):
    answer = await ask(path, "/-/lagebild/health")
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "reasons": []})
    with open_store(path) as db:
        jobs.begin(db, "poll", datetime.now(UTC))
        jobs.end(db, "poll", datetime.now(UTC), "disk full")
    answer = await ask(path, "/-/lagebild/health")
    assert answer.status_code == 503
    assert "disk full" in answer.json()["reasons"][0]
    answer = await ask(path, "/-/lagebild/health", public=True)
    assert (answer.status_code, answer.json()) == (503, {"ok": False})


async def test_metrics_are_read_by_the_official_parser_and_closed_to_visitors(path):
    answer = await ask(path, "/-/lagebild/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {family.name: family for family in text_string_to_metric_families(answer.text)}
    values = {(s.name, *s.labels.values()): s.value for family in found.values() for s in family.samples}
    assert values["lagebild_ok",] == 1
    assert values["lagebild_waiting", "analyses"] == 0
    assert values["lagebild_fetches_last_day", "timeout"] == 1
    assert values["lagebild_job_failed", "poll"] == 0
    assert datetime.now().timestamp() - values["lagebild_job_well_timestamp_seconds", "poll"] < 120  # noqa: DTZ005
    assert all(family.documentation for family in found.values())
    assert (await ask(path, "/-/lagebild/metrics", public=True)).status_code == 403
