"""What a page is: press release, advisory or news; and whether what it shows is the whole text."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import urlsplit

from lxml import html

from pipeline.extract.clean import bare
from pipeline.extract.structured import Structured
from pipeline.extract.wording import Wording
from pipeline.records import ArticleKind, TextState

_PRESS_PATH = re.compile(
    r"/(?:presse|press|pressemitteilung(?:en)?|pressemeldung(?:en)?|presse-?(?:releases?|informationen|"
    r"service|portal|archiv|center)|press-?releases?|medieninformation(?:en)?|medienmitteilung(?:en)?|"
    r"newsroom)(?:[/._-]|$)",
    re.I,
)
_PRESS_WORDS = Wording(
    pattern=re.compile(
        r"^(?:\W*)(?:pressemitteilung|presseerklärung|pressemeldung|presseinformation|medieninformation|"
        r"medienmitteilung)\b|\bfolgende (?:presseerklärung|pressemitteilung)\b|\b(?:pressekontakt|"
        r"pressestelle|original-content von)\s*:"
        r"|^.{0,80}\((?:\w+/)?(?:originaltext|ots)\)",
        re.I | re.M,
    ),
    words=(
        *("pressemitteilung", "presseerklärung", "pressemeldung", "presseinformation", "medieninformation"),
        *("medienmitteilung", "pressekontakt", "pressestelle", "original-content von", "originaltext)", "ots)"),
    ),
)
_PRESS_MARK = re.compile(r"press-?release|pressemitteilung|pressemeldung|pressrelease", re.I)
_CVE = Wording(pattern=re.compile(r"\bCVE-\d{4}-\d{4,}\b", re.I), words=("cve-",))
_ADVISORY_HEAD = re.compile(
    r"sicherheitshinweis|sicherheitswarnung|security advisory|security bulletin|kurzinfo|\bWID-SEC|"
    r"schwachstellen? (?:in|erm)|cyber-sicherheitswarnung",
    re.I,
)
_ADVISORY_PATH = re.compile(
    r"/(?:advisor(?:y|ies)|sicherheitshinweise?|security-?(?:advisor\w+|bulletins?)|wid|warnmeldung(?:en)?|"
    r"schwachstellen?|cert)(?:[/._-]|$)",
    re.I,
)
_SHARING = re.compile(r"\bTLP:\s?(?:CLEAR|WHITE|GREEN|AMBER|RED)\b")  # how emergency teams mark their notices
_ADVISORY_PARTS = (
    re.compile(r"\bCVSS\b", re.I),
    re.compile(
        r"^(?:betroffene? (?:produkte?|systeme?|versionen|software)|risiko(?:stufe|bewertung)?|schweregrad|"
        r"empfehlung(?:en)?|maßnahmen?|abhilfe|gegenmaßnahmen|mitigation|workaround|angriffsvektor|"
        r"kurzinfo|remote[- ]?angriff)\b[\s:]",
        re.I | re.M,
    ),
    re.compile(
        r"\b(?:updates?|patch(?:es)?|aktualisierung(?:en)?)\b[^.]{0,60}\b(?:einspielen|installieren|"
        r"eingespielt|installiert|anwenden)",
        re.I,
    ),
)
PAYWALL = Wording(
    pattern=re.compile(
        r"\b(?:weiterlesen mit\b|jetzt weiterlesen|(?:artikel|inhalt|text|beitrag) (?:ist )?(?:nur )?(?:für|"
        r"exklusiv für) (?:\w+[- ])?(?:abonnent|mitglied|registrierte)|nur für abonnent|"
        r"abonnent(?:en|innen)(?: und abonnent(?:en|innen))? vorbehalten|sie haben (?:noch )?kein abo|jetzt (?:abo|abonnieren|testen|freischalten)|mit (?:einem )?(?:\w+)?-?(?:abo|"
        r"plus)\b[^.]{0,30}(?:weiter|alle)|bereits abonnent|dieser (?:artikel|text|inhalt) ist kostenpflichtig|"
        r"um (?:den|diesen) (?:artikel|beitrag) (?:weiter ?)?(?:zu lesen|lesen zu können)|artikel freischalten|"
        r"zugang freischalten|probemonat|bezahlschranke)",
        re.I,
    ),
    words=(
        *("weiterlesen", "abo", "plus", "mitglied", "registrierte", "jetzt testen", "freischalten", "kostenpflichtig"),
        *("zu lesen", "lesen zu können", "probemonat", "bezahlschranke"),
    ),
)
_PAYWALL_MARK = Wording(
    pattern=re.compile(
        r"(?:^|[\s_-])(?:paywall\w*|paid-?content|piano-?\w*|article-?locked|plus-?(?:gate|wall)|regwall|"
        r"bezahlschranke|is-?paid|premium-?(?:gate|barrier))(?:$|[\s_-])",
        re.I,
    ),
    words=("wall", "paid", "piano", "locked", "gate", "schranke", "barrier"),
)
_CONSENT = re.compile(
    r"cookie|einwillig|zustimm|akzeptier|datenschutzerklärung|personalisierte (?:anzeigen|werbung)|"
    r"tracking|privatsphäre|endgerät|werbepartner|drittanbieter|pur-abo|widerruf|consent",
    re.I,
)
_CUT = re.compile(r"(?:…|\.{3}|\[(?:…|\.{3})\]|weiterlesen\W*|mehr lesen\W*|lesen sie mehr\W*)$", re.I)
_LONGEST_CUT = len("lesen sie mehr")
_SHORT_WORDS, _TEASER_WORDS, _CONSENT_WORDS = 250, 40, 400


def kind(url: str, head: str, text: str, marks: str, *, contact: bool, newspaper: bool) -> ArticleKind:
    """Whether an authority or insurer speaks itself, a gap is described for those who must close it, or it is news."""
    path = urlsplit(url).path
    if _CVE.search(head) or _CVE.search(text):
        points = 2 * bool(_ADVISORY_HEAD.search(head)) + 2 * bool(_ADVISORY_PATH.search(path)) - newspaper
        if points + sum(bool(part.search(text)) for part in _ADVISORY_PARTS) >= 2:
            return "advisory"
    elif _SHARING.search(head):
        return "advisory"
    if contact or _PRESS_PATH.search(path) or _PRESS_MARK.search(marks):
        return "press_release"
    if _PRESS_WORDS.search(head) or _PRESS_WORDS.search(text):
        return "press_release"
    return "news"


def body_marks(tree: html.HtmlElement, metas: dict[str, str]) -> str:
    """The words by which a page's markup names its own kind."""
    elements = [e for tag in ("body", "main", "article") for e in list(tree.iter(tag))[:1]]
    marks = [f"{e.get('class') or ''} {e.get('id') or ''}" for e in elements]
    return " ".join([*marks, metas.get("og:type", ""), metas.get("page-type", ""), metas.get("dc.type", "")])


