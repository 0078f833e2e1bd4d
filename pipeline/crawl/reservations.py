"""Where a place reserves the rights to text and data mining (§ 44b UrhG, Art. 4 of Directive (EU) 2019/790).

    site = in_site(rules)                                    # once per origin: robots.txt and tdmrep.json
    before = site.for_url(url)                               # before a page is asked for
    after = in_answer(headers, body, url=url, at=at)         # when it has come

Both are tuples of `Reservation`; empty means that nothing is reserved. Nothing here raises.

The W3C's TDM Reservation Protocol (TDMRep, https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/) lets
what is nearer win ("processing priority"): a meta element of the page over a header, a header over tdmrep.json. So a
page that says `tdm-reservation` 0 lifts a 1 of its header. A 1 in tdmrep.json is seen before anything is asked for, and
who stops there never learns of a header that would lift it: that errs on the side of the owner. The 0 of the protocol
lifts no other reservation: robots.txt, noai and plain words stand for themselves.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from bs4 import BeautifulSoup, ParserRejectedMarkup, Tag
from protego import Protego

from pipeline.crawl.address import host_of
from pipeline.crawl.wording import LIMIT, may_reserve, one_line, reserves
from pipeline.records import Reservation, SiteRules

FoundIn = Literal["robots", "tdmrep", "header", "meta", "text"]

# Who collects texts to mine them or to train models on them, as robots.txt names them, in lower case. Left out are
# search engines and agents that fetch one page because a person asked for it (ChatGPT-User, Perplexity-User).
MINING_AGENTS = frozenset(
    {
        *("gptbot", "openai"),  # OpenAI
        *("anthropic-ai", "claudebot", "claude-web"),  # Anthropic
        *("google-extended", "google-cloudvertexbot", "applebot-extended"),  # Google, Apple: models, not search
        *("meta-externalagent", "facebookbot", "amazonbot", "bedrockbot"),  # Meta, Amazon
        *("bytespider", "tiktokspider"),  # ByteDance
        *("perplexitybot", "cohere-ai", "cohere-training-data-crawler"),  # Perplexity, Cohere
        *("deepseekbot", "chatglm-spider", "pangubot", "sbintuitionsbot"),  # DeepSeek, Zhipu, Huawei, SB Intuitions
        *("youbot", "timpibot", "kangaroo bot", "cotoyogi", "icc-crawler", "velenpublicwebcrawler"),  # other models
        *("ccbot", "ai2bot", "ai2bot-dolma"),  # open data sets: Common Crawl, Allen Institute
        *("laiondownloader", "laion-huggingface-processor", "img2dataset", "imagesiftbot"),  # sets of images
        *("diffbot", "omgili", "omgilibot", "webzio", "webzio-extended", "friendlycrawler"),  # sellers of data
        *("news-please", "magpie-crawler", "meltwater", "meltwaternews", "awario", "newsai"),  # mining of news
        *("tdm", "tdmbot", "tdm-bot", "tdm-agent"),  # no agents, but written by those who mean mining as such
    }
)

# Signals to all agents beside the rules of RFC 9309, in robots.txt or as a header: contentsignals.org (Content-Signal),
# the IETF's drafts of AIPREF (Content-Usage) and DisallowAITraining, TDMRep misplaced.
_SIGNAL = re.compile(
    r"\s*(?:content-signal\s*:.*\b(?:ai-train|ai-input)\s*=\s*no\b"
    r"|content-usage\s*:\s*(?:/\s+)?[^/]*\b(?:tdm|ai|genai|train-ai|train-genai|bots)\s*=\s*(?:n|no)\b"
    r"|disallowaitraining\s*:\s*/\s*$|tdm-reservation\s*:\s*1\s*$)",
    re.IGNORECASE,
)
_AGENT = re.compile(r"user[- ]?agent", re.IGNORECASE)
_RULE = re.compile(r"(?:dis{1,2}al{1,2}ow|allow)", re.IGNORECASE)
_DIRECTIVE = re.compile(
    r"\s*(?:user[- ]?agent|disallow\w*|allow|site-?maps?|crawl[- ]delay|host|clean-param|no-?index|request-rate"
    r"|visit-time|content-\w+|tdm-\w+)\s*:",
    re.IGNORECASE,
)
_PROPERTIES = ("location", "tdm-reservation", "tdm-policy")
_SITE_WIDE = re.compile(r"site-?maps?|host", re.IGNORECASE)  # belong to no group
_WHOLE_ADDRESS = re.compile(r"^https?://[^/*$]*/?", re.IGNORECASE)
_UNRESERVED = re.compile(r"%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])", re.I)  # RFC 3986, 2.3
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)

_META_BYTES = 100_000  # where meta elements are looked for
_META = re.compile(r"<meta\s([^>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w:.-])([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_RIGHTS = frozenset({"rights", "copyright", "dc.rights", "dcterms.rights", "dcterms.accessrights", "dcterms.license"})
_NO_AI = frozenset({"noai", "noml"})  # noimageai speaks of images alone
_NO_INDEX = frozenset({"noindex", "none"})
_EVERYONE = frozenset({"", "*", "robots", "googlebot"})
_NOT_AGENTS = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})

# Words in the class or id of elements; the last are those that make "category-copyright" or "has-footer" of them.
_FOOTERS = frozenset({"footer", "sitefooter", "pagefooter", "fuss", "fusszeile", "colophon"})
_NOTICES = frozenset({"copyright", "impressum", "imprint", "legal", "rechtliches", "disclaimer", "tdm", "rights"})
_NOT_LEGAL = frozenset({"category", "tag", "cat", "topic", "thema", "post", "has", "with", "no", "hentry", "type"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_NOTICE_CHARS = 4_000  # what is longer is an article in a section of that name
_NEVER_LEGAL = frozenset({"html", "head", "body", "main", "article", "script", "style"})
_BLOCKS = sorted(
    {"address", "article", "aside", "blockquote", "body", "dd", "div", "dt", "figcaption", "footer", "form", "h1", "h2"}
    | {"h3", "h4", "h5", "h6", "header", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "ul"}
)


@dataclass(frozen=True, kw_only=True)
class RobotsReservations:
    """What a robots.txt reserves: in words for all its addresses, by rules for some of them."""

    words: tuple[Reservation, ...] = ()
    barred: tuple[tuple[str, Reservation], ...] = ()  # an agent as the file names it, and the rules it is barred by
    rules: Protego | None = None

    def for_url(self, url: str) -> tuple[Reservation, ...]:
        """The words, and the first rules that bar an agent for mining from the address."""
        for agent, reservation in self.barred:
            if not self._may_fetch(agent, url):
                return (*self.words, reservation)
        return self.words

    def _may_fetch(self, agent: str, url: str) -> bool:
        try:
            return self.rules is None or self.rules.can_fetch(url, agent)
        except ValueError:  # not an address
            return True


@dataclass(frozen=True, kw_only=True)
class TdmrepReservations:
    """The rules of a tdmrep.json in their order."""

    rules: tuple[tuple[str, Reservation | None], ...] = ()  # pattern and what it reserves; None where it does not

    def for_url(self, url: str) -> tuple[Reservation, ...]:
        """What the first rule that matches the address reserves (TDMRep: "the most specific is the first")."""
        if not self.rules:
            return ()
        path = _path(url)
        reservation = next((reservation for pattern, reservation in self.rules if _matches(pattern, path)), None)
        return (reservation,) if reservation else ()


@dataclass(frozen=True, kw_only=True)
class SiteReservations:
    """What an origin reserves before any of its pages is asked for."""

    robots: RobotsReservations
    tdmrep: TdmrepReservations

    def for_url(self, url: str) -> tuple[Reservation, ...]:
        """What robots.txt and tdmrep.json reserve at an address of the origin; takes microseconds."""
        return self.robots.for_url(url) + self.tdmrep.for_url(url)


def in_site(rules: SiteRules) -> SiteReservations:
    """What the files of an origin reserve, read once."""
    return SiteReservations(
        robots=in_robots(rules.robots or "", url=f"{rules.origin}/robots.txt", at=rules.at),
        tdmrep=in_tdmrep(rules.tdmrep or "", url=f"{rules.origin}/.well-known/tdmrep.json", at=rules.at),
    )


def in_answer(headers: Mapping[str, str], body: bytes, *, url: str, at: datetime) -> tuple[Reservation, ...]:
    """What a page reserves in its headers and in itself."""
    if _tdm_of(_metas(body)) == "0":  # nearer than the header (TDMRep, processing priority)
        headers = {name: value for name, value in headers.items() if name.lower() != "tdm-reservation"}
    return in_headers(headers, url=url, at=at) + in_page(body, url=url, at=at)


def in_robots(text: str, *, url: str, at: datetime) -> RobotsReservations:
    """What the robots.txt at an address reserves.

    An agent counts when the file names it; one that is barred with all the others (`*`) does not.
    """
    text = _storable(text)
    signal = next(filter(_SIGNAL.match, text.splitlines()), None)
    words = tuple(_reservation("robots", wording, url, at) for wording in (signal, _in_comments(text)) if wording)
    agents: dict[tuple[str, ...], list[str]] = {}  # those with the same rules are asked about once
    for agent, rules in _rules_by_agent(text).items():
        if any(rule.startswith("Disallow") for rule in rules):
            agents.setdefault(tuple(rules), []).append(agent)
    barred = tuple((names[0], _reservation("robots", _group(names, rules), url, at)) for rules, names in agents.items())
    return RobotsReservations(words=words, barred=barred, rules=Protego.parse(text) if barred else None)


def in_tdmrep(text: str, *, url: str, at: datetime) -> TdmrepReservations:
    """What the tdmrep.json at an address reserves; nothing if it is not JSON. A single rule may stand without array.

    A rule whose `tdm-reservation` is neither 1 nor 0 is left out: it must count as unset.
    """
    try:
        read = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return TdmrepReservations()
    found: list[tuple[str, Reservation | None]] = []
    for rule in filter(lambda rule: isinstance(rule, dict), read if isinstance(read, list) else [read]):
        location, value = rule.get("location"), str(rule.get("tdm-reservation")).strip()
        if isinstance(location, str) and location.strip() and value in ("0", "1"):
            said = {name: rule[name] for name in _PROPERTIES if isinstance(rule.get(name), str | int)}
            wording = json.dumps(said, ensure_ascii=False)
            found.append((_pattern(location), _reservation("tdmrep", wording, url, at) if value == "1" else None))
    return TdmrepReservations(rules=tuple(found))


def in_headers(headers: Mapping[str, str], *, url: str, at: datetime) -> tuple[Reservation, ...]:
    """What the headers of an answer reserve: TDMRep, X-Robots-Tag with noai (for any agent), Content-Usage."""
    found = []
    policy = next((value for name, value in headers.items() if name.lower() == "tdm-policy"), None)
    for name, value in headers.items():
        line = f"{name}: {value}"
        if name.lower() == "tdm-reservation":
            if value.strip() == "1":
                found.append(f"{line}, tdm-policy: {policy}" if policy else line)
        elif name.lower() == "x-robots-tag":
            if any(directive in _NO_AI for _, directive in _directives(value)):
                found.append(line)
        elif _SIGNAL.match(line):
            found.append(line)
    return tuple(_reservation("header", wording, url, at) for wording in found)


def in_page(body: bytes, *, url: str, at: datetime) -> tuple[Reservation, ...]:
    """What a page reserves in its meta elements, and in words where such words stand: footers and legal notices.

    The text of an article is not looked at, as it may be about mining.
    """
    found = []
    metas = _metas(body)
    if _tdm_of(metas) == "1":
        policy = next((f", tdm-policy: {content}" for name, content in metas if name == "tdm-policy"), "")
        found.append(_reservation("meta", f"tdm-reservation: 1{policy}", url, at))
    for name, content in metas:
        if name in _EVERYONE or name in MINING_AGENTS:
            if _NO_AI & {directive for _, directive in _directives(content)}:
                found.append(_reservation("meta", f"{name}: {content}", url, at))
        elif name in _RIGHTS and (wording := reserves(content)):
            found.append(_reservation("meta", wording, url, at))
    if b"<" in body and may_reserve(body) and (wording := next(filter(None, map(reserves, _legal_texts(body))), None)):
        found.append(_reservation("text", wording, url, at))
    return tuple(found)


def is_noindex(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a page asks search engines in general, or Google, not to show it."""
    said = [value for name, value in headers.items() if name.lower() == "x-robots-tag"]
    said += [content for name, content in _metas(body) if name in _EVERYONE]
    return any(agent in _EVERYONE and word in _NO_INDEX for value in said for agent, word in _directives(value))


