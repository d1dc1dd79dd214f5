"""Start the workbench, or check it: makes .venv, installs, fetches the base packs, runs. Standard library only.

python3 start.py               install what is missing, start, open the browser
python3 start.py setup         only prepare: afterwards no network is needed
python3 start.py test [--all]  install what the checks need and run every check (--all: the slow ones too)
"""

import argparse
import contextlib
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
HOME = Path(os.environ.get("WORKBENCH_HOME") or ROOT / "data" / "store").expanduser().resolve()
BASE_PACKS = ("starter/minilm-l6", "sample/sms-spam")
PARALLEL = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")  # many tests wait for processes
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge", "brave-browser", "chrome", "msedge")


def main() -> int:
    options = arguments()
    if sys.version_info < (3, 11):  # noqa: UP036  (the one place that an older Python reaches)
        say(f"This is Python {sys.version.split()[0]}; the workbench needs 3.11 or newer. Start it with a newer one.")
        return 2
    try:
        if options.command == "test":
            install("requirements-dev.txt", options)
            return check(options)
        install("requirements.txt", options)
        fetch_packs(options)
        if options.command == "setup":
            say("Everything is in place. Start with: python3 start.py")
            return 0
        return serve(options)
    except Failed as failure:
        say(str(failure))
        return 2
    except KeyboardInterrupt:
        say("Stopped. Start again: what is done already is kept.")
        return 130


class Failed(Exception):
    """A step did not work; the message says which and what to do."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs="?", default="run", choices=["run", "setup", "test"])
    parser.add_argument("--port", type=int, default=0, help="the port to listen on (default: a free one)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--window", action="store_true", help="open an app window of an installed Chromium browser")
    parser.add_argument("--torch", metavar="SPEC", help="another build of torch, such as torch==2.13.0+cu130")
    parser.add_argument("--index", metavar="URL", help="the package index to take it from (else pip's own settings)")
    parser.add_argument("--wheels", metavar="DIR", help="a folder of wheels, for a machine without any network")
    parser.add_argument("--all", action="store_true", help="test: run the slow checks too")
    return parser.parse_args()


def say(text: str) -> None:
    print(text, flush=True)


# Installing ---------------------------------------------------------------------------------------------------------


def install(requirements: str, options: argparse.Namespace) -> None:
    """Make .venv and install; a stamp of what was asked for makes the next start skip all of it."""
    remember_torch(options)
    wanted = fingerprint(requirements, options)
    stamp = VENV / f".{requirements}.stamp"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if (
        not PYTHON.exists()
        or subprocess.run([str(PYTHON), "-m", "pip", "--version"], stdout=subprocess.DEVNULL).returncode
    ):
        say("Making a Python environment in .venv …")
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
        if made.returncode:
            raise Failed("Python could not make .venv. On Debian and Ubuntu: apt install python3-venv, then try again.")
        remember_torch(options)
    say("Installing what the workbench needs (several minutes the first time) …")
    if options.torch:
        source = ["--index-url", options.index] if options.index else []
        pip([*source, *local_wheels(options), options.torch])
    with without_torch(requirements) if options.torch else contextlib.nullcontext(ROOT / requirements) as listing:
        pip(["-r", str(listing), *local_wheels(options)])
    for name in {requirements, "requirements.txt"}:  # the larger list holds the smaller one
        (VENV / f".{name}.stamp").write_text(fingerprint(name, options))


def remember_torch(options: argparse.Namespace) -> None:
    """A build of torch that was chosen once stays chosen, or the next plain start would replace it."""
    file = VENV / ".torch.json"
    if options.torch and VENV.is_dir():
        file.write_text(json.dumps({"torch": options.torch, "index": options.index}))
    elif not options.torch and file.is_file():
        chosen = json.loads(file.read_text())
        options.torch, options.index = chosen["torch"], chosen["index"]


def fingerprint(requirements: str, options: argparse.Namespace) -> str:
    parts = [(ROOT / name).read_text() for name in ("requirements.txt", requirements)]
    chosen = "\n".join([*parts, options.torch or "", options.index or "", sys.version])
    return hashlib.sha256(chosen.encode()).hexdigest()


def local_wheels(options: argparse.Namespace) -> list[str]:
    return ["--no-index", "--find-links", options.wheels] if options.wheels else []


@contextlib.contextmanager
def without_torch(requirements: str) -> Iterator[Path]:
    """The requirements less the pinned torch, since another build of it was chosen."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    if requirements != "requirements.txt":
        lines += [line for line in (ROOT / requirements).read_text().splitlines() if not line.startswith("-r ")]
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "requirements.txt"
        listing.write_text("\n".join(line for line in lines if not line.startswith("torch==")))
        yield listing


def pip(arguments: list[str]) -> None:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", *arguments]
    if subprocess.run(command, check=False).returncode:
        raise Failed(
            "The installation did not finish; pip's last lines say why. Without a network, bring a folder of wheels: "
            "python3 start.py --wheels DIR"
        )


