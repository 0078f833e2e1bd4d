"""Asking the web politely: one session, few requests at a time per host, robots.txt obeyed, sizes capped."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from protego import Protego

from pipeline.crawl.address import RefusedAddressError, absolute, check, host_of, resolver
from pipeline.errors import FetchError

_REDIRECTS = 5
_AT_ONCE = 64
_PER_HOST = 2
_ROBOTS_MAX = 500_000  # bytes that must be read, RFC 9309 section 2.5


@dataclass(frozen=True, kw_only=True)
class Politeness:
    """How the web is asked; times in seconds."""

    user_agent: str
    timeout: float = 30.0
    max_bytes: int = 10_000_000
    host_delay: float = 1.0
    allow_private: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server said in the end; `body` is empty for 304."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Web:
    """The web as Lagebild asks it."""

    def __init__(self, session: aiohttp.ClientSession, politeness: Politeness) -> None:
        self._session, self._polite = session, politeness
        self._all = asyncio.Semaphore(_AT_ONCE)
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_PER_HOST))
        self._turns: dict[str, float] = {}
        self._robots: dict[str, asyncio.Task[Protego | None]] = {}

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """What stands at an address after at most five redirects, each checked like the first.

        Raises FetchError, whose outcome is a word of records.OUTCOMES.
        """
        started = time.monotonic()
        here = url
        for _ in range(_REDIRECTS + 1):
            check(here, allow_private=self._polite.allow_private)
            await self._obey_robots(here)
            answer = await self._ask(here, headers or {}, started, self._polite.max_bytes)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            target = answer.headers.get("Location")
            if not target:
                break
            here = absolute(here, target)
        raise FetchError(url, "too many redirects", outcome="too_many_redirects")

    async def _ask(self, url: str, headers: Mapping[str, str], started: float, limit: int) -> Answer:
        host = host_of(url)
        async with self._all, self._hosts[host]:
            await self._wait_for_turn(url, host)
            try:
                async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                    if response.status >= 400:
                        raise _refusal(url, response)
                    body = await _read(url, response, limit)
                    return Answer(
                        url=url,
                        status=response.status,
                        headers=response.headers,
                        body=body,
                        seconds=time.monotonic() - started,
                    )
            except TimeoutError as exc:
                raise FetchError(url, f"no answer within {self._polite.timeout:g} s", outcome="timeout") from exc
            except aiohttp.ClientConnectorError as exc:
                if isinstance(exc.os_error, RefusedAddressError):
                    raise FetchError(url, str(exc.os_error), outcome="refused_address") from exc
                raise FetchError(url, f"cannot connect: {exc}", outcome="unreachable") from exc
            except aiohttp.ClientConnectionError as exc:
                raise FetchError(url, f"the connection broke: {exc or 'closed'}", outcome="unreachable") from exc
            except (aiohttp.ClientError, ValueError) as exc:
                raise FetchError(url, f"broken answer: {exc}") from exc

    async def _wait_for_turn(self, url: str, host: str) -> None:
        delay = 0.0 if is_loopback(url) else self._polite.host_delay
        robots = self._robots.get(_origin(url))
        rules = robots.result() if robots and robots.done() and not robots.exception() else None
        asked = rules.crawl_delay(self._polite.user_agent) if rules else None
        delay = max(delay, min(float(asked), 60.0)) if asked else delay
        now = time.monotonic()
        turn = max(now, self._turns.get(host, 0.0))
        self._turns[host] = turn + delay
        if turn > now:
            await asyncio.sleep(turn - now)

    async def _obey_robots(self, url: str) -> None:
        origin = _origin(url)
        if origin not in self._robots:
            self._robots[origin] = asyncio.create_task(self._read_robots(origin))
        rules = await asyncio.shield(self._robots[origin])
        if rules is not None and not rules.can_fetch(url, self._polite.user_agent):
            raise FetchError(url, "robots.txt does not allow it", outcome="refused_robots")

    async def _read_robots(self, origin: str) -> Protego | None:
        """The rules of a host; None if it has none (4xx). A host that fails to tell is not asked (RFC 9309, 2.3.1.4)."""
        url = f"{origin}/robots.txt"
        started, here = time.monotonic(), url
        try:
            for _ in range(_REDIRECTS + 1):
                check(here, allow_private=self._polite.allow_private)
                answer = await self._ask(here, {}, started, _ROBOTS_MAX)
                if answer.status < 300:
                    return Protego.parse(answer.body.decode("utf-8", "replace"))
                here = absolute(here, answer.headers.get("Location", ""))
        except FetchError as exc:
            if exc.status is not None and 400 <= exc.status < 500:
                return None
            raise
        return None


async def _read(url: str, response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body, decompressed, never more than the limit in memory."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > limit:
            raise FetchError(url, f"larger than {limit} bytes", outcome="too_large")
    return bytes(body)


def _refusal(url: str, response: aiohttp.ClientResponse) -> FetchError:
    after = response.headers.get("Retry-After", "")
    return FetchError(
        url,
        f"HTTP {response.status} {response.reason or ''}".strip(),
        outcome=f"http_{response.status}",
        status=response.status,
        retry_after=float(after) if after.isdecimal() else None,
    )


def _origin(url: str) -> str:
    return f"{urlsplit(url).scheme}://{host_of(url)}"


def is_loopback(url: str) -> bool:
    """Whether an address names this machine by number."""
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def open_web(politeness: Politeness) -> AsyncIterator[Web]:
    """The web, with one session that ends with the block."""
    options: dict[str, Any] = {"limit": _AT_ONCE, "resolver": resolver(allow_private=politeness.allow_private)}
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(**options),
        timeout=aiohttp.ClientTimeout(total=politeness.timeout),
        headers={"User-Agent": politeness.user_agent, "Accept-Language": "de, en;q=0.5"},
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    ) as session:
        yield Web(session, politeness)