def _reservation(found_in: FoundIn, wording: str, url: str, at: datetime) -> Reservation:
    return Reservation(host=host_of(url), at=at, found_in=found_in, wording=one_line(wording), url=url)


def _storable(text: str) -> str:
    """The text without byte order mark and without halves of characters, which no file can hold."""
    return text.lstrip("\ufeff").encode("utf-8", "replace").decode()


def _in_comments(text: str) -> str | None:
    """The first wording in a comment, or in a line that is no rule; lines that follow each other are one text."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        rule, mark, comment = line.partition("#")
        if _DIRECTIVE.match(rule):
            blocks += [[comment], []]
        elif said := f"{rule} {comment if mark else ''}".strip("# \t"):
            blocks[-1].append(said)
        else:
            blocks.append([])
    return next(filter(None, (reserves(" ".join(block)) for block in blocks if block)), None)


def _rules_by_agent(text: str) -> dict[str, list[str]]:
    """The rules of every agent for mining that a robots.txt names, under that name; groups for the same agent are one.

    RFC 9309, 2.2.1: names are compared without case, and rules of several groups are combined.
    """
    found: dict[str, tuple[str, list[str]]] = {}
    group: list[list[str]] = []
    naming = False
    for line in text.splitlines():
        field, colon, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        if not colon or _SITE_WIDE.fullmatch(field):
            continue
        if not _AGENT.fullmatch(field):
            naming = False
            if value and _RULE.fullmatch(field):
                for rules in group:
                    rules.append(f"{'Allow' if field.lower() == 'allow' else 'Disallow'}: {value}")
            continue
        group = group if naming else []
        naming = True
        if value.lower().partition("/")[0].strip("* ") in MINING_AGENTS:
            group.append(found.setdefault(value.lower(), (value, []))[1])
    return dict(found.values())


def _group(names: list[str], rules: tuple[str, ...]) -> str:
    """The lines of a group, of its agents only the first if there is no room for more."""
    whole, short = (" / ".join([*(f"User-agent: {name}" for name in some), *rules]) for some in (names, names[:1]))
    return whole if len(whole) <= LIMIT else short


def _path(url: str) -> str:
    """Path and query of an address, ready to be compared."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return _normal(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")


