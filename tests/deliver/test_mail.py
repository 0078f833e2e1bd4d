"""The digest as a mail, handed to a real server on loopback."""

import asyncio
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from pipeline.deliver import MailServer, message, send, write_files
from pipeline.errors import DeliveryError
from pipeline.records import RenderedDigest
from tests.deliver.faulty import CERT, Faults, FaultyServer, tls
from tests.deliver.samples import FULL, PAGES, render
from tests.deliver.sink import free_port

MORNING = datetime(2026, 11, 6, 6, 0, tzinfo=UTC)
RENDERED = render(FULL, browse_url=PAGES)


def mail(to="leserin@redaktion.example", rendered=RENDERED, sender="Lagebild <lagebild@amt.example>", **options):
    return message(rendered, **({"sender": sender, "to": to, "key": "digest 1", "date": MORNING} | options))


async def sent(mails, port, claim=lambda number: True, **options):
    server = MailServer(**({"host": "127.0.0.1", "port": port, "starttls": False, "timeout": 5.0} | options))
    return [handed async for handed in send(enumerate(mails), server, claim)]


def read(raw):
    parsed = message_from_bytes(raw, policy=policy.strict)  # raises what is wrong
    assert not parsed.defects
    assert all(not value.defects for value in parsed.values())
    return parsed


def test_the_mail_has_two_readings_and_says_that_a_machine_wrote_it():
    parsed = read(mail().as_bytes())
    assert parsed.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Precedence"] == "bulk"
    assert parsed["Date"].datetime == MORNING
    assert parsed["Subject"] == RENDERED.subject
    assert parsed.get_body(("plain",)).get_content().replace("\r\n", "\n") == RENDERED.text
    assert parsed.get_body(("html",)).get_content().replace("\r\n", "\n").strip() == RENDERED.html.strip()


def test_every_line_on_the_wire_is_short_and_ascii():
    raw = mail(sender='"Lagebild für Österreich" <lagebild@müller.example>').as_bytes()
    raw.decode("ascii")
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")
    parsed = read(raw)
    assert parsed["From"].addresses[0].display_name == "Lagebild für Österreich"
    assert parsed["From"].addresses[0].addr_spec == "lagebild@xn--mller-kva.example"
    assert "Küstenklinik" in parsed["Subject"]


def test_the_same_digest_for_the_same_address_is_the_same_mail_to_the_byte():
    assert mail().as_bytes() == mail().as_bytes()
    ids = {mail("a@x.example")["Message-ID"], mail("A@x.example")["Message-ID"], mail("b@x.example")["Message-ID"]}
    ids.add(mail("a@x.example", key="digest 2")["Message-ID"])
    assert len(ids) == 3
    assert all(id.startswith("<lagebild-") and id.endswith("@amt.example>") for id in ids)


def test_a_reader_can_end_it_with_one_click():
    link = f"{PAGES}/abmelden?t=12.{'aB3-' * 30}"  # longer than a line: it must not be broken
    raw = mail(unsubscribe=link).as_bytes()
    parsed = read(raw)
    assert f"List-Unsubscribe: <{link}>\r\n".encode() in raw
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        assert link in parsed.get_body((kind,)).get_content()
    assert mail(unsubscribe="http://127.0.0.1/abmelden?t=1")["List-Unsubscribe-Post"] is None  # RFC 8058 wants https


@pytest.mark.parametrize(
    "address",
    [
        "a@x.example\r\nBcc: b@x.example",
        "a@x.example\nBcc: b@x.example",
        "a@x.example, b@x.example",
        "a@x.example b@x.example",
        "a\x00@x.example",
        "kein.at",
        "@x.example",
        "a@",
        "",
        "ä@x.example",
        "a@x..example",
        "a@x.example>",
        "<a@x.example> <b@x.example>",
        "a@x example",
    ],
)
def test_what_is_no_single_address_is_refused(address):
    with pytest.raises(DeliveryError) as refused:
        mail(address)
    assert repr(address) in str(refused.value)
    with pytest.raises(DeliveryError):
        mail(sender=address)


def test_a_subject_cannot_bring_a_header_of_its_own():
    evil = RenderedDigest(subject="Lage\r\nBcc: b@x.example\x00\u2028Ende", text="Text\n", html="<p>Text</p>")
    parsed = read(mail(rendered=evil).as_bytes())
    assert parsed["Bcc"] is None
    assert parsed["Subject"] == "Lage Bcc: b@x.example Ende"


async def test_many_mails_share_one_connection(sink):
    mails = [mail(f"leser{n}@x.example") for n in range(4)]
    results = await sent(mails, sink.port)
    assert [(r.number, r.outcome, r.error) for r in results] == [(n, "sent", None) for n in range(4)]
    assert [(by, to) for by, to, _ in sink.got] == [("lagebild@amt.example", [f"leser{n}@x.example"]) for n in range(4)]
    assert read(sink.got[0][2])["Subject"] == RENDERED.subject
    assert len(sink.connections) == 1


async def test_a_refused_recipient_does_not_stop_the_others(sink):
    sink.refuses = {"weg@x.example"}
    results = await sent([mail(to) for to in ("a@x.example", "weg@x.example", "b@x.example")], sink.port)
    assert [r.outcome for r in results] == ["sent", "refused", "sent"]
    assert "weg@x.example" in results[1].error
    assert "no such user" in results[1].error
    assert [to for _, to, _ in sink.got] == [["a@x.example"], ["b@x.example"]]
    assert len(sink.connections) == 1


