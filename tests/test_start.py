"""The one command: starts, is found again by a second start, ends on Ctrl-C; installs once."""

import argparse
import http.client
import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from workbench.settings import ROOT


@pytest.fixture
def start(monkeypatch, tmp_path):
    """start.py as a module, with an environment folder of its own."""
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / "venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / "venv" / "python")
    return module


@pytest.fixture
def installed(start, monkeypatch):
    """The environment is there; what pip is asked for is kept instead of done."""
    asked = []
    start.VENV.mkdir()
    start.PYTHON.symlink_to(sys.executable)
    monkeypatch.setattr(start, "pip", asked.append)
    return asked


def options(**changed):
    return argparse.Namespace(**{"torch": None, "index": None, "wheels": None} | changed)


def test_it_installs_once(start, installed):
    start.install("requirements.txt", options())
    assert installed == [["-r", str(ROOT / "requirements.txt")]]
    start.install("requirements.txt", options())
    assert len(installed) == 1


def test_what_the_checks_need_holds_what_the_product_needs(start, installed):
    start.install("requirements-dev.txt", options())
    start.install("requirements.txt", options())
    assert len(installed) == 1


def test_another_torch_is_installed_instead_of_the_pinned_one_and_stays(start, installed, monkeypatch):
    listed = []
    monkeypatch.setattr(
        start, "pip", lambda words: (installed.append(words), listed.append(_listing(words)) if "-r" in words else None)
    )
    start.install("requirements.txt", options(torch="torch==2.13.0+cu130", index="file:///somewhere"))
    assert installed[0] == ["--index-url", "file:///somewhere", "torch==2.13.0+cu130"]
    assert not any(line.startswith("torch==") for line in listed[0])
    assert any(line.startswith("transformers==") for line in listed[0])
    start.install("requirements.txt", options())
    assert len(installed) == 2


def test_every_requirement_is_pinned_exactly():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            assert not line or line.startswith(("#", "-r ")) or line.count("==") == 1, line


def test_it_uses_the_standard_library_only():
    code = "import sys; sys.path.insert(0, '.'); import start; print([name for name in sys.modules])"
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_ci_runs_the_same_command():
    script = (ROOT / ".ci" / "run").read_text()
    assert "exec python3 start.py test" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_start_find_again_and_ctrl_c(tmp_path):
    """With the packs marked as there, so that nothing is fetched."""
    home = tmp_path / "store"
    for pack in ("starter/minilm-l6", "sample/sms-spam"):
        (home / "packs" / pack).mkdir(parents=True)
        (home / "packs" / pack / "MANIFEST.json").write_text('{"files": {}}')
    environment = {**os.environ, "WORKBENCH_HOME": str(home)}
    command = [sys.executable, "start.py", "--no-browser"]
    first = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        line = next(line for line in first.stdout if "token=" in line)
        address = line.split()[-1]
        assert address.startswith("http://127.0.0.1:")
        assert _status(address, with_token=True) in (200, 302, 303, 307)
        assert _status(address, with_token=False) == 403

        second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
        assert second.returncode == 0
        assert second.stdout.split()[-1] == address
        if os.name == "posix":
            assert (home / "server.json").stat().st_mode & 0o077 == 0
    finally:
        first.send_signal(signal.SIGINT)
        first.wait(240)
    assert first.returncode == 0
    assert not (home / "server.json").exists()
    with pytest.raises(ConnectionError):
        _status(address, with_token=True)


def _status(address, *, with_token):
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    connection.request("GET", f"/?{parts.query}" if with_token else "/")
    status = connection.getresponse().status
    connection.close()
    return status


def _listing(words):
    return Path(words[words.index("-r") + 1]).read_text().splitlines()