def fetch_packs(options: argparse.Namespace) -> None:
    """Bring the base packs into the store, once."""
    for pack in BASE_PACKS:
        if (HOME / "packs" / pack / "MANIFEST.json").exists():
            continue
        say(f"Fetching {pack} …")
        source = ["--wheels", options.wheels] if options.wheels else []
        if subprocess.run([str(PYTHON), "-m", "workbench", "fetch", pack, *source], cwd=ROOT, check=False).returncode:
            say(f"{pack} is not here yet; the workbench starts without it and tells how to bring it.")


# Serving ------------------------------------------------------------------------------------------------------------


def serve(options: argparse.Namespace) -> int:
    """Run the web process until it ends; a second start opens the one that runs."""
    HOME.mkdir(parents=True, exist_ok=True)
    lock = one_instance()
    if lock is None:
        return open_running(options)
    port = options.port or free_port()
    token = secrets.token_urlsafe(24)
    address = f"http://127.0.0.1:{port}/?token={token}"
    log = HOME / "logs" / "web.log"
    log.parent.mkdir(exist_ok=True)
    command = [str(PYTHON), "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"]
    with lock, log.open("ab") as output:
        environment = {**os.environ, "WORKBENCH_TOKEN": token, "WORKBENCH_HOME": str(HOME)}
        web = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        signal.signal(signal.SIGTERM, lambda *_: web.terminate())
        try:
            wait_until_healthy(web, port, log)
            remember(address)
            say(f"The workbench is at {address}")
            open_browser(address, options)
            return web.wait()
        except KeyboardInterrupt:
            web.terminate()
            web.wait()
            say("The workbench has stopped. Training that was under way goes on.")
            return 0
        finally:
            (HOME / "server.json").unlink(missing_ok=True)


def one_instance() -> IO[str] | None:
    """The lock of this store's web process, or None when another one holds it. Freed by the system at our end."""
    file = (HOME / "web.lock").open("a+")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def open_running(options: argparse.Namespace) -> int:
    for _ in range(100):  # the other one may still be starting
        with contextlib.suppress(OSError, ValueError, KeyError):
            address = json.loads((HOME / "server.json").read_text())["address"]
            say(f"The workbench is running already, at {address}")
            open_browser(address, options)
            return 0
        time.sleep(0.1)
    raise Failed(f"Another start of the workbench holds {HOME / 'web.lock'}. End it and try again.")


def remember(address: str) -> None:
    file = HOME / "server.json"
    file.touch(mode=0o600)  # it holds the token
    file.write_text(json.dumps({"address": address, "pid": os.getpid()}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(web: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy does not know this machine
    for _ in range(1200):
        if web.poll() is not None:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
            raise Failed(f"The web process ended at once. The end of {log}:\n{tail}")
        try:
            direct.open(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
            return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.05)
    web.terminate()
    raise Failed(f"The web process did not answer within a minute. Its log: {log}")


def open_browser(address: str, options: argparse.Namespace) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if options.window and browser:
        window = [browser, f"--app={address}", f"--user-data-dir={HOME / 'window'}", "--no-first-run"]
        silent = subprocess.DEVNULL
        subprocess.Popen(window, start_new_session=True, stdout=silent, stderr=silent)
    elif not options.no_browser:
        webbrowser.open(address)


# Checking -----------------------------------------------------------------------------------------------------------


def check(options: argparse.Namespace) -> int:
    """Run every check, all of them even when one fails; the tests last, so that their summary ends the output."""
    install_chromium()
    module = [str(PYTHON), "-m"]
    steps = {
        "ruff check": [*module, "ruff", "check", "."],
        "ruff format": [*module, "ruff", "format", "--check", "."],
        "mypy": [*module, "mypy"],
        "import layers": [str(PYTHON.with_name("lint-imports"))],
        "bandit": [*module, "bandit", "-q", "-c", "pyproject.toml", "-r", "app.py", "pages", "workbench"],
        "pytest": [*module, "pytest", *PARALLEL, *([] if options.all else ["-m", "not slow"])],
    }
    outcomes = []
    for name, command in steps.items():
        say(f"\n── {name}")
        started = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        outcomes.append((name, code, time.monotonic() - started))
    for name, code, seconds in outcomes:
        say(f"{'ok    ' if code == 0 else 'FAILED'} {name} ({seconds:.0f} s)")
    return 1 if any(code for _, code, _ in outcomes) else 0


def install_chromium() -> None:
    """The browser tests need a Chromium; on Debian as root it is installed, elsewhere they say what is missing."""
    if any(map(shutil.which, BROWSERS)) or not shutil.which("apt-get") or os.name == "nt" or os.geteuid():
        return
    say("Installing Chromium for the browser tests …")
    for words in (["update"], ["install", "-y", "chromium", "fonts-noto-cjk"]):
        subprocess.run(["apt-get", "-qq", *words], stdout=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    sys.exit(main())
