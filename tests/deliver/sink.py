"""A real mail server on loopback."""

import socket


class Sink:
    """A mail server that keeps what it gets and refuses some recipients."""

    def __init__(self):
        self.refuses = set()
        self.hangs_up_at = set()
        self.got = []
        self.connections = set()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd names it
        self.connections.add(session.peer)
        if address in self.hangs_up_at:
            self.hangs_up_at.discard(address)
            server.transport.close()
            return "421 bye"
        if address in self.refuses:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
