"""What programs that watch over a service ask: is it well, and figures for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from datasette import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pipeline.browse.access import is_public
from pipeline.browse.pages import find_database
from pipeline.health import State, reasons
from pipeline.store.state import state

_PLAIN = "text/plain; charset=utf-8"


async def health(datasette: Any, request: Any) -> Any:
    """200 if the service does its work, else 503; JSON with the reasons. Visitors of a public instance learn no reasons."""
    found = await _state(datasette)
    why = ["no database of Lagebild"] if found is None else reasons(found, datetime.now(UTC))
    told = {"ok": not why} | ({} if _is_closed(datasette, request) else {"reasons": why})
    return Response.json(told, status=503 if why else 200, headers={"Cache-Control": "no-store"})


async def metrics(datasette: Any, request: Any) -> Any:
    """The figures in the format of Prometheus; closed to visitors of a public instance."""
    found = await _state(datasette)
    if found is None or _is_closed(datasette, request):
        return Response("closed here\n", status=403, content_type=_PLAIN)
    registry = CollectorRegistry()
    registry.register(_Figures(found, datetime.now(UTC)))
    return Response(generate_latest(registry).decode(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _is_closed(datasette: Any, request: Any) -> bool:
    return is_public(datasette) and not request.actor


async def _state(datasette: Any) -> State | None:
    db: Any = await find_database(datasette)
    return await db.execute_fn(lambda connection: state(connection, Path(db.path))) if db else None


class _Figures(Collector):
    """The state of the service as gauges."""

    def __init__(self, found: State, now: datetime) -> None:
        self._state, self._now = found, now

    def collect(self) -> Iterable[Metric]:
        """All gauges."""
        found = self._state
        yield _gauge("ok", "1 if the service does its work", [((), not reasons(found, self._now))])
        yield from self._jobs()
        yield _gauge("waiting", "work that waits", found.waiting, "kind")
        yield _gauge("polls_last_day", "looks at sources, by how they ended", found.polls, "outcome")
        yield _gauge("fetches_last_day", "requests for articles, by how they ended", found.fetches, "outcome")
        yield _gauge("mails_last_week", "mails, by what became of them", found.deliveries, "state")
        yield _gauge("subscribers_refused", "subscribers whose address is refused", [((), found.refused)])
        if found.digest_at is not None:
            at = found.digest_at.timestamp()
            yield _gauge("digest_timestamp_seconds", "when the last digest was put together", [((), at)])
        if found.free is not None:
            yield _gauge("disk_free_bytes", "free where the database lies", [((), found.free)])

    def _jobs(self) -> Iterator[Metric]:
        jobs = self._state.jobs
        well = {job.name: job.well_at.timestamp() for job in jobs if job.well_at}
        yield _gauge("job_well_timestamp_seconds", "when a job last ended without a fault", well, "job")
        yield _gauge(
            "job_failed", "1 if the last run of a job ended with a fault", {j.name: bool(j.error) for j in jobs}, "job"
        )


def _gauge(name: str, meaning: str, values: Any, label: str | None = None) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"lagebild_{name}", meaning, labels=[label] if label else [])
    for key, value in values.items() if label else values:
        gauge.add_metric([key] if label else [], float(value))
    return gauge


ROUTES = (
    (r"^/-/lagebild/health$", health),
    (r"^/-/lagebild/metrics$", metrics),
)
