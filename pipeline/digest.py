"""The flow of a digest: what became known -> what a subscriber wants of it -> words, kept and noted to be sent.

All that is new becomes an edition; a digest tells what came after the last edition of its reader. It is written down
together with the mails to be sent and with how far its readers are now, in one transaction each: a kill at any point
neither loses a digest nor brings one twice. `pipeline.sending` hands the mails over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta

from pipeline import deliver
from pipeline.config import Settings
from pipeline.records import Digest, Happened, RenderedDigest, Rhythm, Selection, Subscription, TroubledSource
from pipeline.store import Database, delivered, editions, subscribed, writing
from pipeline.store import happened as happening
from pipeline.store.delivered import StoredDigest
from pipeline.vocabulary import BERLIN

EVERYTHING = Selection()
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Due:
    """Somebody who is to get a digest, and for which moment; nobody: the digest of everything for the pages."""

    reader: Subscription | None
    moment: datetime

    @property
    def day(self) -> date:
        """The day of the digest, in Berlin."""
        return self.moment.astimezone(BERLIN).date()


def put_together(db: Database, settings: Settings, now: datetime, day: date | None = None) -> list[int]:
    """The numbers of the digests that were put together: for all whose hour has come, each missed one once.

    With a day for all who are to get one on that day and did not yet, whatever the hour.
    """
    due = [*(_due_on(db, settings, day) if day else _due_now(db, settings, now))]
    if not due:
        return []
    with writing(db):  # nothing becomes known meanwhile
        desk = _Desk(db=db, settings=settings, edition=editions.close_edition(db, now), now=now)
        for one in due:
            desk.read(one)
    made = (desk.write(one) for one in due)
    return list(dict.fromkeys(number for number in made if number is not None))


def digests_of(
    db: Database, settings: Settings, day: date, now: datetime
) -> list[tuple[StoredDigest, list[tuple[str, str]]]]:
    """The digests of a day, with addresses and states of their readers: those that were put together then, and those that would be by now. Nothing is written.

    Of a day that has passed without one it is the digest of everything, as far as the editions tell.
    """
    db.conn.execute("begin immediate")
    try:
        if day >= now.astimezone(BERLIN).date():
            put_together(db, settings, now, day)
        elif not delivered.digests_of(db, day):
            due = Due(reader=None, moment=_moment(settings, day))
            desk = _Desk(db=db, settings=settings, edition=editions.latest(db, due.moment), now=due.moment)
            desk.read(due)
            desk.write(due)
        return [(told, delivered.readers(db, told.id)) for told in delivered.digests_of(db, day)]
    finally:
        db.conn.rollback()


def alert(db: Database, settings: Settings, now: datetime) -> list[int]:
    """The numbers of the alerts that were put together; what is not told at once stays for the digest."""
    readers = [reader for reader in subscribed.subscriptions(db, active=True) if reader.alerts.a_day]
    if not readers:
        return []
    with writing(db):
        desk = _Desk(db=db, settings=settings, edition=editions.close_edition(db, now), now=now)
        made = [number for reader in readers if (number := desk.alert(reader)) is not None]
        subscribed.alerted(db, (reader.id for reader in readers), desk.edition)
    return made


def _due_now(db: Database, settings: Settings, now: datetime) -> Iterator[Due]:
    last = delivered.last_of_everything(db)
    moment = deliver.last_moment(Rhythm(hour=settings.digest_hour), now)
    if last is None or last.date < moment.astimezone(BERLIN).date():
        yield Due(reader=None, moment=moment)
    for reader in subscribed.subscriptions(db, active=True):
        if due := deliver.due(reader, now):
            yield Due(reader=reader, moment=due)


def _moment(settings: Settings, day: date) -> datetime:
    return datetime.combine(day, time(settings.digest_hour), BERLIN)


def _due_on(db: Database, settings: Settings, day: date) -> Iterator[Due]:
    evening = datetime.combine(day + _DAY, time(), BERLIN) - timedelta(seconds=1)
    last = delivered.last_of_everything(db)
    if last is None or last.date < day:
        yield Due(reader=None, moment=_moment(settings, day))
    for reader in subscribed.subscriptions(db, active=True):
        one = Due(reader=reader, moment=deliver.last_moment(reader.rhythm, evening))
        if one.day == day and (reader.served_at is None or one.moment > reader.served_at):
            yield one


@dataclass(kw_only=True)
class _Desk:
    """Where the digests of one edition are made; what several readers share is made once."""

    db: Database
    settings: Settings
    edition: int
    now: datetime
    happened: dict[int, Happened] = field(default_factory=dict)  # by the edition after which
    choosing: dict[int, deliver.Choosing] = field(default_factory=dict)  # 〃
    made: dict[delivered.Key, int] = field(default_factory=dict)  # numbers of the digests up to this edition
    later: dict[int, Happened] = field(default_factory=dict)  # by reader, of incidents told in alerts
    told: dict[int, Mapping[int, int]] = field(default_factory=dict)  # by reader: incidents, up to which edition
    found: dict[str, frozenset[int]] = field(default_factory=dict)
    troubled: Sequence[TroubledSource] | None = None
    printer: deliver.Printer = field(init=False)
    rendered: dict[tuple[int, str, date], tuple[RenderedDigest, tuple[int, ...], bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.printer = deliver.Printer(self.settings.browse_url)
        self.made = delivered.made(self.db, self.edition)

    def since(self, due: Due) -> int:
        """The edition after which a reader is told; the first one of all, the archive, is told to nobody."""
        if due.reader is not None:
            return max(1, due.reader.edition)
        last = delivered.last_of_everything(self.db, due.day)
        return max(1, last.edition if last else editions.latest(self.db, due.moment - _DAY))

    def read(self, due: Due) -> None:
        """Reads from the database what the digest of a reader needs."""
        since, reader = self.since(due), due.reader
        self._happened(since)
        if reader is None:
            return
        if reader.selection.search and reader.selection.search not in self.found:
            self.found[reader.selection.search] = happening.found_by(self.db, reader.selection.search)
        if reader.selection.operator and self.troubled is None:
            self.troubled = happening.troubled(self.db)
        if told := delivered.told_at_once(self.db, reader.id, since) if reader.alerts.a_day else {}:
            self.told[reader.id] = told
            again = [happening.happened(self.db, edition, self.edition, [id]) for id, edition in told.items()]
            self.later[reader.id] = Happened(incidents=tuple(one for some in again for one in some.incidents))

    def _happened(self, since: int) -> Happened:
        if since not in self.happened:
            self.happened[since] = happening.happened(self.db, since, self.edition)
        return self.happened[since]

    def write(self, due: Due) -> int | None:
        """Keeps the digest of a reader, the mail to be sent and how far the reader is; returns the digest's number."""
        reader, since = due.reader, self.since(due)
        key = self._key(reader)
        rendered, incidents, anything = self._made(due, since, key)
        with writing(self.db):
            number = None
            if anything or reader is None or reader.empty:
                number = self.made.get(("digest", since, key, due.day))
                number = number or self._save(rendered, incidents, due.day, since, key)
            if reader is not None:
                subscribed.served(self.db, reader.id, self.edition, due.moment)
                if number is not None:
                    delivered.save_delivery(self.db, number, reader.id, self.now)
        return number

    def alert(self, reader: Subscription) -> int | None:
        """Keeps an alert for a reader if there is a reason, the hour is not quiet and they had not had too many."""
        since = max(1, reader.alert_edition)
        today = self.now.astimezone(BERLIN).date()
        digest = deliver.alarm(self._happened(since), reader.selection, today)
        begin = datetime.combine(today, time(), BERLIN)
        if not digest or deliver.is_quiet(reader.alerts, self.now):
            return None
        if delivered.alerts_since(self.db, reader.id, begin) >= reader.alerts.a_day:
            return None
        key = self._key(reader)
        number = self.made.get(("alert", since, key, today))
        if number is None:
            rendered = self.printer.render(digest)
            number = self._save(rendered, _ids(digest), today, since, key, alert=True)
        delivered.save_delivery(self.db, number, reader.id, self.now)
        return number

    def _key(self, reader: Subscription | None) -> str:
        """What sets a reader's digests apart from those of others, as JSON."""
        selection = asdict(reader.selection if reader else EVERYTHING)
        wanted = {name: value for name, value in selection.items() if value and value != "none"}
        told = {str(incident): edition for incident, edition in self.told.get(reader.id, {}).items()} if reader else {}
        return json.dumps(wanted | ({"told_at_once": told} if told else {}), ensure_ascii=False, sort_keys=True)

    def _made(self, due: Due, since: int, key: str) -> tuple[RenderedDigest, tuple[int, ...], bool]:
        """The digest in words, the incidents that it tells, and whether it tells anything."""
        if (since, key, due.day) not in self.rendered:
            digest = self._digest(due, since)
            rendered = self.printer.render(digest)
            self.rendered[since, key, due.day] = rendered, _ids(digest), bool(digest)
        return self.rendered[since, key, due.day]

    def _digest(self, due: Due, since: int) -> Digest:
        happened, selection = self.happened[since], due.reader.selection if due.reader else EVERYTHING
        told = self.told.get(due.reader.id, {}) if due.reader else {}
        if told and due.reader:
            fresh = [incident for incident in happened.incidents if incident.id not in told]
            happened = replace(happened, incidents=(*fresh, *self.later[due.reader.id].incidents))
            choosing = deliver.Choosing(happened)
        else:
            if since not in self.choosing:
                self.choosing[since] = deliver.Choosing(happened)
            choosing = self.choosing[since]
        found = self.found.get(selection.search or "", frozenset())
        return choosing.choose(selection, due.day, found=found, troubled=self.troubled or ())

    def _save(
        self,
        rendered: RenderedDigest,
        incidents: Sequence[int],
        day: date,
        since: int,
        key: str,
        *,
        alert: bool = False,
    ) -> int:
        number = delivered.save_digest(
            self.db,
            rendered,
            kind="alert" if alert else "digest",
            day=day,
            at=self.now,
            since=since,
            edition=self.edition,
            selection=key,
            incidents=incidents,
        )
        self.made["alert" if alert else "digest", since, key, day] = number
        return number


def _ids(digest: Digest) -> tuple[int, ...]:
    return tuple(incident.id for incident in (*digest.new, *digest.changed))
