"""How much of a pretrained model learns: what each method changes, keeps and refuses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from tests import tiny_images, tiny_models
from tests.training.problems import Killed, Watcher, same
from workbench import tasks
from workbench.augment.catalogue import Augmentation, augmentation
from workbench.augment.rotate import Rotate
from workbench.errors import TrainingError
from workbench.networks.small_cnn import SmallCnn
from workbench.prepare.splits import Split
from workbench.recipe import Training
from workbench.tasks.image_maps import MapsProblem
from workbench.tasks.protocol import LearnerContext
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train
from workbench.training.rules import plan_from

WORDS = ["good film", "awful meal", "lovely book", "sad story", "happy end", "terrible room"] * 10
ROWS = pd.DataFrame({"text": [f"the {words} {n}" for n, words in enumerate(WORDS)], "label": ["good", "bad"] * 30})
TEXTS = tasks.by_name("text-classification"), Split(ROWS[:40], ROWS[40:50], ROWS[50:])
STRIPES = tiny_images.stripes(60)
IMAGES = tasks.by_name("image-classification"), Split(STRIPES[:40], STRIPES[40:50], STRIPES[50:])


def first_word_last(text, epoch, row):
    first, *rest = text.split()
    return " ".join([*rest, first] if (epoch + row) % 2 else [first, *rest])


def learner(of, model, cache, augment=None, **training):
    task, split = of
    asked = Training(**{"epochs": 2, "batch_size": 16, **training})
    plan = replace(plan_from(task.plan(asked, split, "cpu")), threads=1)
    return task.learner(split, LearnerContext(model, plan, 5, cache, augment)), plan


def trained(of, model, root, watcher=None, **training):
    problem, plan = learner(of, model, root / "cache", **training)
    outcome = train(problem, plan, seed=5, checkpoints=Checkpoints(root / "run"), reporter=watcher or Watcher())
    return outcome, problem


def numbers(folder):
    """How many a checkpoint's model and optimiser hold."""
    kept = Checkpoints(folder / "run").latest().tensors
    return sum(tensor.numel() for group in ("model", "optimizer") for tensor in kept[group].values())


@pytest.mark.parametrize(
    "training",
    [
        {"method": "last-blocks", "layer_decay": 0.8},
        {"method": "lora", "optimizer": "momentum"},
        {"method": "staged", "ema": 0.9, "schedule": "plateau"},
        {"layer_decay": 0.5, "activation_checkpointing": True, "schedule": "one-cycle"},
    ],
    ids=lambda training: "-".join(map(str, training.values())),
)
def test_killed_and_resumed_it_ends_with_the_same_weights(training, tiny_bert, tmp_path):
    asked = {"augment": Augmentation(text=first_word_last), "checkpoint_steps": 2, **training}
    trained(TEXTS, tiny_bert, tmp_path / "whole", **asked)
    with pytest.raises(Killed):
        trained(TEXTS, tiny_bert, tmp_path / "killed", Watcher(kill=True, after=4), **asked)
    trained(TEXTS, tiny_bert, tmp_path / "killed", **asked)
    whole, killed = (Checkpoints(tmp_path / name / "run").latest().tensors for name in ("whole", "killed"))
    assert all(same(killed[group], whole[group]) for group in whole if group != "random")


def test_staged_stopped_at_once_is_the_model_of_method_head(tiny_bert, tmp_path):
    outcome, staged = trained(TEXTS, tiny_bert, tmp_path, Watcher(ask="stop"), method="staged")
    assert outcome.step == outcome.best_step == 0
    head, _ = learner(TEXTS, tiny_bert, tmp_path / "cache", method="head")
    head.prepare(Watcher(), fresh=True)
    found, wanted = (problem.fitted().predict(ROWS).probabilities for problem in (staged, head))
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize(("labels", "stays"), [(2, True), (3, False)])
def test_staged_learns_on_from_the_solution_of_two_labels_and_from_the_means_of_more(
    labels, stays, tiny_bert, tmp_path
):
    rows = ROWS.assign(label=[f"label {n % labels}" for n in range(len(ROWS))])
    problem, _ = learner((TEXTS[0], Split(rows[:40], rows[40:50], rows[50:])), tiny_bert, tmp_path, method="staged")
    assert problem.prepare(Watcher(), fresh=True) is None
    head = problem.rest.encoded.network.head
    solved = head.weight.detach().clone()
    assert problem.set_out(Watcher()) is None
    assert torch.equal(head.weight, solved) == stays
    assert stays or torch.allclose(head.weight.norm(dim=1), torch.ones(labels))


def test_checkpoints_hold_what_learns_and_the_finished_model_is_whole(tiny_bert, tmp_path):
    shapes = {name: tensor.shape for name, tensor in load_file(tiny_bert / "model.safetensors").items()}
    sizes = {}
    for method in ("full", "last-blocks", "lora"):
        root = tmp_path / method
        _, problem = trained(TEXTS, tiny_bert, root, method=method, epochs=1)
        sizes[method] = numbers(root)
        (root / "saved").mkdir()
        problem.fitted().save(root / "saved")
        saved = load_file(root / "saved" / "model.safetensors")
        plain = {name.removeprefix("encoder."): tensor.shape for name, tensor in saved.items() if "head" not in name}
        assert plain == {name: shape for name, shape in shapes.items() if "pooler" not in name}
    assert sizes["lora"] < sizes["last-blocks"] / 2 < sizes["full"] / 3


