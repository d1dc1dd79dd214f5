"""Commands of the command line as processes of their own that need no time to start: forked where Python can."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.cli_said import Said

_SECONDS = 240.0


def run(words: list[str], cwd: Path, environment: Mapping[str, str]) -> Said:
    """What ``python -m workbench …`` does and says in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        if "forkserver" in multiprocessing.get_all_start_methods():
            code = _forked(words, cwd, environment, out, err)
        else:
            command = [sys.executable, "-m", "workbench", *words]
            with out.open("wb") as said, err.open("wb") as complained:
                done = subprocess.run(
                    command, cwd=cwd, env=environment, stdout=said, stderr=complained, timeout=_SECONDS
                )
            code = done.returncode
        return Said(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


def _forked(words: list[str], cwd: Path, environment: Mapping[str, str], out: Path, err: Path) -> int:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["workbench.cli.main"])
    process = context.Process(target=_main, args=(words, str(cwd), dict(environment), str(out), str(err)))
    process.start()
    process.join(_SECONDS)
    if process.exitcode is None:
        process.kill()
        raise subprocess.TimeoutExpired(words, _SECONDS)
    return process.exitcode


def _main(words: list[str], cwd: str, environment: Mapping[str, str], out: str, err: str) -> None:
    for number, path in ((0, os.devnull), (1, out), (2, err)):
        os.dup2(os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT), number)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process lives
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["workbench", *words]

    from workbench.cli.main import main

    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(code)
