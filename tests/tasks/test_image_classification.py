"""Image classification: what it finds in rows, how it reads images, and models from anywhere."""

import csv
import json
import subprocess
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from tests import tiny_images
from tests.training.problems import Watcher
from workbench import recipe, tasks
from workbench.artefacts import arrays
from workbench.augment.catalogue import Augmentation
from workbench.augment.cutmix import CutMix
from workbench.augment.flip import Flip
from workbench.augment.image_augmenter import ImageAugmenter
from workbench.augment.mixup import Mixup
from workbench.data.profiles.image_profile import ImageProfile, Spread
from workbench.data.profiles.profile import ColumnProfile, TableProfile
from workbench.errors import ModelError, TrainingError
from workbench.export.folder import FUNCTIONS
from workbench.models import scratch
from workbench.prepare.splits import Split, split_table
from workbench.recipe import Training
from workbench.tasks import image_cache
from workbench.tasks.image_cache import pictures
from workbench.tasks.image_pixels import square
from workbench.tasks.protocol import LearnerContext
from workbench.training import estimate
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train
from workbench.training.rules import plan_from

TASK = tasks.by_name("image-classification")
QUICK = Training(epochs=2, batch_size=16, learning_rate=1e-3, checkpoint_steps=4)


def quick(epochs: int) -> Training:
    return QUICK.model_copy(update={"epochs": epochs})


@pytest.fixture(scope="module")
def split() -> Split:
    return split_table(tiny_images.stripes(), "label", recipe.Split(train=0.6, validation=0.2, test=0.2), 3)


def learner(model: Path, split: Split, cache: Path, training: Training = QUICK, augment=None, **changes):
    plan = replace(plan_from(TASK.plan(training, split, "cpu")), threads=1, **({"image_size": 32} | changes))
    return TASK.learner(split, LearnerContext(model, plan, 5, cache, augment)), plan


def learned(model: Path, split: Split, folder: Path, training: Training = QUICK, augment=None, **changes):
    problem, plan = learner(model, split, folder / "cache", training, augment, **changes)
    train(problem, plan, seed=5, checkpoints=Checkpoints(folder / "run"), reporter=Watcher())
    return problem.fitted()


@pytest.mark.parametrize("kind", tiny_images.KINDS)
def test_image_classifiers_of_transformers_are_trained_kept_and_loaded_without_torchvision(kind, split, tmp_path):
    fitted = learned(tiny_images.encoder_into(tmp_path / kind, kind), split, tmp_path, quick(1))
    wanted = fitted.predict(split.test)
    assert fitted.seeing.side == 32 and wanted.labels == ("lying", "standing")
    (tmp_path / "saved").mkdir()
    fitted.save(tmp_path / "saved")
    found = TASK.load(tmp_path / "saved").predict(split.test)
    np.testing.assert_allclose(found.probabilities, wanted.probabilities, atol=1e-5)
    assert "torchvision" not in sys.modules


def test_every_kind_that_is_admitted_is_tried():
    from workbench.models.folder import IMAGE_ENCODERS

    assert set(IMAGE_ENCODERS) == set(tiny_images.KINDS)


def test_images_are_read_as_the_model_folder_says(split, tmp_path):
    problem, _ = learner(tiny_images.encoder_into(tmp_path / "vit", "vit"), split, tmp_path / "cache", image_size=224)
    network = problem.module
    assert problem.seeing.side == 32  # a transformer keeps the size that it was made for
    assert network.mean.flatten().tolist() == pytest.approx([0.4, 0.5, 0.6])
    assert network.deviation.flatten().tolist() == pytest.approx([0.2, 0.25, 0.3])


def test_a_model_for_texts_is_refused(tiny_bert, split, tmp_path):
    with pytest.raises(ModelError, match="reads texts") as raised:
        learner(tiny_bert, split, tmp_path / "cache")
    assert raised.value.code == "MODEL-73"


