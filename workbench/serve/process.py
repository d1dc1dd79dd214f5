"""A model server as a process of its own: start it detached, find it again, ask it, stop it. Loads no model itself."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from workbench import processes
from workbench.errors import DataError, ServeError
from workbench.settings import ROOT

IDLE_SECONDS = 1800.0  # a forgotten server gives its memory back
START_SECONDS = 120.0
ASK_SECONDS = 60.0
_DETACHED = 0x00000208 if sys.platform == "win32" else 0  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. A pid alone is not an identity: ``created`` is its start (``processes.started``; case 64)."""

    port: int
    pid: int
    created: float


def start(folder: Path, log: Path) -> Server:
    """Start a server of ``folder`` in its own session, and return once it answers.

    It outlives this process. Raises ServeError with the server's own words when it cannot start.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="workbench-serve-") as temporary:
        ready = Path(temporary) / "ready.json"
        command = [sys.executable, "-m", "workbench.serve.server", str(folder)]
        command += ["--ready", str(ready), "--idle", str(IDLE_SECONDS)]
        with log.open("wb") as output:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"},  # it waits most of the time: without spinning
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                creationflags=_DETACHED,
            )
        deadline = time.monotonic() + START_SECONDS
        while not ready.is_file():
            if child.poll() is not None or time.monotonic() > deadline:
                child.kill()
                child.wait()
                lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
                raise ServeError(
                    f"the model server did not start ({lines[-1] if lines else 'it said nothing'})",
                    where=str(log),
                    remedy="Export the model again, or look into that file.",
                )
            time.sleep(0.05)
        port = int(json.loads(ready.read_text(encoding="utf-8"))["port"])
    threading.Thread(target=child.wait, daemon=True).start()  # no zombie in a long-lived parent
    return Server(port, child.pid, processes.started(child.pid) or 0.0)


def alive(server: Server) -> bool:
    """Whether this very process still runs."""
    return _process(server) is not None


def stop(server: Server) -> None:
    """End the server; a stranger that got its pid is left alone."""
    process = _process(server)
    if process is None:
        return
    process.terminate()
    try:
        process.wait(10)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(10)


def ask(port: int, rows: Sequence[Mapping[str, Any]], *, pictures: bool = False) -> list[dict[str, Any]]:
    """POST /predict to a server of this machine; with ``pictures``, what a model draws comes too.

    Raises DataError when a row is wrong, naming it, and ServeError when the server refuses or does not answer.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ASK_SECONDS)  # never through a proxy
    try:
        body = json.dumps({"rows": list(rows), "pictures": pictures})
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ServeError(
            f"the model server does not answer ({error or type(error).__name__})",
            where=f"port {port}",
            remedy="Ask again; it is started anew when needed.",
        ) from None
    finally:
        connection.close()
    if response.status == 200:
        predictions: list[dict[str, Any]] = answer["predictions"]
        return predictions
    problem = answer.get("error", {})
    kind = DataError if response.status == 422 else ServeError
    raise kind(
        str(problem.get("what", f"status {response.status}")),
        where=str(problem.get("where", "")),
        remedy=str(problem.get("remedy", "Try again.")),
        code=str(problem.get("code", "")),
    )


def _process(server: Server) -> psutil.Process | None:
    try:
        process = psutil.Process(server.pid)
    except psutil.NoSuchProcess:
        return None
    return process if processes.is_same(server.pid, server.created) else None
