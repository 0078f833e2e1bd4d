"""The README is true: its examples run, its help is what the program says, nothing is missing from it."""

import doctest
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from cogapp import Cog

from pipeline.cli import main
from pipeline.cli.show import every_command
from pipeline.config import Settings
from pipeline.store import open_store

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")


def test_the_help_in_the_readme_is_what_the_program_says():
    assert Cog().main(["cog", "--check", str(README)]) == 0, "run `make readme`"


@pytest.mark.parametrize("path", list(every_command(main)), ids=" ".join)
def test_every_command_is_in_the_readme_and_its_help_ends_with_an_example(path):
    assert f"### lagebild {' '.join(path)}" in TEXT
    result = CliRunner().invoke(main, [*path, "--help"], prog_name="lagebild")
    assert "Example: lagebild" in result.output


def test_every_setting_is_in_the_readme():
    assert [name for name in Settings.model_fields if f"LAGEBILD_{name.upper()}" not in TEXT] == []


def test_every_table_and_view_is_in_the_readme(db):
    named = set(re.findall(r"\w+", TEXT))
    tables = [t for t in db.table_names() if not t.startswith(("_", "sqlite_", "article_texts_fts", "search_forms"))]
    assert [name for name in tables + db.view_names() if name not in named] == []


def test_the_python_examples_run():
    failed, tried = doctest.testfile(str(README), module_relative=False, encoding="utf-8")
    assert tried > 5
    assert failed == 0


def test_the_command_examples_run_in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    block = TEXT.split("## A first look without the network")[1].split("```console\n")[1].split("```")[0]
    lines = [line.removeprefix("$ ") for line in block.strip().splitlines()]
    assert len(lines) >= 5
    for line in lines:
        given, _, command = line.rpartition(" | ")
        stdin = shlex.split(given)[1] + "\n" if given else None
        result = CliRunner().invoke(main, shlex.split(command)[1:], input=stdin)
        assert result.exit_code == 0, (line, result.output)
    with open_store(tmp_path / "data" / "lagebild.db") as db:
        assert db.table("incident_types").count == 17


def test_the_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert [t for t in targets if not t.startswith("http") and not (README.parent / t).exists()] == []
