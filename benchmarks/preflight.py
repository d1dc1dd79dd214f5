"""How true is what the workbench predicts of a training before it starts: seconds, peak memory, bytes on the disk?

python -m benchmarks.preflight [--quick] [--only WORD] [--json FILE]

Thirty configurations of several tasks, from tiny to small. Each is measured as the page Train measures it, then run to
its end by the same workers; told are how far the predictions were off, then medians and worst. ``--quick`` takes every
fourth configuration without a pretrained model, ``--only`` those whose name contains a word. The aim: median errors
within 20 % (seconds), 15 % (memory), and none of the disk. Seconds are those of a clock: run it on a quiet machine.
"""

import argparse
import json
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from workbench.artefacts import folders
from workbench.recipe import Model, Recipe, Step, Training
from workbench.services import datasets, estimates, opening, projects, recipes, runs, starting
from workbench.services.workbench import Store, open_workbench
from workbench.settings import Settings

TEXTS, TABLES = "sample/sms-spam", ("penguins", "wine", "breast-cancer", "phishing", "diabetes")


@dataclass(frozen=True)
class Case:
    """A sample, a model, so many of its rows (0: all), and training settings."""

    source: str
    model: str
    rows: int
    training: dict[str, Any]

    @property
    def name(self) -> str:
        settings = " ".join(f"{key}={value}" for key, value in self.training.items())
        return (
            f"{self.source.removeprefix('sample/')} {self.model.split('/')[-1]} {self.rows or 'all'} {settings}".strip()
        )


@dataclass(frozen=True)
class Told:
    """What was predicted of a case, and what came."""

    name: str
    seconds: float
    real_seconds: float
    memory_mb: float
    real_memory_mb: float
    disk_mb: float
    real_disk_mb: float

    def errors(self) -> tuple[float, float, float]:
        """Of seconds, memory and disk, as shares of what came."""
        pairs = (
            (self.seconds, self.real_seconds),
            (self.memory_mb, self.real_memory_mb),
            (self.disk_mb, self.real_disk_mb),
        )
        return tuple((told - real) / real if real else 0.0 for told, real in pairs)  # type: ignore[return-value]


def cases() -> list[Case]:
    """The thirty."""
    few = {"epochs": 2}
    made = [Case(TEXTS, "scratch/lstm", rows, few) for rows in (600, 2500)]
    made += [Case(TEXTS, f"scratch/{name}", 1500, few) for name in ("gru", "transformer")]
    made += [Case(TEXTS, "scratch/transformer", 3000, {"epochs": 1, "batch_size": 8})]
    made += [Case("sample/reviews-zh", f"scratch/{name}", 800, {"epochs": 1}) for name in ("lstm", "transformer")]
    made += [Case(f"sample/{name}", "scratch/best-of", 0, {}) for name in TABLES]
    made += [Case(f"sample/{name}", "scratch/table-mlp", 0, {"epochs": 20}) for name in TABLES[1:]]
    made += [
        Case("sample/phishing", "scratch/boosted-trees", 0, {}),
        Case("sample/shuttle", "scratch/linear", 6000, {}),
    ]
    made += [Case("sample/digits", "scratch/small-cnn", rows, few) for rows in (600, 0)]
    pretrained = "starter/minilm-l6"
    made += [Case(TEXTS, pretrained, rows, {"epochs": 1}) for rows in (300, 1000)]
    made += [Case(TEXTS, pretrained, 400, {"epochs": 2, "batch_size": size}) for size in (8, 32)]
    made += [Case(TEXTS, pretrained, 400, {"epochs": 1, "max_length": 32, "optimizer": "sgd"})]
    made += [Case(TEXTS, pretrained, 400, {"epochs": 1, "method": way}) for way in ("last-blocks", "lora", "staged")]
    made += [Case(TEXTS, pretrained, 1000, {"method": "head"})]
    made += [Case("sample/digits", "starter/efficientnet-lite0", 200, {"epochs": 1, "method": "head"})]
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few configurations without a pretrained model")
    parser.add_argument("--only", default="", help="those whose name contains this word")
    parser.add_argument("--json", type=Path, help="also write what came to this file")
    options = parser.parse_args()
    chosen = [case for case in cases() if options.only in case.name]
    if options.quick:
        chosen = [case for case in chosen if case.model.startswith("scratch/")][::4]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WORKBENCH_HOME"] = folder
        store = open_workbench(Settings(Path(folder)))
        told = []
        print(f"{'':<52}{'seconds':>18}{'memory MB':>18}{'disk MB':>16}")
        for case in chosen:
            told.append(one(store, case))
            print(_line(told[-1]), flush=True)
    for place, what in enumerate(("seconds", "memory", "disk")):
        errors = [abs(line.errors()[place]) for line in told]
        print(f"{what:<8} median error {median(errors):6.1%}   worst {max(errors):6.1%}")
    pressure = Path("/proc/pressure/cpu")
    if pressure.is_file():
        print("the machine, last of all:", pressure.read_text().splitlines()[0])
    if options.json:
        options.json.write_text(json.dumps([asdict(line) for line in told], indent=1))


