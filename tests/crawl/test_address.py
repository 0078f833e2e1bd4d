"""Which addresses may be asked: hostile spellings, and names that change where they lead."""

import contextlib
import ipaddress
import socket

import pytest
from aiohttp.abc import AbstractResolver
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from pipeline.crawl import address
from pipeline.crawl.address import PublicResolver, RefusedAddressError, absolute, check, host_of, is_public
from pipeline.crawl.web import Politeness, open_web
from pipeline.errors import FetchError
from tests.faults import page

REFUSED = {
    "scheme": [
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/",
        "ws://example.org/",
        "//example.org/",
        "example.org",
        "http:",
        "http://",
        "http:///example.org/",
        "http:/example.org",
        "http:\\\\127.0.0.1/",
        "",
    ],
    "credentials": [
        "http://user:pass@example.org/",
        "http://user@example.org/",
        "http://@example.org/",
        "http://:@example.org/",
        "http://:pass@example.org/",
        "http://example.org@127.0.0.1/",
        "http://127.0.0.1%2f@example.org/",
    ],
    "private": [
        "http://127.0.0.1/",
        "HTTP://127.0.0.1:8080/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://198.18.0.1/",
        "http://192.0.2.1/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://127.0.0.1#@example.org/",
        "http://127.0.0.1?@example.org/",
    ],
    "spelling": [
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://0/",
        "http://127.0.0.01/",
        "http://0xa9fea9fe/",
        "http://①②⑦.⓪.⓪.①/",
        "http://１２７.０.０.１/",
        "http://127。0。0。1/",
        "http://127.0.0.1 /",
        "http://127.0.0.1\t/",
        "\thttp://127.0.0.1/",
        "http://127.0.\n0.1/",
    ],
    "trailing dot": ["http://127.0.0.1./", "http://2130706433./", "http://127.1./", "http://0x7f.0.0.1./"],
    "IPv6": [
        "http://[::1]/",
        "http://[::]/",
        "http://[fe80::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[fc00::1]/",
        "http://[ff02::1]/",
        "http://[2001:db8::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::127.0.0.1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    ],
    "not on the internet": [
        "http://[fec0::1]/",  # site-local, RFC 3879
        "http://[64:ff9b:1::7f00:1]/",  # NAT64 of a local network, RFC 8215
        "http://[::ffff:0:127.0.0.1]/",  # IPv4-translated, RFC 2765
        "http://[5f00::1]/",  # segment routing, RFC 9602
    ],
    "broken": [
        "http://[::1",
        "http://[::1].example.org/",
        "http://example.org:99999/",
        "http://example.org:-1/",
        "http://example.org:80:80/",
        "http://example.org:1e1/",
        "http://a\\@127.0.0.1/",
        "http://127.0.0.1\\@example.org/",
        "http://\u202e/",
        "http://\udc80/",
        "http://exa\x00mple.org/",
        "http://example.org/\udce4",
    ],
}
TAKEN = [
    "http://example.org/",
    "https://example.org:8443/a?b=http://127.0.0.1/#c",
    "http://example.org/a@b",
    "http://example.org/?x@127.0.0.1",
    "http://example.org./",
    "http://example.org:/",
    "http://müller.de/straße?ä=ü",
    "http://8.8.8.8/",
    "http://134744072/",
    "http://[2606:4700::1111]/",
    "http://[64:ff9b::8.8.8.8]/",
    "http://[::ffff:8.8.8.8]/",
    # what names resolve to is known when they are asked for: PublicResolver
    "http://localhost/",
    "http://metadata.google.internal/",
    "http://127.0.0.1.nip.io/",
]


@pytest.mark.parametrize(("why", "url"), [(why, url) for why, urls in REFUSED.items() for url in urls], ids=ascii)
def test_a_hostile_address_is_refused(why, url):
    with pytest.raises(FetchError) as caught:
        check(url, allow_private=False)
    assert (caught.value.outcome, caught.value.tries) == ("refused_address", 0)


@pytest.mark.parametrize("url", TAKEN, ids=ascii)
def test_a_public_address_is_taken(url):
    check(url, allow_private=False)


@pytest.mark.parametrize("url", REFUSED["scheme"] + REFUSED["credentials"] + REFUSED["broken"], ids=ascii)
def test_what_is_no_web_address_is_refused_also_where_private_ones_are_allowed(url):
    with pytest.raises(FetchError):
        check(url, allow_private=True)


@pytest.mark.parametrize("url", REFUSED["private"] + REFUSED["spelling"] + REFUSED["IPv6"], ids=ascii)
def test_private_addresses_can_be_allowed(url):
    check(url, allow_private=True)


# hypothesis

NUMBER = st.one_of(st.integers(0, 255), st.integers(0, 2**32))
SPELLED = st.builds(lambda number, form: form.format(number), NUMBER, st.sampled_from(["{}", "{:#x}", "0{:o}"]))
NETLOC = st.one_of(
    st.lists(SPELLED, min_size=1, max_size=5).map(".".join),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda ip: f"[{ip}]"),
    st.text(alphabet="01279afx.:[]@%\\/#? \t\n。①１\x00\udc80a-", max_size=20),
    st.text(max_size=20),
)
ANY_URL = st.one_of(
    st.text(max_size=40),
    st.builds(
        lambda *parts: "".join(parts),
        st.sampled_from(["http://", "https://", "HTTP://", "http:", "//", "file://", "http:/", " http://"]),
        NETLOC,
        st.sampled_from(["", ":", ":80", ":99999", ":x", ":８０", "."]),
        st.one_of(st.just("/"), st.text(max_size=10)),
    ),
)