def _pattern(location: str) -> str:
    """A location of tdmrep.json, ready to be compared; a whole address is taken for its path."""
    location = _WHOLE_ADDRESS.sub("/", location.strip())
    end = "$" if location.endswith("$") else ""
    pattern = "*".join(map(_normal, location.removesuffix("$").split("*"))) + end
    return pattern if pattern.startswith(("/", "*")) else f"/{pattern}"


def _normal(path: str) -> str:
    """A path in which every character is written in one way (RFC 3986, 6.2.2)."""
    quoted = quote(path, safe="%/:?#[]@!&'()+,;=", errors="replace")
    return _ESCAPE.sub(lambda found: unquote(found[0]) if _UNRESERVED.match(found[0]) else found[0].upper(), quoted)


def _matches(pattern: str, path: str) -> bool:
    """Whether a path begins as a pattern says: `*` is anything, `$` the end. Takes linear time."""
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not pattern.endswith("$"):
        others.append("")
    elif not others:
        return at == len(path)
    *middle, last = others
    for part in middle:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return not last or path.find(last, max(at, len(path) - len(last))) >= 0


def _metas(body: bytes) -> list[tuple[str, str]]:
    """Name, in lower case and with a dot for a colon, and content of the meta elements near the start of a page."""
    head = body[:_META_BYTES]
    first, *others = head[: head.rfind(b">") + 1].split(b"<!--")
    shown = first + b"".join(part.partition(b"-->")[2] for part in others)
    try:
        text = shown.decode()
    except UnicodeDecodeError:
        text = shown.decode("latin-1")
    found = []
    for element in _META.finditer(text):
        said = {name.lower(): html.unescape(a or b or c).strip() for name, a, b, c in _ATTRIBUTE.findall(element[1])}
        name = said.get("name") or said.get("property")
        if name and said.get("content"):
            found.append((name.lower().replace(":", "."), said["content"]))
    return found