def test_the_lower_blocks_stay_as_they_were(tiny_bert, tmp_path):
    _, problem = trained(TEXTS, tiny_bert, tmp_path, method="last-blocks", last_blocks=1)
    before = load_file(tiny_bert / "model.safetensors")
    after = problem.encoded.network.encoder.state_dict()
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    assert changed and all(name.startswith("encoder.layer.1.") for name in changed)


def test_layers_computed_twice_learn_the_same(tiny_bert, tmp_path):
    ends = []
    for again in (False, True):
        root = tmp_path / str(again)
        trained(TEXTS, tiny_bert, root, activation_checkpointing=again, epochs=1)
        ends.append(Checkpoints(root / "run").latest().tensors["model"])
    assert same(*ends)


def test_lower_layers_learn_more_slowly(tiny_bert, tmp_path):
    problem, _ = learner(TEXTS, tiny_bert, tmp_path, layer_decay=0.5)
    scales = {id(weight): group.scale for group in problem.groups for weight in group.parameters}
    found = {name: scales[id(weight)] for name, weight in problem.module.named_parameters()}
    assert found["encoder.embeddings.position_embeddings.weight"] == 0.25
    assert found["encoder.encoder.layer.0.output.dense.weight"] == 0.5
    assert found["encoder.encoder.layer.1.output.dense.bias"] == 1 and found["head.weight"] == 10
    assert len(scales) == len(list(problem.module.parameters()))


@pytest.mark.parametrize(
    ("training", "remedy"),
    [({"method": "last-blocks"}, "Train everything"), ({"activation_checkpointing": True}, "Use less memory")],
)
def test_a_model_that_repeats_one_layer_is_refused_with_a_remedy(training, remedy, tmp_path):
    albert = tiny_models.encoder_into(tmp_path / "albert", "albert")
    with pytest.raises(TrainingError, match=remedy):
        learner(TEXTS, albert, tmp_path, **training)


def test_images_that_do_not_change_are_seen_once_by_what_is_frozen(tmp_path, monkeypatch):
    seen, before = [], SmallCnn.before

    def counted(self, images, stages):
        seen.append(len(images) if stages else 0)
        return before(self, images, stages)

    monkeypatch.setattr(SmallCnn, "before", counted)
    _, problem = trained(IMAGES, tiny_images.network(), tmp_path, method="last-blocks", last_blocks=1, epochs=3)
    assert isinstance(problem, MapsProblem)
    once = len(IMAGES[1].train) + len(IMAGES[1].validation)
    assert sum(seen) - seen.count(1) == once
    seen.clear()
    again, _ = learner(IMAGES, tiny_images.network(), tmp_path / "cache", method="last-blocks", last_blocks=1)
    assert again.prepare(Watcher(), fresh=True) is None
    assert sum(seen) == seen.count(1)  # but for a look at the shape of maps


def test_images_that_change_go_through_what_is_frozen_each_time(tmp_path):
    changing = augmentation((Rotate(),), seed=5)
    problem, plan = learner(
        IMAGES, tiny_images.network(), tmp_path, changing, method="last-blocks", last_blocks=1, epochs=1
    )
    network = problem.seeing.network
    before = {name: tensor.clone() for name, tensor in network.encoder.state_dict().items()}
    train(problem, plan, seed=5, checkpoints=Checkpoints(tmp_path / "run"), reporter=Watcher())
    changed = {name for name, tensor in network.encoder.state_dict().items() if not torch.equal(tensor, before[name])}
    assert "stages.1.first_norm.running_mean" in changed
    assert all(name.startswith("stages.1.") for name in changed)  # what is frozen keeps to its statistics


@pytest.mark.parametrize("method", ["head", "staged", "last-blocks"])
def test_a_network_from_scratch_has_nothing_to_freeze(method, tmp_path):
    with pytest.raises(TrainingError, match="Train everything"):
        learner(IMAGES, tiny_images.untrained(), tmp_path, method=method)


def test_small_additions_are_for_texts(tmp_path):
    with pytest.raises(TrainingError, match="Train the last layers"):
        learner(IMAGES, tiny_images.network(), tmp_path, method="lora")


def test_maps_can_be_interrupted_and_nothing_is_half_done(tmp_path):
    problem, _ = learner(IMAGES, tiny_images.network(), tmp_path, method="last-blocks", last_blocks=1)
    assert problem.prepare(Watcher(ask="pause"), fresh=True) == "pause"
    assert not list(tmp_path.rglob("maps.npy"))
    maps, labels = problem.batch([1, 0], 0)  # as a measurement asks for, that has no time for all of them
    whole, _ = learner(IMAGES, tiny_images.network(), tmp_path, method="last-blocks", last_blocks=1)
    whole.prepare(Watcher(), fresh=True)
    kept, same_labels = whole.batch([1, 0], 0)
    torch.testing.assert_close(maps, kept, atol=2e-3, rtol=2e-3)
    assert torch.equal(labels, same_labels) and not whole.validate().keys() ^ problem.validate().keys()
