"""The one address under which an article is known."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from lxml import html

_TRACKING = re.compile(
    r"(utm_\w*|wt[_.]?\w*mc\w*|at_\w+|pk_\w+|mtm_\w+|hsa_\w+|mc_[ce]id|[fgym]clid|d?gclid|gbraid|"
    r"wbraid|msclkid|igshid|twclid"
    r"|xtor|ns_\w+|cmpid|cmp|campaign|icid|ito|spm|_ga|_gl|fbclid|rss|source=rss|omrss)",
    re.I,
)
# Nothing to take away from: no query, no fragment, no port that could be left out, nothing to be escaped.
_CLEAN = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::(?!80/|443/)[1-9][0-9]{1,4})?/[\w/%:@!$&'()*+,;=~.-]*", re.A
)
# Another view of the same article: for telephones, for printers.
_VIEW_PARAMETER = re.compile(
    r"(?:amp|print|printview|drucken?|druckansicht|druckversion)(?:=(?:1|true|yes|ja|on)?)?"
    r"|(?:output|outputtype|view|mode|layout|format)=(?:amp|print|druck\w*)",
    re.I,
)
_VIEW_PATH = re.compile(
    r"^/amp(?=/.)|(?<=.)/(?:amp|print|drucken|druckansicht|druckversion)/?$|[.~]amp(?=(?:\.html?)?$)", re.I
)
_ALIAS = re.compile(r"^(www\d?|m|mobil|mobile|amp)\.")


def cleaned(url: str) -> str:
    """An address without fragment and tracking parameters; one that cannot be read stays as it is."""
    if _CLEAN.fullmatch(url):
        return url
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url.strip()
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return url.strip()
    query = "&".join(p for p in parts.query.split("&") if p and not _TRACKING.fullmatch(p.partition("=")[0]))
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    standard = {"http": 80, "https": 443}[parts.scheme.lower()]
    netloc = host if port in (None, standard) else f"{host}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return urlunsplit((parts.scheme.lower(), netloc, path, quote(query, safe="=&%/?:@!$'()*+,;~-._[]"), ""))


def canonical(tree: html.HtmlElement, metas: dict[str, str], url: str) -> str:
    """The address that the page gives itself, where it can be believed, else the one it was found under."""
    own = _without_view(cleaned(url))
    links = [e.get("href") or "" for e in tree.iter("link") if "canonical" in (e.get("rel") or "").lower().split()]
    for link in [*links, metas.get("og:url", "")]:
        try:
            claimed = cleaned(urljoin(url, link.strip()))
            if link.strip() and (claimed == cleaned(url) or _believable(urlsplit(claimed), urlsplit(own))):
                return claimed
        except ValueError:
            continue
    return own


def _without_view(url: str) -> str:
    """The address of the article itself, where this one names a view of it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = "&".join(p for p in parts.query.split("&") if not _VIEW_PARAMETER.fullmatch(p))
    return urlunsplit(parts._replace(path=_VIEW_PATH.sub("", parts.path), query=query))


def site(url: str) -> str:
    """The host of an address as a name: without www and port."""
    try:
        return _ALIAS.sub("", urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _believable(claimed: SplitResult, own: SplitResult) -> bool:
    """Same site, and not merely its front page (or a folder above) while the page lies deeper."""
    if claimed.scheme not in ("http", "https") or claimed.port != own.port:
        return False
    if _ALIAS.sub("", claimed.hostname or "") != _ALIAS.sub("", own.hostname or ""):
        return False
    here, there = own.path.rstrip("/"), claimed.path.rstrip("/")
    if there in ("", "/index.html", "/index.php", "/start", "/de", "/home"):
        return here == there and bool(claimed.query or not own.query)
    return not here.startswith(there + "/")
