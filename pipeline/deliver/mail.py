"""The digest as a mail: built without surprises in its headers, sent over one connection, or written to files."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from pipeline.errors import DeliveryError
from pipeline.records import RenderedDigest

_IMPLICIT_TLS = 465
_PERMANENT = 500  # from here on a server says that trying again does not help (RFC 5321, 4.2.1)
_SPEC = r"(?P<local>[^\s<>@,;:\"]+)@(?P<host>[^\s<>@,;\"]+)"
_ONE = re.compile(rf'(?:"?(?P<name>[^"<>]*)"? *(?P<open><))?{_SPEC}(?(open)>)')


class _Verbatim:
    """A header with an address that must not be broken or encoded, however long it is."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """The value stands as it is."""
        kwds["parse_tree"], kwds["decoded"] = None, value

    def fold(self, *, policy: Any) -> str:
        """One line."""
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


_HEADERS = HeaderRegistry()
# the registry makes it a BaseHeader
_HEADERS.map_to_type("List-Unsubscribe", _Verbatim)  # type: ignore[arg-type]
# headers may be folded one sign too late; 78 is the limit
_POLICY = policy.SMTP.clone(max_line_length=76, header_factory=_HEADERS)


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where mails are handed over, and how."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    starttls: bool = True
    timeout: float = 30.0  # seconds for each answer

    @property
    def name(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What became of one mail: accepted, refused for good, to be tried later, or nobody knows."""

    number: int
    outcome: Literal["sent", "refused", "later", "unclear"]
    error: str | None = None


def message(
    rendered: RenderedDigest, *, sender: str, to: str, key: str, date: datetime, unsubscribe: str | None = None
) -> EmailMessage:
    """The mail to one address; the same `key` and address always give the same mail, to the byte.

    `unsubscribe` is a link with which the reader ends the subscription; it also takes the place of the one in the text.
    Raises DeliveryError if an address is none.
    """
    author, recipient = _address(sender), _address(to)
    known = hashlib.sha256(f"{key} {recipient.addr_spec.lower()}".encode()).hexdigest()[:24]
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = author
    mail["To"] = recipient
    mail["Subject"] = _visible(rendered.subject)
    mail["Date"] = date
    mail["Message-ID"] = f"<lagebild-{known}@{author.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Precedence"] = "bulk"
    text, html = rendered.text, rendered.html
    if unsubscribe:
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        if unsubscribe.startswith("https://"):  # RFC 8058
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        general = unsubscribe.partition("?")[0]
        text, html = (part.replace(general, unsubscribe) for part in (text, html))
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{known}")  # cannot occur in quoted-printable
    return mail


def address(text: str) -> str:
    """The address in it, as mail servers know it, without a name. Raises DeliveryError if it is not exactly one."""
    return _address(text).addr_spec


async def send(
    mails: Iterable[tuple[int, EmailMessage]], server: MailServer, claim: Callable[[int], bool]
) -> AsyncIterator[Handed]:
    """What became of each numbered mail, in order; they share a connection, and one refused does not stop the others.

    `claim` is called with its number just before a mail is handed over; if it returns False the mail is left out.
    Raises DeliveryError, naming host and port, if the server cannot be reached, does not let us in or refuses the sender.
    """
    client = _client(server)
    try:
        for number, mail in mails:
            await _connect(client, server)
            handed = await _hand_over(client, server, number, mail, claim)
            if handed is not None:
                yield handed
    finally:
        await _leave(client)


async def knock(server: MailServer) -> None:
    """Connects and logs in as for a mail, and leaves. Raises DeliveryError if that cannot be done."""
    client = _client(server)
    try:
        await _connect(client, server)
    finally:
        await _leave(client)


def write_files(rendered: RenderedDigest, message: EmailMessage, folder: Path, name: str) -> tuple[Path, Path]:
    """The mail and the page, each whole or not there at all, in a folder."""
    mail, page = folder / f"{name}.eml", folder / f"{name}.html"
    for path, content in ((mail, message.as_bytes()), (page, rendered.html.encode())):
        try:
            _write(path, content)
        except OSError as exc:
            raise DeliveryError(f"{path}: cannot be written: {exc.strerror or exc}") from exc
    return mail, page


def _client(server: MailServer) -> SMTP:
    implicit = server.port == _IMPLICIT_TLS
    return SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user or None,
        password=server.password or None,
        use_tls=implicit,
        start_tls=server.starttls and not implicit,
        timeout=server.timeout,
    )


async def _connect(client: SMTP, server: MailServer) -> None:
    if client.is_connected:
        return
    try:
        await client.connect()
    except (SMTPException, OSError, ValueError) as exc:
        raise DeliveryError(f"{server.name}: no connection to the mail server: {_why(exc)}") from exc


async def _hand_over(
    client: SMTP, server: MailServer, number: int, mail: EmailMessage, claim: Callable[[int], bool]
) -> Handed | None:
    to = str(mail["To"].addresses[0].addr_spec)
    try:
        await client.mail(mail["From"].addresses[0].addr_spec)
    except SMTPResponseException as exc:
        if exc.code >= _PERMANENT:
            raise DeliveryError(f"{server.name}: the sender is refused: {_why(exc)}") from exc
        return await _failed(client, number, to, exc)
    except (SMTPException, OSError) as exc:
        return await _failed(client, number, to, exc)
    try:
        await client.rcpt(to)
    except (SMTPException, OSError) as exc:
        return await _failed(client, number, to, exc)
    if not claim(number):
        await _start_over(client)
        return None
    try:
        await client.data(mail.as_bytes())
    except SMTPResponseException as exc:
        return await _failed(client, number, to, exc)
    except (SMTPException, OSError) as exc:  # it may have arrived
        client.close()
        return Handed(number=number, outcome="unclear", error=f"{to}: no answer after the mail: {_why(exc)}")
    return Handed(number=number, outcome="sent")


async def _failed(client: SMTP, number: int, to: str, exc: BaseException) -> Handed:
    """The mail was not accepted, and that is certain."""
    permanent = isinstance(exc, SMTPResponseException) and exc.code >= _PERMANENT
    await _start_over(client)
    return Handed(number=number, outcome="refused" if permanent else "later", error=f"{to}: not accepted: {_why(exc)}")


async def _start_over(client: SMTP) -> None:
    """Ready for the next mail, over a new connection if need be."""
    try:
        await client.rset()
    except (SMTPException, OSError):
        client.close()


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
