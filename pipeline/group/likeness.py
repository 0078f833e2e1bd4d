"""How likely two articles tell of the same event: a weighted sum of evidence for and against."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

from pipeline.group.words import numbers, overlap, stems, weigh, weight
from pipeline.records import Case, Told

CORE = ("affected", "processor")
# What follows any incident: such a type alone makes no event different from another.
_FOLLOWING = frozenset({"sanction", "privacy_violation", "third_party", "extortion", "data_breach"})
_FAMILIES = (
    frozenset({"cyberattack", "ransomware", "malware", "ddos", "vulnerability", "outage"}),
    frozenset({"phishing", "malware", "vulnerability"}),
    frozenset({"accidental_disclosure", "theft_or_loss", "vulnerability"}),
    frozenset({"billing_fraud", "corruption", "insider_misuse"}),
)
_CONTINUES = re.compile(
    r"Bußgeld|Geldbuße|Geldstrafe|Urteil|verurteilt|Haft|Bewährung|Freispr|Anklage|angeklagt|Prozess|vor Gericht|"
    r"Berufung|Revision|Ermittl|Festnahme|festgenommen|Razzia|Abschlussbericht|Untersuchungsbericht|Gutachten|"
    r"forensische|weitere Betroffene|Monate nach|Jahre? nach|Wochen nach|seit dem|nach dem (?:Angriff|Vorfall|Leck)|"
    r"nach der (?:Attacke|Panne)|insolven|Aufarbeitung|rechtskräftig|Schadenersatz|Schadensersatz|eingestellt"
)
_ROUND_UP = re.compile(
    r"Wochenschau|Wochenrückblick|Newsletter|Ticker|kompakt|Überblick|Chronik|Jahresrückblick|Tätigkeitsbericht|"
    r"Zwischenbilanz|Bilanz|Rundschau|Presseschau|Meldungen|Kurz notiert|Kurzmeldungen|\bKW \d|Lagebericht|Monatsbericht",
    re.IGNORECASE,
)
_COLLECTS = re.compile(
    r"Wochenschau|rückblick|Newsletter|kompakt|Überblick|Chronik|Tätigkeitsbericht|Jahresbericht|[Bb]ilanz\b|Rundschau|"
    r"Presseschau|[Mm]eldungen|Kurz notiert|\bKW \d|Lagebericht|Monatsbericht|der Woche\b|des Monats\b"
)
_EVENTS = 3  # organisations hit, or kinds of event beyond those that one event brings along, in a collective article
_MANY = 8  # organisations hit; an article with more of them looks at several events
_MOST = 80  # words of a text, those that tell most
_HEAD = 3  # how often a word of the headline counts


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What of an article is compared."""

    core: frozenset[str]
    named: frozenset[str]
    types: frozenset[str]
    words: Mapping[str, float]
    rare: Mapping[str, float]
    numbers: frozenset[str]
    cves: frozenset[str]
    continues: bool
    round_up: bool


@lru_cache(maxsize=5_000)
def profile(case: Case) -> Profile:
    """What of this article is compared with others."""
    head, body = stems(case.title), stems(body_of(case))
    words = weigh(head * _HEAD + body, _MOST)
    core = frozenset(o for o, role in case.roles if role in CORE)
    figures = {f.value for f in case.facts if f.kind in ("affected", "fine_eur", "ransom_eur")}
    if case.affected is not None:
        figures.add(str(case.affected))
    return Profile(
        core=core,
        named=frozenset(o for o, role in case.roles if role not in ("authority", "law_enforcement", "reporter")),
        types=frozenset(case.types),
        words=words,
        rare={stem: v for stem, v in words.items() if weight(stem) >= _RARE},
        numbers=numbers(case.text) | frozenset(f for f in figures if len(f) > 2),
        cves=frozenset(f.value for f in case.facts if f.kind == "cve"),
        continues=bool(_CONTINUES.search(case.text)),
        round_up=tells_of_many(case),
    )


def tells_of_many(article: Told) -> bool:
    """Whether the article may look at several events: by its headline, or by how many organisations were hit."""
    hit = {o for o, role in article.roles if role in CORE}
    return len(hit) >= _MANY or bool(_ROUND_UP.search(article.title))


def is_roundup(article: Told) -> bool:
    """Whether the article collects several events, as a weekly review or a yearly report does: it belongs to none.

    Its headline says so, and it tells of many that were hit, of many kinds of event, or of nobody by name.
    """
    hit = {o for o, role in article.roles if role in CORE}
    several = not hit or len(hit) >= _EVENTS or len(set(article.types) - _FOLLOWING) >= _EVENTS
    return several and bool(_COLLECTS.search(article.title))


