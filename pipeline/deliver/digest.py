"""The digest of a day: what stands in it, and how it is put into words, as plain text and as HTML."""

from __future__ import annotations

import textwrap
import unicodedata
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.deliver import words
from pipeline.records import Digest, DigestIncident, TroubledSource
from pipeline.vocabulary import ROLES, STATUSES, outcome

_WIDTH = 72
_TITLE = 80  # characters of a headline in the subject


@dataclass(frozen=True, kw_only=True)
class RenderedDigest:
    """The digest in words."""

    subject: str
    text: str
    html: str


def render(digest: Digest, *, browse_url: str) -> RenderedDigest:
    """The digest in words, with links to the pages below `browse_url`."""
    given = {"digest": digest, "browse_url": browse_url.rstrip("/"), "summary": summary(digest)}
    html = _templates(html=True).get_template("digest.html").render(given)
    return RenderedDigest(
        subject=subject(digest),
        text=_templates(html=False).get_template("digest.txt").render(given).strip() + "\n",
        html=_inliner().inline(html),
    )


def subject(digest: Digest) -> str:
    """The date and the most important incident, in one line."""
    start = f"Lagebild {words.short_date(digest.date)}: "
    told = [*digest.new, *digest.changed]
    if not told:
        found = words.count(len(digest.articles), "Meldung", "Meldungen") + ", " if digest.articles else ""
        return f"{start}{found}keine neuen Vorfälle"
    title = textwrap.shorten(one_line(told[0].title), _TITLE, placeholder=" …")
    return start + title + (f" und {words.count(len(told) - 1, 'weiterer', 'weitere')}" if told[1:] else "")


def summary(digest: Digest) -> str:
    """What the day brought, in one sentence."""
    if not (digest.new or digest.changed or digest.articles):
        return "Keine neuen Vorfälle und nichts Neues zu bekannten."
    parts = [
        words.count(len(digest.new), "neuer Vorfall", "neue Vorfälle") if digest.new else "kein neuer Vorfall",
        f"Neues zu {words.count(len(digest.changed), 'bekannten Vorfall', 'bekannten Vorfällen')}"
        if digest.changed
        else "",
        words.count(len(digest.articles), "weitere Meldung", "weitere Meldungen") if digest.articles else "",
    ]
    sentence = words.enumeration([part for part in parts if part]) + "."
    return sentence[0].upper() + sentence[1:]


def what_is_new(incident: DigestIncident) -> str:
    """What has changed about an incident, in one line; empty if nothing has."""
    news = incident.news
    parts = []
    if news.status_before is not None and incident.status != "none":
        before = "ohne Angabe" if news.status_before == "none" else STATUSES[news.status_before]
        parts.append(f"jetzt {STATUSES[incident.status]} (vorher {before})")
    if news.affected_new and incident.affected is not None:
        before = f" (vorher {words.number(news.affected_before)})" if news.affected_before is not None else ""
        parts.append(f"jetzt {words.number(incident.affected)} Betroffene{before}")
    if news.organisations:
        parts.append(f"neu genannt: {words.enumeration([one_line(name) for name in news.organisations])}")
    if news.types:
        parts.append(f"hinzugekommen: {words.enumeration([one_line(name) for name in news.types])}")
    if news.articles:
        parts.append(words.count(news.articles, "neuer Artikel", "neue Artikel"))
    return "; ".join(parts)


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
        "what_is_new": what_is_new,
        "wrap": wrap,
    }
    return env


@cache
def _inliner() -> CSSInliner:
    return CSSInliner(load_remote_stylesheets=False)
