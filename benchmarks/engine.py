"""What does a good classifier cost here, and by the recipe that people usually run, from the same pretrained model?

python -m benchmarks.engine [--rows 1000] [--seeds 1,2,3] [--sets sms-spam,reviews-zh,libraries,animals,digits]
                            [--arms full,head,…,common,improved]

Arms, each a fresh process on one thread, in turns (A B C, A B C, …):
  full, last-blocks, lora, staged, head   the workbench's methods, every other value left to its rules
  common                                  transformers.Trainer with its defaults, as its own examples run it: fp32,
                                          batch 8, 5e-5, three epochs; texts padded to 128, images at 224 pixels
  improved                                the same with what people add who care: length groups without padding or
                                          smaller images, bf16, and the better one of two rates on the validation rows

Sets: three samples of the workbench's texts and images, and what a dozen installed libraries say of their functions
(the library is the label). All arms see the same training, validation and test rows; each seed draws others. Told are
seconds of one processor, peak memory, macro-F1 on the test rows, what the workbench gains with its 95 % interval
(paired bootstrap over the test rows of all seeds), and MFU: the multiplications that the samples need (three times
those of a look at each, per epoch) over what this processor multiplies in the same time in bf16; of methods that learn
with a part of the model it is left out. Trainer needs ``pip install accelerate``.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks import engine_sets
from benchmarks.engine_sets import SETS, Parts

METHODS = ("full", "last-blocks", "lora", "staged", "head")
TRAINER = ("common", "improved")
WITHOUT = {("animals", "lora"), ("digits", "lora"), ("animals", "staged"), ("digits", "staged")}  # of images
Sizes = tuple[int, int]  # training rows, and test rows at most
RATES = {"text": (1e-4, 2e-4), "image": (2e-4, 1e-3)}


@dataclass(frozen=True)
class Result:
    """What one process used, and what it predicted for each test row."""

    cpu: float
    peak_mb: float
    validation: float
    mfu: float | None
    predicted: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1000, help="of training")
    parser.add_argument("--test", type=int, default=800, help="test rows at most")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--arms", default="full,head,common,improved")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        arm, name, seed, rate = options.one
        print(json.dumps(asdict(_one(arm, name, int(seed), float(rate), (options.rows, options.test)))))
        return
    seeds, arms = [int(seed) for seed in options.seeds.split(",")], options.arms.split(",")
    sizes = (options.rows, options.test)
    for name in options.sets.split(","):
        here = [arm for arm in arms if (name, arm) not in WITHOUT]
        rate = _best_rate(name, seeds[0], sizes) if "improved" in here else 0.0
        results: dict[str, list[Result]] = {arm: [] for arm in here}
        for seed in seeds:
            for arm in here:
                results[arm].append(_apart(arm, name, seed, rate, sizes))
        _tell(name, results, seeds, rate, sizes)


def _apart(arm: str, name: str, seed: int, rate: float, sizes: Sizes) -> Result:
    command = [sys.executable, "-m", "benchmarks.engine", "--one", arm, name, str(seed), str(rate)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [*command, "--rows", str(sizes[0]), "--test", str(sizes[1])],
        env={**os.environ, **threads},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Result(**json.loads(done.stdout.splitlines()[-1]))


def _best_rate(name: str, seed: int, sizes: Sizes) -> float:
    tried = RATES[engine_sets.kind(name)]
    return max(tried, key=lambda rate: _apart("improved", name, seed, rate, sizes).validation)


def _tell(name: str, results: dict[str, list[Result]], seeds: Sequence[int], rate: float, sizes: Sizes) -> None:
    truth = [engine_sets.divided(name, seed, *sizes).test["label"].tolist() for seed in seeds]
    at = f", improved at {rate:g}" if rate else ""
    print(f"\n{name}: {sizes[0]} training rows, {len(truth[0])} test rows, seeds {seeds}{at}")
    print(f"{'arm':12} {'CPU-s':>8} {'peak MB':>8} {'macro-F1':>9} {'MFU':>6}")
    for arm, found in results.items():
        scores = [_macro_f1(true, one.predicted) for true, one in zip(truth, found, strict=True)]
        cpu, peak = (statistics.median(getattr(one, key) for one in found) for key in ("cpu", "peak_mb"))
        used = [one.mfu for one in found if one.mfu is not None]
        mfu = f"{statistics.median(used):6.0%}" if used else f"{'':6}"
        print(f"{arm:12} {cpu:8.1f} {peak:8.0f} {statistics.mean(scores):9.3f} {mfu}")
    for ours in (arm for arm in METHODS if arm in results):
        for theirs in (arm for arm in TRAINER if arm in results):
            pairs = list(zip(results[ours], results[theirs], strict=True))
            ratio = statistics.median(b.cpu / a.cpu for a, b in pairs)
            low, high = _gain(truth, [(a.predicted, b.predicted) for a, b in pairs])
            print(
                f"{ours} takes 1/{ratio:.1f} of the time of {theirs}; its macro-F1 is {low:+.3f} to {high:+.3f} higher"
            )


def _gain(truth: list[list[str]], pairs: list[tuple[list[str], list[str]]], draws: int = 1000) -> tuple[float, float]:
    """The 95 % interval of the difference of macro-F1, the mean over the seeds, by drawing test rows anew."""
    generator = np.random.default_rng(0)
    found = []
    for _ in range(draws):
        gains = []
        for true, (ours, theirs) in zip(truth, pairs, strict=True):
            rows = generator.integers(0, len(true), len(true))
            drawn = [np.asarray(labels)[rows] for labels in (true, ours, theirs)]
            gains.append(_macro_f1(drawn[0], drawn[1]) - _macro_f1(drawn[0], drawn[2]))
        found.append(statistics.mean(gains))
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def _macro_f1(true: Sequence[str], predicted: Sequence[str]) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(true, predicted, average="macro"))


def _one(arm: str, name: str, seed: int, rate: float, sizes: Sizes) -> Result:
    from benchmarks import engine_trainer

    kind, parts = engine_sets.kind(name), engine_sets.divided(name, seed, *sizes)
    folder = engine_sets.starter(kind)
    import torch

    torch.set_num_threads(1)
    start = time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        if arm in METHODS:
            validation, epochs, predicted = _workbench(kind, arm, parts, seed, folder, Path(scratch))
        else:
            learn = engine_trainer.texts if kind == "text" else engine_trainer.images
            validation, epochs, predicted = learn(
                parts, folder, scratch, seed=seed, rate=rate if arm == "improved" else None
            )
    cpu = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    whole = arm in ("full", *TRAINER)
    mfu = 3 * epochs * len(parts.train) * _operations(kind, parts, folder) / cpu / _fastest() if whole else None
    return Result(cpu, peak, validation, mfu, predicted)


def _workbench(
    kind: str, method: str, parts: Parts, seed: int, folder: Path, scratch: Path
) -> tuple[float, float, list[str]]:
    """The best validation score, the epochs, and the answers for the test rows."""
    from dataclasses import replace

    from benchmarks.sms_spam import Silent
    from workbench import settings
    from workbench.prepare.splits import Split
    from workbench.recipe import Training
    from workbench.tasks import by_name
    from workbench.tasks.protocol import LearnerContext
    from workbench.training import machine, rules
    from workbench.training.checkpoints import Checkpoints
    from workbench.training.loop import train

    task, split = by_name(f"{kind}-classification"), Split(parts.train, parts.validation, parts.test)
    training = Training.model_validate({"method": method})
    plan = rules.plan_from(task.plan(training, split, "cpu", machine.measured(settings.read().cache)))
    plan = replace(plan, threads=1)
    problem = task.learner(split, LearnerContext(folder, plan, seed, scratch / "cache"))
    outcome = train(problem, plan, seed=seed, checkpoints=Checkpoints(scratch / "kept"), reporter=Silent())
    predicted = problem.fitted().predict(parts.test[[kind]]).predicted
    return float(outcome.best_score or 0), float(plan.epochs), predicted


def _operations(kind: str, parts: Parts, folder: Path, looks: int = 32) -> float:
    """Floating-point operations of one look at a sample, of texts without padding and images at 224 pixels."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from benchmarks import engine_trainer

    with torch.no_grad(), FlopCounterMode(display=False) as counted:
        for inputs, network in engine_trainer.looks(kind, parts.train.head(looks), folder):
            network(**inputs)
    return counted.get_total_flops() / min(looks, len(parts.train))


def _fastest(side: int = 1024, times: int = 20) -> float:
    """Operations of this processor in a second, multiplying matrices in bf16."""
    import torch

    left, right = torch.randn(2, side, side, dtype=torch.bfloat16)
    for _ in range(3):
        left @ right
    start = time.process_time()
    for _ in range(times):
        left @ right
    return times * 2 * side**3 / (time.process_time() - start)


if __name__ == "__main__":
    main()
