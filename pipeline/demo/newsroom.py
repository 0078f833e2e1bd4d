"""The sample newsroom: eight fictional sites, read from a folder and served on loopback.

newsroom.yml, articles/*.md -> Newsroom       what there is, without a day
Newsroom, day               -> Shown          an article as a reader sees it on that day
Site, path                  -> Answer         what stands at an address
serve_newsroom              -> ServedNewsroom the sites on their ports
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import yaml
from aiohttp import web

from pipeline.demo.layout import Shown, blocks, lay_out, slug, templates
from pipeline.errors import SampleError
from pipeline.records import ArticleKind, SourceKind, Status
from pipeline.vocabulary import BERLIN

# Second versions are from this hour of the demo's day, later than every first version.
EDITED_AT = time(6, 0)
STATES = ("full", "paywall", "consent")
ENCODINGS = ("utf-8", "iso-8859-1")
_SECOND = "=== zweite Fassung ==="
_FEEDS = {"rss": "application/rss+xml", "atom": "application/atom+xml", "sitemap": "application/xml"}


@dataclass(frozen=True, kw_only=True)
class Version:
    """Headline and body as written, with placeholders."""

    title: str
    body: str


@dataclass(frozen=True, kw_only=True)
class SampleArticle:
    """An article as its file has it, with what is known to be true about it."""

    id: str
    site: str
    story: str | None
    teaser: str
    authors: tuple[str, ...]
    day: int
    time: time
    kind: ArticleKind
    state: str
    encoding: str
    reprint_of: str | None
    types: tuple[str, ...]
    status: Status
    affected: int | None
    orgs: Mapping[str, str]
    versions: tuple[Version, ...]

    @property
    def number(self) -> int:
        """Five digits that stay the same for ever."""
        return 10_000 + zlib.crc32(self.id.encode()) % 90_000

    def published(self, day: date) -> datetime:
        """When it appears, told from the day of the demo."""
        return datetime.combine(day + timedelta(days=self.day), self.time, BERLIN)


@dataclass(frozen=True, kw_only=True)
class SampleSite:
    """A fictional site: how it is read and how its addresses look."""

    id: str
    name: str
    publisher: str
    sector: str
    kind: SourceKind
    listing: str
    article: str
    text: str = "page"
    select: Mapping[str, str] = field(default_factory=dict)

    def path(self, article: SampleArticle, day: date) -> str:
        """The address of an article on this site."""
        at = article.published(day)
        return self.article.format(
            year=at.year,
            month=f"{at:%m}",
            day=f"{at:%d}",
            number=article.number,
            slug=slug(article.versions[0].title),
        )


@dataclass(frozen=True, kw_only=True)
class Newsroom:
    """All sites and articles of the folder."""

    folder: Path
    sites: tuple[SampleSite, ...]
    articles: tuple[SampleArticle, ...]

    def of(self, site: SampleSite) -> tuple[SampleArticle, ...]:
        """The articles of one site, oldest first."""
        mine = [article for article in self.articles if article.site == site.id]
        return tuple(sorted(mine, key=lambda article: (article.day, article.time, article.id)))


def read_newsroom(folder: Path) -> Newsroom:
    """What the folder holds, checked: a fault names the file and the key."""
    file = folder / "newsroom.yml"
    sites = tuple(_site(file, entry) for entry in _yaml(file, file.read_text("utf-8")))
    articles = tuple(_article(path, {site.id for site in sites}) for path in sorted(folder.glob("articles/*.md")))
    ids = {article.id for article in articles}
    for article in articles:
        if article.reprint_of not in ids | {None}:
            raise SampleError(f"{article.id}.md: reprint_of: no article {article.reprint_of!r}")
    return Newsroom(folder=folder, sites=sites, articles=articles)


def _site(file: Path, entry: Any) -> SampleSite:
    if not isinstance(entry, dict):
        raise SampleError(f"{file.name}: every entry is a site with keys, not {entry!r}")
    try:
        site = SampleSite(**entry)
    except TypeError as exc:
        raise SampleError(f"{file.name}: {entry.get('id')}: {exc}") from exc
    if site.kind not in get_args(SourceKind):
        raise SampleError(f"{file.name}: {site.id}: kind: {site.kind!r}")
    return site


def _article(file: Path, sites: set[str]) -> SampleArticle:
    """The article in a file; the part between the two --- lines is its header."""
    parts = re.split(r"^---\s*$", file.read_text("utf-8"), maxsplit=2, flags=re.MULTILINE)
    if len(parts) != 3 or parts[0].strip():
        raise SampleError(f"{file.name}: a header between two --- lines is missing")
    header = _yaml(file, parts[1])
    if not isinstance(header, dict):
        raise SampleError(f"{file.name}: the header has no keys")
    _check_header(file, header, sites)
    title = header.pop("title")
    article = SampleArticle(
        **header
        | {key: tuple(header[key]) for key in ("authors", "types")}
        | {"time": time.fromisoformat(header["time"]), "versions": _versions(title, parts[2])}
    )
    if article.day == 0 and article.time >= EDITED_AT:
        raise SampleError(f"{file.name}: time: on day 0 before {EDITED_AT:%H:%M}, not {article.time:%H:%M}")
    _check_placeholders(file, article)
    return article


def _yaml(file: Path, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise SampleError(f"{file.name}: not YAML: {' '.join(str(exc).split())}") from exc


def _check_header(file: Path, header: dict[str, Any], sites: set[str]) -> None:
    """Nothing, or the first key that is missing, unknown or has a value it may not have."""
    allowed: dict[str, Any] = {
        "id": lambda value: value == file.stem,
        "site": lambda value: value in sites,
        "story": lambda value: value is None or isinstance(value, str),
        "title": lambda value: isinstance(value, str),
        "teaser": lambda value: isinstance(value, str),
        "authors": _is_texts,
        "day": lambda value: isinstance(value, int) and value <= 0,
        "time": lambda value: isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value),
        "kind": lambda value: value in get_args(ArticleKind),
        "state": lambda value: value in STATES,
        "encoding": lambda value: value in ENCODINGS,
        "reprint_of": lambda value: value is None or isinstance(value, str),
        "types": _is_texts,
        "status": lambda value: value in get_args(Status),
        "affected": lambda value: value is None or isinstance(value, int),
        "orgs": lambda value: isinstance(value, dict) and _is_texts([*value, *value.values()]),
    }
    for key in [*allowed, *header]:
        if key not in header:
            raise SampleError(f"{file.name}: {key}: missing")
        if key not in allowed:
            raise SampleError(f"{file.name}: {key}: unknown key")
        if not allowed[key](header[key]):
            raise SampleError(f"{file.name}: {key}: {header[key]!r} is not allowed here")


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _versions(title: str, body: str) -> tuple[Version, ...]:
    """The first version and, where there is one, the second, which may bring a headline of its own."""
    first, _, second = body.partition(_SECOND)
    versions = [Version(title=title, body=first.strip())]
    if second:
        lines = second.strip().splitlines()
        if lines and lines[0].startswith("title:"):
            title = lines.pop(0).removeprefix("title:").strip().strip('"')
        versions.append(Version(title=title, body="\n".join(lines).strip()))
    return tuple(versions)


def _check_placeholders(file: Path, article: SampleArticle) -> None:
    for text in (article.teaser, *(f"{version.title}\n{version.body}" for version in article.versions)):
        try:
            lay_out(text, date(2000, 1, 1))
        except SampleError as exc:
            raise SampleError(f"{file.name}: {exc}") from exc


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What stands at an address."""

    body: bytes
    content_type: str
    charset: str = "utf-8"
    modified: datetime

    @property
    def etag(self) -> str:
        """The same for the same bytes."""
        return sha256(self.body).hexdigest()[:20]


