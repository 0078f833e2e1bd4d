"""How a source is doing, in German words: its state, why it needs attention, what to do, its silence and rhythm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.browse.sources import SourceHealth
from pipeline.browse.words import counted, moment, number, outcome
from pipeline.outcomes import PASSING

Tone = Literal["good", "warn", "bad", "off"]

CHANGES = {"moved": "umgezogen", "gone": "gibt es nicht mehr", "back": "wieder da"}
# What a maintainer can do about an outcome that will not pass by itself.
_REMEDIES = {
    "refused_robots": "Den Betreiber fragen oder die Quelle abschalten.",
    "refused_address": "Adresse in der Quellendatei ändern.",
    "too_large": "Einen kleineren Feed suchen oder max_bytes erhöhen.",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """Something to know about a source, and what to do about it, if anything can be done."""

    what: str
    detail: str = ""  # as a program says it
    remedy: str = ""


def state(source: SourceHealth) -> tuple[str, Tone]:
    """The state of a source in a word or two, and how grave it is."""
    match source.trouble:
        case "gone":
            return CHANGES["gone"], "bad"
        case "unread":
            return outcome(None), "off"
        case "failed":
            return outcome(source.last_outcome), "bad"
        case "silent":
            return "ungewöhnlich still", "warn"
        case "gap":
            return "Lücke möglich", "warn"
        case "select":
            return "Seiten umgebaut?", "warn"
    return (outcome(source.last_outcome), "good") if source.enabled else ("abgeschaltet", "off")


def told(source: SourceHealth) -> tuple[Told, ...]:
    """Why a source needs attention, the gravest reason first, and where it has moved; empty if all is well."""
    if not source.enabled:
        return (_gone(),) if source.change == "gone" else ()
    found = []
    if source.trouble == "unread":
        found.append(Told(what="Der nächste Durchgang liest sie."))
    if source.trouble == "failed":
        found.append(_failed(source.last_outcome or "", source.last_error))
    if source.silent:
        remedy = "Nachsehen, ob die Quelle noch unter dieser Adresse veröffentlicht."
        found.append(Told(what="So lange hat sie in den letzten 180 Tagen nie geschwiegen.", remedy=remedy))
    if source.gaps_7d:
        found.append(_gaps(source.gaps_7d, source.last_gap_at))
    if source.select_misses_7d:
        found.append(_select_misses(source.select_misses_7d, source.last_select_miss_at))
    # After a move the new address is asked; one that differs now was written into the sources file since.
    if source.change == "moved" and source.moved_to == source.url:
        found.append(
            Told(
                what=f"Umgezogen nach {source.moved_to} und dort gelesen.",
                remedy="Adresse in der Quellendatei ändern, wenn dort noch die alte steht.",
            )
        )
    return tuple(found)


def silence(silent_days: float | None, per_week: float | None) -> str:
    """A silence and the usual rhythm: seit 9 Tagen still, sonst 3 pro Woche."""
    if silent_days is None:
        return "noch kein Eintrag gesehen"
    usual = f", sonst {_rhythm(per_week)}" if per_week else ""
    return f"seit {_span(silent_days)} still{usual}"


def share(value: float | None) -> str:
    """A share from 0 to 1 in per cent."""
    return "–" if value is None else f"{100 * value:.0f} %"


def _gone() -> Told:
    return Told(
        what="Der Server sagt, dass es die Quelle nicht mehr gibt (410); sie wird nicht mehr gelesen.",
        remedy="Adresse in der Quellendatei ändern oder die Quelle dort herausnehmen.",
    )


def _failed(word: str, error: str | None) -> Told:
    remedy = "" if word in PASSING else _REMEDIES.get(word, "Adresse in der Quellendatei prüfen.")
    return Told(what=f"Der letzte Blick ist misslungen: {outcome(word)}.", detail=error or "", remedy=remedy)


def _gaps(gaps: int, last: str | None) -> Told:
    often = f"{number(gaps)} Mal in 7 Tagen, zuletzt am {moment(last)}"
    return Told(
        what=f"Zwischen zwei Blicken sind vielleicht Einträge gekommen und gegangen: {often}.",
        remedy="Geschieht es öfter, einen Feed mit mehr Einträgen suchen oder every in der Quellendatei verkürzen.",
    )


def _select_misses(pages: int, last: str | None) -> Told:
    where = f"auf {counted(pages, 'Seite', 'Seiten')} in 7 Tagen, zuletzt am {moment(last)}"
    return Told(
        what=f"Was die Quellendatei unter select nennt, fehlt {where}; gelesen wurde dort wie ohne select.",
        remedy="select in der Quellendatei an die Seiten anpassen.",
    )


def _span(days: float) -> str:
    hours = max(round(days * 24), 0)
    if hours < 1:
        return "weniger als einer Stunde"
    return counted(hours, "Stunde", "Stunden") if hours <= 36 else counted(round(days), "Tag", "Tagen")


def _rhythm(per_week: float) -> str:
    for times, unit in ((per_week / 7, "am Tag"), (per_week, "pro Woche"), (per_week * 52 / 12, "im Monat")):
        if times >= (2 if unit == "am Tag" else 1):
            return f"{number(round(times))} {unit}"
    return f"{number(max(round(per_week * 52), 1))} im Jahr"
