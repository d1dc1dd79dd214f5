"""Quick models for tables: what they are weighed by, what they say of it, what they refuse, and where they go on."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from skops import io

from tests.training.problems import Killed, Watcher, same
from workbench import tasks
from workbench.augment.catalogue import augmentation
from workbench.augment.number_noise import NumberNoise
from workbench.errors import ModelError
from workbench.models import scratch
from workbench.networks.blend import Blend
from workbench.prepare.splits import Split
from workbench.recipe import Training
from workbench.tasks import quick_fitted, quick_folds, quick_members, table_blend
from workbench.tasks.protocol import LearnerContext
from workbench.tasks.table_columns import understand
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train
from workbench.training.rules import plan_from

LABELS, NUMBERS = tasks.by_name("tabular-classification"), tasks.by_name("tabular-regression")


def circles(rows: int = 90) -> pd.DataFrame:
    """Points within a circle or around it: nothing for a linear model."""
    draw = np.random.default_rng(3)
    x, y = draw.normal(size=(2, rows))
    inside = np.hypot(x, y) < 1.1
    cells = {"x": [f"{value:.3f}" for value in x], "y": [f"{value:.3f}" for value in y]}
    return pd.DataFrame({"target": np.where(inside, "in", "out"), **cells}, dtype=object)


def parts(table: pd.DataFrame) -> Split:
    return Split(table.iloc[:-40], table.iloc[-40:-20], table.iloc[-20:])


def problem(table, cache, model="scratch/best-of", task=LABELS):
    split = parts(table)
    plan = replace(plan_from(task.plan(Training(), split, "cpu", model=model)), threads=1)
    return task.learner(split, LearnerContext(scratch.by_id(model).folder, plan, 5, cache)), plan


def learned(table, folder, model="scratch/best-of", task=LABELS, watcher=None):
    made, plan = problem(table, folder / "cache", model, task)
    train(made, plan, seed=5, checkpoints=Checkpoints(folder / "run"), reporter=watcher or Watcher())
    return made


@pytest.mark.parametrize("labels", [3, 0])
def test_the_blend_that_learns_is_the_blend_that_answers(labels):
    draw = np.random.default_rng(0)
    scores = draw.normal(size=(2, 7, labels or 1))
    truth = draw.integers(0, labels, 7) if labels else draw.normal(size=7)
    blend = Blend([1.0, 0.5], labels, 2.0, 3.0)
    with torch.no_grad():
        blend.log_sharpness.copy_(torch.tensor([0.4, -0.3]))
    losses = blend.losses(torch.from_numpy(scores), torch.from_numpy(truth)).detach().numpy()
    if labels:
        believed = table_blend.probabilities(scores, blend.weights, blend.sharpness)
        assert believed.sum(axis=1) == pytest.approx(np.ones(7))
        assert losses == pytest.approx(-np.log(believed[np.arange(7), truth]))
    else:
        found = table_blend.amounts(scores, blend.weights, 2.0, 3.0)
        assert losses == pytest.approx(((found - 2.0) / 3.0 - truth) ** 2)


def test_equal_members_count_alike_and_the_better_one_counts_more():
    draw = np.random.default_rng(0)
    truth = draw.normal(size=400)
    good, bad = truth + draw.normal(0, 0.2, 400), draw.normal(size=400)
    alike, unlike = Blend([1.0, 1.0], 0), Blend([1.0, 1.0], 0)
    alike.solve(np.stack([good, good])[:, :, None], truth)
    unlike.solve(np.stack([good, bad])[:, :, None], truth)
    assert alike.weights == pytest.approx((0.5, 0.5))
    assert unlike.weights[0] > 0.9


def test_a_score_that_was_too_sure_is_made_less_sure():
    draw = np.random.default_rng(1)
    truth = draw.integers(0, 2, 500)
    right = np.where(draw.random(500) < 0.75, truth, 1 - truth)
    scores = np.where(np.arange(2) == right[:, None], 8.0, -8.0)[None]
    blend = Blend([1.0], 2)
    blend.solve(scores, truth)
    believed = table_blend.probabilities(scores, blend.weights, blend.sharpness)
    assert believed.max(axis=1).mean() == pytest.approx(0.75, abs=0.05)


def test_a_label_that_a_model_never_saw_scores_lowest():
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit([[0.0], [1.0], [2.0]], [0, 2, 2])
    found = table_blend.as_scores(model, np.asarray([[0.0], [2.0]]), 3)
    assert found.shape == (2, 3) and (found.argmin(axis=1) == 1).all()


def test_the_log_says_who_wins_by_how_much_and_what_each_counts(tmp_path):
    watcher = Watcher()
    made = learned(circles(), tmp_path, watcher=watcher)
    (said,) = [text for kind, text in watcher.events if kind == "remark"]
    assert "RBF-SVM reached a log loss of" in said and "linear model" in said and "Together they reach" in said
    linear, svm, *_ = made.fitted().weighed.weights
    assert svm > 2 * linear


def test_augmentation_that_quick_models_cannot_use_is_said_to_do_nothing(tmp_path):
    split, watcher = parts(circles()), Watcher()
    plan = plan_from(LABELS.plan(Training(), split, "cpu", model="scratch/linear"))
    noise = augmentation((NumberNoise(),), seed=5)
    context = LearnerContext(scratch.by_id("scratch/linear").folder, plan, 5, tmp_path, noise)
    LABELS.learner(split, context).prepare(watcher, fresh=True)
    assert [text for kind, text in watcher.events if kind == "warning" and "change nothing here" in text]


def test_one_model_alone_says_how_it_did(tmp_path):
    watcher = Watcher()
    learned(circles(), tmp_path, "scratch/extra-trees", watcher=watcher)
    (said,) = [text for kind, text in watcher.events if kind == "remark"]
    assert said.startswith("On training rows new to it, the extra trees") and "Together" not in said


@pytest.mark.parametrize("model", ["scratch/linear", "scratch/rbf-svm", "scratch/extra-trees", "scratch/boosted-trees"])
@pytest.mark.parametrize("task", [LABELS, NUMBERS], ids=["labels", "numbers"])
def test_each_model_learns_saves_and_loads(model, task, tmp_path):
    draw = np.random.default_rng(4)
    size, kind = draw.normal(size=200), draw.choice(["a", "b", "c"], 200)
    amount = size + 2.0 * (kind == "b") + draw.normal(0, 0.1, 200)
    target = [f"{value:.3f}" for value in amount] if task is NUMBERS else np.where(amount > 0.5, "high", "low")
    table = pd.DataFrame({"target": target, "size": [f"{value:.3f}" for value in size], "kind": kind}, dtype=object)
    fitted, test = learned(table, tmp_path, model, task).fitted(), parts(table).test
    folder = tmp_path / "saved"
    folder.mkdir()
    fitted.save(folder)
    found = task.load(folder).predict(test)
    pd.testing.assert_frame_equal(found.table(test.index), fitted.predict(test).table(test.index))
    values = task.score(test, found).values
    assert values["accuracy"].value >= 0.85 if task is LABELS else values["r2"].value >= 0.6
    assert [path.name for path in folder.glob("*.skops")] == [f"{model.removeprefix('scratch/')}.skops"]


@pytest.mark.parametrize("rows", [44, 46, 52])
def test_very_few_rows_and_a_lone_label_are_learned_from(rows, tmp_path):
    """4, 6 and 12 rows to learn from, of which one alone has its label."""
    table = circles(rows)
    table.loc[0, "target"] = "lone"
    fitted = learned(table, tmp_path).fitted()
    assert np.isfinite(fitted.predict(parts(table).test).probabilities).all()


def test_a_column_of_many_values_is_read_by_what_they_meant():
    draw = np.random.default_rng(5)
    towns = [f"town {number}" for number in range(150)]
    rich = dict(zip(towns, draw.normal(size=150), strict=True))
    town = draw.choice(towns, 1500)
    truth = np.asarray([rich[name] for name in town])
    rows = pd.DataFrame({"town": town, "n": [f"{v:.2f}" for v in draw.normal(size=1500)]}, dtype=object)
    columns = understand(rows, ["town", "n"]).columns
    job = quick_members.Job(columns, 0, 1200, 5, 1)
    inputs = quick_members.inputs(columns, rows)
    for member in quick_members.MEMBERS:
        model = quick_folds.fitted(member, member.settings[0], quick_folds.Rows(inputs[:1200], truth[:1200]), job)
        off = table_blend.as_scores(model, inputs[1200:], 0)[:, 0] - truth[1200:]
        assert (off**2).mean() < 0.5 * truth.var()


def test_with_many_rows_one_cut_judges_and_few_rows_are_folded():
    few = quick_folds.Rows(np.zeros((100, 1)), np.arange(100) % 3)
    many = quick_folds.Rows(np.zeros((6000, 1)), np.arange(6000) % 3)
    job = quick_members.Job(None, 3, 100, 5, 1)
    folds = quick_folds.folds(few, job)
    assert sorted(quick_folds.judged(folds)) == list(range(100))
    assert all(abs(np.bincount(few.truth[judge]) - 20 / 3).max() < 1 for _, judge in folds)
    ((fit, judge),) = quick_folds.folds(many, job)
    assert len(judge) == 1200 and not set(fit) & set(judge)


def test_killed_anywhere_it_ends_with_the_same_numbers(tmp_path):
    whole = learned(circles(), tmp_path / "whole")
    for after in (0, 3, 20, 44):
        folder = tmp_path / str(after)
        with pytest.raises(Killed):
            learned(circles(), folder, watcher=Watcher(kill=True, after=after))
        again = learned(circles(), folder)
        assert same(again.module.state_dict(), whole.module.state_dict())
        rows = parts(circles()).test
        np.testing.assert_array_equal(
            again.fitted().predict(rows).probabilities, whole.fitted().predict(rows).probabilities
        )


def test_what_was_fitted_before_a_pause_is_not_fitted_again(tmp_path, monkeypatch):
    learned(circles(), tmp_path, watcher=Watcher(ask="pause", after=30))
    fits = []
    fitted = quick_folds.fitted
    monkeypatch.setattr(quick_folds, "fitted", lambda *given: fits.append(given[0].name) or fitted(*given))
    learned(circles(), tmp_path)
    assert fits.count("linear") == 1 and 1 < fits.count("boosted-trees") <= 6


def test_case_71_a_saved_model_with_code_in_it_is_refused(tmp_path):
    folder = tmp_path / "saved"
    folder.mkdir()
    learned(circles(), tmp_path, "scratch/linear").fitted().save(folder)
    io.dump({"model": np.vectorize(print)}, folder / "linear.skops")
    with pytest.raises(ModelError) as refused:
        LABELS.load(folder)
    assert refused.value.code == "MODEL-71" and "numpy" in refused.value.what


@pytest.mark.parametrize("damage", ["missing", "cut", "members", "no zip", "schema"])
def test_a_damaged_model_is_said_to_be(damage, tmp_path):
    folder = tmp_path / "saved"
    folder.mkdir()
    learned(circles(), tmp_path, "scratch/linear").fitted().save(folder)
    kept, about = folder / "linear.skops", folder / "workbench.json"
    if damage == "missing":
        kept.unlink()
    elif damage == "cut":
        kept.write_bytes(kept.read_bytes()[:-40])
    elif damage == "no zip":
        kept.write_bytes(b"pickle")
    elif damage == "schema":
        with zipfile.ZipFile(kept, "w") as zipped:
            zipped.writestr("schema.json", "{}")
    else:
        about.write_text(json.dumps({**json.loads(about.read_text()), "members": ["../../linear"]}))
    with pytest.raises(ModelError):
        quick_fitted.load(folder)


@pytest.mark.parametrize("place", ["node", "circle", "column", "set"])
def test_a_tree_that_leads_nowhere_is_refused_before_it_is_walked(place, tmp_path):
    rows = circles().assign(kind=[("a", "b", "c")[n % 3] for n in range(90)])
    rows["target"] = np.where(rows["kind"] == "b", rows["target"], "out")
    folder = tmp_path / "saved"
    folder.mkdir()
    fitted = learned(rows, tmp_path).fitted()
    fitted.save(folder)
    quick_fitted.load(folder)
    trees, boosted = fitted.models["extra-trees"], fitted.models["boosted-trees"]
    tree, nodes = trees.steps[-1][1].estimators_[3].tree_, boosted.steps[-1][1]._predictors[0][0].nodes
    if place == "node":
        tree.children_left[0] = tree.node_count
    elif place == "circle":
        nodes["right"][0] = 0
    elif place == "column":
        tree.feature[0] = 900
    else:
        nodes["is_categorical"][0], nodes["bitset_idx"][0] = 1, 900
    for name, model in (("extra-trees", trees), ("boosted-trees", boosted)):
        io.dump(model, folder / f"{name}.skops")
    with pytest.raises(ModelError, match="a tree"):
        quick_fitted.load(folder)


def test_trusting_every_name_on_the_list_is_needed(tmp_path):
    """What scikit-learn's models hold, and nothing else: a name that is not met here would be trusted for nothing."""
    met = set()
    for task, table in ((LABELS, circles()), (NUMBERS, circles().assign(target=[str(n / 7) for n in range(90)]))):
        rows = table.assign(kind=[("a", "b", "c")[n % 3] for n in range(90)])
        folder = tmp_path / task.name
        (folder / "saved").mkdir(parents=True)
        learned(rows, folder, task=task).fitted().save(folder / "saved")
        for path in (folder / "saved").glob("*.skops"):
            met |= set(io.get_untrusted_types(file=path))
    assert met <= set(table_blend.TRUSTED)
    assert set(table_blend.TRUSTED) - met <= {"sklearn.model_selection._split.KFold"}  # of columns with many values