def one(store: Store, case: Case) -> Told:
    """Measure a case, then run it."""
    project = projects.create(store, case.name, numbered=True)
    version = datasets.import_sample(store, project.id, case.source)
    opening.use_data(store, projects.draft(store, project.id), version)
    draft = projects.draft(store, project.id)
    recipe = draft.recipe.model_copy(update={"model": Model(id=case.model), "training": Training(**case.training)})
    if case.rows:
        sample = Step.model_validate({"step": "sample-rows", "rows": case.rows})
        recipe = recipe.model_copy(update={"prepare": (*recipe.prepare, sample)})
    projects.save_draft(store, draft, recipe=recipe)
    recipes.check(store, recipe, version.id)  # as the page does, which prepares the rows
    predicted = _predicted(store, project.id, recipe, version.id)
    with _watched(store.settings) as most:
        run = runs.start(store, project.id, recipe, version.id, key=uuid.uuid4().hex)
        while not run.state.ended:
            starting.ensure_supervisor(store)
            time.sleep(0.3)
            run = runs.get(store, run.id)
    if run.model_id is None:
        raise SystemExit(f"{case.name}: {run.state} {run.reason}")
    summary = run.summary
    real = summary.seconds_total or 0.0
    memory = summary.peak_memory_mb or 0.0
    return Told(case.name, predicted[0], real, predicted[1] / 1e6, memory, predicted[2] / 1e6, max(most) / 1e6)


def _predicted(store: Store, project_id: str, recipe: Recipe, version_id: str) -> tuple[float, int, int]:
    """Seconds, memory and disk, as the page Train has them."""
    estimates.request(store, project_id)
    while (job := estimates.measuring(store, project_id)) is not None and job.state.active:
        starting.ensure_supervisor(store)
        time.sleep(0.3)
    known = estimates.known(store, project_id)
    if known is None:
        raise SystemExit(f"the measurement failed: {job.reason if job else ''}")
    facts = estimates.plan(store, recipe, version_id)
    epochs = int(facts["epochs"].value) if "epochs" in facts else known.epochs
    known = known.under(recipe.training.method, epochs)
    return known.seconds, known.memory_bytes, known.disk_bytes


@contextmanager
def _watched(settings: Settings) -> Iterator[list[int]]:
    """The bytes that checkpoints and models take beyond those that were there, looked at ten times a second."""
    before, ended, seen = _bytes(settings), threading.Event(), [0]

    def watch() -> None:
        while not ended.wait(0.1):
            seen.append(_bytes(settings) - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def _bytes(settings: Settings) -> int:
    total = 0
    for root in (settings.checkpoints, settings.models):
        try:
            total += folders.size(root)
        except FileNotFoundError:  # a checkpoint went while it was counted
            continue
    return total


def _line(told: Told) -> str:
    pairs = (
        (told.seconds, told.real_seconds, 18, 1),
        (told.memory_mb, told.real_memory_mb, 18, 0),
        (told.disk_mb, told.real_disk_mb, 16, 1),
    )
    return f"{told.name:<52}" + "".join(
        f"{f'{guess:.{digits}f} / {real:.{digits}f}':>{width}}" for guess, real, width, digits in pairs
    )


if __name__ == "__main__":
    main()