@given(ANY_URL, st.booleans())
@example("http://exa\x00mple.org/", False)
def test_checking_raises_nothing_but_our_error(url, allow_private):
    with contextlib.suppress(FetchError):
        check(url, allow_private=allow_private)


@given(ANY_URL)
@example("http://127.0.0.1./")
def test_no_number_that_is_not_global_gets_through(url):
    try:
        check(url, allow_private=False)
    except FetchError:
        return
    host = URL(url).raw_host.rstrip(".").strip()
    with contextlib.suppress(ValueError):
        assert ipaddress.ip_address(host).is_global
    with contextlib.suppress(OSError):  # as the C library reads numbers
        assert ipaddress.ip_address(socket.inet_aton(host)).is_global


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "::{}", "64:ff9b::{}"]))
@example(ipaddress.IPv4Address("224.0.0.1"), "::ffff:{}")
def test_an_address_within_an_address_is_judged_like_the_inner_one(inner, form):
    assert is_public(form.format(inner)) == is_public(str(inner))


@given(st.ip_addresses(v=4))
@example(ipaddress.IPv4Address("224.0.0.1"))
def test_tunnels_are_judged_by_their_end(inner):
    number = int(inner)
    sixtofour = ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1)
    teredo = ipaddress.IPv6Address((0x2001_0000 << 96) | (0x0808_0808 << 64) | (number ^ 0xFFFF_FFFF))
    assert is_public(str(sixtofour)) == is_public(str(teredo)) == is_public(str(inner))


@given(st.ip_addresses())
def test_nothing_but_global_addresses_of_one_machine_is_public(ip):
    if is_public(str(ip)) and not (ip.version == 6 and ip.ipv4_mapped):
        assert ip.is_global
        assert not ip.is_multicast


@given(st.text(max_size=40), st.text(max_size=40))
def test_joining_and_naming_never_raise(base, link):
    for found in (absolute(base, link), absolute(f"http://{base}", link), host_of(link), host_of(f"http://{link}")):
        assert isinstance(found, str)


# names


class Answers(AbstractResolver):
    """Tells the addresses of a name one list after the other; the last one stays."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), 0

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            {"hostname": host, "host": ip, "port": port, "family": family, "proto": 0, "flags": socket.AI_NUMERICHOST}
            for ip in found
        ]

    async def close(self):
        pass


async def public(*answers):
    resolver = PublicResolver()
    resolver._inner = Answers(*answers)
    return resolver


async def test_a_name_leads_to_its_public_addresses_only():
    resolver = await public(["10.0.0.1", "8.8.8.8", "::1", "169.254.169.254", "2606:4700::1111"])
    found = [result["host"] for result in await resolver.resolve("example.org", 80)]
    assert found == ["8.8.8.8", "2606:4700::1111"]


@pytest.mark.parametrize(
    "ip", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "fe80::1%2"]
)
async def test_a_name_that_leads_to_a_private_address_is_refused(ip):
    resolver = await public([ip])
    with pytest.raises(RefusedAddressError):
        await resolver.resolve("metadata.google.internal", 80)


async def test_every_answer_is_checked_anew():
    resolver = await public(["8.8.8.8"], ["127.0.0.1"], ["8.8.8.8"])
    assert await resolver.resolve("example.org")
    with pytest.raises(RefusedAddressError):
        await resolver.resolve("example.org")
    assert await resolver.resolve("example.org")


async def test_a_name_that_changes_its_answer_leads_no_request_to_a_private_address(faulty, monkeypatch):
    """127.0.0.1 stands for a public address, 127.0.0.2 for a private one."""
    monkeypatch.setattr(address, "is_public", lambda ip: ip == "127.0.0.1")
    answers = Answers(["127.0.0.1"], ["127.0.0.2"])
    monkeypatch.setattr(address, "ThreadedResolver", lambda: answers)
    for host in (1, 2):
        faulty.on("/a", page("<p>Text"), host=host)
    politeness = Politeness(user_agent="Test/1", host_delay=0.0, pause=0.001)
    url = faulty.url("/a").replace("127.0.0.1", "amt.example")
    async with open_web(politeness) as web:
        assert (await web.get(url)).status == 200
        assert answers.asked == 1  # what was checked is what was connected to
    async with open_web(politeness) as web:
        with pytest.raises(FetchError) as caught:
            await web.get(url)
    assert (caught.value.outcome, answers.asked) == ("refused_address", 2)
    assert faulty.asked_of(1) == 1
    assert faulty.requests[faulty.url("/robots.txt", 2)] == faulty.asked_of(2) == 0
