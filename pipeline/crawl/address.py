"""Which addresses may be asked at all: no private networks, no credentials, nothing but http and https."""

from __future__ import annotations

import ipaddress
import socket
from functools import lru_cache
from urllib.parse import urldefrag, urljoin, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from pipeline.errors import FetchError

# IPv6 addresses that end in an IPv4 address: NAT64 (RFC 6052) and IPv4-compatible (RFC 4291, section 2.5.5.1).
_EMBEDDING = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
_UNICAST = ipaddress.IPv6Network("2000::/3")  # the global addresses that are given out, RFC 4291, section 2.4


@lru_cache(maxsize=4096)
def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if any(ip in network for network in _EMBEDDING):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        if ip not in _UNICAST:
            return False
    return ip.is_global and not ip.is_multicast


def check(url: str, *, allow_private: bool) -> None:
    """Nothing, if the address may be asked.

    The address is read as the request will read it (yarl), so that no odd spelling of a host slips through.
    Raises FetchError with outcome `refused_address`.
    """
    try:
        url.encode()
        parts = URL(url)
        host, _ = parts.raw_host, parts.port
    except (ValueError, TypeError, UnicodeError) as exc:
        raise FetchError(url, "not an address", outcome="refused_address") from exc
    if parts.scheme not in ("http", "https") or not host:
        raise FetchError(url, "not an http or https address", outcome="refused_address")
    if not host.isprintable():
        raise FetchError(url, "not an address", outcome="refused_address")
    if parts.raw_user is not None or parts.raw_password is not None or "@" in urlsplit(url).netloc:
        raise FetchError(url, "the address carries credentials", outcome="refused_address")
    literal = _literal(host.rstrip("."))
    if literal is not None and not allow_private and not is_public(literal):
        raise FetchError(url, f"{literal} is a private address", outcome="refused_address")


@lru_cache(maxsize=4096)
def _literal(host: str) -> str | None:
    """The IP address that a host is written as, also as 2130706433, 0x7f.1 or [::1]; None for a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


class RefusedAddressError(OSError):
    """A name that resolves to a private address."""


class PublicResolver(AbstractResolver):
    """Resolves names and hands on public addresses only, so that the answer checked is the answer used."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The public addresses of a host. Raises RefusedAddressError if there are others only."""
        found = await self._inner.resolve(host, port, family)
        public = [result for result in found if is_public(result["host"])]
        if not public:
            raise RefusedAddressError(f"{host} resolves to a private address")
        return public

    async def close(self) -> None:
        """Nothing is kept open."""
        await self._inner.close()


def resolver(*, allow_private: bool) -> AbstractResolver | None:
    """The resolver for a connector: None is aiohttp's own."""
    return None if allow_private else PublicResolver()


def host_of(url: str) -> str:
    """Host and port, as the key for what holds per host; empty for what is no address."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def absolute(base: str, link: str) -> str:
    """Where a link leads, without fragment; a link that is no address stays as it is, to be refused by name."""
    try:
        return urldefrag(urljoin(base, link.strip())).url
    except ValueError:
        return link
