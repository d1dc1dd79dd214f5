"""Image autoencoder: what it reads and learns from, what counts as normal, and that what is unusual is found."""

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
from sklearn.metrics import roc_auc_score

from tests import tiny_images
from tests.tasks.test_image_classification import IMAGES, column
from tests.training.problems import Watcher
from workbench import recipe, tasks
from workbench.augment.catalogue import Augmentation
from workbench.augment.flip import Flip
from workbench.augment.image_augmenter import ImageAugmenter
from workbench.augment.mixup import Mixup
from workbench.data.profiles.profile import TableProfile
from workbench.errors import ModelError, RecipeError, TrainingError
from workbench.evaluate import anomalies
from workbench.evaluate.anomalies import Judged
from workbench.export.folder import FUNCTIONS
from workbench.models import scratch
from workbench.networks.autoencoder import Autoencoder, Shape
from workbench.prepare.splits import Split, split_table
from workbench.recipe import Model, Recipe, Training
from workbench.tasks import resolve
from workbench.tasks.image_autoencoder_fitted import percentiles
from workbench.tasks.image_autoencoder_learner import usual_labels
from workbench.tasks.protocol import LearnerContext
from workbench.training import estimate
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train
from workbench.training.rules import plan_from

TASK = tasks.by_name("image-autoencoder")
QUICK = Training(epochs=10, batch_size=16)
LYING = {"normal": ["lying"]}


@pytest.fixture(scope="module")
def split() -> Split:
    return split_table(tiny_images.stripes(), "label", recipe.Split(train=0.6, validation=0.2, test=0.2), 3)


def learner(split: Split, cache: Path, kind="autoencoder", augment=None, model=None, **settings):
    plan = replace(plan_from(TASK.plan(QUICK, split, "cpu")), threads=1)
    return TASK.learner(
        split, LearnerContext(model or tiny_images.autoencoder(kind), plan, 5, cache, augment, settings)
    ), plan


def learned(split: Split, folder: Path, kind="autoencoder", **settings):
    problem, plan = learner(split, folder / "cache", kind, **settings)
    train(problem, plan, seed=5, checkpoints=Checkpoints(folder / "run"), reporter=Watcher())
    return problem.fitted()


@pytest.fixture(scope="module")
def of_lying(split, tmp_path_factory):
    """An autoencoder that has seen no image but those whose stripes lie."""
    return learned(split, tmp_path_factory.mktemp("lying"), **LYING)


@pytest.fixture(scope="module")
def vae(split, tmp_path_factory):
    return learned(split, tmp_path_factory.mktemp("vae"), "vae")


def test_what_was_never_normal_is_found_and_the_mean_image_is_beaten(of_lying, split):
    predicted, simple = of_lying.predict(split.test), TASK.baseline(split).predict(split.test)
    scores = TASK.score(split.test, predicted, simple)
    assert scores.values["auroc"].value > 0.95
    normal = (split.test["label"] == "lying").to_numpy()
    error = scores.values["reconstruction_error"]
    assert error.value == pytest.approx(predicted.errors[normal].mean(), rel=1e-6)
    assert error.difference_high < 0
    baseline = TASK.score(split.test, simple, predicted)
    assert baseline.values["reconstruction_error"].value == pytest.approx(simple.errors[normal].mean(), rel=1e-6)
    assert baseline.values["auroc"].value < 0.8


def test_percentiles_tell_how_unusual_an_image_is(of_lying, split):
    predicted = of_lying.predict(split.test)
    standing = (split.test["label"] == "standing").to_numpy()
    assert np.median(predicted.percentiles[standing]) == 100 and 20 < np.median(predicted.percentiles[~standing]) < 90
    assert percentiles(np.array([0.0, 2.0, 2.5, 9.0]), np.array([1.0, 2.0, 3.0, 4.0])).tolist() == [0, 37.5, 50, 100]