def test_a_network_from_scratch_learns_as_a_whole_or_not_at_all(split, tmp_path):
    small = scratch.by_id("scratch/small-cnn").folder
    fitted = learned(small, split, tmp_path, quick(4))
    assert TASK.score(split.test, fitted.predict(split.test)).values["accuracy"].value > 0.8
    with pytest.raises(TrainingError, match="from scratch"):
        learner(small, split, tmp_path / "cache", Training(method="head"))


def test_images_are_decoded_once_and_batches_are_what_the_files_hold(split, tmp_path, monkeypatch):
    problem, _ = learner(tiny_images.network(), split, tmp_path)
    problem.prepare(Watcher(), fresh=True)
    monkeypatch.setattr(image_cache, "square", None)  # nothing is decoded any more
    batch = problem.batch([3, 0], 0)
    paths = split.train["image"].tolist()
    for image, row in zip(batch.images, (3, 0), strict=True):
        wanted = torch.tensor(square(Path(paths[row]), 32)).permute(2, 0, 1) / 255
        assert torch.equal(image, wanted.expand(3, -1, -1))
    assert batch.images.is_contiguous(memory_format=torch.channels_last)


def test_grey_images_are_kept_as_one_channel(tmp_path):
    for name in "ab":
        Image.fromarray(np.full((4, 4), 77, np.uint8)).save(tmp_path / f"{name}.png")
    paths = [str(tmp_path / "a.png"), str(tmp_path / "b.png")]
    seen = pictures(paths, 32, tmp_path / "cache")
    assert seen.kept.shape == (2, 32, 32, 1) and (seen.take([1]) == 77).all()
    Image.new("RGB", (4, 4), (1, 2, 3)).save(tmp_path / "b.png")
    again = pictures(paths, 32, tmp_path / "cache")
    assert again.kept.shape == (2, 32, 32, 3) and again.take([1])[0, 5, 5].tolist() == [1, 2, 3]


def test_more_images_than_the_cache_may_hold_are_decoded_when_needed(split, tmp_path, monkeypatch):
    paths = split.test["image"].tolist()
    kept = pictures(paths, 32, tmp_path).take([0, 4])
    monkeypatch.setattr(image_cache, "MOST_BYTES", 1000)
    each = pictures(paths, 32, tmp_path)
    assert each.kept is None and (each.take([0, 4]) == kept).all()


def test_decoding_that_is_cut_short_leaves_nothing_behind(split, tmp_path):
    assert pictures(split.train["image"].tolist(), 32, tmp_path, Watcher(ask="pause")) is None
    assert not list((tmp_path / "arrays").iterdir())


def test_an_array_is_kept_when_it_is_whole(tmp_path):
    def fill(array) -> bool:
        array[:] = 7
        return True

    assert arrays.fill(tmp_path, "key", "x", (3, 2), np.uint8, fill)
    assert (arrays.read(tmp_path, "key")["x"] == 7).all()
    assert not arrays.fill(tmp_path, "other", "x", (3, 2), np.uint8, lambda array: False)
    assert arrays.read(tmp_path, "other") is None


@pytest.mark.parametrize("step", [Mixup(chance=1.0), CutMix(chance=1.0)])
def test_mixed_images_answer_for_both_labels(split, tmp_path, step):
    augment = Augmentation(images=ImageAugmenter(5, (), ((0, step),)))
    problem, _ = learner(tiny_images.network(), split, tmp_path, augment=augment)
    problem.prepare(Watcher(), fresh=True)
    rows = list(range(12))
    batch = problem.batch(rows, 1)
    assert (batch.weights < 1).any() and not torch.equal(batch.labels, batch.partners)
    assert torch.equal(problem.batch(rows[:5], 1).images, batch.images[:5])
    problem.module.eval()
    loss, count = problem.loss(batch)
    scores = problem.module(batch.images).log_softmax(1)
    own = -scores[rows, batch.labels] * batch.weights - scores[rows, batch.partners] * (1 - batch.weights)
    assert count == 12 and loss.item() == pytest.approx(own.sum().item(), rel=1e-5)


