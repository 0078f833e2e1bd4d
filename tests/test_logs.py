"""What the service tells: a line each, for a person or a program, and never a secret."""

import json
import logging
import re

import pytest

from pipeline.logs import HIDDEN, log_to_stderr, logger


@pytest.fixture(autouse=True)
def as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def told(capsys, form, *secrets):
    log_to_stderr(form, secrets)
    logger().info("polled", source="amt", url="https://ich:geheim@amt.example/", note="zwei\nZeilen")
    logger().warning(
        "trouble", what="smtp: ganz-geheim und https://lage.example/abmelden?t=12.abc", many={"a": "ganz-geheim"}
    )
    logging.getLogger("elsewhere").warning("of another library: %s", "ganz-geheim")
    return capsys.readouterr().err.splitlines()


def test_for_a_person_a_line_each_without_secrets(capsys):
    first, second, third = told(capsys, "human", "ganz-geheim", "")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ info polled source=amt url=https://\[hidden\]@amt.example/ note='zwei\\nZeilen'",
        first,
    )
    assert "geheim" not in second + third
    assert "12.abc" not in second
    assert "warning of another library: [hidden]" in third


def test_for_a_program_a_json_object_each_without_secrets(capsys):
    first, second, third = map(json.loads, told(capsys, "json", "ganz-geheim"))
    assert (first["event"], first["level"], first["source"]) == ("polled", "info", "amt")
    assert first["url"] == f"https://{HIDDEN}@amt.example/"
    assert second["many"] == {"a": HIDDEN}
    assert third["event"] == f"of another library: {HIDDEN}"


def test_a_fault_is_one_line_with_its_trace(capsys):
    log_to_stderr("json", ["ganz-geheim"])
    try:
        raise ValueError("ganz-geheim")
    except ValueError as exc:
        logger().error("fault", exc_info=exc)
    [line] = capsys.readouterr().err.splitlines()
    assert "ValueError: [hidden]" in json.loads(line)["exception"]
    assert "ganz-geheim" not in line
