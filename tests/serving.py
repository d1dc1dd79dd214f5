"""The real web process on a free port, as start.py starts it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.settings import ROOT

TOKEN = "a-launch-token"


@dataclass(frozen=True)
class Served:
    """A running web process. ``url`` opens a page with the token, ``log`` holds what it printed."""

    port: int
    pid: int
    log: Path
    home: Path

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"{self.origin}{path}{'&' if '?' in path else '?'}token={TOKEN}"

    @property
    def cookie(self) -> str:
        return f"workbench_{self.port}={TOKEN}"


@contextmanager
def serving(home: Path, **environment: str) -> Iterator[Served]:
    """Start the web process on a store, and end it afterwards."""
    port = free_port()
    log = home.parent / f"web-{port}.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    variables = {**os.environ, "WORKBENCH_HOME": str(home), "WORKBENCH_TOKEN": TOKEN, **environment}
    with log.open("wb") as output:
        web = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(web, port, log)
            yield Served(port, web.pid, log, home)
        finally:
            web.send_signal(signal.SIGTERM)
            try:
                web.wait(10)
            except subprocess.TimeoutExpired:
                web.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(web: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
            return
        except OSError:
            assert web.poll() is None, log.read_text()
            time.sleep(0.1)
    raise AssertionError(log.read_text())
