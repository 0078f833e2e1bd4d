"""From a digest that waits to the mailbox: sent once, tried again where it was put off, by one process at a time."""

import asyncio
import os
import socket
import sys
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.digest import put_together
from pipeline.errors import SettingsError
from pipeline.sending import send_waiting
from pipeline.store import delivered, leases, subscribed
from pipeline.subscribing import Subscribing
from tests.deliver.sink import free_port
from tests.digest.told import MORNING, SEVEN, states, text_for, time_goes_on


async def test_every_reader_gets_the_digest_once_and_a_refused_one_is_marked(db, told, settings, reader, sink):
    for who in "abcd":
        reader(f"{who}@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    db.execute("update deliveries set since = ?", [f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"])
    sink.refuses, sink.puts_off = {"b@amt.example"}, {"d@amt.example"}
    first = await send_waiting(db, settings)
    assert (first.sent, len(first.troubles)) == (2, 2)
    assert states(db) == dict(
        zip([f"{w}@amt.example" for w in "abcd"], ["sent", "refused", "sent", "waiting"], strict=True)
    )
    assert (await send_waiting(db, settings)).sent == 0  # not before its time
    sink.puts_off = set()
    time_goes_on(db)
    assert (await send_waiting(db, settings)).sent == 1
    assert sorted(to for _, [to], _ in sink.got) == ["a@amt.example", "c@amt.example", "d@amt.example"]


async def test_who_is_refused_three_times_is_paused_and_one_mail_in_between_counts_anew(
    db, told, settings, reader, sink
):
    id = reader("b@amt.example")
    for day, refused in enumerate((True, True, False, True, True, True)):
        sink.refuses = {"b@amt.example"} if refused else set()
        put_together(db, settings, SEVEN + timedelta(days=day))
        await send_waiting(db, settings)
        assert bool(subscribed.subscription(db, "b@amt.example").paused_why) is (day == 5)
    assert "no such user" in subscribed.subscription(db, "b@amt.example").paused_why
    put_together(db, settings, SEVEN + timedelta(days=7))
    assert len(text_for(db, "b@amt.example")) == 6
    subscribed.resume(db, id)
    put_together(db, settings, SEVEN + timedelta(days=8))
    assert len(text_for(db, "b@amt.example")) == 7


async def test_what_waits_for_an_address_that_is_refused_is_given_up(db, settings, reader, sink):
    reader("b@amt.example")
    sink.refuses = {"b@amt.example"}
    for day in range(5):
        put_together(db, settings, SEVEN + timedelta(days=day))
    await send_waiting(db, settings)
    assert [row["state"] for row in db.table("deliveries").rows] == ["refused"] * 3 + ["given_up"] * 2


async def test_a_mail_that_is_put_off_for_a_day_expires(db, settings, reader):
    reader("a@amt.example")
    put_together(db, settings, SEVEN)
    [one] = delivered.waiting(db, SEVEN)
    now, tries = SEVEN, 0
    while states(db)["a@amt.example"] == "waiting":
        delivered.put_off(db, one.delivery, "451 later", now)
        row = db.table("deliveries").get(one.delivery)
        now, tries = datetime.fromisoformat(row["next_at"] or row["at"]), tries + 1
    assert states(db) == {"a@amt.example": "expired"}
    assert 8 <= tries <= 15
    assert now - SEVEN <= timedelta(hours=24)


