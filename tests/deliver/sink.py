"""A real mail server on loopback."""

import asyncio
import socket


class Sink:
    """A mail server that keeps what it gets and refuses some recipients."""

    def __init__(self):
        self.refuses = set()
        self.refuses_sender = False
        self.puts_off = set()
        self.hangs_up_at = set()
        self.hangs_after_data = set()
        self.got = []
        self.connections = set()

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd names it
        if self.refuses_sender:
            return "550 not you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd names it
        self.connections.add(session.peer)
        if address in self.hangs_up_at:
            self.hangs_up_at.discard(address)
            server.transport.close()
            return "421 bye"
        if address in self.refuses:
            return "550 no such user"
        if address in self.puts_off:
            return "451 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        if self.hangs_after_data.intersection(envelope.rcpt_tos):
            await asyncio.sleep(2)
        return "250 OK"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
