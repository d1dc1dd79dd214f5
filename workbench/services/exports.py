"""Finished models to take away: written in a format, proven on held-out rows, kept, copied and zipped."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from workbench import tasks
from workbench.artefacts import folders
from workbench.artefacts.room import make_room
from workbench.errors import ArtefactError, ModelError, NotFound
from workbench.export import archive as archives
from workbench.export import delivery, formats, receipt
from workbench.export.proof import HeldOut
from workbench.export.receipt import Receipt
from workbench.serve import table
from workbench.services import datasets, models, runs
from workbench.store.session import Store
from workbench.store.views import ModelView

Tell = Callable[[str, float | None], None]  # what is being done, and the share of it if that is known
ZIP = "zip"  # on the command line: the format "folder" as one file
MOST_BYTES = 8_000_000_000  # of exports in the cache; an older one is made again when it is asked for
MOST_ZIPPED = 4_000_000_000
PROVEN_ON = ("test", "validation")


@dataclass(frozen=True, slots=True)
class Offer:
    """A format of one model: its words, why it cannot be had ("" when it can), and the receipt where it is made."""

    format: str
    title: str
    good_for: str
    refused: str
    receipt: Receipt | None


def offers(store: Store, model_id: str) -> tuple[Offer, ...]:
    """Every format, for this model. Raises NotFound, and ModelError when the model is damaged."""
    view = models.model(store, model_id)
    source = store.settings.models / view.folder
    return tuple(
        Offer(
            format.name,
            format.title,
            format.good_for,
            delivery.refused(source, format),
            receipt.read(_place(store, view, format.name)),
        )
        for format in formats.FORMATS
    )


def make(store: Store, model_id: str, format: str, tell: Tell | None = None) -> Path:
    """The folder of the model in this format: written and proven now, if it is not here yet.

    ``tell`` is told what is being done, and may raise to end it. Raises ModelError when the format is unknown, cannot
    hold this model or does not answer as the original does; ArtefactError when it is damaged or the disk is full.
    """
    chosen, view = formats.by_name(format), models.model(store, model_id)
    source, place = store.settings.models / view.folder, _place(store, view, format)
    with plain_errors(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        store.settings.locks.mkdir(parents=True, exist_ok=True)
        with FileLock(store.settings.locks / f"export-{place.name}.lock"):  # two clicks make one export
            if not _whole(place):
                shutil.rmtree(place, ignore_errors=True)
                held_out = _held_out(store, view)
                delivery.deliver(source, chosen, held_out, place.parent, place.name, tell or _silently)
            os.utime(place)  # used just now
            make_room(place.parent, MOST_BYTES)
    return place


def export(store: Store, run_id: str, format: str, out: Path, tell: Tell | None = None) -> tuple[Path, Receipt]:
    """Copy a run's model, in this format, to ``out``: a folder, or one file where the format is "zip" or ``out`` is
    called so. It appears only when it is whole.

    Raises JobError when the run has no model, and as ``make`` does; ModelError too when ``out`` is in the way.
    """
    zipped = format == ZIP or out.suffix.lower() == f".{ZIP}"
    name = "folder" if format == ZIP else format
    formats.by_name(name)
    view = models.of_run(store, run_id)
    with plain_errors(out):
        if out.exists() and not (not zipped and out.is_dir() and not any(out.iterdir())):
            raise ModelError("there is something here already", where=str(out), remedy="Name a new file or folder.")
        out.parent.mkdir(parents=True, exist_ok=True)
        made = make(store, view.id, name, tell)
        found = receipt.read(made)
        assert found is not None  # it was made, or found to be there, by ``make``
        return (archives.archive(made, out, out.stem) if zipped else _copied(made, out)), found


def archive(store: Store, model_id: str, format: str = "folder") -> Path:
    """The zip that the file route serves: made at the first request, then kept in the cache.

    Raises as ``make`` does, and ArtefactError when the zip cannot be written.
    """
    view, made = models.model(store, model_id), make(store, model_id, format)
    kept = store.settings.cache / "archives"
    with plain_errors(kept):
        digest = folders.sha256(made / folders.MANIFEST)[:16]
        zipped = archives.archive(made, kept / f"{digest}.zip", models.file_name(view))
        os.utime(zipped)  # used just now
        make_room(kept, MOST_ZIPPED)
    return zipped


def _copied(made: Path, out: Path) -> Path:
    staged = out.with_name(f".{out.name}-{uuid.uuid4().hex[:8]}")
    try:
        shutil.copytree(made, staged)
        folders.verify(staged)
        if out.exists():
            out.rmdir()  # it is empty: looked at before
        staged.rename(out)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return out


def _held_out(store: Store, view: ModelView) -> HeldOut:
    """Rows that training never saw, evenly spread, as they stand in the data, with what the original answered.

    Raises ModelError when there are none.
    """
    run = runs.get(store, view.run_id)
    for split in PROVEN_ON:
        try:
            answered = runs.predictions(store, run.id, split)
        except NotFound:
            continue
        answered = answered.iloc[:: max(1, -(-len(answered) // receipt.MOST_ROWS))]
        raw = datasets.table(store, run.data_version_id).loc[answered.index]
        columns = dict(run.recipe.data.columns) if run.recipe.data else {}
        pictured = [columns[role.name] for role in tasks.by_name(run.recipe.task).roles if role.kind == "image"]
        pictures = datasets.images(store, run.data_version_id) or Path()
        return HeldOut(split, table.located(raw, pictured, pictures), answered)
    raise ModelError(
        "there are no held-out rows on which an export could be proven",
        where=view.name,
        remedy="Train again with a part of the rows for testing (3 Prepare).",
    )


def _whole(place: Path) -> bool:
    try:
        folders.verify(place, hashes=False)
    except ArtefactError:
        return False
    return receipt.read(place) is not None


def _place(store: Store, view: ModelView, format: str) -> Path:
    return store.settings.cache / "formats" / f"{view.folder}-{format}"


def _silently(doing: str, share: float | None) -> None:
    """Nobody wants to know."""


@contextmanager
def plain_errors(out: Path) -> Iterator[None]:
    """A full disk, a missing permission, or a model whose folder has gone, in plain words."""
    try:
        yield
    except OSError as error:
        raise ArtefactError(
            f"the model could not be copied ({error.strerror or error})",
            where=str(error.filename or out),
            remedy="Choose a place that you may write to, with enough room; or train the model again if it is gone.",
        ) from error
