"""Subscribers on the command line: every wish is checked, a table is taken over row by row."""

import json

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.store import open_store


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.setenv("LAGEBILD_DB", str(tmp_path / "l.db"))
    with open_store(tmp_path / "l.db", create=True) as db:
        db.table("organisations").insert({"id": "barmer", "name": "BARMER", "sector": "statutory_health_insurer"})
        db.table("organisation_aliases").insert({"alias": "Barmer GEK", "organisation_id": "barmer"})

    def run(*args):
        return CliRunner().invoke(main, ["subscribers", *args])

    return run


def listed(call):
    return {one["address"]: one for one in json.loads(call("list", "--json").output)["subscribers"]}


def test_a_subscriber_is_added_edited_paused_resumed_and_removed(call):
    wishes = [
        "--name",
        "Ada",
        "--sectors",
        "hospital, pharmacy",
        "--types",
        "ransomware",
        "--organisations",
        "barmer gek",
    ]
    added = call(
        "add", "Ada@klinik.example", *wishes, "--hour", "6", "--alerts", "3", "--quiet", "22-6", "--search", "Klinik*"
    )
    assert added.exit_code == 0, added.output
    [one] = listed(call).values()
    assert one == {
        "address": "Ada@klinik.example",
        "name": "Ada",
        "sectors": "hospital,pharmacy",
        "types": "ransomware",
        "sources": "",
        "search": "Klinik*",
        "organisations": "barmer",
        "min-status": "none",
        "frequency": "daily",
        "weekday": "monday",
        "hour": 6,
        "empty": "send",
        "operator": "no",
        "alerts": 3,
        "quiet": "22-6",
        "paused": None,
    }
    again = call(
        "edit", "ada@klinik.example", "--sectors", "", "--frequency", "weekly", "--weekday", "Friday", "--quiet", "none"
    )
    assert "weekly on friday at 06:00" in again.output
    one = listed(call)["Ada@klinik.example"]
    assert (one["sectors"], one["types"], one["quiet"]) == ("", "ransomware", "none")
    assert call("pause", "ada@klinik.example", "--why", "on leave").exit_code == 0
    assert "paused: on leave" in call("list").output
    assert call("resume", "ada@klinik.example").exit_code == 0
    assert listed(call)["Ada@klinik.example"]["paused"] is None
    assert call("remove", "ada@klinik.example").exit_code == 0
    assert listed(call) == {}


@pytest.mark.parametrize(
    ("wish", "value", "told"),
    [
        ("sectors", "hospitals", "sectors: 'hospitals' is not one of statutory_health_insurer"),
        ("types", "hack", "types: 'hack' is not one of"),
        ("sources", "nirgends", "sources: 'nirgends' is no source"),
        ("min-status", "sure", "min-status: 'sure' is not one of alleged, confirmed, denied, none"),
        ("frequency", "hourly", "frequency: 'hourly' is not one of daily, weekdays, weekly"),
        ("weekday", "Freitag", "weekday: 'Freitag' is not one of monday"),
        ("hour", "24", "hour: '24' is no number from 0 to 23"),
        ("hour", "-1", "hour: '-1' is no number"),
        ("alerts", "viele", "alerts: 'viele' is no number"),
        ("alerts", "3", "alerts: need organisations or types"),
        ("quiet", "22", "quiet: '' is no number"),
        ("empty", "no", "empty: 'no' is not one of send, skip"),
        ("operator", "1", "operator: '1' is not one of yes, no"),
        ("search", "...", "search: '...' asks for nothing"),
    ],
)
def test_every_value_is_checked_and_the_message_names_address_field_and_value(call, wish, value, told):
    result = call("add", "a@x.example", f"--{wish}", value)
    assert result.exit_code == 1
    assert f"a@x.example: {told}" in result.output
    assert listed(call) == {}


def test_addresses_are_checked_and_exist_once(call):
    assert "not a mail address" in call("add", "keine").output
    assert call("add", "a@x.example").exit_code == 0
    assert "is a subscriber already" in call("add", "A@x.example").output
    assert "no such subscriber" in call("edit", "b@x.example", "--hour", "3").output
    assert "no such subscriber" in call("remove", "b@x.example").output


def test_an_organisation_that_no_article_names_yet_is_watched_for_and_that_is_said(call):
    result = call("add", "a@x.example", "--organisations", "Klinikum Ganz Neu; Techniker Krankenkasse")
    assert (
        "organisation 'Klinikum Ganz Neu': named by no article yet, watched for as klinikum-ganz-neu" in result.output
    )
    assert listed(call)["a@x.example"]["organisations"] == "klinikum-ganz-neu,techniker-krankenkasse"


def test_a_table_is_taken_over_and_wrong_rows_are_named(call, tmp_path):
    call("add", "a@x.example", "--hour", "5")
    file = tmp_path / "readers.csv"
    file.write_text(
        "\ufeffAddress;name;sectors;hour\na@x.example;Ä. Öz;hospital,pharmacy;\nb@x.example;B;;6\nc@x.example;C;hospitals;6\nd;;;\n",
        encoding="utf-8",
    )
    result = call("import", str(file))
    assert result.exit_code == 1
    assert "line 4: c@x.example: sectors: 'hospitals' is not one of" in result.output
    assert "line 5: 'd': not a mail address" in result.output
    assert "2 subscribers taken over, 2 refused" in result.output
    found = listed(call)
    assert set(found) == {"a@x.example", "b@x.example"}
    assert (found["a@x.example"]["name"], found["a@x.example"]["hour"]) == ("Ä. Öz", 5)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"address,colour\na@x.example,blue\n", "no column 'colour'"),
        (b"name\nAda\n", "no column address"),
        (b"address\n\xff\n", "cannot be read as CSV in UTF-8"),
        (b"", "no column address"),
    ],
)
def test_a_table_that_cannot_be_read_is_named(call, tmp_path, content, told):
    file = tmp_path / "readers.csv"
    file.write_bytes(content)
    result = call("import", str(file))
    assert result.exit_code == 1
    assert "readers.csv" in result.output
    assert told in result.output
