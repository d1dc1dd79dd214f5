"""The end of a run: its model, its predictions and its scores, kept as one."""

import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from safetensors import SafetensorError
from sqlalchemy import delete

from workbench.artefacts import folders
from workbench.data.sources import samples
from workbench.errors import NoRoom
from workbench.export import folder as model_folder
from workbench.export.card import About
from workbench.jobs import queue, worker_scores
from workbench.jobs.queue import Lease
from workbench.jobs.reporter import StoreReporter
from workbench.jobs.worker_load import Loaded
from workbench.jobs.worker_scores import Judged
from workbench.models import catalogue
from workbench.store.records import CheckpointRow, ModelRow, RunRow
from workbench.store.session import Store
from workbench.store.views import RunSummary, State
from workbench.tasks.protocol import Fitted
from workbench.training.loop import Outcome
from workbench.training.rules import Plan


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that a finished training leaves behind; ``judged`` has one entry a split."""

    loaded: Loaded
    fitted: Fitted
    outcome: Outcome
    plan: Plan
    judged: Mapping[str, Judged]


def save(store: Store, lease: Lease, result: Result, reporter: StoreReporter) -> None:
    """Folders first, whole; then, in one transaction, the rows that name them and the state SUCCEEDED."""
    settings, model, evaluation = store.settings, uuid.uuid4().hex, uuid.uuid4().hex
    with store.reading() as session:
        name = session.get_one(RunRow, lease.job_id).name
    resolved = result.loaded.resolved
    with folders.new_folder(settings.models, model) as folder:
        about = _about(store, name, result)
        try:
            loaded = result.loaded
            model_folder.write(
                folder, resolved.task, resolved.recipe, loaded.prepared, result.fitted, about, loaded.profile
            )
        except SafetensorError as error:  # how that library says that the disk is full
            raise OSError(str(error)) from error
    try:
        worker_scores.write(settings.evaluations, evaluation, result.judged)
    except NoRoom:
        shutil.rmtree(settings.models / model)  # what nobody knows of must not fill the disk
        raise
    reporter.progress(phase="done")
    reporter.flush()
    summary = _summary(result, lease.slot, reporter.usage())
    size = folders.size(settings.models / model)
    with store.session() as session:
        owner = queue.hold(session, lease).owner
        run = session.get_one(RunRow, lease.job_id)
        run.summary = asdict(summary)
        worker_scores.keep(session, run, owner, evaluation, result.judged)
        session.add(
            ModelRow(
                id=uuid.uuid4().hex,
                project_id=run.project_id,
                run_id=run.id,
                owner=owner,
                name=run.name,
                folder=model,
                bytes=size,
                binned=None,
            )
        )
        session.execute(delete(CheckpointRow).where(CheckpointRow.run_id == run.id))
        text = "Stopped: the best so far is kept." if summary.stopped_early else "Finished."
        queue.finish(session, lease, State.SUCCEEDED, text=text)


def _summary(result: Result, device: str, usage: Mapping[str, float]) -> RunSummary:
    outcome = result.outcome
    return RunSummary(
        stopped_early=outcome.stopped_early,
        best_step=outcome.best_step,
        best_score=outcome.best_score,
        train_seconds=round(outcome.train_seconds, 3),
        samples_per_second=round(outcome.samples_per_second, 2),
        peak_memory_mb=round(usage["peak_memory_bytes"] / 1e6, 1),
        seconds_total=usage["active_seconds"],
        device=device,
        precision=result.plan.precision,
        scores={split: worker_scores.values(judged.scores) for split, judged in result.judged.items()},
        baseline={split: worker_scores.values(judged.baseline) for split, judged in result.judged.items()},
    )


def _about(store: Store, name: str, result: Result) -> About:
    """What the model card tells besides the recipe."""
    recipe, split = result.loaded.recipe, result.loaded.prepared.split
    card = catalogue.card(store.settings, recipe.model.id) if recipe.model else None
    sample = samples.by_id(recipe.data.source) if recipe.data else None
    last = result.judged["test"] if "test" in result.judged else next(iter(result.judged.values()))
    return About(
        name=name,
        data=result.loaded.data_name,
        data_sha256=result.loaded.data_sha256,
        data_licence=f"{sample.licence}, {sample.attribution}" if sample else "",
        rows={"train": len(split.train), "validation": len(split.validation), "test": len(split.test)},
        base=card.id if card else "none",
        base_licence=card.licence if card else "none",
        base_attribution=card.attribution if card else "",
        features=result.loaded.prepared.features,
        scores=last.scores,
        baseline=last.baseline,
    )
