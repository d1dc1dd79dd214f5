"""The workbench as a whole: open the store, keep backups, remember preferences, empty the bin."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path

from sqlalchemy import select

from workbench import settings as settings_room
from workbench.artefacts import folders
from workbench.errors import StoreError
from workbench.jobs import devices
from workbench.services import sweep
from workbench.settings import Settings
from workbench.store import migrations
from workbench.store.records import PreferenceRow, SlotRow
from workbench.store.session import Store as Store  # the handle that every caller of a service holds
from workbench.store.views import SlotView


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chose on the Settings page. ``device`` is "auto" or the name of a slot."""

    device: str = "auto"
    language: str = "en"
    theme: str = "system"


def open_workbench(settings: Settings | None = None) -> Store:
    """Open the store, made or brought up to date if need be; a backup is taken before its schema changes.

    Raises StoreError when it is damaged, missing beside full folders, or from a newer version.
    """
    settings = settings or settings_room.read()
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the store's folder cannot be made ({error.strerror})",
            where=str(settings.home),
            remedy="Choose another folder with WORKBENCH_HOME.",
        ) from error
    store = Store(settings)
    migrations.upgrade(store)
    store.check()
    return store


def backup(store: Store, to: Path) -> Path:
    """A consistent copy of the database at ``to`` (a file, or a folder that gets a dated file)."""
    return migrations.backup(store, to / f"workbench-{migrations.stamp()}.db" if to.is_dir() else to)


def store_size(store: Store) -> int:
    """Bytes below the store's folder."""
    return folders.size(store.settings.home)


def empty_bin(store: Store, days: float = 7) -> int:
    """Delete for good what has been in the bin for ``days``, and folders that no row has named for as long.

    Returns the bytes freed.
    """
    return sweep.empty_bin(store, days)


def preferences(store: Store) -> Preferences:
    """What this person chose, with defaults for the rest."""
    with store.reading() as session:
        row = session.get(PreferenceRow, store.owner)
        known = {field.name for field in fields(Preferences)}
        return Preferences(**{key: value for key, value in (row.values if row else {}).items() if key in known})


def save_preferences(store: Store, chosen: Preferences) -> None:
    """Remember ``chosen`` for this person."""
    with store.session() as session:
        session.merge(PreferenceRow(owner=store.owner, values=asdict(chosen)))


def slots(store: Store) -> list[SlotView]:
    """The devices of this machine and the jobs that hold them."""
    with store.reading() as session:
        rows = session.scalars(select(SlotRow).order_by(SlotRow.name)).all()
        views = [SlotView(row.name, row.title, row.job_id) for row in rows]
    if views:
        return views
    devices.register(store)
    return [SlotView(device.name, device.title, None) for device in devices.present()]
