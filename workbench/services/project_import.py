"""Bringing an exported project in, in a process of its own: a hostile file may take that down, never the caller."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from workbench import errands
from workbench.errands import Errand
from workbench.services import owned, project_intake
from workbench.settings import Limits, Settings
from workbench.store.session import Store
from workbench.store.views import ProjectView

EXPORTS = "exports"  # below the store's folder: where exported projects are looked for


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
    remedy = "Nothing was imported. The limits are in docs/command_line.md, for a project that is really that large."
    module = "workbench.services.project_import"
    errand = Errand(module, "reading it", name, remedy, limits.reader_seconds, limits.reader_bytes)
    made: list[str] = []
    errands.run(errand, json.dumps(request).encode(), lambda line: made.append(line.decode()))
    with store.reading() as session:
        row = owned.project(session, store, made[-1])
        return ProjectView(id=row.id, name=row.name, created=row.created, binned=row.binned)


def main() -> int:
    """Import one file; the exit status tells when memory was not enough."""
    return errands.serve(_import)


def _import(line: bytes, say: Callable[[bytes], None]) -> None:
    request = json.loads(line)
    settings = Settings(Path(request["home"]), request["database"], Limits(**request["limits"]))
    store = Store(settings, request["owner"])
    say(project_intake.take_in(store, Path(request["file"]), request["name"]).id.encode())


if __name__ == "__main__":
    sys.exit(main())
