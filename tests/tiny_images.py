"""Small pictures of stripes that lie or stand, in files, and networks small enough to learn them in a test."""

import atexit
import json
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

KINDS = {
    "vit": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64},
    "deit": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64},
    "beit": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64},
    "dinov2": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
    "swin": {"embed_dim": 16, "depths": [1, 1], "num_heads": [2, 2], "window_size": 2},
    "convnext": {"hidden_sizes": [8, 16, 16, 32], "depths": [1, 1, 1, 1]},
    "convnextv2": {"hidden_sizes": [8, 16, 16, 32], "depths": [1, 1, 1, 1]},
    "resnet": {"embedding_size": 8, "hidden_sizes": [8, 16, 16, 32], "depths": [1, 1, 1, 1], "layer_type": "basic"},
    "regnet": {"embedding_size": 8, "hidden_sizes": [8, 16, 16, 32], "depths": [1, 1, 1, 1], "groups_width": 8},
    "mobilenet_v2": {"depth_multiplier": 0.1, "min_depth": 8, "depth_divisible_by": 8},
    "mobilevit": {"hidden_sizes": [16, 24, 32], "neck_hidden_sizes": [8, 8, 16, 16, 24, 24, 32]},
    "efficientnet": {"width_coefficient": 0.1, "depth_coefficient": 0.1, "hidden_dim": 128},
}


@cache
def _place() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="stripes-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


@cache
def _stripes(rows: int) -> pd.DataFrame:
    from PIL import Image

    draw = np.random.default_rng(4)
    paths, labels = [], []
    for row in range(rows):
        label = ("lying", "standing")[row % 2]
        line = (np.arange(12) + draw.integers(4)) % 4 < 2
        pixels = np.tile(line[:, None] if label == "lying" else line[None, :], (1, 12) if label == "lying" else (12, 1))
        noisy = np.clip(pixels * 160 + draw.normal(40, 25, (12, 12)), 0, 255).astype(np.uint8)
        image = Image.fromarray(noisy if row % 3 else np.stack([noisy, noisy // 2, 255 - noisy], axis=-1))
        path = _place() / f"{row}.png"
        image.save(path)
        paths.append(str(path))
        labels.append(label)
    return pd.DataFrame({"image": paths, "label": labels}, dtype=object)


def stripes(rows: int = 120) -> pd.DataFrame:
    """Paths of grey and colour pictures of 12 x 12 pixels, and which way their stripes go."""
    return _stripes(rows).copy()


def odd() -> list[str]:
    """Paths of seven pictures that hold hardly anything, or are far from square."""
    from PIL import Image

    sizes = [(1, 1), (1, 300), (300, 1), (2, 2), (3, 3), (64, 1), (700, 500)]
    modes = ["L", "RGB", "L", "RGB", "L", "RGB", "L"]
    for number, (size, mode) in enumerate(zip(sizes, modes, strict=True)):
        Image.new(mode, size, "white").save(_place() / f"odd-{number}.{'jpg' if number % 2 else 'png'}")
    return [str(path) for path in sorted(_place().glob("odd-*"))]


@cache
def network() -> Path:
    """A folder with a small CNN, untrained, yet with weights: what a pretrained network looks like to the workbench."""
    from safetensors.torch import save_file

    from workbench.networks.small_cnn import SmallCnn

    folder = _place() / "tiny-cnn"
    folder.mkdir()
    made = SmallCnn((4, 8), seed=1)
    save_file(made.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(made.described()))
    return folder


@cache
def untrained() -> Path:
    """A folder with the same network without weights."""
    folder = _place() / "untrained-cnn"
    folder.mkdir()
    (folder / "config.json").write_text((network() / "config.json").read_text())
    return folder


@cache
def autoencoder(kind: str) -> Path:
    """A folder that describes a small network of this kind ("autoencoder" or "vae") for images of 16 pixels."""
    folder = _place() / kind
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": kind, "latent": 4, "width": 16, "image_size": 16}))
    return folder


def encoder_into(folder: Path, kind: str) -> Path:
    """A whole model folder of one of transformers' kinds with random weights, for images of 32 pixels."""
    import torch
    from transformers import AutoConfig, AutoModelForImageClassification

    patches = {"patch_size": {"mobilevit": 2, "vit": 8, "deit": 8, "beit": 8, "dinov2": 8}.get(kind, 4)}
    config = AutoConfig.for_model(kind, image_size=32, num_labels=3, **(patches | KINDS[kind]))
    config.architectures = ["DeiTForImageClassification"] if kind == "deit" else None  # of two that it has
    torch.manual_seed(0)
    AutoModelForImageClassification.from_config(config).save_pretrained(folder)
    said = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.25, 0.3], "size": {"height": 32, "width": 32}}
    (folder / "preprocessor_config.json").write_text(json.dumps(said))
    return folder


def exported(root: Path) -> Path:
    """A whole model folder of a network that has learned nothing; its preparation pads images to squares."""
    from workbench.artefacts import folders
    from workbench.evaluate.panels import Score, Scores
    from workbench.export import folder as model_folder
    from workbench.export.card import About
    from workbench.networks.image_encoder import ImageClassifier, load_encoder
    from workbench.prepare.pad_images import PadImages
    from workbench.prepare.prepared import prepare_table
    from workbench.prepare.roles import Roles
    from workbench.recipe import Data, Recipe, Split
    from workbench.tasks.image_classification import TASK, ImageClassifierFitted
    from workbench.tasks.image_learner import Seeing

    encoder, reading = load_encoder(network(), 0)
    labels = ("lying", "standing")
    seeing = Seeing(ImageClassifier(encoder, reading, 2, 5).eval(), labels, 32, "cpu")
    roles = Roles({"image": "image", "label": "kind"}, (), "label", ("image",))
    table = pd.DataFrame({"image": stripes(8)["image"], "kind": labels * 4}, dtype="str")
    scores = Scores(rows=4, values={"macro_f1": Score(value=0.5)})
    about = About("Stripes", "stripes.zip", "ab" * 32, {"train": 4}, "none", "none", scores, scores)
    recipe = Recipe(task=TASK.name, data=Data(source="stripes.zip", columns={"image": "image", "label": "kind"}))
    with folders.new_folder(root, "stripes") as staged:
        prepared = prepare_table(table, roles, (PadImages(),), Split(), 7)
        model_folder.write(staged, TASK, recipe, prepared, ImageClassifierFitted(seeing), about)
    return root / "stripes"
