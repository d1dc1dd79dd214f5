"""The diary of a training run: load, check, train, score, save."""

import logging
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
from sqlalchemy import delete

from workbench import recipe as recipes
from workbench.artefacts import folders
from workbench.data import samples
from workbench.data.tables import read_table
from workbench.errors import TrainingError
from workbench.evaluate.panels import Scores
from workbench.export import folder as model_folder
from workbench.export.card import About
from workbench.jobs import queue
from workbench.jobs.queue import Lease
from workbench.jobs.reporter import StoreReporter
from workbench.models import catalogue
from workbench.prepare.prepared import Prepared
from workbench.store.records import (
    CheckpointRow,
    DataSetRow,
    DataVersionRow,
    EvaluationRow,
    ModelRow,
    RunRow,
)
from workbench.store.session import Store
from workbench.store.views import RunSummary, State
from workbench.tasks import resolve as resolving
from workbench.tasks.protocol import Fitted, LearnerContext, Predictions
from workbench.tasks.resolve import Resolved
from workbench.training import loop, machine, rules
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import Outcome
from workbench.training.rules import Plan

log = logging.getLogger("workbench.worker")
SCORED = ("validation", "test")


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What a run starts from."""

    run_id: str
    project_id: str
    name: str
    resolved: Resolved
    prepared: Prepared
    data_name: str
    data_sha256: str
    plan: Mapping[str, Any]  # as stored, empty at the first start


@dataclass(frozen=True, slots=True)
class _Judged:
    """Predictions and scores on one split, and the baseline's scores on the same rows."""

    predictions: pd.DataFrame
    scores: Scores
    baseline: Scores


def train(store: Store, lease: Lease, reporter: StoreReporter) -> bool:
    """Train a run to its end. False when it was asked to pause, cancel or end before that."""
    reporter.progress(phase="loading")
    loaded = _load(store, lease)
    task, split = loaded.resolved.task, loaded.prepared.split
    _check(loaded, reporter)
    plan = _plan(store, lease, loaded)
    if reporter.control() in ("pause", "cancel"):
        return False

    checkpoints = Checkpoints(
        store.settings.checkpoints / loaded.run_id,
        saved=reporter.saved,
        removed=reporter.removed,
        say=reporter.damaged,
    )
    problem = task.learner(split, _context(store, loaded, plan))
    outcome = loop.train(problem, plan, seed=loaded.resolved.recipe.seed, checkpoints=checkpoints, reporter=reporter)
    if outcome.paused or outcome.cancelled:
        reporter.flush()
        return False

    reporter.progress(phase="scoring", seconds_left=None)
    judged = _score(loaded, problem.fitted(), reporter)
    if judged is None:
        return False
    _save(store, lease, loaded, problem.fitted(), outcome, plan, judged, reporter)
    shutil.rmtree(checkpoints.root, ignore_errors=True)  # the finished model is kept; nothing is left to resume
    return True


def _load(store: Store, lease: Lease) -> _Loaded:
    """The frozen recipe, and the rows as its preparation leaves them."""
    with store.reading() as session:
        run = session.get_one(RunRow, lease.job_id)
        version = session.get_one(DataVersionRow, run.data_version_id)
        data_set = session.get_one(DataSetRow, version.data_set_id)
        recipe = recipes.from_dict(run.recipe, f"run {run.number}")
    resolved = resolving.resolve(recipe)
    table = read_table(store.settings.datasets / version.folder)
    return _Loaded(
        run_id=run.id,
        project_id=run.project_id,
        name=run.name,
        resolved=resolved,
        prepared=resolving.prepare(resolved, table),
        data_name=f"{data_set.name} (version {version.number})",
        data_sha256=version.sha256,
        plan=run.plan,
    )


def _check(loaded: _Loaded, reporter: StoreReporter) -> None:
    """Tell what the task finds in the rows. Raises TrainingError for what would spoil the result."""
    for finding in loaded.resolved.task.check(loaded.prepared.split):
        if finding.level == "error":
            raise TrainingError(finding.what, code=finding.code, remedy=finding.remedy)
        reporter.event("warning", f"{finding.what.rstrip('.')}. {finding.remedy}")


def _plan(store: Store, lease: Lease, loaded: _Loaded) -> Plan:
    """What every "auto" becomes: chosen at the first start, and kept by every later one."""
    facts = loaded.plan
    if not facts:
        measured = machine.measured(store.settings.cache)
        training, split = loaded.resolved.recipe.training, loaded.prepared.split
        chosen = loaded.resolved.task.plan(training, split, lease.slot, measured)
        facts = {key: asdict(fact) for key, fact in chosen.items()}
        with store.session() as session:
            queue.hold(session, lease)
            session.get_one(RunRow, loaded.run_id).plan = facts
    return rules.plan_from(facts)