def test_panels_show_copies_the_unusual_ones_and_the_map(of_lying, split):
    scores = TASK.score(split.test, of_lying.predict(split.test))
    panels = {panel.title: panel for panel in scores.panels}
    assert [panel.kind for panel in scores.panels] == ["table", "histogram", "scatter", "table", "pictures", "pictures"]
    histogram = panels["How far copies are off"]
    assert sum(map(sum, histogram.series.values())) == len(split.test)
    assert len(histogram.edges) == len(histogram.series["Normal"]) + 1
    assert set(panels["Map of the images"].groups) == {"lying", "standing"}
    worst = panels["Most unusual images"].pictures[0]
    assert split.test.loc[worst.row, "label"] == "standing" and worst.caption.startswith("standing")
    assert all(image.startswith("data:image/png;base64,") for image in worst.images)
    assert scores == type(scores).model_validate_json(scores.model_dump_json())


def test_a_vae_invents_images_and_an_autoencoder_none(vae, of_lying, split):
    assert of_lying.predict(split.test).drawn.invented(3) == []
    invented = vae.predict(split.test).drawn.invented(3)
    assert [image.shape for image in invented] == [(16, 16, 3)] * 3
    assert not np.array_equal(invented[0], invented[1])
    assert TASK.score(split.test, vae.predict(split.test)).panels[-1].title == "Invented images"


def test_more_order_draws_the_codes_of_a_vae_together(vae, split, tmp_path):
    ordered = learned(split, tmp_path, "vae", order=10.0)
    spread = ordered.predict(split.test).codes.std()
    assert spread < 0.7 * vae.predict(split.test).codes.std()


def test_labels_may_be_missing(split, tmp_path):
    bare = Split(*(part.drop(columns="label") for part in (split.train, split.validation, split.test)))
    assert not [finding for finding in TASK.check(bare) if finding.level == "error"]
    fitted = TASK.learner(bare, learner(bare, tmp_path)[0].context).fitted()
    scores = TASK.score(bare.test, fitted.predict(bare.test), TASK.baseline(bare).predict(bare.test))
    assert set(scores.values) == {"reconstruction_error"} and scores.rows == len(bare.test)
    assert {panel.kind for panel in scores.panels} == {"table", "histogram", "scatter", "pictures"}


def test_labels_that_say_it_are_normal_else_the_most_frequent_one():
    assert usual_labels(pd.DataFrame({"label": ["bad", "bad", "Good ", "ok"]})) == ("Good ", "ok")
    assert usual_labels(pd.DataFrame({"label": ["b", "a", "a"]})) == ("a",)
    assert usual_labels(pd.DataFrame({"image": ["x"]})) == ()


def test_chosen_labels_must_be_there(split, tmp_path):
    with pytest.raises(TrainingError, match="'lyin'") as raised:
        learner(split, tmp_path, normal=["lyin"])
    assert "lying, standing" in raised.value.remedy
    bare = replace(split, train=split.train.drop(columns="label"))
    with pytest.raises(TrainingError, match="no labels"):
        learner(bare, tmp_path, **LYING)


def test_without_a_choice_all_images_are_learned_from(split, tmp_path):
    assert len(learner(split, tmp_path)[0].paths) == len(split.train)
    problem, _ = learner(split, tmp_path, **LYING)
    assert problem.paths == split.train["image"][split.train["label"] == "lying"].tolist()
    assert len(problem.held_out_paths) == (split.validation["label"] == "lying").sum()


def test_images_of_any_mode_and_size_are_read(split, tmp_path):
    mixed = split.train.iloc[:7].assign(image=tiny_images.odd())
    assert learner(replace(split, train=mixed), tmp_path)[0].module.shape.channels == 3
    for number in range(8):
        Image.new("L", (number + 1, 9), 30 * number).save(tmp_path / f"{number}.png")
    greys = pd.DataFrame({"image": [str(tmp_path / f"{number}.png") for number in range(8)]}, dtype=object)
    problem, _ = learner(Split(greys, greys, greys), tmp_path)
    assert problem.module.shape.channels == 1
    colour = problem.fitted().predict(split.test)  # a model of grey images is asked about colours
    assert np.isfinite(colour.errors).all() and colour.drawn.pairs([0])[0][0].shape == (16, 16, 1)


def test_before_it_learns_it_draws_the_mean_image(split, tmp_path):
    for loss in ("mse", "bce"):
        problem, _ = learner(split, tmp_path, loss=loss)
        problem.prepare(Watcher(), fresh=True)
        mean = problem.batch(range(len(split.train)), 0).images.mean(dim=0)
        drawn = problem.module.eval()(problem.batch([3], 0).images)[0]
        assert torch.allclose(drawn, mean.clamp(0.02, 0.98) if loss == "bce" else mean, atol=2e-3)