async def test_without_a_connection_nobody_is_lost_however_long_it_takes(db, told, settings, reader, sink):
    reader("a@amt.example")
    reader("b@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    nowhere = settings.model_copy(update={"smtp_port": free_port()})
    db.execute("update deliveries set since = '2020-01-01T00:00:00Z'")
    db.conn.commit()
    report = await send_waiting(db, nowhere)
    assert report.sent == 0
    assert f"127.0.0.1:{nowhere.smtp_port}" in report.troubles[0]
    time_goes_on(db)
    assert (await send_waiting(db, settings)).sent == 2


@pytest.mark.parametrize(("policy", "sent"), [("at_most_once", 0), ("at_least_once", 1)])
async def test_a_kill_after_the_mail_and_before_the_answer_is_settled_as_the_setting_says(
    db, told, settings, reader, sink, policy, sent
):
    reader("a@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    [one] = delivered.waiting(db, datetime.now(UTC))
    assert delivered.begin(db, one.delivery, datetime.now(UTC))  # then killed
    db.conn.commit()
    report = await send_waiting(db, settings.model_copy(update={"delivery": policy}))
    assert report.sent == sent
    assert "1 mails were under way" in report.troubles[0]
    assert states(db) == {"a@amt.example": "sent" if sent else "unclear"}


async def test_a_server_that_does_not_answer_after_the_mail_gets_it_once(db, told, settings, reader, sink):
    reader("a@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    sink.hangs_after_data = {"a@amt.example"}
    report = await send_waiting(db, settings)
    assert "no answer after the mail" in report.troubles[0]
    sink.hangs_after_data = set()
    await send_waiting(db, settings)
    assert len(sink.got) == 1
    assert states(db) == {"a@amt.example": "unclear"}


async def test_two_processes_never_send_at_once(db, told, settings, reader, sink):
    reader("a@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    now = datetime.now(UTC)
    assert leases.take(db, "sending", now, "elsewhere 1 other") is None
    report = await send_waiting(db, settings)
    assert (report.sent, report.troubles) == (0, ["mails are being sent by another process (elsewhere 1 other)"])
    db.execute("update leases set until = ?", [f"{now - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"])
    db.conn.commit()
    assert (await send_waiting(db, settings)).sent == 1
    assert db.table("leases").count == 0


def test_the_lease_of_a_process_that_is_gone_or_of_a_wrong_clock_is_free(db):
    here, now = socket.gethostname(), datetime.now(UTC)
    assert leases.take(db, "sending", now, f"{here} 4194999 gone") is None
    assert leases.take(db, "sending", now, f"{here} {os.getpid()} alive") is None
    assert leases.take(db, "sending", now, "other 1 late") == f"{here} {os.getpid()} alive"
    assert leases.take(db, "sending", now - timedelta(hours=2), "other 1 late") is None


async def test_a_reader_without_a_mail_server_is_a_fault_of_the_settings(db, settings, reader):
    reader("a@amt.example")
    put_together(db, settings, SEVEN)
    with pytest.raises(SettingsError, match="smtp_host"):
        await send_waiting(db, settings.model_copy(update={"smtp_host": ""}))
    assert states(db) == {"a@amt.example": "waiting"}


async def test_a_bad_address_does_not_keep_the_digest_from_others(db, told, settings, reader, sink):
    reader("b@amt.example")
    reader("a@amt.example")
    db.execute("update subscriptions set address = 'no address' where address = 'b@amt.example'")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    report = await send_waiting(db, settings)
    assert report.sent == 1
    assert "no address" in report.troubles[0]


async def test_two_commands_at_the_same_time_send_every_mail_once(db, told, settings, sink, tmp_path):
    for number in range(60):
        Subscribing(db=db, settings=settings).add(f"leser{number}@amt.example", {})
    db.close()
    environment = os.environ | {
        "LAGEBILD_DB": str(settings.db),
        "LAGEBILD_SMTP_HOST": "127.0.0.1",
        "LAGEBILD_SMTP_PORT": str(sink.port),
        "LAGEBILD_SMTP_STARTTLS": "0",
    }
    command = [sys.executable, "-m", "pipeline.cli", "digest"]
    both = [
        await asyncio.create_subprocess_exec(*command, cwd=tmp_path, env=environment, stderr=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]
    told = [(await one.communicate())[1].decode() for one in both]
    assert not any("Traceback" in one for one in told)
    assert sorted(to for _, [to], _ in sink.got) == sorted(f"leser{number}@amt.example" for number in range(60))
