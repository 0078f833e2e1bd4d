"""The units of systemd: sound, hardened, and with commands that exist."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.cli import main

UNITS = sorted((Path(__file__).parent.parent / "deploy").iterdir())


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name)
def test_the_command_of_a_unit_is_one_that_there_is(unit):
    [line] = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
    program, name, *arguments = shlex.split(line)
    assert program == "/opt/lagebild/.venv/bin/lagebild"
    parent = main.make_context("lagebild", [name])
    main.get_command(parent, name).make_context(name, arguments, parent=parent)  # raises if an option is none


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_finds_no_fault_in_the_units(tmp_path):
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/lagebild/.venv/bin/lagebild", "/bin/true"))
    for unit in UNITS:
        command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        told = [line for line in found.stderr.splitlines() if unit.stem in line]
        assert told == []
