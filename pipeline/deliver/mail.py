"""The digest as a mail: built without surprises in its headers, sent over one connection, or written to files."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

from aiosmtplib import SMTP, SMTPException

from pipeline.deliver.digest import RenderedDigest
from pipeline.errors import DeliveryError

_IMPLICIT_TLS = 465
_SPEC = r"(?P<local>[^\s<>@,;:\"]+)@(?P<host>[^\s<>@,;\"]+)"
_ONE = re.compile(rf'(?:"?(?P<name>[^"<>]*)"? *(?P<open><))?{_SPEC}(?(open)>)')
_POLICY = policy.SMTP.clone(max_line_length=76)  # headers may be folded one sign too late; 78 is the limit


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of one message: handed over, or why not."""

    to: str
    error: DeliveryError | None = None


def message(rendered: RenderedDigest, *, sender: str, to: str, message_id_domain: str, date: datetime) -> EmailMessage:
    """The mail to one address; the same address gets the same Message-ID for the digest of a day."""
    recipient = _address(to)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address(sender)
    mail["To"] = recipient
    mail["Subject"] = _visible(rendered.subject)
    mail["Date"] = date
    known = hashlib.sha256(recipient.addr_spec.lower().encode()).hexdigest()[:20]
    mail["Message-ID"] = f"<lagebild-{date:%Y-%m-%d}-{known}@{_domain(message_id_domain, message_id_domain)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Precedence"] = "bulk"
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    return mail


async def send(
    messages: Iterable[EmailMessage],
    *,
    host: str,
    port: int,
    user: str = "",
    password: str = "",
    starttls: bool = True,
    timeout: float = 30.0,  # noqa: ASYNC109 - of each answer, as the library counts it, not of the whole
) -> AsyncIterator[Delivery]:
    """What became of each message, in order; they share a connection, and one refused does not stop the others.

    Raises DeliveryError, naming host and port, if the server cannot be reached or does not let us in.
    """
    implicit = port == _IMPLICIT_TLS
    client = SMTP(
        hostname=host,
        port=port,
        username=user or None,
        password=password or None,
        use_tls=implicit,
        start_tls=starttls and not implicit,
        timeout=timeout,
    )
    try:
        for mail in messages:
            await _connect(client, host, port)
            yield await _hand_over(client, mail)
    finally:
        await _leave(client)


def write_files(rendered: RenderedDigest, message: EmailMessage, folder: Path) -> tuple[Path, Path]:
    """The mail and the page, each whole or not there at all, in a folder."""
    name = f"digest-{message['Date'].datetime:%Y-%m-%d}"
    mail, page = folder / f"{name}.eml", folder / f"{name}.html"
    for path, content in ((mail, message.as_bytes()), (page, rendered.html.encode())):
        try:
            _write(path, content)
        except OSError as exc:
            raise DeliveryError(f"{path}: cannot be written: {exc.strerror or exc}") from exc
    return mail, page


async def _connect(client: SMTP, host: str, port: int) -> None:
    if client.is_connected:
        return
    try:
        await client.connect()
    except (SMTPException, OSError, ValueError) as exc:
        raise DeliveryError(f"{host}:{port}: no connection to the mail server: {_why(exc)}") from exc


async def _hand_over(client: SMTP, mail: EmailMessage) -> Delivery:
    to = str(mail["To"].addresses[0].addr_spec)
    try:
        await client.send_message(mail, sender=mail["From"].addresses[0].addr_spec, recipients=[to])
    except (SMTPException, OSError, ValueError) as exc:
        error = DeliveryError(f"{to}: not accepted: {_why(exc)}")
        error.__cause__ = exc
        return Delivery(to=to, error=error)
    return Delivery(to=to)


async def _leave(client: SMTP) -> None:
    if not client.is_connected:
        return
    try:
        await client.quit()
    except (SMTPException, OSError):
        client.close()  # all that could be said has been said


def _why(exc: BaseException) -> str:
    return " ".join(str(exc).split()) or type(exc).__name__


def _address(text: str) -> Address:
    """One address with an optional name; a host with umlauts in the form that mail servers know."""
    found = _ONE.fullmatch(text) if text.isprintable() else None
    if found is None or not found["local"].isascii():
        raise DeliveryError(f"{text!r}: not a mail address")
    try:
        return Address(
            display_name=(found["name"] or "").strip(), addr_spec=f"{found['local']}@{_domain(found['host'], text)}"
        )
    except ValueError as exc:
        raise DeliveryError(f"{text!r}: not a mail address") from exc


def _domain(host: str, named: str) -> str:
    try:
        plain = host.encode("idna").decode("ascii")
    except UnicodeError as exc:
        raise DeliveryError(f"{named!r}: not a host name") from exc
    if not plain or not all(c.isalnum() or c in ".-[]:" for c in plain):
        raise DeliveryError(f"{named!r}: not a host name")
    return plain


def _visible(text: str) -> str:
    return " ".join("".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text).split())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