class ServedNewsroom:
    """The sites while they are being served; `requests` counts by site and path, `bitwarte/atom.xml`."""

    def __init__(self, newsroom: Newsroom, day: date) -> None:
        self.newsroom, self.day = newsroom, day
        self.round = 1
        self.addresses: dict[str, str] = {}
        self.requests: Counter[str] = Counter()
        self._templates = templates(newsroom.folder / "sites")

    def second_round(self) -> None:
        """From now on edited articles stand in their second version."""
        self.round = 2

    def url(self, article: SampleArticle) -> str:
        """Where an article stands."""
        site = next(site for site in self.newsroom.sites if site.id == article.site)
        return self.addresses[site.id] + site.path(article, self.day)

    def sources_yaml(self) -> str:
        """A sources file with the addresses of these sites."""
        entries = [self._source(site) for site in self.newsroom.sites]
        return yaml.safe_dump(entries, allow_unicode=True, sort_keys=False)

    def _source(self, site: SampleSite) -> dict[str, Any]:
        base = self.addresses[site.id]
        entry: dict[str, Any] = {
            "id": site.id,
            "name": site.name,
            "kind": site.kind,
            "url": base + site.listing,
        }
        entry |= {
            "sector": site.sector,
            "publisher": site.publisher,
            "homepage": f"{base}/",
            "text": site.text,
        }
        return entry | ({"select": dict(site.select)} if site.select else {})

    def shown(self, site: SampleSite) -> tuple[Shown, ...]:
        """The articles of a site as they stand now, newest first."""
        articles = enumerate(self.newsroom.of(site), start=1)
        return tuple(self._show(site, article, ordinal) for ordinal, article in articles)[::-1]

    def _show(self, site: SampleSite, article: SampleArticle, ordinal: int) -> Shown:
        version = article.versions[: self.round][-1]
        published, path = article.published(self.day), site.path(article, self.day)
        edited = datetime.combine(self.day, EDITED_AT, BERLIN)
        return Shown(
            id=article.id,
            path=path,
            url=self.addresses[site.id] + path,
            number=article.number,
            ordinal=ordinal,
            title=lay_out(version.title, self.day),
            teaser=lay_out(article.teaser, self.day),
            authors=article.authors,
            published=published,
            updated=published if version is article.versions[0] else edited,
            kind=article.kind,
            state=article.state,
            encoding=article.encoding,
            blocks=blocks(lay_out(version.body, self.day)),
        )

    def answer(self, site: SampleSite, path: str) -> Answer | None:
        """What stands at an address of a site now, None where nothing does."""
        shown = self.shown(site)
        modified = max((one.updated for one in shown), default=datetime.combine(self.day, time(), BERLIN))
        if path == "/robots.txt":
            return Answer(body=b"User-agent: *\nDisallow: /intern/\n", content_type="text/plain", modified=modified)
        if path == "/style.css":
            body = (self.newsroom.folder / "sites" / site.id / "style.css").read_bytes()
            return Answer(body=body, content_type="text/css", modified=modified)
        if path == site.listing and site.kind in _FEEDS:
            body = self._render(f"_feeds/{site.kind}.xml", site, shown, modified=modified).encode()
            return Answer(body=body, content_type=_FEEDS[site.kind], modified=modified)
        if path in ("/", site.listing):
            body = self._render(f"{site.id}/index.html", site, shown, modified=modified).encode()
            return Answer(body=body, content_type="text/html", modified=modified)
        if path == "/impressum" or path.startswith("/intern/"):
            body = self._render("_imprint.html", site, shown, intern=path != "/impressum").encode()
            return Answer(body=body, content_type="text/html", modified=modified)
        return next((self._page(site, shown, one) for one in shown if one.path == path), None)

    def _page(self, site: SampleSite, shown: Sequence[Shown], article: Shown) -> Answer:
        name = "consent" if article.state == "consent" else "article"
        others = [one for one in shown if one.id != article.id][:4]
        html = self._render(f"{site.id}/{name}.html", site, others, article=article, charset=article.encoding)
        return Answer(
            body=html.encode(article.encoding, "xmlcharrefreplace"),
            content_type="text/html",
            charset=article.encoding,
            modified=article.updated,
        )

    def _render(self, template: str, site: SampleSite, articles: Sequence[Shown], **more: Any) -> str:
        values = {
            "site": site,
            "base": self.addresses[site.id],
            "articles": articles,
            "charset": "utf-8",
            "day": self.day,
        }
        return self._templates.get_template(template).render(values | more)