def test_noise_hangs_on_seed_epoch_and_row_alone(split, tmp_path):
    problem, _ = learner(split, tmp_path, "vae")
    several, alone = problem.batch([5, 2, 9], 3), problem.batch([9], 3)
    assert torch.equal(several.noise[2], alone.noise[0]) and several.noise.shape == (3, 4)
    assert not torch.equal(alone.noise, problem.batch([9], 4).noise)
    every = problem.batch(range(len(split.train)), 0).noise
    assert abs(every.mean()) < 0.25 and abs(every.std() - 1) < 0.25
    assert learner(split, tmp_path)[0].batch([5, 2], 0).noise.shape == (2, 0)


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_the_loss_of_a_vae_is_that_of_its_distributions(loss):
    network = Autoencoder(Shape(16, 1, latent=3, width=4, variational=True, loss=loss)).eval()
    images, noise = torch.rand(4, 1, 16, 16), torch.randn(4, 3)
    means, logs = network.encode(images)
    normal = torch.distributions.Normal
    divergence = torch.distributions.kl_divergence(normal(means, (logs / 2).exp()), normal(0, 1)).sum(dim=1)
    raw = network.decode(means + noise * (logs / 2).exp())
    if loss == "bce":
        likelihood = torch.distributions.Bernoulli(logits=raw).logits
        errors = torch.nn.functional.binary_cross_entropy_with_logits(likelihood, images, reduction="none")
        unit = 1.0
    else:
        errors = (raw - images).square()
        unit = 2 * errors.mean().item()
    wanted = errors.mean(dim=(1, 2, 3)) + 0.5 * unit * divergence / 256
    assert torch.allclose(network.losses(images, noise, 0.5), wanted, atol=1e-6)


def test_what_changes_an_image_changes_what_is_drawn_and_nothing_is_mixed(split, tmp_path):
    steps = ImageAugmenter(5, ((0, Flip()),), ((1, Mixup(chance=1.0)),))
    plain, _ = learner(split, tmp_path)
    changed, _ = learner(split, tmp_path, augment=Augmentation(images=steps))
    rows = list(range(20))
    before, after = plain.batch(rows, 1).images, changed.batch(rows, 1).images
    same = [torch.allclose(one, other) for one, other in zip(before, after, strict=True)]
    flipped = [torch.allclose(one.flip(2), other) for one, other in zip(before, after, strict=True)]
    assert all(one or other for one, other in zip(same, flipped, strict=True)) and any(flipped) and not all(flipped)


def test_a_recipe_sets_what_the_model_has(split, tmp_path):
    own = scratch.by_id("scratch/vae").folder
    shape = learner(split, tmp_path, model=own, latent=5, width=32, image_size=64)[0].module.shape
    assert (shape.latent, shape.width, shape.side, shape.variational) == (5, 32, 64, True)
    assert learner(split, tmp_path, model=own)[0].module.shape.side == 16  # the images have 12 pixels


