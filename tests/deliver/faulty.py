"""A real mail server on loopback that goes wrong now and then, over STARTTLS as in the world."""

import asyncio
import logging
import random
import ssl
import time
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.deliver.sink import free_port

CERT = Path(__file__).parent.parent / "data" / "mail" / "cert.pem"  # of a key that is used here alone
HANG = 30.0  # seconds without an answer; longer than anybody waits


def tls() -> ssl.SSLContext:
    """What a server needs to speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERT, CERT.with_name("key.pem"))
    return context


class Faults:
    """How often what goes wrong, from 0 to 1, and what has arrived: (address, Message-ID) -> how often."""

    def __init__(self, seed: int = 1, **shares: float) -> None:
        self.rng = random.Random(seed)
        self.shares = {"late": 0.0, "421": 0.0, "451": 0.0, "hang": 0.0, "tls": 0.0} | shares
        self.refused: set[str] = set()
        self.arrived: Counter[tuple[str, str]] = Counter()
        self.happened: Counter[str] = Counter()

    def now(self, fault: str) -> bool:
        """Whether a fault happens now."""
        happens = self.rng.random() < self.shares[fault]
        self.happened[fault] += happens
        return happens

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd names them
        if self.now("421"):
            server.transport.close()
            return "421 closing"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            self.happened["550"] += 1
            return "550 no such user"
        if self.now("451"):
            return "451 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        hangs = self.now("hang")
        if not hangs or self.rng.random() < 0.5:  # one that hangs may have kept the mail or not
            mail = message_from_bytes(envelope.content, policy=policy.SMTP)
            self.arrived[envelope.rcpt_tos[0], mail["Message-ID"]] += 1
        if hangs:
            await asyncio.sleep(HANG)
        return "250 OK"


class _Faulty(SMTP):
    """The protocol, with a greeting that comes late and a TLS that breaks."""

    async def _handle_client(self):
        if self.event_handler.now("late"):
            await asyncio.sleep(0.3)
        await super()._handle_client()

    async def smtp_STARTTLS(self, arg):  # noqa: N802
        if self.event_handler.now("tls"):
            await self.push("220 Ready to start TLS")
            self.transport.write(b"this is no TLS\r\n")
            self.transport.close()
            return
        await super().smtp_STARTTLS(arg)


class FaultyServer(Controller):
    """Listens until it is stopped; of clients that are killed nothing is told."""

    def __init__(self, faults: Faults, *, password: str | None = None) -> None:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        super().__init__(faults, hostname="127.0.0.1", port=free_port())
        self.password = password
        self.context = tls()

    def factory(self):
        return _Faulty(
            self.handler,
            tls_context=self.context,
            require_starttls=True,
            timeout=HANG,
            authenticator=lambda *told: AuthResult(success=told[-1].password == (self.password or "").encode()),
            auth_required=self.password is not None,
        )

    def wait_for(self, arrived: int, seconds: float = 60.0) -> None:
        """Returns when so many mails have arrived, or after so many seconds."""
        until = time.monotonic() + seconds
        while self.handler.arrived.total() < arrived and time.monotonic() < until:
            time.sleep(0.002)
