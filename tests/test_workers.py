"""Processes beside the main one: what they return, how they fail, and that they end with it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.errors import FetchError, WorkerError
from pipeline.workers import Workers

ROOT = Path(__file__).parent.parent


def whose(number):
    return number, os.getpid()


def fail(url):
    raise FetchError(url, "not a feed", outcome="not_a_feed", status=200)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
async def workers():
    workers = Workers()
    yield workers
    await workers.close()


async def test_work_is_done_in_other_processes(workers):
    found = await asyncio.gather(*(workers(whose, number) for number in range(40)))
    assert [number for number, _ in found] == list(range(40))
    assert os.getpid() not in {process for _, process in found}


async def test_an_error_comes_back_as_it_was_raised(workers):
    with pytest.raises(FetchError) as caught:
        await workers(fail, "https://amt.example/")
    assert (str(caught.value), caught.value.outcome, caught.value.status) == (
        "https://amt.example/: not a feed",
        "not_a_feed",
        200,
    )


async def test_a_process_that_dies_is_told_and_replaced(workers):
    with pytest.raises(WorkerError):
        await workers(die)
    assert (await workers(whose, 7))[0] == 7


def test_the_processes_end_with_the_main_one_however_it_ends(tmp_path):
    script = (
        "import asyncio, os, time\nfrom pipeline.workers import Workers\n"
        "async def main():\n    print(await Workers()(os.getpid), flush=True)\n    time.sleep(60)\n"
        "if __name__ == '__main__':\n    asyncio.run(main())\n"
    )
    (tmp_path / "main.py").write_text(script)
    main = subprocess.Popen(
        [sys.executable, tmp_path / "main.py"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    worker = int(main.stdout.readline())
    main.kill()
    main.communicate()
    ends = time.monotonic() + 10
    while Path(f"/proc/{worker}").exists() and time.monotonic() < ends:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()
