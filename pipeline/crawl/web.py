"""Asking the web politely: one session, few requests at a time per host, rules obeyed, sizes and times capped."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

import aiohttp

from pipeline.crawl.address import RefusedAddressError, absolute, check, host_of, resolver
from pipeline.crawl.hints import retry_after
from pipeline.crawl.rules import Rules
from pipeline.crawl.unpack import ACCEPTED, BrokenBodyError, TooLargeError, Unpacker
from pipeline.errors import FetchError
from pipeline.records import Reservation, SiteRules

_REDIRECTS = (301, 302, 303, 307, 308)
_PERMANENT = (301, 308)
_HOPS = 5
_AT_ONCE = 64
_PER_HOST = 2
_ROBOTS_MAX = 512_000  # bytes that must be read, RFC 9309 section 2.5
_TRIES = 3
_SOON = (429, 502, 503, 504)  # statuses of which asking again at once may help
_LONGEST_PAUSE = 10.0  # seconds that are waited within a round; who asks for more is asked in a later one
_FAILURES = 9  # requests to one host that failed in a row: then it is left alone for this round
_HOST_DOWN = frozenset({"timeout", "unreachable", "certificate"})


@dataclass(frozen=True, kw_only=True)
class Politeness:
    """How the web is asked; times in seconds."""

    user_agent: str
    timeout: float = 30.0
    max_bytes: int = 10_000_000
    host_delay: float = 1.0
    pause: float = 1.0  # before the second try; four times as long before the third
    allow_private: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server said in the end; `body` is empty for 304."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    tries: int = 1
    moved_to: str | None = None  # where permanent redirects led, as far as the chain is permanent


@dataclass(frozen=True, kw_only=True)
class _Want:
    """What is asked for: a page, or the rules of a host, of which the first bytes up to the limit count."""

    headers: Mapping[str, str]
    limit: int
    rules: bool = False


class Web:
    """The web as Lagebild asks it."""

    def __init__(self, session: aiohttp.ClientSession, politeness: Politeness, known: Iterable[SiteRules]) -> None:
        self._session, self._polite = session, politeness
        self._all = asyncio.Semaphore(_AT_ONCE)
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_PER_HOST))
        self._turns: dict[str, float] = {}
        self._closed: dict[str, tuple[float, FetchError]] = {}  # until when, and why
        self._failures: Counter[str] = Counter()
        self.rules = Rules(self._read_text, politeness.user_agent, known)

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """What stands at an address after at most five redirects, each checked like the first, and at most three tries.

        Raises FetchError, whose outcome is a word of outcomes.OUTCOMES.
        """
        return await self._tried(url, _Want(headers=headers or {}, limit=self._polite.max_bytes), _TRIES)

    async def reservations(self, url: str) -> tuple[Reservation, ...]:
        """What the host of an address reserves for it. Raises FetchError if that cannot be known."""
        check(url, allow_private=self._polite.allow_private)
        with _of_robots(url):
            return await self.rules.reservations(url)

    async def _read_text(self, url: str, *, tries: int) -> str:
        answer = await self._tried(url, _Want(headers={}, limit=_ROBOTS_MAX, rules=True), tries)
        return answer.body.decode("utf-8-sig", "replace")

    async def _tried(self, url: str, want: _Want, tries: int) -> Answer:
        for number in range(1, tries + 1):
            try:
                answer = await self._follow(url, want)
                return answer if number == 1 else replace(answer, tries=number)
            except FetchError as exc:
                exc.tries = max(exc.tries, number)
                pause = pause_before(number + 1, exc.retry_after, self._polite.pause, random.random())
                if number == tries or not exc.soon or pause > _LONGEST_PAUSE:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError("the loop returns or raises")

    async def _follow(self, url: str, want: _Want) -> Answer:
        here, moved, permanent = url, None, True
        for _ in range(_HOPS + 1):
            check(here, allow_private=self._polite.allow_private)
            if not want.rules:
                with _of_robots(here):
                    await self.rules.obey(here)
            answer = await self._ask(here, want)
            if answer.status not in _REDIRECTS:
                return answer if moved is None else replace(answer, moved_to=moved)
            # aiohttp reads headers as UTF-8 with surrogate escapes: other bytes are sent back as they came
            target = re.sub(
                "[\udc80-\udcff]", lambda byte: f"%{ord(byte[0]) - 0xDC00:X}", answer.headers.get("Location", "")
            )
            if not target:
                break
            here = absolute(here, target)
            permanent = permanent and answer.status in _PERMANENT
            moved = here if permanent else moved
        raise FetchError(url, "too many redirects", outcome="too_many_redirects")

    async def _ask(self, url: str, want: _Want) -> Answer:
        host = host_of(url)
        async with self._hosts[host]:
            await self._wait_for_turn(url, host)  # without taking a place from other hosts
            try:
                async with self._all:
                    answer = await self._request(url, want)
            except FetchError as exc:
                self._note_failure(host, exc)
                raise
        self._failures.pop(host, None)
        return answer

    async def _request(self, url: str, want: _Want) -> Answer:
        try:
            async with self._session.get(url, headers=want.headers, allow_redirects=False) as response:
                unasked = response.status == 304 and not want.headers
                if response.status >= 400 or response.status == 300 or unasked:
                    raise _refusal(url, response)
                body = b"" if response.status in (*_REDIRECTS, 304) else await _read(url, response, want)
                return Answer(url=url, status=response.status, headers=response.headers, body=body)
        except TimeoutError as exc:
            raise FetchError(url, f"no answer within {self._polite.timeout:g} s", outcome="timeout", soon=True) from exc
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as exc:
            raise FetchError(url, f"the certificate is not valid: {_why(exc)}", outcome="certificate") from exc
        except aiohttp.ClientConnectorError as exc:
            if isinstance(exc.os_error, RefusedAddressError):
                raise FetchError(url, str(exc.os_error), outcome="refused_address") from exc
            raise FetchError(url, f"cannot connect: {_why(exc.os_error)}", outcome="unreachable") from exc
        except aiohttp.ClientPayloadError as exc:
            raise FetchError(url, "the body ended before its end", outcome="truncated", soon=True) from exc
        except aiohttp.ClientConnectionError as exc:
            raise FetchError(url, f"the connection broke: {_why(exc)}", outcome="unreachable", soon=True) from exc
        except (aiohttp.ClientError, ValueError) as exc:
            raise FetchError(url, f"broken answer: {_why(exc)}") from exc

    def _note_failure(self, host: str, exc: FetchError) -> None:
        """A host that asks for a pause gets it; one that fails again and again is left alone for this round."""
        now = time.monotonic()
        if exc.retry_after is not None and exc.retry_after.total_seconds() > 0:
            self._closed[host] = now + exc.retry_after.total_seconds(), exc
        if exc.outcome in _HOST_DOWN:
            self._failures[host] += 1
            if self._failures[host] >= _FAILURES:
                self._closed[host] = float("inf"), exc
        else:  # it has answered
            self._failures.pop(host, None)

    async def _wait_for_turn(self, url: str, host: str) -> None:
        until, why = self._closed.get(host, (0.0, None))
        now = time.monotonic()
        if why is not None and until - now > _LONGEST_PAUSE:
            left = None if until == float("inf") else timedelta(seconds=until - now)
            raise FetchError(url, f"left alone: {why.why}", outcome=why.outcome, status=why.status, retry_after=left)
        delay = 0.0 if is_loopback(host) else self._polite.host_delay
        delay = max(delay, self.rules.delay(url))
        turn = max(now, until, self._turns.get(host, 0.0))
        self._turns[host] = turn + delay
        if turn > now:
            await asyncio.sleep(turn - now)


@contextmanager
def _of_robots(url: str) -> Iterator[None]:
    """Robots.txt is read once, in as many tries as anything: every address that needs it gets an error of its own."""
    try:
        yield
    except FetchError as exc:
        why = exc.why if exc.url == url else f"robots.txt: {exc.why}"
        raise FetchError(url, why, outcome=exc.outcome, status=exc.status, retry_after=exc.retry_after) from exc


def pause_before(number: int, asked: timedelta | None, base: float, chance: float) -> float:
    """Seconds before a try: what the server asked for, else the base, four times as long each time, by a quarter more
    or less; `chance` is from 0 to 1."""
    if asked is not None:
        return asked.total_seconds()
    return float(base * 4 ** (number - 2) * (0.75 + chance / 2))


async def _read(url: str, response: aiohttp.ClientResponse, want: _Want) -> bytes:
    """The body, unpacked, never more than the limit in memory."""
    too_large = FetchError(url, f"larger than {want.limit} bytes", outcome="too_large")
    if (response.content_length or 0) > want.limit and not want.rules:
        raise too_large
    try:
        unpacker = Unpacker(response.headers.get("Content-Encoding", ""), want.limit)
        async for chunk in response.content.iter_chunked(65_536):
            unpacker.feed(chunk)
    except TooLargeError:
        if want.rules:
            return bytes(unpacker.body[: want.limit])
        raise too_large from None
    except BrokenBodyError as exc:
        raise FetchError(url, f"broken body: {exc}", outcome="truncated", soon=True) from exc
    if not unpacker.whole:
        raise FetchError(url, "the body ended before its end", outcome="truncated", soon=True)
    return bytes(unpacker.body)


def _refusal(url: str, response: aiohttp.ClientResponse) -> FetchError:
    status = response.status
    return FetchError(
        url,
        f"HTTP {status} {response.reason or ''}".strip(),
        outcome=f"http_{status}" if status >= 400 else "error",
        status=status,
        retry_after=retry_after(response.headers, datetime.now(UTC)) if status in (429, 503) else None,
        soon=status in _SOON,
    )


def _why(exc: BaseException) -> str:
    return " ".join(str(exc).split()) or "closed"


@lru_cache(maxsize=4096)
def is_loopback(host: str) -> bool:
    """Whether host and port name this machine by number."""
    try:
        return ipaddress.ip_address(urlsplit(f"//{host}").hostname or "").is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def open_web(politeness: Politeness, known: Iterable[SiteRules] = ()) -> AsyncIterator[Web]:
    """The web, with one session that ends with the block."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_AT_ONCE, resolver=resolver(allow_private=politeness.allow_private)),
        timeout=aiohttp.ClientTimeout(total=politeness.timeout),
        headers={
            "User-Agent": politeness.user_agent,
            "Accept-Language": "de, en;q=0.5",
            "Accept-Encoding": ACCEPTED,
        },
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    ) as session:
        session._retry_connection = False  # aiohttp would ask again by itself, unseen and without a pause
        yield Web(session, politeness, known)