def test_a_head_learns_from_views_that_are_augmented_but_not_mixed(split, tmp_path):
    steps = ImageAugmenter(5, ((0, Flip()),), ((1, Mixup(chance=1.0)),))
    problem, _ = learner(tiny_images.network(), split, tmp_path, Training(method="head"), Augmentation(images=steps))
    problem.prepare(Watcher(), fresh=True)
    assert len(problem.features) == 3 and problem.supply.augment.mixing == ()
    assert not np.array_equal(problem.features[0], problem.features[1])


def test_features_are_computed_once(split, tmp_path, monkeypatch):
    learner(tiny_images.network(), split, tmp_path, Training(method="head"))[0].prepare(Watcher(), fresh=True)
    problem, _ = learner(tiny_images.network(), split, tmp_path, Training(method="head"))
    monkeypatch.setattr(type(problem.supply.seeing), "each", None)
    problem.prepare(Watcher(), fresh=True)
    assert len(problem.features) == 1


def test_predictions_hang_on_the_image_alone(split, tmp_path):
    fitted = learned(tiny_images.network(), split, tmp_path)
    every = fitted.predict(split.test).probabilities
    np.testing.assert_allclose(fitted.predict(split.test.iloc[2:3]).probabilities, every[2:3], atol=1e-5)
    assert fitted.predict(split.test.iloc[:0]).probabilities.shape == (0, 2)


def test_a_training_is_measured_before_it_starts(split, tmp_path):
    problem, plan = learner(tiny_images.network(), split, tmp_path)
    measured = estimate.measure(problem, plan, held_out=len(split.validation), room=tmp_path)
    assert 0 < measured.features < measured.seconds and 0 < measured.epoch < measured.seconds
    assert measured.disk_bytes > measured.checkpoint > measured.model > 0


def column(name, kind, distinct):
    return ColumnProfile(name, kind, 0, distinct, 4, 12, (), {})


IMAGES = ImageProfile(100, 100, Spread(28, 28, 28), Spread(28, 28, 28), Spread(0, 90, 255), {}, {}, {}, {})


def test_images_with_labels_suit_and_others_do_not():
    columns = (column("image", "id", 100), column("file", "id", 100), column("label", "category", 10))
    found = TASK.suits(TableProfile(100, columns, IMAGES))
    assert found.fit == 0.95 and "'label'" in found.reason
    assert dict(found.columns) == {"image": "image", "label": "label"}
    renamed = (*columns[:2], column("animal", "category", 10))
    assert TASK.suits(TableProfile(100, renamed, IMAGES)).columns["label"] == "animal"
    assert TASK.suits(TableProfile(100, columns)).fit == 0
    assert TASK.suits(TableProfile(100, columns[:2], IMAGES)).fit == 0
    assert TASK.suits(TableProfile(100, (*columns[:2], column("label", "category", 1)), IMAGES)).fit == 0


def codes(split: Split):
    return {finding.code: finding for finding in TASK.check(split)}


def test_case_39_one_class_blocks(split):
    one = [part[part["label"] == "lying"] for part in (split.train, split.validation, split.test)]
    assert codes(Split(*one))["CHECK-39"].level == "error"


def test_case_44_images_in_training_and_test_are_counted(split):
    found = codes(replace(split, test=pd.concat([split.test, split.train.iloc[:3]])))["CHECK-44"]
    assert "3 images" in found.what


def test_case_46_rows_without_an_image_block(split):
    empty = split.train.assign(image=["", *split.train["image"].tolist()[1:]])
    found = codes(replace(split, train=empty))["CHECK-46"]
    assert found.level == "error" and "1 row has no image" in found.what