def is_walled(tree: html.HtmlElement, said: Structured) -> bool:
    """Whether a page says that its text is for those who pay."""
    if not said.free:
        return True
    wall = cache(_PAYWALL_MARK.search)  # the same few marks stand all over a page
    for element in tree.iter("div", "section", "aside", "article", "main", "p"):
        if wall(f"{element.get('class') or ''} {element.get('id') or ''}"):
            return True
    return False


def is_consent(text: str, title: str) -> bool:
    """Whether a text only asks for consent to cookies and tracking."""
    words = len(text.split())
    if words >= _CONSENT_WORDS:
        return False
    hits = len(_CONSENT.findall(text)) + 2 * len(_CONSENT.findall(title))
    return hits >= 3 and hits * 25 >= words


def text_state(text: str, teaser: str | None, shown: str, *, walled: bool) -> TextState:
    """How much of an article its text is; `shown` is all that the page shows."""
    words = len(text.split())
    if not text:
        return "paywall" if walled else "empty"
    if words < _SHORT_WORDS and (walled or PAYWALL.search(shown)):
        return "paywall"
    if words < _SHORT_WORDS and _is_cut(text):
        return "teaser"
    if teaser and words < 2 * _TEASER_WORDS and bare(text) in bare(teaser):
        return "teaser"
    return "full"


def _is_cut(text: str) -> bool:
    """Whether a text ends in dots or in words that lead to its rest, whatever signs stand behind them."""
    end = len(text)
    while end and not (text[end - 1].isalnum() or text[end - 1] == "_"):
        end -= 1
    return _CUT.search(text, max(0, end - _LONGEST_CUT)) is not None
