"""`lagebild evaluate --cluster` reads annotated articles as the other commands do."""

import gzip
import json

import pytest
from click.testing import CliRunner

from pipeline.cli import main

LINES = "".join(
    json.dumps({"id": id, "event": event, "published": "2026-11-02", "text": text}, ensure_ascii=False) + "\n"
    for id, event, text in (
        (
            "a",
            "auental",
            "Klinik Auental verschlüsselt\n\nUnbekannte haben die Server der\u2028Klinik Auental verschlüsselt.",
        ),
        ("b", "none", "Messe in Celle\n\nDie Stadt Celle eröffnet am Montag ihre Messe."),
    )
)


@pytest.mark.parametrize("name", ["two.jsonl", "two.jsonl.gz"])
def test_articles_are_read_plain_or_packed_whatever_stands_in_their_texts(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(LINES.encode()) if name.endswith(".gz") else LINES.encode())
    result = CliRunner().invoke(main, ["evaluate", "--cluster", str(path)])
    assert result.exit_code == 0, result.output
    page = json.loads(result.output)
    assert (page["articles"], page["events"], page["incidents"]) == (2, 2, 2)


def test_a_file_that_is_no_text_is_named(tmp_path):
    path = tmp_path / "odd.jsonl"
    path.write_bytes(b'{"text": "\xff"}\n')
    result = CliRunner().invoke(main, ["evaluate", "--cluster", str(path)])
    assert (result.exit_code, "odd.jsonl: cannot be read as JSON lines" in result.output) == (1, True)