def body_of(case: Case) -> str:
    """The text without the headline it may begin with."""
    return case.text.removeprefix(case.title).strip()


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What speaks for and against one event behind two articles; every field from 0 to 1."""

    core: float  # organisations hit in both, as a share of the fewer
    apart: float  # both name whom it hit, and neither names anybody of the other
    types: float
    clash: float  # kinds of event that exclude each other
    days: float  # 1 after about three years
    silent: float  # more than two months apart, and the later one does not say that it continues
    numbers: float
    cves: float
    other_cves: float  # both name weaknesses by number, and none is the same
    words: float
    rare: float  # of the words that hardly any other text has, the share that both have
    round_up: float
    bare: float  # nothing in common but whom it hit, and days apart, 1 after a month and a half
    passing: float  # one looks back on several events, and no organisation hit by one of them is hit in the other


# Found by logistic regression over pairs of annotated articles, then rounded. By hand: `cves`, `other_cves` and `passing`,
# of which there were too few, `bare`, for those that are hit again and again (the annotated ones are hit once), and
# `clash` and `silent`, which hold back a little more than the fit did.
_WEIGHTS = Evidence(
    core=2.4,
    apart=-1.2,
    types=1.8,
    clash=-2.0,
    days=-1.5,
    silent=-0.8,
    numbers=3.8,
    cves=2.0,
    other_cves=-2.0,
    words=9.1,
    rare=7.4,
    round_up=-0.3,
    bare=-2.5,
    passing=-4.0,
)
_WEIGHED = tuple(vars(_WEIGHTS).values())
_BIAS = -3.1
_FAR = 60  # days
_RARE = 0.85
_BARE, _SOON = 0.04, 45  # of the words; days


def likeness(one: Case, other: Case) -> float:
    """How probable it is, from 0 to 1, that two articles tell of the same event."""
    found = evidence(one, other)
    total = _BIAS + sum(w * v for w, v in zip(_WEIGHED, vars(found).values(), strict=True))
    return 1 / (1 + exp(-total))


def evidence(one: Case, other: Case) -> Evidence:
    """What speaks for and against one event behind two articles."""
    first, later = sorted((one, other), key=lambda case: case.order)
    a, b = profile(first), profile(later)
    days = (later.published_at - first.published_at).total_seconds() / 86_400
    shared, fewer = a.core & b.core, min(len(a.core), len(b.core))
    names = frozenset(stem for organisation in shared for stem in _names(organisation))
    words = overlap(_without(a.words, names), b.words)
    rare = _shared(_without(a.rare, names), _without(b.rare, names))
    bare = words < _BARE and not rare and not a.numbers & b.numbers and not a.cves & b.cves
    return Evidence(
        core=len(shared) / fewer if fewer else 0.0,
        apart=float(bool(fewer) and not (a.core & b.named or b.core & a.named)),
        types=len(a.types & b.types) / max(1, len(a.types | b.types)),
        clash=float(_clash(a.types - _FOLLOWING, b.types - _FOLLOWING)),
        days=min(1.0, log(1 + days) / 7),
        silent=float(days > _FAR and not b.continues),
        numbers=min(3, len(a.numbers & b.numbers)) / 3,
        cves=float(bool(a.cves & b.cves)),
        other_cves=float(bool(a.cves) and bool(b.cves) and not a.cves & b.cves),
        words=words,
        rare=rare,
        round_up=float(a.round_up or b.round_up),
        bare=min(1.0, days / _SOON) if bare and shared else 0.0,
        passing=float((a.round_up or b.round_up) and not shared),
    )


@lru_cache(maxsize=10_000)
def _names(organisation: str) -> frozenset[str]:
    return frozenset(stems(organisation.replace("-", " ")))


def _without(vector: Mapping[str, float], names: frozenset[str]) -> Mapping[str, float]:
    return vector if names.isdisjoint(vector) else {stem: v for stem, v in vector.items() if stem not in names}


def _shared(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How much of the smaller vector is in the other; one with next to nothing in it counts for little."""
    both = sum(min(v, other.get(stem, 0.0)) for stem, v in one.items())
    return both / max(1.0, min(sum(one.values()), sum(other.values())))


def _clash(one: frozenset[str], other: frozenset[str]) -> bool:
    if not one or not other or one & other:
        return False
    return not any(one & family and other & family for family in _FAMILIES)
