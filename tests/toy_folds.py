"""Runs in folds whose workers are the tests themselves."""

import uuid

import numpy as np
import pandas as pd

from tests import toy_store
from workbench.artefacts import folders
from workbench.jobs import queue, worker_folds
from workbench.recipe import Split
from workbench.services import runs
from workbench.store.records import EvaluationRow, RunRow
from workbench.store.views import State
from workbench.tasks.protocol import LabelPredictions

LABELS = ("rivers", "wine")


def queue_folds(store, place, folds=3):
    """A run in folds without anybody who works."""
    recipe = toy_store.recipe().model_copy(update={"split": Split(folds=folds)})
    with store.session() as session:
        key = uuid.uuid4().hex
        return runs._queue(session, store, place[0], recipe, place[1], key=key, name="", device="auto")


def begin(store):
    lease = queue.lease(store)
    queue.begin(store, lease, 1, 1.0)
    return lease


def end(store, lease, after=State.SUCCEEDED, score=0.5, reason=""):
    """A worker's end, with an evaluation of twenty rows when it succeeded."""
    with store.session() as session:
        if after is State.SUCCEEDED:
            run = session.get_one(RunRow, lease.job_id)
            folder, fold = uuid.uuid4().hex, run.recipe["split"]["fold"]
            index = pd.Index(range(fold, 60, 3))
            truth = pd.DataFrame({"text": "some", "label": [LABELS[row % 2] for row in index]}, index=index)
            right = round(score * len(index))
            chances = np.full((len(index), 2), 0.2)
            for number, row in enumerate(index):
                chances[number, row % 2 if number < right else 1 - row % 2] = 0.8
            answers = LabelPredictions(LABELS, chances).table(index)
            simple = LabelPredictions(LABELS[:1], np.ones((len(index), 1))).table(index)
            with folders.new_folder(store.settings.evaluations, folder) as staged:
                pd.concat([truth, answers], axis=1).to_parquet(staged / "test.parquet")
                simple.to_parquet(staged / "test-baseline.parquet")
            run.summary = {"scores": {"test": {"accuracy": score}}, "baseline": {"test": {"accuracy": 0.5}}}
            kept = {"rows": len(index), "values": {"accuracy": {"value": score}}}
            evaluation = EvaluationRow(id=folder, run_id=run.id, owner=run.owner, split="test", folder=folder)
            evaluation.scores = evaluation.baseline = kept
            session.add(evaluation)
        queue.finish(session, lease, after, text=reason, reason=reason)
    queue.settle(store, lease.job_id, lease.token, "The worker ended.")


def judged(store, place, scores=(0.5, 0.9, 0.7)):
    """A run in folds that has been judged, with these accuracies of its folds: its id."""
    parent = queue_folds(store, place, folds=len(scores))
    for score in scores:
        end(store, begin(store), score=score)
    lease = begin(store)
    worker_folds.judge(store, lease)
    queue.settle(store, parent, lease.token, "The worker ended.")
    return parent