async def test_after_a_broken_connection_the_next_mail_gets_a_new_one(sink):
    sink.hangs_up_at = {"a@x.example"}
    results = await sent([mail("a@x.example"), mail("b@x.example")], sink.port)
    assert [r.outcome for r in results] == ["later", "sent"]
    assert len(sink.connections) == 2


async def test_a_mail_that_is_not_taken_now_is_one_for_later_and_one_without_an_answer_is_unclear(sink):
    sink.puts_off, sink.hangs_after_data = {"a@x.example"}, {"b@x.example"}
    results = await sent([mail(f"{who}@x.example") for who in "abc"], sink.port, timeout=0.5)
    assert [r.outcome for r in results] == ["later", "unclear", "sent"]
    assert "b@x.example: no answer after the mail" in results[1].error


async def test_a_mail_that_is_not_claimed_is_left_out(sink):
    results = await sent([mail(f"{who}@x.example") for who in "abc"], sink.port, claim=lambda number: number != 1)
    assert [r.number for r in results] == [0, 2]
    assert [to for _, to, _ in sink.got] == [["a@x.example"], ["c@x.example"]]


async def test_a_server_that_refuses_the_sender_is_one_error(sink):
    sink.refuses_sender = True
    with pytest.raises(DeliveryError, match=f"127.0.0.1:{sink.port}: the sender is refused"):
        await sent([mail(), mail()], sink.port)


async def test_no_server_is_one_error_that_names_it():
    port = free_port()
    with pytest.raises(DeliveryError, match=f"127.0.0.1:{port}: no connection"):
        await sent([mail(), mail()], port)


async def test_a_server_without_starttls_is_refused_where_it_is_required(sink):
    with pytest.raises(DeliveryError, match=f"127.0.0.1:{sink.port}"):
        await sent([mail()], sink.port, starttls=True)
    assert not sink.got


async def test_a_login_that_the_server_does_not_offer_is_one_error(sink):
    with pytest.raises(DeliveryError, match=f"127.0.0.1:{sink.port}"):
        await sent([mail()], sink.port, user="lagebild", password="geheim")
    assert not sink.got


async def test_nothing_to_send_asks_nobody():
    assert await sent([], free_port()) == []


def test_files_are_whole_and_alone(tmp_path):
    folder = tmp_path / "neu" / "digests"
    for _ in range(2):
        eml, html = write_files(RENDERED, mail(), folder, "digest-2026-11-06")
    assert sorted(p.name for p in folder.iterdir()) == ["digest-2026-11-06.eml", "digest-2026-11-06.html"]
    assert read(eml.read_bytes())["To"] == "leserin@redaktion.example"
    assert html.read_text(encoding="utf-8") == RENDERED.html


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "datei").write_text("")
    with pytest.raises(DeliveryError, match="datei"):
        write_files(RENDERED, mail(), tmp_path / "datei", "x")


@pytest.fixture
def secure(monkeypatch):
    """A server that wants STARTTLS, with a certificate that is trusted here."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERT))
    server = FaultyServer(Faults())
    server.start()
    yield server
    server.stop()


async def test_mails_go_over_starttls(secure):
    results = await sent([mail(f"{who}@x.example") for who in "ab"], secure.port, starttls=True)
    assert [r.outcome for r in results] == ["sent", "sent"]
    assert sorted(to for to, _ in secure.handler.arrived) == ["a@x.example", "b@x.example"]


async def test_a_certificate_that_nobody_trusts_and_a_broken_tls_are_one_error(secure, monkeypatch):
    secure.handler.shares["tls"] = 1.0
    with pytest.raises(DeliveryError, match=f"127.0.0.1:{secure.port}: no connection"):
        await sent([mail()], secure.port, starttls=True)
    secure.handler.shares["tls"] = 0.0
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(DeliveryError, match=f"127.0.0.1:{secure.port}: no connection.*certificate"):
        await sent([mail()], secure.port, starttls=True)
    assert not secure.handler.arrived
    await asyncio.sleep(0.1)  # both sides close what was begun in the next turns of their loops


async def test_the_login_is_used_over_tls_and_a_wrong_one_is_one_error(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERT))
    server = FaultyServer(Faults(), password="geheim")
    server.start()
    try:
        [result] = await sent([mail()], server.port, starttls=True, user="lagebild", password="geheim")
        assert result.outcome == "sent"
        with pytest.raises(DeliveryError, match=f"127.0.0.1:{server.port}: no connection") as refused:
            await sent([mail()], server.port, starttls=True, user="lagebild", password="falsch")
        assert "falsch" not in str(refused.value)
    finally:
        server.stop()


async def test_a_server_that_speaks_tls_from_the_start(monkeypatch):
    """As on port 465."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERT))
    faults = Faults()
    server = Controller(faults, hostname="127.0.0.1", port=free_port(), ssl_context=tls())
    server.start()
    monkeypatch.setattr("pipeline.deliver.mail._IMPLICIT_TLS", server.port)
    try:
        [result] = await sent([mail()], server.port, starttls=True)
        assert result.outcome == "sent"
    finally:
        server.stop()
