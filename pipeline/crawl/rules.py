"""What hosts say to crawlers: robots.txt and tdmrep.json, read once and kept for 24 hours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from protego import Protego

from pipeline.crawl.address import host_of
from pipeline.crawl.reservations import SiteReservations, in_site
from pipeline.errors import FetchError
from pipeline.records import Reservation, SiteRules

_KEPT = timedelta(hours=24)  # RFC 9309, section 2.4
_MOST_DELAY = 60.0  # seconds; a longer Crawl-delay would never end


class ReadFile(Protocol):
    """Reads a small text file of a host."""

    def __call__(self, url: str, *, tries: int) -> Awaitable[str]:
        """The text. Raises FetchError."""


@dataclass(frozen=True, kw_only=True)
class _Read:
    """The rules of one origin, ready to be asked."""

    protego: Protego | None
    reserving: SiteReservations
    delay: float


class Rules:
    """The rules of all origins that were asked for; `known` are those of earlier rounds."""

    def __init__(self, read: ReadFile, user_agent: str, known: Iterable[SiteRules]) -> None:
        self._read, self._user_agent = read, user_agent
        self._known = {rules.origin: rules for rules in known}
        self._tasks: dict[str, asyncio.Task[_Read]] = {}
        self.learned: list[SiteRules] = []  # in this round

    async def obey(self, url: str) -> None:
        """Nothing, if robots.txt allows an address.

        Raises FetchError: `refused_robots`, or why robots.txt could not be read (RFC 9309, section 2.3.1.4).
        """
        rules = await self._of(url)
        if rules.protego is not None and not rules.protego.can_fetch(url, self._user_agent):
            raise FetchError(url, "robots.txt does not allow it", outcome="refused_robots")

    async def reservations(self, url: str) -> tuple[Reservation, ...]:
        """What the host of an address reserves for it, by robots.txt and tdmrep.json. Raises FetchError like `obey`."""
        return (await self._of(url)).reserving.for_url(url)

    def delay(self, url: str) -> float:
        """The Crawl-delay of a host in seconds, as far as its rules have been read."""
        task = self._tasks.get(origin_of(url))
        return task.result().delay if task and task.done() and not task.exception() else 0.0

    async def _of(self, url: str) -> _Read:
        origin = origin_of(url)
        if origin not in self._tasks:
            self._tasks[origin] = asyncio.create_task(self._load(origin))
        return await asyncio.shield(self._tasks[origin])

    async def _load(self, origin: str) -> _Read:
        now = datetime.now(UTC)
        rules = self._known.get(origin)
        if rules is None or now - rules.at >= _KEPT:
            rules = await self._ask(origin, now)
            self.learned.append(rules)
        return self._understood(rules)

    async def _ask(self, origin: str, now: datetime) -> SiteRules:
        robots = await _unless_missing(lambda: self._read(f"{origin}/robots.txt", tries=3))
        place = f"{origin}/.well-known/tdmrep.json"
        allowed = robots is None or _parsed(robots).can_fetch(place, self._user_agent)
        try:
            tdmrep = await _unless_missing(lambda: self._read(place, tries=1)) if allowed else None
        except FetchError:  # a host that fails to answer has not reserved anything there
            tdmrep = None
        return SiteRules(origin=origin, at=now, robots=robots, tdmrep=tdmrep)

    def _understood(self, rules: SiteRules) -> _Read:
        protego = None if rules.robots is None else _parsed(rules.robots)
        asked = protego.crawl_delay(self._user_agent) if protego else None
        return _Read(protego=protego, reserving=in_site(rules), delay=min(float(asked or 0.0), _MOST_DELAY))


async def _unless_missing(read: Callable[[], Awaitable[str]]) -> str | None:
    """The text of a file; None if the host has none (4xx, or redirects without end: RFC 9309, section 2.3.1)."""
    try:
        return await read()
    except FetchError as exc:
        missing = exc.status is not None and 400 <= exc.status < 500 and exc.status != 429
        if missing or exc.outcome in ("too_many_redirects", "not_text"):
            return None
        raise


def _parsed(robots: str) -> Protego:
    return Protego.parse(robots)


def origin_of(url: str) -> str:
    """Scheme and host of an address."""
    return f"{urlsplit(url).scheme}://{host_of(url)}"
