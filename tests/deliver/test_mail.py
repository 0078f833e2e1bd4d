"""The digest as a mail, handed to a real server on loopback."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from pipeline.deliver import RenderedDigest, message, render, send, write_files
from pipeline.errors import DeliveryError
from tests.deliver.samples import FULL, PAGES
from tests.deliver.sink import free_port

MORNING = datetime(2026, 11, 6, 6, 0, tzinfo=UTC)
RENDERED = render(FULL, browse_url=PAGES)


def mail(to="leserin@redaktion.example", rendered=RENDERED, sender="Lagebild <lagebild@amt.example>"):
    return message(rendered, sender=sender, to=to, message_id_domain="amt.example", date=MORNING)


async def sent(mails, port, **options):
    given = {"user": "", "password": "", "starttls": False, "timeout": 5.0} | options
    return [result async for result in send(mails, host="127.0.0.1", port=port, **given)]


def read(raw):
    parsed = message_from_bytes(raw, policy=policy.SMTP)
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


def test_the_message_id_is_the_same_for_the_same_day_and_address():
    ids = {mail("a@x.example")["Message-ID"], mail("A@x.example")["Message-ID"], mail("b@x.example")["Message-ID"]}
    assert len(ids) == 2
    assert all(id.startswith("<lagebild-2026-11-06-") and id.endswith("@amt.example>") for id in ids)


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


@pytest.mark.parametrize("domain", ["", "a b", "x>\r\nBcc: y", "x@y"])
def test_the_domain_of_the_message_id_is_checked(domain):
    with pytest.raises(DeliveryError):
        message(RENDERED, sender="a@x.example", to="b@x.example", message_id_domain=domain, date=MORNING)


async def test_many_mails_share_one_connection(sink):
    mails = [mail(f"leser{n}@x.example") for n in range(4)]
    results = await sent(mails, sink.port)
    assert [(r.to, r.error) for r in results] == [(f"leser{n}@x.example", None) for n in range(4)]
    assert [(by, to) for by, to, _ in sink.got] == [("lagebild@amt.example", [f"leser{n}@x.example"]) for n in range(4)]
    assert read(sink.got[0][2])["Subject"] == RENDERED.subject
    assert len(sink.connections) == 1


async def test_a_refused_recipient_does_not_stop_the_others(sink):
    sink.refuses = {"weg@x.example"}
    results = await sent([mail(to) for to in ("a@x.example", "weg@x.example", "b@x.example")], sink.port)
    assert [r.error is None for r in results] == [True, False, True]
    assert isinstance(results[1].error, DeliveryError)
    assert "weg@x.example" in str(results[1].error)
    assert "no such user" in str(results[1].error)
    assert [to for _, to, _ in sink.got] == [["a@x.example"], ["b@x.example"]]
    assert len(sink.connections) == 1


async def test_after_a_broken_connection_the_next_mail_gets_a_new_one(sink):
    sink.hangs_up_at = {"a@x.example"}
    results = await sent([mail("a@x.example"), mail("b@x.example")], sink.port)
    assert [r.error is None for r in results] == [False, True]
    assert len(sink.connections) == 2


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
        eml, html = write_files(RENDERED, mail(), folder)
    assert sorted(p.name for p in folder.iterdir()) == ["digest-2026-11-06.eml", "digest-2026-11-06.html"]
    assert read(eml.read_bytes())["To"] == "leserin@redaktion.example"
    assert html.read_text(encoding="utf-8") == RENDERED.html


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "datei").write_text("")
    with pytest.raises(DeliveryError, match="datei"):
        write_files(RENDERED, mail(), tmp_path / "datei")