@asynccontextmanager
async def serve_newsroom(folder: Path, *, day: date, port: int = 0) -> AsyncIterator[ServedNewsroom]:
    """The newsroom of a folder, each site on its own port of 127.0.0.1: from `port` upwards, or any free ones for 0."""
    served = ServedNewsroom(read_newsroom(folder), day)
    async with AsyncExitStack() as stack:
        for place, site in enumerate(served.newsroom.sites):
            runner = web.AppRunner(_app(served, site), access_log=None)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            try:
                await web.TCPSite(runner, "127.0.0.1", port + place if port else 0).start()
            except OSError as exc:
                raise SampleError(f"{site.id} cannot be served on port {port + place}: {exc.strerror}") from exc
            served.addresses[site.id] = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield served


def _app(served: ServedNewsroom, site: SampleSite) -> web.Application:
    """One site as a web application."""

    async def handle(request: web.Request) -> web.Response:
        served.requests[site.id + request.path] += 1
        answer = served.answer(site, request.path)
        if answer is None:
            return web.Response(status=404, text="Diese Seite gibt es nicht.")
        fresh = _is_known(request, answer)
        response = web.Response(status=304) if fresh else web.Response(body=answer.body)
        if not fresh:
            response.content_type, response.charset = answer.content_type, answer.charset
        response.etag, response.last_modified = answer.etag, answer.modified.astimezone(UTC)
        return response

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    return app


def _is_known(request: web.Request, answer: Answer) -> bool:
    """Whether the asker has exactly this already; a tag decides before a time."""
    if request.if_none_match is not None:
        return any(tag.value in (answer.etag, "*") for tag in request.if_none_match)
    since = request.if_modified_since
    return since is not None and answer.modified.replace(microsecond=0) <= since