def test_few_and_tiny_images_are_told(split, tmp_path):
    Image.new("L", (3, 5)).save(tmp_path / "x.png")
    found = codes(replace(split, train=split.train.iloc[:40].assign(image=str(tmp_path / "x.png"))))
    assert "5 pixels" in found["CHECK-SIZE"].what and "Only 40 images" in found["CHECK-FEW"].what


@pytest.mark.parametrize(("side", "chosen"), [(8, 96), (28, 96), (100, 128), (640, 224)])
def test_small_images_are_enlarged_less_and_the_reason_says_so(side, chosen, tmp_path):
    Image.new("L", (side, side // 2)).save(tmp_path / "x.png")
    table = pd.DataFrame({"image": [str(tmp_path / "x.png")] * 20, "label": ["a", "b"] * 10}, dtype=object)
    fact = TASK.plan(Training(), Split(table, table, table), "cpu")["image_size"]
    assert fact.value == chosen and (str(side) in fact.reason or chosen == 224)


@pytest.mark.parametrize("kind", ["own", "vit", "resnet"])
def test_the_exported_script_answers_as_the_workbench_does(kind, split, tmp_path):
    """predict.py beside the files of an exported folder, in a process that cannot see the workbench."""
    model = tiny_images.network() if kind == "own" else tiny_images.encoder_into(tmp_path / kind, kind)
    fitted = learned(model, split, tmp_path, quick(1))
    folder = tmp_path / "exported"
    folder.mkdir()
    fitted.save(folder)
    about = json.loads((folder / "workbench.json").read_text()) | {"columns": {"image": "image", "label": "label"}}
    (folder / "workbench.json").write_text(json.dumps(about))
    settings = {"left": 0.25, "top": 0.0, "right": 0.0, "bottom": 0.0}
    step = {"function": "crop_image", "column": "image", "settings": settings, "into": None}
    (folder / "preparation.json").write_text(json.dumps([step]))
    for room, name in FUNCTIONS:
        (folder / name).write_text(resources.files(room).joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")
    for name, content in TASK.export_files(folder).items():
        (folder / name).write_text(content, encoding="utf-8")
    (tmp_path / "new").mkdir()
    cropped = []
    for number, path in enumerate(split.test["image"].iloc[:4]):
        with Image.open(path) as opened:
            opened.crop((3, 0, 12, 12)).save(tmp_path / f"{number}.png")
            deep = Image.fromarray(np.asarray(opened.convert("L")).astype(np.uint16) * 257)
            opened.convert("RGBA").save(tmp_path / "new" / f"{number}.png")
        if number == 3:  # sixteen bits become eight as they do at an import
            deep.save(tmp_path / "new" / "3.png")
            deep_to_grey = np.asarray(deep).astype(float) / 257
            Image.fromarray(np.rint(deep_to_grey).astype(np.uint8)).crop((3, 0, 12, 12)).save(tmp_path / "3.png")
        cropped.append(str(tmp_path / f"{number}.png"))

    def ask(*given: str) -> list[dict[str, str]]:
        command = [sys.executable, str(folder / "predict.py"), *given, "--out", "out.csv"]
        out = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert out.returncode == 0, out.stderr
        with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    rows = ask("new")
    wanted = fitted.predict(pd.DataFrame({"image": cropped}, dtype=object))
    assert [row["file"] for row in rows] == [f"{number}.png" for number in range(4)]
    assert [row["prediction"] for row in rows] == wanted.predicted
    found = [[float(row[f"probability_{label}"]) for label in wanted.labels] for row in rows]
    np.testing.assert_allclose(found, wanted.probabilities, atol=1e-5)
    if kind == "own":
        (tmp_path / "table.csv").write_text("image,n\nnew/2.png,7\n", encoding="utf-8")
        answer = ask("table.csv")
        assert answer[0]["n"] == "7" and answer[0]["prediction"] == wanted.predicted[2]
