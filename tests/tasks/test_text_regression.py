"""Text regression: what fits it, what is wrong with its rows, how its layer is solved, and the exported script."""

import csv
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests.export import proving
from tests.tasks.test_contract import rated
from tests.training.problems import Watcher
from workbench import recipe as recipes
from workbench import tasks
from workbench.artefacts import folders
from workbench.data.profiles.profile import profile_table
from workbench.export import folder as model_folder
from workbench.export.card import About
from workbench.prepare.prepared import prepare_table
from workbench.prepare.roles import Roles
from workbench.prepare.splits import Split, split_table
from workbench.recipe import Training
from workbench.serve.predictor import Predictor
from workbench.tasks.protocol import LearnerContext
from workbench.tasks.resolve import prepare_steps
from workbench.tasks.text_answers import Numbers
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train
from workbench.training.rules import plan_from

TASK = tasks.by_name("text-regression")
RECIPE = """task: text-regression
data: {source: offers.csv, columns: {text: offer, target: price}}
prepare: [{step: lowercase}]
"""


@pytest.fixture(scope="module")
def split() -> Split:
    return split_table(rated(), None, recipes.Split(), 3)


def learned(split, model, root, **training):
    facts = TASK.plan(Training(batch_size=16, **training), split, "cpu")
    plan = plan_from(facts | {"threads": {"value": 1}})
    problem = TASK.learner(split, LearnerContext(model, plan, 5, root / "cache"))
    outcome = train(problem, plan, seed=5, checkpoints=Checkpoints(root / "run"), reporter=Watcher())
    return outcome, problem


@pytest.fixture(scope="module")
def solved(split, tiny_bert, tmp_path_factory):
    """A trained model that is soon there."""
    return learned(split, tiny_bert, tmp_path_factory.mktemp("solved"), method="head", epochs=1)[1].fitted()


# -- rows -------------------------------------------------------------------------------------------------------


def profiled(**columns):
    return profile_table(pd.DataFrame(columns, dtype=object))


TEXTS = [f"a lovely flat with {number} windows and a long view over the river to the hills" for number in range(80)]
PRICES = [f"{300 + 7.5 * number}" for number in range(80)]


def best(profile):
    return max(tasks.TASKS, key=lambda task: task.suits(profile).fit)


def test_texts_with_amounts_suggest_it():
    profile = profiled(offer=TEXTS, price=PRICES)
    suggestion = TASK.suits(profile)
    assert best(profile) is TASK and dict(suggestion.columns) == {"text": "offer", "target": "price"}
    assert "'price'" in suggestion.reason and "80 numbers" in suggestion.reason


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"offer": TEXTS, "stars": ["1", "2", "3", "4"] * 20}, "text-classification"),
        ({"offer": TEXTS, "label": ["good", "bad"] * 40, "height": PRICES}, "text-classification"),
        ({"price": PRICES, "rooms": ["1", "2", "3", "4"] * 20, "size": PRICES[::-1]}, "tabular-regression"),
    ],
)
def test_labels_and_tables_stay_with_their_tasks(columns, name):
    assert best(profiled(**columns)).name == name


def test_a_target_that_is_no_number_is_named_by_row(split):
    spoilt = split.train.copy()
    spoilt.iloc[[4, 9], spoilt.columns.get_loc("target")] = ["about 12", ""]
    found = {finding.code: finding for finding in TASK.check(Split(spoilt, split.validation, split.test))}["TABLE-02"]
    first = min(spoilt.index[[4, 9]])
    assert found.level == "error" and "2 of 120" in found.what and f"row {first + 1}" in found.what
    assert "text classification" in found.remedy


def test_nothing_about_labels_is_asked_for(split):
    facts = TASK.plan(Training(), split, "cpu")
    assert not {"label_smoothing", "class_weights"} & facts.keys()
    assert set(facts["method"].options) == {"full", "staged", "last-blocks", "lora", "head"}


# -- learning ---------------------------------------------------------------------------------------------------


def test_numbers_are_learned_in_deviations_from_the_mean_of_the_training_rows():
    part = pd.DataFrame({"text": list("abc"), "target": ["10", "x", "30"]}, index=[4, 5, 6], dtype=object)
    numbers = Numbers.of(part)
    rows = numbers.rows(part)
    assert (numbers.centre, numbers.spread) == (20, 10)
    assert rows.texts == ["a", "c"] and rows.truth.tolist() == [-1, 1] and rows.source == [4, 6]
    scores = numbers.validation(np.array([[-1], [2]], dtype=np.float32), rows.truth)
    assert scores == pytest.approx({"loss": 0.5, "rmse": 50**0.5, "mae": 5, "r2": 0.5})
    assert Numbers.of(part.iloc[:1]).spread == 1


