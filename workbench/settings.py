"""Where things live and how large they may be; read once, from the environment."""

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from workbench.errors import SafetyError

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Limits:
    """What an imported file may hold, and what a child process that reads it may use (``WORKBENCH_MAX_…``)."""

    columns: int = 10_000
    cell_bytes: int = 1_000_000
    cells: int = 50_000_000
    upload_bytes: int = 200_000_000
    large_upload_bytes: int = 20_000_000_000
    reader_bytes: int = 1_500_000_000
    reader_seconds: float = 600.0
    pixels: int = 50_000_000
    archive_bytes: int = 20_000_000_000
    archive_ratio: int = 100
    archive_entries: int = 200_000
    download_bytes: int = 2_000_000_000
    download_seconds: float = 1800.0


@dataclass(frozen=True, slots=True)
class Settings:
    """The store's folder and everything below it.

    ``home`` is the store itself (``WORKBENCH_HOME``, else ``data/store`` beside the code). ``database_url`` is
    SQLite in that folder unless ``WORKBENCH_DATABASE`` names another database. ``web`` says that files may be fetched
    from https addresses (``WORKBENCH_ALLOW_WEB=1``). ``folders`` are those whose files the page offers
    (``WORKBENCH_FOLDERS``, parted as PATH is; else the user's home folder and the store's inbox).
    """

    home: Path
    database: str = ""
    limits: Limits = field(default_factory=Limits)
    web: bool = False
    folders: tuple[Path, ...] = ()

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.home / 'workbench.db'}"

    @property
    def datasets(self) -> Path:
        return self.home / "datasets"

    @property
    def checkpoints(self) -> Path:
        return self.home / "checkpoints"

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def evaluations(self) -> Path:
        return self.home / "evaluations"

    @property
    def packs(self) -> Path:
        return self.home / "packs"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def uploads(self) -> Path:
        return self.home / "uploads"

    @property
    def inbox(self) -> Path:
        """Where somebody with access to this machine puts files for the page to find."""
        return self.home / "inbox"

    @property
    def locks(self) -> Path:
        return self.home / "locks"

    @property
    def logs(self) -> Path:
        return self.home / "logs"


def read() -> Settings:
    """The settings of this process, from the environment (docs/command_line.md lists the variables).

    Raises SafetyError when a limit is no number above 0.
    """
    home = Path(os.environ.get("WORKBENCH_HOME") or ROOT / "data" / "store").expanduser().resolve()
    given = os.environ.get("WORKBENCH_FOLDERS", "").split(os.pathsep)
    folders = tuple(Path(folder).expanduser() for folder in given if folder.strip())
    return Settings(
        home=home,
        database=os.environ.get("WORKBENCH_DATABASE", ""),
        limits=_limits(),
        web=os.environ.get("WORKBENCH_ALLOW_WEB", "") == "1",
        folders=folders or (Path.home(), home / "inbox"),
    )


def _limits() -> Limits:
    """Each limit from ``WORKBENCH_MAX_<ITS NAME>``, such as ``WORKBENCH_MAX_COLUMNS``, where that is set."""
    limits = asdict(Limits())
    for name, usual in limits.items():
        variable = f"WORKBENCH_MAX_{name.upper()}"
        if text := os.environ.get(variable):
            try:
                limits[name] = type(usual)(text)
            except ValueError:
                limits[name] = 0
            if not 0 < limits[name] < float("inf"):
                what = f"'{text}' is no limit"
                raise SafetyError(what, where=variable, remedy=f"Give a number above 0, such as {usual:.0f}.")
    return Limits(**limits)
