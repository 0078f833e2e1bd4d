"""The digest of a day: what stands in it, and how it is put into words, as plain text and as HTML."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from functools import cache, lru_cache, partial
from urllib.parse import urlsplit

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.deliver import words
from pipeline.records import Digest, DigestIncident, DigestLink, News, RenderedDigest, TroubledSource
from pipeline.vocabulary import ROLES, STATUSES, outcome

Told = DigestIncident | DigestLink
_WIDTH = 72
_TITLE = 80  # characters of a headline in the subject
_WHOLE = 40  # incidents that are told with all that is known; a mail of more than 100 KB is cut by some readers
_LINES = 120  # incidents after these that get a line each
_PLACE = re.compile(r"<!--(\d+)-->")
_STEPS_IN = ("authority", "law_enforcement")


class Printer:
    """Puts digests into words, with links to the pages below `browse_url`; what several of them tell only once."""

    def __init__(self, browse_url: str) -> None:
        self._browse_url = browse_url.rstrip("/")
        self._pieces: dict[tuple[bool, str, int], tuple[Told, str]] = {}  # by form, kind and what is told

    def render(self, digest: Digest) -> RenderedDigest:
        """The digest in words."""
        given = {
            "digest": digest,
            "browse_url": self._browse_url,
            "summary": summary(digest),
            "left": max(0, len(digest.new) + len(digest.changed) - _WHOLE - _LINES),
        } | _parted(digest)
        text = _templates(html=False).get_template("digest.txt").render(given, piece=partial(self._piece, False))
        pieces: list[str] = []

        def place(kind: str, entry: Told) -> Markup:
            pieces.append(self._piece(True, kind, entry))
            return Markup(f"<!--{len(pieces) - 1}-->")

        html = _inliner().inline(_templates(html=True).get_template("digest.html").render(given, piece=place))
        return RenderedDigest(
            subject=subject(digest),
            text=text.strip() + "\n",
            html=_PLACE.sub(lambda found: pieces[int(found[1])], html),
        )

    def _piece(self, html: bool, kind: str, entry: Told) -> str:
        """An incident, whole or in a line, or a link, in words; as HTML with its styles in it."""
        known = self._pieces.get((html, kind, id(entry)))
        if known is None:
            given = {"kind": kind, "entry": entry, "browse_url": self._browse_url}
            told = _templates(html=html).get_template("piece.html" if html else "piece.txt").render(given)
            if html:
                told = _inliner().inline(told).partition("<!--[-->")[2].partition("<!--]-->")[0].strip()
            known = self._pieces[html, kind, id(entry)] = entry, told
        return known[1]


def _parted(digest: Digest) -> dict[str, tuple[DigestIncident, ...]]:
    """The incidents that are told whole, new and known ones, and those that get a line."""
    new = digest.new[:_WHOLE]
    changed = digest.changed[: _WHOLE - len(new)]
    return {
        "new": new,
        "changed": changed,
        "lines": (*digest.new[len(new) :], *digest.changed[len(changed) :])[:_LINES],
    }


def subject(digest: Digest) -> str:
    """The date and the most important incident, in one line."""
    start = f"Lagebild {'Eilmeldung ' if digest.alert else ''}{words.short_date(digest.date)}: "
    told = [*digest.new, *digest.changed]
    if not told:
        articles = len(digest.articles) + digest.more_articles
        found = words.count(articles, "Meldung", "Meldungen") + ", " if articles else ""
        return f"{start}{found}keine neuen Vorfälle"
    title = textwrap.shorten(one_line(told[0].title), _TITLE, placeholder=" …")
    return start + title + (f" und {words.count(len(told) - 1, 'weiterer', 'weitere')}" if told[1:] else "")


def summary(digest: Digest) -> str:
    """What the day brought, in one sentence."""
    articles = len(digest.articles) + digest.more_articles
    if not (digest.new or digest.changed or articles):
        return "Keine neuen Vorfälle und nichts Neues zu bekannten."
    parts = [
        words.count(len(digest.new), "neuer Vorfall", "neue Vorfälle") if digest.new else "",
        f"Neues zu {words.count(len(digest.changed), 'bekannten Vorfall', 'bekannten Vorfällen')}"
        if digest.changed
        else "",
        words.count(articles, "weitere Meldung", "weitere Meldungen") if articles else "",
    ]
    if not digest.new and not digest.alert:
        parts[0] = "kein neuer Vorfall"
    sentence = words.enumeration([part for part in parts if part]) + "."
    return sentence[0].upper() + sentence[1:]


def what_is_new(incident: DigestIncident) -> str:
    """What has become known about an incident, in one line; empty if the incident itself is new."""
    news = incident.news
    if news is None:
        return ""
    parts = []
    if news.status_before is not None and incident.status != "none":
        before = "ohne Angabe" if news.status_before == "none" else STATUSES[news.status_before]
        parts.append(f"jetzt {STATUSES[incident.status]} (vorher {before})")
    if news.affected_new and incident.affected is not None:
        before = f" (vorher {words.number(news.affected_before)})" if news.affected_before is not None else ""
        parts.append(f"jetzt {words.number(incident.affected)} Betroffene{before}")
    parts += [f"Bußgeld {words.number(euros)} €" for euros in news.fines]
    parts += [f"Lösegeldforderung {words.number(euros)} €" for euros in news.ransoms]
    parts += _newly_named(news)
    if news.types:
        parts.append(f"hinzugekommen: {words.enumeration([one_line(name) for name in news.types])}")
    parts += [one_line(cve) for cve in news.cves]
    return "; ".join(parts) or "weitere Angaben"


def _newly_named(news: News) -> list[str]:
    """Who is named now that was not: those hit, authorities that step in, others with their role."""
    hit = [one_line(o.name) for o in news.organisations if o.role == "affected"]
    acting = [one_line(o.name) for o in news.organisations if o.role in _STEPS_IN]
    others = [o for o in news.organisations if o.role != "affected" and o.role not in _STEPS_IN]
    named = [f"{one_line(o.name)} ({ROLES.get(o.role, one_line(o.role))})" for o in others]
    told = (("auch betroffen", hit), ("eingeschaltet", acting), ("neu genannt", named))
    return [f"{how}: {words.enumeration(who)}" for how, who in told if who]


def facts(incident: DigestIncident) -> str:
    """Type, status, number hit and sources, in one line."""
    parts = [one_line(incident.type_name)]
    if incident.status != "none":
        parts.append(STATUSES[incident.status])
    if incident.affected is not None:
        parts.append(f"{words.number(incident.affected)} Betroffene")
    return " · ".join([*parts, words.count(incident.sources, "Quelle", "Quellen")])


def cast(incident: DigestIncident) -> str:
    """The organisations that take part, each with its role."""
    return ", ".join(f"{one_line(o.name)} ({ROLES.get(o.role, one_line(o.role))})" for o in incident.organisations)


def trouble(source: TroubledSource) -> str:
    """What is wrong with a source and since when, in one line."""
    since = words.short_date(source.since) if source.since else ""
    match source.trouble:
        case "gone":
            return "gibt es nicht mehr" + (f", zuletzt gefragt am {since}" if since else "")
        case "silent":
            return "ungewöhnlich still" + (f" seit {since}" if since else "")
        case "gap":
            return "vielleicht sind Einträge entgangen" + (f", zuletzt am {since}" if since else "")
    return outcome(source.outcome) + (f" seit {since}" if since else "")


@lru_cache(maxsize=20_000)
def one_line(text: str) -> str:
    """A foreign text without line breaks and without signs that cannot be seen."""
    return " ".join("".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text.replace("\xad", "")).split())


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def web_address(url: str) -> str | None:
    """The address if a reader may follow it (http or https, with a host), else None."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    plain = parts.scheme in ("http", "https") and bool(parts.hostname)
    plain = plain and "@" not in parts.netloc  # what stands before it only pretends to be the host
    return url if plain and url.isprintable() and not any(c in url for c in " \"'<>\\") else None


@lru_cache(maxsize=20_000)
def wrap(text: str, indent: int = 0, hanging: int = 0) -> str:
    """A text broken at 72 columns, indented, all lines but the first by `hanging` more."""
    first, rest = " " * indent, " " * (indent + hanging)
    return "\n".join(textwrap.wrap(one_line(text), _WIDTH, initial_indent=first, subsequent_indent=rest))


@cache
def _templates(*, html: bool) -> Environment:
    loader = PackageLoader("pipeline.deliver")
    env = Environment(loader=loader, autoescape=html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env.filters |= {
        "cast": cast,
        "facts": facts,
        "long_date": words.long_date,
        "one_line": one_line,
        "trouble": trouble,
        "web_address": web_address,
        "thousands": words.number,
        "what_is_new": what_is_new,
        "wrap": wrap,
    }
    return env


@cache
def _inliner() -> CSSInliner:
    return CSSInliner(load_remote_stylesheets=False)
