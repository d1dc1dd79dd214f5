"""``doctor``: does this machine have what the workbench needs, and what to do where it has not."""

import argparse
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata

from workbench import settings as settings_room
from workbench.cli.output import Output, megabytes
from workbench.errors import WorkbenchError
from workbench.models import catalogue
from workbench.models.starters import STARTERS
from workbench.services.workbench import open_workbench, slots
from workbench.settings import ROOT, Settings

ROOM_BYTES = 2_000_000_000
# In a child process: a broken installation of torch can end the process that imports it.
_TRY_TORCH = "import torch, transformers; print(torch.__version__, transformers.__version__, torch.get_num_threads())"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; ``remedy`` says what to do when it is not right."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


def doctor(_options: argparse.Namespace, output: Output) -> int:
    """Look at everything, also when one thing is wrong; exit code 1 then."""
    settings = settings_room.read()
    looks: tuple[Callable[[Settings], Check], ...] = (
        _python,
        _packages,
        _torch,
        _sqlite,
        _folder,
        _room,
        _store,
        _starter,
    )
    checks = []
    for look in looks:
        check = look(settings)
        checks.append(check)
        output.say(f"{'ok   ' if check.ok else 'WRONG'}  {check.name:<14} {check.found}")
        if not check.ok:
            output.say(f"       {'':<14} {check.remedy}")
    well = all(check.ok for check in checks)
    output.say("Everything is in place." if well else "Mend what is marked WRONG, then run doctor again.")
    output.result({"ok": well, "checks": [asdict(check) for check in checks]})
    return 0 if well else 1


def _python(_settings: Settings) -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Check("Python", sys.version_info >= (3, 11), found, "Install Python 3.11 or newer.")


def _packages(_settings: Settings) -> Check:
    wrong = []
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        name, equals, version = line.partition("==")
        if equals and not name.startswith("#"):
            try:
                found = metadata.version(name).partition("+")[0]
            except metadata.PackageNotFoundError:
                found = "missing"
            if found != version:
                wrong.append(f"{name} {found} (wanted {version})")
    return Check("packages", not wrong, ", ".join(wrong) or "as pinned", "Run: python3 start.py setup")


def _torch(_settings: Settings) -> Check:
    command = [sys.executable, "-c", _TRY_TORCH]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return Check("torch", False, "does not import within two minutes", "Run: python3 start.py setup")
    if tried.returncode:
        last = (tried.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        return Check("torch", False, last, "Run: python3 start.py setup, or choose another build with --torch")
    torch, transformers, threads = tried.stdout.split()
    return Check("torch", True, f"torch {torch}, transformers {transformers}, {threads} threads")


def _sqlite(_settings: Settings) -> Check:
    wanted = (3, 31)
    return Check("SQLite", sqlite3.sqlite_version_info >= wanted, sqlite3.sqlite_version, "Use a newer Python.")


def _folder(settings: Settings) -> Check:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home) as file:
            file.write(b"1")
    except OSError as error:
        remedy = "Make the folder writable, or choose another with WORKBENCH_HOME."
        return Check("store folder", False, f"{settings.home}: {error.strerror}", remedy)
    return Check("store folder", True, str(settings.home))


def _room(settings: Settings) -> Check:
    place = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(place).free
    return Check("disk", free >= ROOM_BYTES, f"{megabytes(free)} free", "Free some room, or move WORKBENCH_HOME.")


def _store(settings: Settings) -> Check:
    try:
        store = open_workbench(settings)
        devices = ", ".join(slot.title for slot in slots(store))
    except WorkbenchError as error:
        return Check("store", False, error.what, error.remedy)
    return Check("store", True, f"opens; trains on: {devices}")


def _starter(settings: Settings) -> Check:
    pack = STARTERS[0].pack
    try:
        folder = catalogue.locate(settings, pack.id)
    except WorkbenchError as error:
        return Check("starter model", False, error.what, error.remedy)
    return Check("starter model", True, f"{pack.id} in {folder}")