def _context(store: Store, loaded: _Loaded, plan: Plan) -> LearnerContext:
    recipe = loaded.resolved.recipe
    return LearnerContext(
        model=catalogue.locate(store.settings, recipe.model.id) if recipe.model else None,
        plan=plan,
        seed=recipe.seed,
        cache=store.settings.cache,
        augment=loaded.resolved.augmenter,
    )


def _score(loaded: _Loaded, fitted: Fitted, reporter: StoreReporter) -> dict[str, _Judged] | None:
    """The best weights and the baseline on the same rows; None when told to end in between."""
    task, split = loaded.resolved.task, loaded.prepared.split
    baseline = task.baseline(split)
    judged = {}
    for name in SCORED:
        rows: pd.DataFrame = getattr(split, name)
        if rows.empty:
            continue
        if reporter.control() == "cancel":
            return None
        predictions: Predictions = fitted.predict(rows)
        judged[name] = _Judged(
            predictions=pd.concat([rows, predictions.table(rows.index)], axis=1),
            scores=task.score(rows, predictions),
            baseline=task.score(rows, baseline.predict(rows)),
        )
    return judged


def _save(
    store: Store,
    lease: Lease,
    loaded: _Loaded,
    fitted: Fitted,
    outcome: Outcome,
    plan: Plan,
    judged: Mapping[str, _Judged],
    reporter: StoreReporter,
) -> None:
    """Folders first, whole; then, in one transaction, the rows that name them and the state SUCCEEDED."""
    settings = store.settings
    model_name, evaluation_name = uuid.uuid4().hex, uuid.uuid4().hex
    with folders.new_folder(settings.models, model_name) as folder:
        resolved = loaded.resolved
        model_folder.write(
            folder, resolved.task, resolved.recipe, resolved.prepare, fitted, _about(store, loaded, judged)
        )
    with folders.new_folder(settings.evaluations, evaluation_name) as folder:
        for split, result in judged.items():
            result.predictions.to_parquet(folder / f"{split}.parquet")
    reporter.progress(phase="done")
    reporter.flush()
    usage = reporter.usage()
    summary = RunSummary(
        stopped_early=outcome.stopped_early,
        best_step=outcome.best_step,
        best_score=outcome.best_score,
        train_seconds=round(outcome.train_seconds, 3),
        samples_per_second=round(outcome.samples_per_second, 2),
        peak_memory_mb=round(usage["peak_memory_bytes"] / 1e6, 1),
        seconds_total=usage["active_seconds"],
        device=lease.slot,
        precision=plan.precision,
        scores={split: _values(result.scores) for split, result in judged.items()},
        baseline={split: _values(result.baseline) for split, result in judged.items()},
    )
    with store.session() as session:
        owner = queue.hold(session, lease).owner
        run = session.get_one(RunRow, loaded.run_id)
        run.summary = asdict(summary)
        session.execute(delete(EvaluationRow).where(EvaluationRow.run_id == run.id))
        for split, result in judged.items():
            session.add(
                EvaluationRow(
                    id=uuid.uuid4().hex,
                    run_id=run.id,
                    owner=owner,
                    split=split,
                    folder=evaluation_name,
                    scores=result.scores.model_dump(mode="json"),
                    baseline=result.baseline.model_dump(mode="json"),
                )
            )
        session.add(
            ModelRow(
                id=uuid.uuid4().hex,
                project_id=run.project_id,
                run_id=run.id,
                owner=owner,
                name=run.name,
                folder=model_name,
                bytes=folders.size(settings.models / model_name),
                binned=None,
            )
        )
        session.execute(delete(CheckpointRow).where(CheckpointRow.run_id == run.id))
        text = "Stopped: the best so far is kept." if outcome.stopped_early else "Finished."
        queue.finish(session, lease, State.SUCCEEDED, text=text)


def _values(scores: Scores) -> dict[str, float]:
    return {name: score.value for name, score in scores.values.items()}


def _about(store: Store, loaded: _Loaded, judged: Mapping[str, _Judged]) -> About:
    """What the model card tells besides the recipe."""
    recipe, split = loaded.resolved.recipe, loaded.prepared.split
    card = catalogue.card(store.settings, recipe.model.id) if recipe.model else None
    sample = samples.by_id(recipe.data.source) if recipe.data else None
    last = judged["test"] if "test" in judged else next(iter(judged.values()))
    return About(
        name=loaded.name,
        data=loaded.data_name,
        data_sha256=loaded.data_sha256,
        data_licence=f"{sample.licence}, {sample.attribution}" if sample else "",
        rows={"train": len(split.train), "validation": len(split.validation), "test": len(split.test)},
        base=card.id if card else "none",
        base_licence=card.licence if card else "none",
        base_attribution=card.attribution if card else "",
        scores=last.scores,
        baseline=last.baseline,
    )
