"""How much of a graphics card does the loop use? Samples a second and MFU, with networks of random weights.

python -m benchmarks.gpu [--device cuda] [--steps 60] [--parts encoder,images,decoder] [--small]

encoder: text-classification, method full, an encoder of BERT-base's size, 128 word pieces, batch 64. images:
image-classification, method full, a ViT-base at 224 pixels, batch 64. decoder: next words by adapters (LoRA) in a
decoder of about a billion weights, 512 tokens, batch 8. All in bf16 by the plan that the rules choose for a card. MFU
counts the multiplications that a step needs (three times those of a look; twice where the weights beneath the adapters
stay as they are) over what the card multiplies in the same time in bf16. ``--small`` tries the script without a card.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.sms_spam import Silent
from workbench.networks import adapters
from workbench.prepare.splits import Split
from workbench.recipe import Training
from workbench.tasks import by_name
from workbench.tasks.protocol import LearnerContext
from workbench.training import rules
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import Outcome, train
from workbench.training.problem import Group, Problem, Reporter
from workbench.training.rules import Plan


@dataclass(frozen=True)
class Sizes:
    """Of networks and batches."""

    width: int
    layers: int
    vocabulary: int
    decoder: tuple[int, int]  # width and layers
    tokens: int
    side: int
    batch: int


REAL = Sizes(width=768, layers=12, vocabulary=30_522, decoder=(2048, 16), tokens=128, side=224, batch=64)
SMALL = Sizes(width=64, layers=2, vocabulary=1_000, decoder=(64, 2), tokens=32, side=32, batch=8)


def main() -> None:
    parts: dict[str, Callable[[Sizes, str, int, Path], tuple[Outcome, float]]] = {
        "encoder": encoder,
        "images": images,
        "decoder": decoder,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--parts", default=",".join(parts))
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    sizes = SMALL if options.small else REAL
    fastest = _fastest(options.device, 512 if options.small else 8192)
    print(f"{options.device}: {fastest / 1e12:.1f} TFLOP/s in bf16, torch {torch.__version__}")
    print(f"{'part':10} {'samples/s':>10} {'MFU':>6} {'peak MB':>9}")
    for name in options.parts.split(","):
        if options.device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats()
        with tempfile.TemporaryDirectory() as scratch:
            outcome, operations = parts[name](sizes, options.device, options.steps, Path(scratch))
        speed = outcome.samples_per_second
        peak = torch.cuda.max_memory_allocated() / 1e6 if options.device.startswith("cuda") else float("nan")
        print(f"{name:10} {speed:10.1f} {speed * operations / fastest:6.0%} {peak:9.0f}", flush=True)


def encoder(sizes: Sizes, device: str, steps: int, scratch: Path) -> tuple[Outcome, float]:
    """How the training went, and the operations that a sample needs."""
    from transformers import BertConfig, BertModel

    config = BertConfig(vocab_size=sizes.vocabulary, **_body(sizes))
    BertModel(config).save_pretrained(scratch / "model")
    words = [f"word{number}" for number in range(sizes.vocabulary - 5)]
    _tokenizer(words).save_pretrained(scratch / "model")
    draw = np.random.default_rng(0)
    rows = sizes.batch * steps + 64
    texts = [" ".join(draw.choice(words, sizes.tokens - 2)) for _ in range(rows)]
    table = pd.DataFrame({"text": texts, "label": [f"label {row % 4}" for row in range(rows)]})
    ids = torch.zeros(1, sizes.tokens, dtype=torch.long, device="meta")
    look = _operations(BertModel(config).to("meta"), {"input_ids": ids})
    return _classify("text", table, sizes, device, scratch), 3 * look


def images(sizes: Sizes, device: str, steps: int, scratch: Path) -> tuple[Outcome, float]:
    """As ``encoder``."""
    from transformers import ViTConfig, ViTModel

    config = ViTConfig(image_size=sizes.side, patch_size=16, **_body(sizes))
    ViTModel(config).save_pretrained(scratch / "model")
    draw, files = np.random.default_rng(0), []
    for number in range(64):  # read again and again: decoding is part of a step, a disk full of images is not
        files.append(str(scratch / f"{number}.png"))
        Image.fromarray(draw.integers(0, 255, (sizes.side, sizes.side, 3), np.uint8)).save(files[-1])
    rows = sizes.batch * steps + 64
    table = pd.DataFrame(
        {"image": [files[row % 64] for row in range(rows)], "label": [f"label {row % 4}" for row in range(rows)]}
    )
    pixels = torch.zeros(1, 3, sizes.side, sizes.side, device="meta")
    return _classify("image", table, sizes, device, scratch), 3 * _operations(
        ViTModel(config).to("meta"), {"pixel_values": pixels}
    )


def decoder(sizes: Sizes, device: str, steps: int, scratch: Path) -> tuple[Outcome, float]:
    """As ``encoder``."""
    from transformers import LlamaConfig, LlamaForCausalLM

    width, layers = sizes.decoder
    config = LlamaConfig(
        vocab_size=sizes.vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        intermediate_size=4 * width,
        dtype="bfloat16" if device.startswith("cuda") else "float32",
    )
    with torch.device(device):
        network = LlamaForCausalLM(config)
    length, batch = 4 * sizes.tokens, max(1, sizes.batch // 8)
    plan = Plan("lora", batch_size=batch, learning_rate=2e-4, precision="bf16", device=device)
    problem = NextWords(network, batch * steps, length, sizes.vocabulary, device)
    outcome = train(problem, plan, seed=0, checkpoints=Checkpoints(scratch / "kept"), reporter=Silent())
    with torch.device("meta"):
        empty, ids = LlamaForCausalLM(config), torch.zeros(1, length, dtype=torch.long)
    return outcome, 2 * _operations(empty, {"input_ids": ids})


class NextWords:
    """Adapters learn which of random words follows."""

    headline = ("loss", False)

    def __init__(self, network: Any, rows: int, length: int, vocabulary: int, device: str) -> None:
        self.network, self.length, self.rows = network, length, rows
        names = adapters.targets(network, "attention")
        self.module = nn.ModuleList(adapters.add(network, names, 8, 16.0, seed=0)).to(device)
        self.groups = [Group(list(self.module.parameters()))]
        self.words = torch.randint(vocabulary, (rows, length), device=device)

    def prepare(self, reporter: Reporter, *, fresh: bool) -> None: ...

    def lengths(self, epoch: int) -> Sequence[int]:  # noqa: ARG002  (the same in every epoch)
        return [self.length] * self.rows

    def batch(self, rows: Sequence[int], epoch: int) -> torch.Tensor:  # noqa: ARG002
        return self.words[list(rows)]

    def loss(self, batch: torch.Tensor) -> tuple[torch.Tensor, int]:
        return self.network(input_ids=batch, labels=batch).loss * len(batch), len(batch)

    def validate(self) -> Mapping[str, float]:
        return {"loss": float(self.loss(self.words[:1])[0])}

    def fitted(self) -> nn.Module:
        return self.module


def _classify(kind: str, table: pd.DataFrame, sizes: Sizes, device: str, scratch: Path) -> Outcome:
    task = by_name(f"{kind}-classification")
    held_out = table.tail(64)
    split = Split(table.head(len(table) - 64), held_out, held_out)
    training = Training(method="full", epochs=1, batch_size=sizes.batch, learning_rate=1e-5, precision="bf16")
    plan = rules.plan_from(task.plan(training, split, device))
    problem: Problem = task.learner(split, LearnerContext(scratch / "model", plan, 0, scratch / "cache"))
    return train(problem, plan, seed=0, checkpoints=Checkpoints(scratch / "kept"), reporter=Silent())


def _body(sizes: Sizes) -> dict[str, int]:
    heads, inner = sizes.width // 64, 4 * sizes.width
    return {
        "hidden_size": sizes.width,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
    }


def _tokenizer(words: Sequence[str]) -> Any:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    special = {name: f"[{name[:3].upper()}]" for name in names}
    every = {word: number for number, word in enumerate((*special.values(), *words))}
    tokenizer = Tokenizer(WordLevel(every, unk_token=special["unk_token"]))
    tokenizer.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **special)


def _operations(network: nn.Module, inputs: Mapping[str, torch.Tensor]) -> float:
    """Floating-point operations of one look at one sample."""
    with torch.no_grad(), FlopCounterMode(display=False) as counted:
        network(**inputs)
    return float(counted.get_total_flops())


def _fastest(device: str, side: int, times: int = 20) -> float:
    """Operations of this device in a second, multiplying matrices in bf16."""
    left, right = torch.randn(2, side, side, device=device).bfloat16()

    def wait() -> float:
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        return time.monotonic()

    for _ in range(3):
        left @ right
    start = wait()
    for _ in range(times):
        left @ right
    return times * 2 * side**3 / (wait() - start)


if __name__ == "__main__":
    main()