def test_labels_that_are_numbers_may_be_written_as_such(split, tmp_path):
    numbered = replace(split, train=split.train.assign(label=["7", "8"] * (len(split.train) // 2)))
    bare = replace(numbered, validation=split.validation.assign(label="7"))
    assert len(learner(bare, tmp_path, normal=[7])[0].paths) == len(split.train) // 2


def test_a_training_is_measured_before_it_starts(split, tmp_path):
    problem, plan = learner(split, tmp_path, "vae")
    measured = estimate.measure(problem, plan, held_out=len(split.validation), room=tmp_path / "room")
    assert measured.seconds > 0 and measured.memory_bytes > 0 and measured.checkpoint > measured.model > 0


@pytest.mark.parametrize(
    ("model", "settings", "said"),
    [
        ("scratch/autoencoder", {"latnt": 8}, "did you mean 'latent'"),
        ("scratch/autoencoder", {"latent": 1}, "latent"),
        ("scratch/autoencoder", {"order": 2.0}, "'order' is not a key here"),
        ("scratch/lstm", {"latent": 8}, "no settings of its own"),
    ],
)
def test_settings_that_a_model_does_not_have_are_told(model, settings, said):
    with pytest.raises(RecipeError, match=said):
        resolve.check_names(Recipe(task=TASK.name, model=Model(id=model, settings=settings)))


def test_a_folder_with_other_settings_or_with_weights_is_refused(split, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "vae", "latent": 0}')
    with pytest.raises(ModelError, match="latent"):
        learner(split, tmp_path, model=tmp_path)
    with pytest.raises(ModelError, match="reads images") as raised:
        learner(split, tmp_path, model=tiny_images.network())
    assert raised.value.code == "MODEL-73"


def test_a_trained_network_is_no_beginning(of_lying, split, tmp_path):
    of_lying.save(tmp_path)
    with pytest.raises(ModelError, match="has learned other images"):
        learner(split, tmp_path, model=tmp_path)
    (tmp_path / "workbench.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot be read"):
        TASK.load(tmp_path)


def test_auroc_is_that_of_scikit_learn_and_needs_both_kinds():
    draw = np.random.default_rng(2)
    errors, labels = draw.random(200).round(2), draw.choice(["a", "b", "c"], 200).tolist()
    codes = draw.random((200, 2), np.float32)
    found = anomalies.score(Judged(errors, codes, labels, ("a", "b"))).values
    wanted = roc_auc_score([label == "c" for label in labels], errors)
    assert found["auroc"].value == pytest.approx(wanted) and found["auroc"].low < wanted < found["auroc"].high
    assert found["reconstruction_error"].value == pytest.approx(errors.mean())
    assert set(anomalies.score(Judged(errors, codes, labels, ("a", "b", "c"))).values) == {"reconstruction_error"}
    assert anomalies.score(Judged(errors[:0], codes[:0])).rows == 0


def test_images_suit_best_where_no_column_tells_what_they_show():
    names = (column("image", "id", 100), column("file", "id", 100))
    alone = TASK.suits(TableProfile(100, names, IMAGES))
    assert alone.fit == 0.9 and dict(alone.columns) == {"image": "image"}
    labelled = TASK.suits(TableProfile(100, (*names, column("label", "category", 10)), IMAGES))
    assert 0 < labelled.fit < 0.9 and labelled.columns["label"] == "label"
    assert TASK.suits(TableProfile(100, names)).fit == 0


@pytest.mark.parametrize(("side", "chosen"), [(8, 16), (28, 32), (300, 64)])
def test_the_size_follows_from_the_images(side, chosen, tmp_path):
    Image.new("L", (side, side // 2)).save(tmp_path / "x.png")
    table = pd.DataFrame({"image": [str(tmp_path / "x.png")] * 20}, dtype=object)
    facts = TASK.plan(Training(), Split(table, table, table), "cpu")
    assert facts["image_size"].value == chosen and "method" not in facts
    assert len(TASK.baseline(Split(table, table, table)).mean) == chosen


def test_the_exported_script_answers_as_the_workbench_does(of_lying, split, tmp_path):
    """predict.py beside the files of an exported folder, in a process that cannot see the workbench."""
    folder = tmp_path / "exported"
    folder.mkdir()
    of_lying.save(folder)
    about = json.loads((folder / "workbench.json").read_text()) | {"columns": {"image": "image"}}
    (folder / "workbench.json").write_text(json.dumps(about))
    (folder / "preparation.json").write_text("[]")
    for room, name in FUNCTIONS:
        (folder / name).write_text(resources.files(room).joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")
    for name, content in TASK.export_files(folder).items():
        (folder / name).write_text(content, encoding="utf-8")
    paths = split.test["image"].tolist()[:5]
    (tmp_path / "table.csv").write_text("\n".join(["image,n", *(f"{path},1" for path in paths)]), encoding="utf-8")
    command = [sys.executable, str(folder / "predict.py"), "table.csv", "--out", "out.csv"]
    out = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wanted = of_lying.predict(pd.DataFrame({"image": paths}, dtype=object))
    np.testing.assert_allclose([float(row["prediction"]) for row in rows], wanted.errors, rtol=1e-4)
    np.testing.assert_allclose([float(row["percentile"]) for row in rows], wanted.percentiles, atol=5)
    assert list(rows[0]) == ["image", "n", "prediction", "percentile"]
