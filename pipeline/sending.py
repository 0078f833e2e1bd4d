"""The flow of mail: what waits -> a letter to one reader -> the mail server, each noted before and after.

One process at a time sends, by a lease in the database. Just before a mail is handed over it is noted as under way; if
the process ends before the answer, nobody knows whether it arrived, and the setting `delivery` says what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from pipeline import deliver, signing
from pipeline.config import Settings
from pipeline.deliver import Handed, MailServer
from pipeline.errors import DeliveryError, SettingsError
from pipeline.store import Database, delivered, leases, writing
from pipeline.store.delivered import StoredDigest, Waiting

_LEASE = "sending"


@dataclass(kw_only=True)
class SendReport:
    """How many mails were accepted, and a line for every one that was not."""

    sent: int = 0
    troubles: list[str] = field(default_factory=list)


async def send_waiting(db: Database, settings: Settings, *, stopped: Callable[[], bool] = lambda: False) -> SendReport:
    """Hands over the mails whose time has come, until it is stopped between two of them.

    Raises SettingsError if there are any and no mail server is set.
    """
    report = SendReport()
    if other := leases.take(db, _LEASE, datetime.now(UTC), leases.holder()):
        report.troubles.append(f"mails are being sent by another process ({other})")
        return report
    try:
        if left := delivered.settle(db, settings.delivery, datetime.now(UTC)):
            report.troubles.append(f"{left} mails were under way when a process ended: {settings.delivery}")
        if waiting := delivered.waiting(db, datetime.now(UTC)):
            await _Sending(db=db, settings=settings, waiting=waiting, report=report, stopped=stopped).run()
    finally:
        leases.give_back(db, _LEASE, leases.holder())
    return report


def server_of(settings: Settings) -> MailServer:
    """The mail server of the settings. Raises SettingsError if none is set."""
    if not settings.smtp_host:
        raise SettingsError("smtp_host: empty, so no mail can be sent to the subscribers")
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        starttls=settings.smtp_starttls,
        timeout=settings.timeout,
    )


def letter(settings: Settings, digest: StoredDigest, to: str, subscription: int | None = None) -> EmailMessage:
    """The mail with a digest, the same whenever it is made. Raises DeliveryError if an address is none."""
    link = None
    if subscription is not None:
        token = signing.unsubscribe_token(signing.signing_key(settings.db), subscription, to)
        link = f"{settings.browse_url.rstrip('/')}/abmelden?t={token}"
    key = f"{digest.kind} {digest.date} {digest.edition} {digest.selection}"
    return deliver.message(
        digest.rendered, sender=settings.digest_from, to=to, key=key, date=digest.created_at, unsubscribe=link
    )


def write(settings: Settings, digest: StoredDigest, to: str, folder: Path, name: str) -> tuple[Path, Path]:
    """The digest as files in a folder: the mail and its page."""
    return deliver.write_files(digest.rendered, letter(settings, digest, to), folder, name)


@dataclass(kw_only=True)
class _Sending:
    """One connection's worth of mails."""

    db: Database
    settings: Settings
    waiting: list[Waiting]
    report: SendReport
    stopped: Callable[[], bool]
    mine: bool = True
    ended: set[int] = field(default_factory=set)

    async def run(self) -> None:
        """Every mail is handed over, or put off and told."""
        try:
            async for handed in deliver.send(self._mails(), server_of(self.settings), self._claim):
                self._note(handed)
        except DeliveryError as exc:  # no connection: whoever is left is tried later, however long that takes
            self.report.troubles.append(str(exc))
            for one in self.waiting:
                if one.delivery not in self.ended:
                    delivered.put_off(self.db, one.delivery, str(exc), datetime.now(UTC), without_end=True)

    def _mails(self) -> Iterator[tuple[int, EmailMessage]]:
        for one in self.waiting:
            if not self.mine or self.stopped():
                return
            if not delivered.still_waits(self.db, one.delivery):
                continue
            try:
                yield one.delivery, letter(self.settings, one.digest, one.address, one.subscription)
            except DeliveryError as exc:
                self._note(Handed(number=one.delivery, outcome="refused", error=str(exc)))

    def _claim(self, number: int) -> bool:
        """Notes that a mail is on its way, if nobody else sends by now."""
        now = datetime.now(UTC)
        with writing(self.db):
            self.mine = leases.take(self.db, _LEASE, now, leases.holder()) is None
            return self.mine and delivered.begin(self.db, number, now)

    def _note(self, handed: Handed) -> None:
        now, policy = datetime.now(UTC), self.settings.delivery
        self.ended.add(handed.number)
        if handed.outcome == "later" or (handed.outcome == "unclear" and policy == "at_least_once"):
            delivered.put_off(self.db, handed.number, handed.error or "", now)
        else:
            delivered.end(self.db, handed.number, handed.outcome, handed.error, now)
        self.report.sent += handed.outcome == "sent"
        if handed.error:
            self.report.troubles.append(handed.error)
