"""How good are the tasks on real data, with every value left to the rules, and is it as good as promised?

python -m benchmarks.quality [NAME …] [--seeds 1,2,3] [--method METHOD]

Small tables and digits in five folds, the others on the test part with three seeds; each a process of its own, which
does what the worker does. Told are the mean and the spread (least to most) of the score, the baseline's on the same
rows, the promised floor, and seconds of the processor. The samples and starter models are fetched into the store of
WORKBENCH_HOME.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

PROJECT = "Benchmark: quality"
FOLDS = 5


@dataclass(frozen=True)
class Promise:
    """A sample, what is to be learned from it, and the score that is promised for it (None: nothing is)."""

    sample: str
    task: str
    score: str
    floor: float | None
    folds: bool = False
    recipe: dict[str, Any] = field(default_factory=dict)


DISTINCT = {"prepare": [{"step": "drop-empty"}, {"step": "drop-duplicates"}]}
PROMISES = {
    "wine": Promise("wine", "tabular-classification", "accuracy", 0.965, folds=True),
    "breast-cancer": Promise("breast-cancer", "tabular-classification", "accuracy", 0.965, folds=True),
    "penguins": Promise("penguins", "tabular-classification", "accuracy", 0.975, folds=True),
    "diabetes": Promise("diabetes", "tabular-regression", "r2", 0.44, folds=True),
    "phishing": Promise("phishing", "tabular-classification", "accuracy", None, folds=True),
    "shuttle": Promise("shuttle", "tabular-classification", "macro_f1", None),
    "digits": Promise("digits", "image-classification", "accuracy", 0.98, folds=True),
    "animals": Promise("animals", "image-classification", "accuracy", 0.93),
    "spam-lstm": Promise(
        "sms-spam", "text-classification", "macro_f1", 0.95, recipe=DISTINCT | {"model": {"id": "scratch/lstm"}}
    ),
    "spam": Promise("sms-spam", "text-classification", "macro_f1", None, recipe=DISTINCT),
    "names": Promise("ner-ja", "token-classification", "f1", None),
    "answers": Promise(
        "squad", "question-answering", "f1", None, recipe={"split": {"method": "group", "column": "title"}}
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*PROMISES, []], default=list(PROMISES))
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--method", help="of training, where the model has several")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(_one(PROMISES[options.names[0]], options.one, options.method)))
        return
    print(f"{'':14} {'score':9} {'mean':>6} {'spread':>13} {'baseline':>8} {'promised':>8} {'CPU-s':>7}")
    for name in options.names:
        promise = PROMISES[name]
        numbers = range(FOLDS) if promise.folds else [int(seed) for seed in options.seeds.split(",")]
        found = [_apart(name, number, options.method) for number in numbers]
        scores, simple, cpu = ([one[key] for one in found] for key in ("score", "baseline", "cpu"))
        spread = f"{min(scores):.3f}-{max(scores):.3f}"
        floor = "" if promise.floor is None else f"{promise.floor:.3f}"
        kept = "" if promise.floor is None or mean(scores) >= promise.floor else "  missed"
        values = f"{mean(scores):6.3f} {spread:>13} {mean(simple):8.3f} {floor:>8} {mean(cpu):7.1f}"
        print(f"{name:14} {promise.score:9} {values}{kept}", flush=True)


def _apart(name: str, number: int, method: str | None) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.quality", name, "--one", str(number)]
    command += ["--method", method] if method else []
    environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    return dict(json.loads(out.splitlines()[-1]))


def _one(promise: Promise, number: int, method: str | None) -> dict[str, float]:
    """The score of one fold, or with one seed."""
    from benchmarks.sms_spam import Silent
    from workbench import recipe as recipes
    from workbench import settings, tasks
    from workbench.data.sources import samples
    from workbench.jobs import worker_load
    from workbench.services import datasets, models, projects
    from workbench.services.workbench import open_workbench
    from workbench.training import loop
    from workbench.training.checkpoints import Checkpoints

    store = open_workbench(settings.read())
    project = projects.by_name(store, PROJECT) or projects.create(store, PROJECT)
    source = f"sample/{promise.sample}"
    version, sample = datasets.import_sample(store, project.id, source), samples.by_id(source)
    assert sample is not None
    content = {"task": promise.task, "data": {"source": source, "columns": dict(sample.columns)}, **promise.recipe}
    content |= {"split": {"folds": FOLDS, "fold": number}} if promise.folds else {"seed": number}
    content |= {"training": {"method": method}} if method else {}
    content.setdefault("model", {"id": tasks.by_name(promise.task).default_model})
    if content["model"]["id"].startswith("starter/"):
        models.fetch_pack(store, content["model"]["id"])
    loaded = worker_load.load(store, recipes.from_dict(content), version.id)
    start, task = time.process_time(), loaded.resolved.task
    plan = worker_load.plan_from(worker_load.facts(store, loaded, "cpu"), "cpu")
    with tempfile.TemporaryDirectory() as folder:
        problem = task.learner(loaded.split, worker_load.context(store, loaded, plan))
        kept = Checkpoints(Path(folder))
        loop.train(problem, plan, seed=loaded.recipe.seed, checkpoints=kept, reporter=Silent())
    test = loaded.split.test
    predicted, simple = problem.fitted().predict(test), task.baseline(loaded.split).predict(test)
    cpu = time.process_time() - start
    values, least = task.score(test, predicted, simple).values, task.score(test, simple, predicted).values
    return {"score": values[promise.score].value, "baseline": least[promise.score].value, "cpu": cpu}


if __name__ == "__main__":
    main()
