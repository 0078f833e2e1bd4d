"""What subscribers want, as somebody types it or as it stands in a table, checked field by field."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from pipeline import deliver, sources
from pipeline.analyse.knowledge import load_knowledge
from pipeline.analyse.labels import TYPES
from pipeline.analyse.names import slug
from pipeline.config import Settings, resources
from pipeline.errors import DeliveryError, SubscriptionError
from pipeline.records import Frequency, Status, Subscription
from pipeline.store import Database, editions, queries, subscribed
from pipeline.vocabulary import SECTORS
from pipeline.wordforms import read

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# What may be said of a subscriber beside the address, in the order of the columns of a table.
FIELDS = {
    "name": "the name of the subscriber",
    "sectors": "incidents that hit organisations of these sectors",
    "types": "incidents of these types",
    "sources": "incidents and articles of these sources",
    "search": "what this finds, typed as in the search of the pages",
    "organisations": "the watch list: names or ids of organisations, told whatever else is asked for",
    "min-status": "alleged: not without a status; confirmed: confirmed ones alone",
    "frequency": "daily, weekdays (Monday to Friday) or weekly",
    "weekday": "the day of a weekly digest",
    "hour": "the hour in Berlin, 0 to 23",
    "empty": "send or skip a digest that has nothing to tell",
    "operator": "yes or no: is told of sources with trouble",
    "alerts": "at most so many mails a day at once, for the watch list and the types; 0: none",
    "quiet": "hours in Berlin without alerts, such as 22-6; none: no such hours",
}
_BETWEEN = re.compile(r"[,;]")


@dataclass(kw_only=True)
class Subscribing:
    """Adds and changes subscriptions; `notes` says what the checks found odd but possible."""

    db: Database
    settings: Settings
    notes: list[str] = field(default_factory=list)

    def add(self, address: str, given: Mapping[str, str]) -> Subscription:
        """Adds a subscriber. Raises SubscriptionError if a value is wrong or the address is known."""
        try:
            plain = deliver.address(address)
        except DeliveryError as exc:
            raise SubscriptionError(str(exc)) from exc
        if subscribed.is_there(self.db, plain):
            raise SubscriptionError(
                f"{plain}: is a subscriber already; `lagebild subscribers edit` changes what they get"
            )
        wanted = self._changed(Subscription(id=0, address=plain, created_at=datetime.now(UTC)), given)
        editions.close_edition(self.db, wanted.created_at)  # from now on it is known what is new to them
        return replace(wanted, id=subscribed.save_subscription(self.db, wanted))

    def edit(self, address: str, given: Mapping[str, str]) -> Subscription:
        """Changes what a subscriber gets. Raises SubscriptionError if a value is wrong or there is no such subscriber."""
        wanted = self._changed(subscribed.subscription(self.db, address), given)
        subscribed.save_subscription(self.db, wanted)
        return wanted

    def read_table(self, file: Path) -> Iterator[Subscription | SubscriptionError]:
        """What became of each row of a CSV file with a heading: added, changed where the address is known, or refused.

        Raises SubscriptionError if the file cannot be read or a column is unknown.
        """
        try:
            text = file.read_text(encoding="utf-8-sig")
            heading = text.partition("\n")[0]
            rows = csv.DictReader(text.splitlines(), delimiter=max(",;\t", key=heading.count))
            names = [name.strip().casefold() for name in rows.fieldnames or ()]
        except (OSError, UnicodeDecodeError, csv.Error) as exc:
            raise SubscriptionError(f"{file}: cannot be read as CSV in UTF-8: {exc}") from exc
        if unknown := [name for name in names if name not in ("address", *FIELDS)]:
            raise SubscriptionError(f"{file}: no column {unknown[0]!r}; there are address, {', '.join(FIELDS)}")
        if "address" not in names:
            raise SubscriptionError(f"{file}: no column address")
        for number, row in enumerate(rows, 2):
            values = {name: (value or "").strip() for name, value in zip(names, [*row.values()], strict=False)}
            yield self._row(f"{file}: line {number}", values)

    def _row(self, place: str, values: Mapping[str, str]) -> Subscription | SubscriptionError:
        given = {name: value for name, value in values.items() if value and name != "address"}
        address = values.get("address", "")
        try:
            return (self.edit if subscribed.is_there(self.db, address) else self.add)(address, given)
        except SubscriptionError as exc:
            return SubscriptionError(f"{place}: {exc}")

    def _changed(self, before: Subscription, given: Mapping[str, str]) -> Subscription:
        wanted = before
        for name, value in given.items():
            try:
                wanted = self._with(wanted, name, value.strip())
            except ValueError as exc:
                raise SubscriptionError(f"{before.address}: {name}: {exc}") from exc
        selection = wanted.selection
        if wanted.alerts.a_day and not (selection.organisations or selection.types):
            raise SubscriptionError(f"{before.address}: alerts: need organisations or types to watch")
        return wanted

    def _with(self, wanted: Subscription, name: str, value: str) -> Subscription:
        """A subscription with one field set anew. Raises ValueError if the value is wrong."""
        selection, rhythm, alerts = wanted.selection, wanted.rhythm, wanted.alerts
        match name:
            case "name":
                return replace(wanted, name=" ".join(value.split()) or None)
            case "sectors":
                return replace(wanted, selection=replace(selection, sectors=_listed(value, self._sector)))
            case "types":
                return replace(wanted, selection=replace(selection, types=_listed(value, self._type)))
            case "sources":
                return replace(wanted, selection=replace(selection, sources=_listed(value, self._source)))
            case "organisations":
                return replace(wanted, selection=replace(selection, organisations=_listed(value, self._organisation)))
            case "search":
                return replace(wanted, selection=replace(selection, search=_search(value)))
            case "min-status":
                return replace(wanted, selection=replace(selection, minimum_status=_one_of(value, get_args(Status))))
            case "operator":
                return replace(wanted, selection=replace(selection, operator=_one_of(value, ("yes", "no")) == "yes"))
            case "frequency":
                return replace(wanted, rhythm=replace(rhythm, frequency=_one_of(value, get_args(Frequency))))
            case "weekday":
                return replace(wanted, rhythm=replace(rhythm, weekday=WEEKDAYS.index(_one_of(value, WEEKDAYS))))
            case "hour":
                return replace(wanted, rhythm=replace(rhythm, hour=_number(value, 23)))
            case "empty":
                return replace(wanted, empty=_one_of(value, ("send", "skip")) == "send")
            case "alerts":
                return replace(wanted, alerts=replace(alerts, a_day=_number(value, 100)))
            case _:
                begin, end = _quiet(value)
                return replace(wanted, alerts=replace(alerts, quiet_from=begin, quiet_until=end))

    def _sector(self, value: str) -> str:
        return str(_one_of(value, tuple(SECTORS)))

    def _type(self, value: str) -> str:
        return str(_one_of(value, tuple(TYPES)))

    def _source(self, value: str) -> str:
        if not queries.is_source(self.db, value) and value not in {
            one.id for one in sources.load(self.settings.sources)
        }:
            raise ValueError(f"{value!r} is no source; `lagebild sources list` shows all")
        return value

    def _organisation(self, value: str) -> str:
        """The id of an organisation, by its id or any of its names; one that nobody has named yet is watched for."""
        if found := queries.organisation_named(self.db, value):
            return found
        known = load_knowledge(resources() / "data" / "knowledge" / "organisations.jsonl")
        for organisation in known:
            if value == organisation.id or value.casefold() in (name.casefold() for name in organisation.names):
                return organisation.id
        self.notes.append(f"organisation {value!r}: named by no article yet, watched for as {slug(value)}")
        return slug(value)


def as_fields(wanted: Subscription) -> dict[str, Any]:
    """A subscription as it is typed: address, then the fields."""
    selection, alerts = wanted.selection, wanted.alerts
    return {
        "address": wanted.address,
        "name": wanted.name or "",
        "sectors": ",".join(selection.sectors),
        "types": ",".join(selection.types),
        "sources": ",".join(selection.sources),
        "search": selection.search or "",
        "organisations": ",".join(selection.organisations),
        "min-status": selection.minimum_status,
        "frequency": wanted.rhythm.frequency,
        "weekday": WEEKDAYS[wanted.rhythm.weekday],
        "hour": wanted.rhythm.hour,
        "empty": "send" if wanted.empty else "skip",
        "operator": "yes" if selection.operator else "no",
        "alerts": alerts.a_day,
        "quiet": "none" if alerts.quiet_from is None else f"{alerts.quiet_from}-{alerts.quiet_until}",
    }


def _listed(value: str, check: Callable[[str], str]) -> tuple[str, ...]:
    parts = (part.strip() for part in _BETWEEN.split(value))
    return tuple(dict.fromkeys(check(part) for part in parts if part))


def _one_of(value: str, allowed: tuple[Any, ...]) -> Any:
    if value.casefold() not in allowed:
        raise ValueError(f"{value!r} is not one of {', '.join(allowed)}")
    return value.casefold()


def _number(value: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and int(value) <= most):
        raise ValueError(f"{value!r} is no number from 0 to {most}")
    return int(value)


def _quiet(value: str) -> tuple[int | None, int | None]:
    if value.casefold() in ("", "none"):
        return None, None
    begin, _, end = value.partition("-")
    return _number(begin.strip(), 23), _number(end.strip(), 23)


def _search(value: str) -> str | None:
    if value and not read(value):
        raise ValueError(f"{value!r} asks for nothing")
    return " ".join(value.split()) or None
