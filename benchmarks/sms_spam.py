"""How good is method full, with every value left to the rules, on the whole of SMS spam, and what does it cost?

python -m benchmarks.sms_spam [--seeds 1,2,3] [--method full|head] [--threads N] [--common] [--set key=value …]

Every seed is a process of its own, with its own split and weights. Rows: whitespace normalised, empty ones and
duplicates dropped, 80/10/10 stratified. ``--common`` also times a few steps of what people usually run: padded to 128,
fp32, batch 8, 5e-5, three epochs. The starter model and the sample are fetched into the store of WORKBENCH_HOME.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean

PROJECT = "Benchmark: SMS spam"
PREPARE = ("normalise-whitespace", "drop-empty", "drop-duplicates")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--method", default="full", choices=("full", "head"))
    parser.add_argument("--threads", type=int)
    parser.add_argument("--common", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a training key")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(run(options.one, options.method, options.threads, options.set)))
        return
    results = []
    for seed in options.seeds.split(","):
        command = [sys.executable, "-m", "benchmarks.sms_spam", "--one", seed, "--method", options.method]
        command += ["--threads", str(options.threads)] if options.threads else []
        command += [part for pair in options.set for part in ("--set", pair)]
        environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
        results.append(json.loads(out.splitlines()[-1]))
        print(json.dumps(results[-1]), flush=True)
    keys = ("macro_f1", "baseline_macro_f1", "validation_macro_f1", "wall_seconds", "cpu_seconds", "peak_memory_mb")
    print("mean", json.dumps({key: round(mean(result[key] for result in results), 4) for key in keys}))
    if options.common:
        print("common recipe", json.dumps(common()))


def run(seed: int, method: str, threads: int | None, changes: list[str]) -> dict[str, object]:
    """Import, prepare, train, score: what the worker does, in this process."""
    from dataclasses import replace

    from workbench import settings
    from workbench.recipe import Training
    from workbench.services import models
    from workbench.services.workbench import open_workbench
    from workbench.tasks import by_name
    from workbench.tasks.protocol import LearnerContext
    from workbench.training import machine, rules
    from workbench.training.checkpoints import Checkpoints
    from workbench.training.loop import train

    task = by_name("text-classification")
    model = models.folder(open_workbench(settings.read()), "starter/minilm-l6")
    split = rows(seed)
    training = Training(method=method, **{key: _value(text) for key, text in (pair.split("=") for pair in changes)})
    start, cpu = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        cache = settings.read().cache
        plan = rules.plan_from(task.plan(training, split, "cpu", machine.measured(cache)))
        plan = replace(plan, threads=threads) if threads else plan
        # Features are computed anew: a second run of the benchmark must not look faster than the first.
        problem = task.learner(split, LearnerContext(model, plan, seed, Path(folder) / "cache"))
        checkpoints = Checkpoints(Path(folder) / "checkpoints")
        outcome = train(problem, plan, seed=seed, checkpoints=checkpoints, reporter=Silent())
        wall, cpu = time.monotonic() - start, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    scores = task.score(split.test, problem.fitted().predict(split.test)).values
    baseline = task.score(split.test, task.baseline(split).predict(split.test)).values
    return {
        "seed": seed,
        "macro_f1": scores["macro_f1"].value,
        "accuracy": scores["accuracy"].value,
        "baseline_macro_f1": baseline["macro_f1"].value,
        "validation_macro_f1": outcome.best_score,
        "best_step": outcome.best_step,
        "steps": outcome.step,
        "wall_seconds": round(wall, 1),
        "cpu_seconds": round(cpu, 1),
        "train_seconds": round(outcome.train_seconds, 1),
        "samples_per_second": round(outcome.samples_per_second, 1),
        "peak_memory_mb": round(peak / 1e6),
        "epochs": plan.epochs,
        "batch_size": plan.batch_size,
        "learning_rate": plan.learning_rate,
        "precision": plan.precision,
        "threads": plan.threads,
    }


def rows(seed: int):
    """The prepared split, through the same doors as the app."""
    from workbench import settings
    from workbench.recipe import Data, Recipe, Step
    from workbench.services import datasets, projects
    from workbench.services.workbench import open_workbench

    recipe = Recipe(
        data=Data(source="sample/sms-spam", columns={"text": "text", "label": "label"}),
        prepare=tuple(Step(step=step) for step in PREPARE),
        seed=seed,
    )
    store = open_workbench(settings.read())
    project = projects.by_name(store, PROJECT) or projects.create(store, PROJECT)
    version = datasets.import_sample(store, project.id, "sample/sms-spam")
    return datasets.prepared(store, recipe, version.id).split


class Silent:
    """A reporter for nobody."""

    def point(self, point: object) -> None: ...

    def progress(self, **changes: object) -> None: ...

    def event(self, kind: str, text: str) -> None: ...

    def control(self) -> None: ...


def common(steps: int = 30) -> dict[str, object]:
    """CPU seconds that the usual recipe would take, from a few steps: its quality is in docs/training.md."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    from workbench import settings
    from workbench.services import models
    from workbench.services.workbench import open_workbench

    torch.set_num_threads(1)
    folder = models.folder(open_workbench(settings.read()), "starter/minilm-l6")
    train = rows(1).train
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=2)
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-5)
    labels = torch.tensor([int(label == "spam") for label in train["label"]])
    network.train()
    taken = []
    for step in range(steps):
        start = time.process_time()
        part = slice(step * 8, step * 8 + 8)
        texts = train["text"].tolist()[part]
        batch = tokenizer(texts, padding="max_length", truncation=True, max_length=128, return_tensors="pt")
        network(**batch, labels=labels[part]).loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        taken.append(time.process_time() - start)
    each = sorted(taken)[len(taken) // 2]
    return {"cpu_seconds_a_step": round(each, 3), "cpu_seconds_3_epochs": round(each * len(train) / 8 * 3)}


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    main()
