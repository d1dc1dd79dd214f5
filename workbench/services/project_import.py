"""Bringing an exported project in, in a process of its own: a hostile file may take that down, never the caller.

python -m workbench.services.project_import      (one request on standard input, one answer on standard output)
"""

import contextlib
import json
import logging
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from workbench import errors
from workbench.errors import DataError, WorkbenchError
from workbench.services import owned, transfer
from workbench.settings import ROOT, Limits, Settings
from workbench.store.session import Store
from workbench.store.views import ProjectView

EXPORTS = "exports"  # below the store's folder: where exported projects are looked for
_OUT_OF_MEMORY = 3

log = logging.getLogger(__name__)


def importable(store: Store) -> list[Path]:
    """The zip files in the store's folder ``exports``, the newest first: what can be imported without an upload."""
    found = [path for path in (store.settings.home / EXPORTS).glob("*.zip") if path.is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def import_project(store: Store, file: Path, *, name: str = "") -> ProjectView:
    """Make a new project from an exported file; ``name`` is what people call the file.

    Raises DataError, naming file and entry, when anything in it is damaged, missing, too large or not as it should
    be, or when reading it takes too much memory or time; then nothing was imported.
    """
    name, limits = name or file.name, store.settings.limits
    request = {
        "home": str(store.settings.home),
        "database": store.settings.database,
        "limits": asdict(limits),
        "owner": store.owner,
        "file": str(file.absolute()),
        "name": name,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "workbench.services.project_import"],
            input=json.dumps(request).encode(),
            capture_output=True,
            cwd=ROOT,
            timeout=limits.reader_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _gave_up(name, f"reading it took more than {limits.reader_seconds:g} seconds") from None
    if done.returncode == 0:
        answer = json.loads(done.stdout)
        if "project" in answer:
            with store.reading() as session:
                row = owned.project(session, store, answer["project"])
                return ProjectView(id=row.id, name=row.name, created=row.created, binned=row.binned)
        kind: type[WorkbenchError] = getattr(errors, answer.pop("kind"))
        raise kind(**answer)
    log.error("The import ended with %s: %s", done.returncode, done.stderr.decode(errors="replace")[-4000:])
    if done.returncode == _OUT_OF_MEMORY or done.returncode < 0:
        raise _gave_up(name, f"reading it needs more memory than the limit of {limits.reader_bytes / 1e6:,.0f} MB")
    raise _gave_up(name, "its content stopped the import unexpectedly")


def main() -> int:
    """Import one file; the exit status tells when memory was not enough."""
    request = json.loads(sys.stdin.buffer.read())
    limits = Limits(**request["limits"])
    _limit_memory(limits.reader_bytes)
    store = Store(Settings(Path(request["home"]), request["database"], limits), request["owner"])
    try:
        answer = {"project": transfer.take_in(store, Path(request["file"]), request["name"]).id}
    except MemoryError:
        return _OUT_OF_MEMORY
    except WorkbenchError as error:
        kind = type(error).__name__
        answer = {"kind": kind, "what": error.what, "where": error.where, "remedy": error.remedy, "code": error.code}
    sys.stdout.write(json.dumps(answer))
    return 0


def _limit_memory(limit: int) -> None:
    """Bound what this process may allocate, where the system can (not on Windows)."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _gave_up(name: str, what: str) -> DataError:
    remedy = "Nothing was imported. The limits are in docs/command_line.md, for a project that is really that large."
    return DataError(what, where=name, remedy=remedy, code="FILE-LIMIT")


if __name__ == "__main__":
    sys.exit(main())