def test_the_layer_starts_from_the_ridge_regression():
    import torch

    draw = np.random.default_rng(2)
    features, truth = draw.normal(size=(60, 5)).astype(np.float32), draw.normal(size=60).astype(np.float32)
    head = torch.nn.Linear(5, 1)
    numbers = Numbers(0, 1)
    numbers.start(head, features, truth, 2.0)
    inputs = 2.0 * features.astype(np.float64)
    centred = inputs - inputs.mean(axis=0)
    pull = 1 / (2 * numbers.usual_strength)
    wanted = np.linalg.solve(centred.T @ centred + pull * np.eye(5), centred.T @ (truth - truth.mean()))
    np.testing.assert_allclose(head.weight.detach().numpy()[0], wanted, atol=1e-5)
    assert head.bias.item() == pytest.approx(truth.mean() - inputs.mean(axis=0) @ wanted, abs=1e-5)


@pytest.mark.parametrize("method", ["last-blocks", "lora", "staged"])
def test_every_method_betters_the_mean(method, split, tiny_bert, tmp_path):
    outcome, problem = learned(split, tiny_bert, tmp_path, method=method, epochs=2)
    scores = TASK.score(split.test, problem.fitted().predict(split.test))
    assert scores.values["r2"].value > 0.1
    assert outcome.best_score < 10  # the numbers have a standard deviation of 10


def test_the_baseline_is_the_better_of_words_and_the_mean(split):
    words = TASK.baseline(split).predict(split.test)
    assert TASK.score(split.test, words).values["r2"].value > 0.9
    noise = [part.assign(text=[f"{n % 7} {n % 3}" for n in range(len(part))]) for part in (split.train, split.test)]
    simple = TASK.baseline(Split(noise[0], noise[1], noise[1])).predict(noise[1])
    assert TASK.score(split.test, simple).values["r2"].value < 0.2
    assert len(TASK.baseline(split).predict(split.test.iloc[:0]).values) == 0


# -- what comes out ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(solved, split, tmp_path_factory):
    """The folder of the trained model, whose columns are called offer and price."""
    recipe = recipes.from_yaml(RECIPE)
    columns = {"text": "offer", "target": "price"}
    table = rated().rename(columns=columns)
    steps = prepare_steps(recipe.prepare)
    prepared = prepare_table(table, Roles(columns, ("text",), "target", amounts=True), steps, recipe.split, 3)
    scores = TASK.score(split.test, solved.predict(split.test), TASK.baseline(split).predict(split.test))
    root = tmp_path_factory.mktemp("exported")
    about = About("Prices", "offers.csv", "ab" * 32, {"train": 96}, "tiny", "none", scores, scores)
    with folders.new_folder(root, "model") as staged:
        model_folder.write(staged, TASK, recipe, prepared, solved, about)
    return root / "model"


OFFERS = ["A GOOD, happy day", 'awful; "quoted"\nnew line', "", "lovely " * 90]


def test_the_exported_script_answers_as_the_workbench_does(exported, solved, tmp_path):
    with (tmp_path / "in.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["n", "offer"], *[[1, text] for text in OFFERS]])
    command = [sys.executable, str(exported / "predict.py"), "in.csv", "--out", "out.csv"]
    out = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["n", "offer", "prediction"] and [row["offer"] for row in rows] == OFFERS
    wanted = solved.predict(pd.DataFrame({"text": [text.lower() for text in OFFERS]}, dtype=object)).values
    np.testing.assert_allclose([float(row["prediction"]) for row in rows], wanted, atol=1e-4)
    served = Predictor(exported).predict(pd.DataFrame({"offer": OFFERS}))
    np.testing.assert_allclose(served["prediction"].to_numpy(dtype=float), wanted, atol=1e-4)
    about = json.loads((exported / "workbench.json").read_text())
    assert about["target"] == "target" and about["inputs"] == ["text"]
    assert "number" in (exported / "README.md").read_text()


def test_as_onnx_it_answers_the_same(exported, tmp_path):
    rows = pd.DataFrame({"offer": OFFERS})
    original, onnx = Predictor(exported), Predictor(proving.made(exported, "onnx", tmp_path))
    first, second = (one.predict(rows)["prediction"].to_numpy(dtype=float) for one in (original, onnx))
    np.testing.assert_allclose(first, second, atol=1e-3)
