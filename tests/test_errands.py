"""Errands: what a process of its own says, refuses, and what becomes of it when it takes too much or is left alone."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from workbench import errands
from workbench.errands import Errand
from workbench.errors import DataError, ModelError, NotFound

ERRANDS = """
import os, sys, time
from workbench import errands
from workbench.errors import DataError, NotFound

def work(request, say):
    print("a library's chatter")
    match request.decode().split():
        case ["count", number]:
            for step in range(int(number)):
                say(str(step).encode())
        case ["refuse"]:
            raise NotFound("there is no such thing", where="shelf 3", remedy="Look on shelf 4.", code="SHELF-1")
        case ["fill"]:
            kept = [bytearray(10_000_000) for _ in range(1_000)]
        case ["caused"]:
            raise DataError("it cannot be read", remedy="Try again.") from MemoryError()
        case ["die"]:
            os.abort()
        case ["half"]:
            os.write(1, b"+half a li")
            os._exit(9)
        case ["wait", file]:
            open(file, "w").write(str(os.getpid()))
            time.sleep(60)

sys.exit(errands.serve(work))
"""


@pytest.fixture
def errand(tmp_path, monkeypatch):
    (tmp_path / "errand_of_a_test.py").write_text(ERRANDS)
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    return Errand(
        "errand_of_a_test",
        "counting",
        "sheep.csv",
        "Count fewer.",
        seconds=30,
        memory=400_000_000,
        environment={"PYTHONPATH": path},
    )


def told(errand: Errand, request: str) -> list[bytes]:
    lines: list[bytes] = []
    errands.run(errand, request.encode(), lines.append)
    return lines


def test_every_line_is_heard_in_order_and_nothing_else(errand):
    assert told(errand, "count 300") == [str(step).encode() for step in range(300)]


def test_a_refusal_arrives_as_it_was_raised(errand):
    with pytest.raises(NotFound) as error:
        told(errand, "refuse")
    assert str(error.value) == "SHELF-1 shelf 3: there is no such thing. Look on shelf 4."


@pytest.mark.parametrize("request_", ["fill", "caused", "die"])
@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
def test_too_much_memory_is_said_and_not_suffered(errand, request_):
    with pytest.raises(
        DataError, match=r"counting needs more memory than the limit of 400 MB\. Count fewer\."
    ) as error:
        told(errand, request_)
    assert error.value.code == "FILE-LIMIT" and error.value.where == "sheep.csv"


def test_half_a_line_is_not_heard(errand):
    heard: list[bytes] = []
    with pytest.raises(DataError, match="counting ended unexpectedly"):
        errands.run(errand, b"half", heard.append)
    assert heard == []


def test_too_much_time_is_said(errand, tmp_path):
    with pytest.raises(DataError, match=r"counting took more than 1\.5 seconds"):
        told(replace(errand, seconds=1.5), f"wait {tmp_path / 'pid'}")


def test_what_the_caller_raises_ends_the_process(errand, tmp_path):
    def beat() -> None:
        if (tmp_path / "pid").exists():
            raise ModelError("enough", remedy="Stop.")

    with pytest.raises(ModelError, match="Enough"):
        errands.run(errand, f"wait {tmp_path / 'pid'}".encode(), lambda line: None, beat)
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_the_process_ends_when_its_caller_is_killed(errand, tmp_path):
    asks = f"""
from workbench import errands
errands.run(errands.Errand("errand_of_a_test", "x", "x", "x", 60, 400_000_000), b"wait {tmp_path / "pid"}", print)
"""
    caller = subprocess.Popen([sys.executable, "-c", asks], env={**os.environ, **errand.environment})
    child = wait_for(tmp_path / "pid")
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    child.wait(timeout=20)


def wait_for(file: Path) -> psutil.Process:
    deadline = time.monotonic() + 60
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < deadline, "the process did not begin"
        time.sleep(0.05)
    return psutil.Process(int(file.read_text()))
