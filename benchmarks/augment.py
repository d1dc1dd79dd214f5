"""What share of a training step does augmentation add, for texts on MiniLM and for images on EfficientNet-lite0?

python -m benchmarks.augment [--only text|image] [--rounds N] [--threads N] [--device cpu|cuda]

Texts: SMS spam, batches of 32, method full. Images: batches of 32 at 224 x 224 in memory, every weight learns. Each
round measures the plain step and then every augmentation, so that all meet the same machine; shares are medians over
rounds. On a processor they are CPU-seconds, which other work on the machine changes less. The starter model and the
sample are fetched into the store of WORKBENCH_HOME.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median

import torch
from torch import nn

from workbench.augment.catalogue import TextAugmenter, augmentation, offered
from workbench.augment.image_augmenter import ImageAugmenter
from workbench.augment.step import AugmentStep

BATCH, SIDE, STEPS = 32, 224, 24
# EfficientNet-lite0 (B0 of https://arxiv.org/abs/1905.11946 without SE and swish): expansion, channels, repeats,
# stride, kernel.
BLOCKS = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5))
LAST = (6, 320, 1, 1, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("text", "image"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, {options.device}, {torch.get_num_threads()} threads")
    if options.only != "image":
        texts(options.rounds)
    if options.only != "text":
        images(options.rounds, options.device)


def texts(rounds: int) -> None:
    """An epoch of some batches as the loop makes them: drawing and tokenising all texts anew, against the steps."""
    from dataclasses import replace

    from benchmarks.sms_spam import rows
    from workbench import settings
    from workbench.prepare.splits import Split
    from workbench.recipe import Training
    from workbench.services import models
    from workbench.services.workbench import open_workbench
    from workbench.tasks import by_name
    from workbench.tasks.protocol import LearnerContext
    from workbench.training import batches, machine, optimisers, precision, rules

    task = by_name("text-classification")
    model = models.folder(open_workbench(settings.read()), "starter/minilm-l6")
    whole = rows(1)
    split = Split(whole.train.iloc[: BATCH * STEPS], whole.validation, whole.test)
    measured = machine.measured(settings.read().cache)
    plan = rules.plan_from(task.plan(Training(batch_size=BATCH), split, "cpu", measured))
    plan = replace(plan, threads=torch.get_num_threads())
    with tempfile.TemporaryDirectory() as folder, precision.settled(plan):
        problem = task.learner(split, LearnerContext(model, plan, 1, Path(folder)))
        optimizer = optimisers.build(problem.groups, plan)

        order = batches.order(problem.lengths(0), BATCH, seed=1, epoch=0)

        def epoch() -> None:
            for rows_of_batch in order:
                with precision.build(plan).context():
                    loss, count = problem.loss(problem.batch(rows_of_batch, 0))
                (loss / count).backward()
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)

        part = problem.train

        def anew(draw: TextAugmenter, turn: int) -> None:
            drawn = [draw(text, turn, row) for text, row in zip(part.texts, part.source, strict=True)]
            problem.encoded.tokens(drawn, keep=False)

        changes = {name: partial(anew, augmentation(steps, 7).text) for name, steps in sets("text").items()}
        report("text", epoch, changes, rounds, STEPS)


def images(rounds: int, device: str) -> None:
    """A batch of images changed on the device, against the step that learns from it."""
    torch.manual_seed(1)
    network = efficientnet_lite0().to(device, memory_format=torch.channels_last).train()  # the faster layout
    optimizer = torch.optim.SGD(network.parameters(), 0.01)
    pictures = torch.rand(BATCH, 3, SIDE, SIDE, device=device)
    partners = torch.rand(BATCH, 3, SIDE, SIDE, device=device)
    labels = torch.arange(BATCH, device=device) % 10

    def step() -> None:
        seen = pictures.contiguous(memory_format=torch.channels_last)
        nn.functional.cross_entropy(network(seen), labels).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        settle(device)

    def change(augmenter: ImageAugmenter, turn: int) -> None:
        augmenter.apply(pictures, range(BATCH), turn, partners)
        settle(device)

    changes = {name: partial(change, augmentation(steps, 7).images) for name, steps in sets("image").items()}
    report("image", step, changes, rounds, device=device)


def sets(kind: str) -> dict[str, list[AugmentStep]]:
    """Steps at their usual strength: those that a strength switches on, all together, and each alone."""
    kinds = offered([kind])
    together = [step for step in kinds if step.group not in ("Mixtures", "Everything")]
    chosen = {"first choice": [step() for step in kinds if step.comes_first]}
    chosen["all together"] = [step() for step in together]
    return chosen | {step.name(): [step()] for step in kinds}


def report(
    kind: str,
    step: Callable[[], None],
    changes: Mapping[str, Callable[[int], None]],
    rounds: int,
    steps: int = 1,
    device: str = "cpu",
) -> None:
    """Time the step and every change in each round; print medians, and the median of the rounds' shares."""
    plain: list[float] = []
    more: dict[str, list[float]] = {name: [] for name in changes}
    for turn in range(rounds + 1):  # the first round warms up
        plain.append(timed(step, device))
        for name, change in changes.items():
            more[name].append(timed(partial(change, turn), device))
    print(f"{kind}: plain step {1000 * median(plain[1:]) / steps:.0f} ms")
    for name, times in more.items():
        share = median(extra / whole for extra, whole in zip(times[1:], plain[1:], strict=True))
        print(f"  {name:20} {1000 * median(times[1:]) / steps:8.2f} ms {100 * share:6.2f} %")


def timed(work: Callable[[], None], device: str) -> float:
    clock = time.process_time if device == "cpu" else time.perf_counter
    start = clock()
    work()
    return clock() - start


def settle(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


class Block(nn.Module):
    """Expand, convolve each channel by itself, and bring back; added to its input where shapes allow."""

    def __init__(self, before: int, after: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        wide = before * expansion
        expand = [convolution(before, wide, 1), nn.ReLU6()] if expansion > 1 else []
        self.layers = nn.Sequential(
            *expand, convolution(wide, wide, kernel, stride, wide), nn.ReLU6(), convolution(wide, after, 1)
        )
        self.adds = stride == 1 and before == after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x) if self.adds else self.layers(x)


def convolution(before: int, after: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(after))


def efficientnet_lite0(classes: int = 10) -> nn.Sequential:
    layers: list[nn.Module] = [convolution(3, 32, 3, 2), nn.ReLU6()]
    before = 32
    for expansion, after, repeats, stride, kernel in (*BLOCKS, LAST):
        for repeat in range(repeats):
            layers.append(Block(before, after, expansion, stride if repeat == 0 else 1, kernel))
            before = after
    return nn.Sequential(
        *layers,
        convolution(before, 1280, 1),
        nn.ReLU6(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(1280, classes),
    )


if __name__ == "__main__":
    main()