def _tdm_of(metas: list[tuple[str, str]]) -> str | None:
    """The `tdm-reservation` of a page, 1 or 0; None where it says nothing or anything else."""
    said = {content for name, content in metas if name == "tdm-reservation"}
    return next((value for value in ("1", "0") if value in said), None)


def _directives(value: str) -> Iterator[tuple[str, str]]:
    """Agent (empty for all) and directive, as X-Robots-Tag and meta robots list them."""
    agent = ""
    for part in value.lower().split(","):
        name, colon, rest = part.partition(":")
        names_agent = bool(colon) and name.strip() not in _NOT_AGENTS
        agent = name.strip() if names_agent else agent
        yield from ((agent, word) for word in (rest if names_agent else part).replace(";", " ").split())


def _legal_texts(body: bytes) -> Iterator[str]:
    """The texts of footers and legal notices, block by block."""
    try:  # XHTML is read as HTML
        tree = BeautifulSoup(body.partition(b"?>")[2] if body.lstrip().startswith(b"<?xml") else body, "lxml")
    except ParserRejectedMarkup:
        return
    for element in tree.find_all(_is_legal):
        for _, strings in groupby(element.strings, key=lambda string: id(string.find_parent(_BLOCKS))):
            yield " ".join(strings)


def _is_legal(element: Tag) -> bool:
    """Whether an element is a footer of the page or a legal notice, and not an article or around one."""
    if element.name in _NEVER_LEGAL:
        return False
    named = [*element.get_attribute_list("class"), *element.get_attribute_list("id")] if element.attrs else []
    words: set[str] = set()
    for name in " ".join(map(str, named)).split():
        parts = {part.lower() for part in _WORD.findall(name)}
        words |= parts if parts.isdisjoint(_NOT_LEGAL) else set()
    if element.name == "footer" or element.get("role") == "contentinfo":
        return element.find_parent(["article", "aside"]) is None
    if words.isdisjoint(_FOOTERS | _NOTICES) or element.find(["h1", "article", "main"]):
        return False
    in_article = element.find_parent(["article", "aside"]) is not None
    return not in_article if words.isdisjoint(_NOTICES) else len(element.get_text()) <= _NOTICE_CHARS
