"""The list behind `lagebild extract --list`."""

import gzip
import json
import os
import signal
from pathlib import Path

import pytest

from pipeline.extract import extract_files
from pipeline.extract.files import answers

PAGES = Path(__file__).parent.parent / "data" / "extract"


@pytest.mark.parametrize("processes", [1, 2])
def test_the_answers_come_in_the_order_of_the_list_and_a_failure_is_one_of_them(tmp_path, processes):
    packed, broken = tmp_path / "advisory.html.gz", tmp_path / "broken.html.gz"
    packed.write_bytes(gzip.compress((PAGES / "advisory.html").read_bytes()))
    broken.write_bytes(packed.read_bytes()[:60])
    lines = [
        f"{PAGES / 'news_json_ld.html'}\thttps://tagblatt-aubach.example/a?utm_source=x\n",
        f"{tmp_path / 'missing.html'}\thttps://a.example/1\n",
        "\n",
        f"{packed}\thttps://cert.musterland.example/hinweise/2026-118\n",
        f"{broken}\thttps://a.example/2\n",
        "ohne Adresse\n",
    ]
    answers = list(extract_files(lines, processes))
    assert [Path(str(a["file"])).name for a in answers] == [
        "news_json_ld.html",
        "missing.html",
        packed.name,
        broken.name,
        "ohne Adresse",
    ]
    assert ["error" in a for a in answers] == [False, True, False, True, True]
    assert set(answers[0]) == {"file", "url", "title", "teaser", "text", "authors", "published", "kind", "text_state"}
    assert answers[0]["url"] == "https://tagblatt-aubach.example/wirtschaft/stadtwerke-datendiebstahl-1234.html"
    assert answers[0]["published"] == "2026-11-03T09:15:00Z"
    assert answers[1]["url"] == "https://a.example/1"
    assert answers[2]["kind"] == "advisory"
    assert json.loads(json.dumps(answers)) == answers


def test_an_endless_list_is_read_as_it_is_needed():
    line = f"{PAGES / 'advisory.html'}\thttps://cert.musterland.example/hinweise/2026-118"
    answers = extract_files(iter(lambda: line, None), 1)
    assert next(answers)["kind"] == next(answers)["kind"] == "advisory"


def killing(task):
    if "kill" in task:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"file": task, "process": os.getpid()}


@pytest.mark.parametrize("processes", [1, 2])
def test_a_page_that_ends_its_process_is_named_and_all_others_are_read(processes):
    tasks = [f"{n}{'-kill' if n in (3, 4, 59) else ''}\thttps://a.example/{n}" for n in range(60)]
    found = list(answers(killing, tasks, processes))
    assert [answer["file"].partition("\t")[0] for answer in found] == [task.partition("\t")[0] for task in tasks]
    failed = [answer for answer in found if "error" in answer]
    assert [(answer["file"], answer["url"]) for answer in failed] == [
        (f"{n}-kill", f"https://a.example/{n}") for n in (3, 4, 59)
    ]
    assert str(os.getpid()) not in {str(answer.get("process")) for answer in found}


def test_a_packed_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.html.gz"
    path.write_bytes(gzip.compress(b"<p>" * 20_000_000))
    [answer] = extract_files([f"{path}\thttps://a.example/"], 1)
    assert answer["error"] == f"{path}: more than 50,000,000 bytes"
