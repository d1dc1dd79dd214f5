"""The end of a run in folds: mean and spread of their scores, and every row judged by the model that never saw it."""

import statistics
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from workbench import tasks
from workbench.evaluate.panels import Score, Scores
from workbench.jobs import queue, worker_scores
from workbench.jobs.queue import Lease
from workbench.jobs.worker_scores import BASELINE, Judged
from workbench.store.records import EvaluationRow, JobRow, RunRow
from workbench.store.session import Store
from workbench.store.views import RunSummary, State
from workbench.tasks.protocol import AnswerPredictions, LabelPredictions, NumberPredictions, Predictions, Task

TEST = "test"
_PLACE = ("prediction_start", "prediction_end")
_FIRST = "prediction"  # the first column of an answer; those before it are the row's
_PROBABILITY = "probability_"


@dataclass(frozen=True, slots=True)
class Fold:
    """How one fold ended; ``summary`` is a RunSummary's values, ``folder`` that of its predictions."""

    number: int
    state: State
    reason: str
    summary: Mapping[str, Any]
    folder: str | None


def judge(store: Store, lease: Lease) -> bool:
    """Judge the folds that have finished. The run fails when one of them did, with the scores of the others."""
    with store.reading() as session:
        task = tasks.by_name(str(session.get_one(RunRow, lease.job_id).recipe["task"]))
        folds = _folds(session, lease.job_id)
    done = [fold for fold in folds if fold.state is State.SUCCEEDED and fold.folder]
    after, text = _ending(folds, len(done))
    judged: dict[str, Judged] = {}
    folder = uuid.uuid4().hex
    if done:
        judged = {TEST: together(task, store.settings.evaluations, done)}
        worker_scores.write(store.settings.evaluations, folder, judged)
    with store.session() as session:
        owner = queue.hold(session, lease).owner
        run = session.get_one(RunRow, lease.job_id)
        if done:
            run.summary = asdict(_summary(done, stopped=len(done) < len(folds)))
            worker_scores.keep(session, run, owner, folder, judged)
        run.progress = {**run.progress, "phase": "done"}
        queue.finish(session, lease, after, text=text, reason=text if after is State.FAILED else "")
    return True


def _folds(session: Session, parent_id: str) -> list[Fold]:
    query = select(RunRow, JobRow, EvaluationRow.folder).join(JobRow, JobRow.id == RunRow.id)
    query = query.outerjoin(EvaluationRow, (EvaluationRow.run_id == RunRow.id) & (EvaluationRow.split == TEST))
    rows = session.execute(query.where(JobRow.parent_id == parent_id)).tuples().all()
    found = [
        Fold(int(run.recipe["split"]["fold"]), State(job.state), job.reason, run.summary, folder)
        for run, job, folder in rows
    ]
    return sorted(found, key=lambda fold: fold.number)


def _ending(folds: Sequence[Fold], done: int) -> tuple[State, str]:
    """What becomes of the run, and the sentence that says so."""
    failed = [fold for fold in folds if fold.state is State.FAILED]
    if not failed:
        if not done:
            return State.CANCELLED, "Cancelled: no fold was finished."
        return State.SUCCEEDED, f"Finished: {done} folds." if done == len(folds) else f"Finished: {done} of the folds."
    which = "Fold" if len(failed) == 1 else "Folds"
    numbers = " and ".join(str(fold.number + 1) for fold in failed)
    scores = f"The scores are those of the other {done}. " if done else ""
    return State.FAILED, f"{which} {numbers} failed: {failed[0].reason} {scores}Resume to try again what failed."


def _summary(done: Sequence[Fold], *, stopped: bool) -> RunSummary:
    """Means and spreads of the scores; sums of the seconds, and the peak of the memory."""

    def of(name: str) -> list[Any]:
        return [fold.summary.get(name) for fold in done if fold.summary.get(name) is not None]

    return RunSummary(
        stopped_early=stopped,
        best_score=_mean(of("best_score")),
        train_seconds=sum(of("train_seconds")),
        samples_per_second=_mean(of("samples_per_second")),
        peak_memory_mb=max(of("peak_memory_mb"), default=None),
        seconds_total=sum(of("seconds_total")),
        device=str(done[0].summary.get("device", "")),
        precision=str(done[0].summary.get("precision", "")),
        scores=_each(of("scores"), statistics.fmean),
        baseline=_each(of("baseline"), statistics.fmean),
        spread=_each(of("scores"), lambda values: statistics.stdev(values) if len(values) > 1 else 0.0),
        folds=len(done),
    )


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def _each(
    scores: Sequence[Mapping[str, Mapping[str, float]]], figure: Callable[[Sequence[float]], float]
) -> dict[str, dict[str, float]]:
    """A figure of every metric that all folds have, by split."""
    splits = [split for split in scores[0] if all(split in of_fold for of_fold in scores)]
    return {
        split: {
            name: figure([of_fold[split][name] for of_fold in scores])
            for name in scores[0][split]
            if all(name in of_fold[split] for of_fold in scores)
        }
        for split in splits
    }


def together(task: Task, root: Path, folds: Sequence[Fold]) -> Judged:
    """The test rows of all folds judged as one, where answers are labels, numbers or from texts; else the folds'
    mean scores."""
    places = [root / str(fold.folder) for fold in folds]
    rows = pd.concat([pd.read_parquet(place / f"{TEST}.parquet") for place in places]).sort_index()
    simple = pd.concat([pd.read_parquet(place / f"{TEST}{BASELINE}") for place in places]).sort_index()
    cut = list(rows.columns).index(_FIRST)
    truth, answers = rows.iloc[:, :cut], rows.iloc[:, cut:]
    predicted, easy = answers_of(answers), answers_of(simple)
    if predicted is not None and easy is not None:
        scores, baseline = task.score(truth, predicted, easy), task.score(truth, easy)
    else:
        scores, baseline = (_means(folds, name, len(rows)) for name in ("scores", "baseline"))
    return Judged(predictions=rows, scores=scores, baseline=baseline)


def _means(folds: Sequence[Fold], which: str, rows: int) -> Scores:
    means = _each([fold.summary[which] for fold in folds], statistics.fmean)
    return Scores(rows=rows, values={name: Score(value=value) for name, value in means.get(TEST, {}).items()})


def answers_of(table: pd.DataFrame) -> Predictions | None:
    """The predictions that were written as ``table``, when they are labels, numbers or answers from texts; a label that
    a fold did not know has no probability there."""
    probabilities = [str(name) for name in table.columns if str(name).startswith(_PROBABILITY)]
    if probabilities:
        table = table.assign(**{name: table[name].fillna(0.0) for name in probabilities})
        labels = tuple(name.removeprefix(_PROBABILITY) for name in probabilities)
        found: Predictions = LabelPredictions(labels, table[probabilities].to_numpy(dtype=float))
    elif _PLACE[0] in table.columns:
        places = tuple((int(start), int(end)) for start, end in table[list(_PLACE)].to_numpy())
        found = AnswerPredictions(tuple(table[_FIRST]), places, table["confidence"].to_numpy(dtype=float))
    elif table[_FIRST].dtype.kind == "f":
        found = NumberPredictions(table[_FIRST].to_numpy(dtype=float))
    else:
        return None
    written = found.table(table.index)
    same = written.shape == table.shape and all(
        written[name].tolist() == table[name].tolist() for name in written.columns if name in table.columns
    )
    return found if same else None
