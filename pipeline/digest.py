"""The flow of a digest: what a day brought -> words -> mails, each noted before and after it is handed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlite_utils.db import Database

from pipeline import deliver, group
from pipeline.config import Settings
from pipeline.errors import DeliveryError, SettingsError
from pipeline.records import Digest, DigestIncident, Incident, News
from pipeline.store import delivered, grouped

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, kw_only=True)
class DigestReport:
    """What was put together and how often it was sent."""

    subject: str
    sent: int = 0
    files: tuple[Path, ...] = ()
    troubles: tuple[str, ...] = ()


async def digest_round(
    db: Database, settings: Settings, day: date, *, dry_run: bool = False, folder: Path = Path("digests")
) -> DigestReport:
    """Sends the digest of a day to those who have not got it; a dry run writes it to a folder and notes nothing.

    What was put together once is sent and written as it was then.
    Raises SettingsError if there are readers and no mail server.
    """
    rendered = _stored(db, day) or deliver.render(put_together(db, day), browse_url=settings.browse_url)
    if dry_run:
        reader = settings.digest_to[0] if settings.digest_to else settings.digest_from
        files = deliver.write_files(rendered, _message(rendered, settings, reader, day), folder)
        return DigestReport(subject=rendered.subject, files=files)
    if settings.digest_to and not settings.smtp_host:
        raise SettingsError("smtp_host: empty, so nothing can be sent to digest_to; --dry-run writes files instead")
    delivered.save_digest(db, day, datetime.now(UTC), rendered.subject, rendered.text, rendered.html)
    return await _send(db, settings, day, rendered)


def put_together(db: Database, day: date) -> Digest:
    """What the day brought since the digest before it (else since the day before began)."""
    begin = datetime.combine(day, time(), BERLIN)
    window = delivered.Window(
        since=delivered.last_before(db, day) or begin - timedelta(days=1), until=begin + timedelta(days=1)
    )
    touched = delivered.touched(db, window)
    return Digest(
        date=day,
        new=tuple(_incident(db, incident) for incident in touched if not incident.before),
        changed=tuple(_incident(db, incident) for incident in touched if incident.before),
        articles=delivered.other_articles(db, window),
        troubled=delivered.troubled(db),
    )


def _incident(db: Database, touched: delivered.Touched) -> DigestIncident:
    before, new = grouped.told(db, touched.before), grouped.told(db, touched.new)
    now = group.describe(str(touched.id), touched.slug, [*before, *new])
    earlier = group.describe(str(touched.id), touched.slug, before) if before else None
    return DigestIncident(
        title=now.title,
        path=f"/vorfall/{touched.id}-{touched.slug}",
        type_name=touched.type_name,
        status=now.status,
        affected=now.affected,
        sources=now.sources,
        organisations=delivered.organisations(db, (*touched.before, *touched.new)),
        news=_news(db, touched, earlier, now) if earlier else News(),
        links=delivered.links(db, touched.new),
    )


def _news(db: Database, touched: delivered.Touched, before: Incident, now: Incident) -> News:
    """What the new articles of a known incident add."""
    known = {organisation.name for organisation in delivered.organisations(db, touched.before)}
    named = delivered.organisations(db, touched.new)
    types = set(delivered.type_names(db, touched.before))
    return News(
        articles=len(touched.new),
        status_before=before.status if before.status != now.status else None,
        affected_before=before.affected,
        affected_new=before.affected != now.affected,
        organisations=tuple(o.name for o in named if o.name not in known),
        types=tuple(name for name in delivered.type_names(db, touched.new) if name not in types),
    )


def _stored(db: Database, day: date) -> deliver.RenderedDigest | None:
    row = delivered.stored_digest(db, day)
    return deliver.RenderedDigest(subject=row["subject"], text=row["text"], html=row["html"]) if row else None


def _message(rendered: deliver.RenderedDigest, settings: Settings, to: str, day: date) -> EmailMessage:
    return deliver.message(
        rendered,
        sender=settings.digest_from,
        to=to,
        message_id_domain=settings.digest_from.rpartition("@")[2].rstrip("> ") or "localhost",
        date=datetime.combine(day, time(settings.digest_hour), BERLIN),
    )


async def _send(db: Database, settings: Settings, day: date, rendered: deliver.RenderedDigest) -> DigestReport:
    """One mail after the other over one connection; a refused one is noted and tried again at the next call."""
    sent, troubles, under_way = 0, [], []

    def mails() -> Iterator[EmailMessage]:
        for address, delivery in delivered.open_deliveries(db, day, settings.digest_to):
            under_way.append(delivery)
            try:
                yield _message(rendered, settings, address, day)
            except DeliveryError as exc:
                note(exc)

    def note(error: DeliveryError | None) -> None:
        delivered.close_delivery(db, under_way.pop(), str(error) if error else None)
        troubles.extend([str(error)] if error else [])

    try:
        async for ended in deliver.send(
            mails(),
            host=settings.smtp_host,
            port=settings.smtp_port,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value(),
            starttls=settings.smtp_starttls,
            timeout=settings.timeout,
        ):
            note(ended.error)
            sent += ended.error is None
    except DeliveryError as exc:  # no connection: whoever is left has no delivery yet and waits for the next call
        note(exc)
    return DigestReport(subject=rendered.subject, sent=sent, troubles=tuple(troubles))
