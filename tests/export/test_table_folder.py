"""A model for tables, exported: predict.py answers as the workbench does, a card that fits, a form for one row."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.training.problems import Watcher
from workbench import recipe as recipes
from workbench import tasks
from workbench.artefacts import folders
from workbench.data.profiles.profile import profile_table
from workbench.export import folder as model_folder
from workbench.export.card import About
from workbench.models import scratch
from workbench.serve.predictor import Predictor
from workbench.tasks import resolve as resolving
from workbench.tasks.protocol import LearnerContext
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train
from workbench.training.rules import plan_from

RECIPE = """
task: {task}
data: {{source: houses.csv, columns: {{target: {target}}}}}
prepare: [{{step: split-dates, columns: [sold]}}]
training: {{epochs: 1}}
"""


def houses() -> pd.DataFrame:
    """Areas, some unknown; towns, some unknown; days of sale; more streets than a category holds."""
    draw = np.random.default_rng(6)
    rows = 4000
    area = draw.uniform(40, 200, rows)
    town = draw.choice(["Bonn", "Köln", "Ulm", ""], rows)
    price = 2000 * area + 50_000 * (town == "Köln") - 90_000
    table = pd.DataFrame(
        {
            "area": [f"{value:.1f}" for value in area],
            "town": town,
            "street": [f"street {row % 1050}" for row in range(rows)],
            "sold": [f"2024-{row % 12 + 1:02}-{row % 28 + 1:02}" for row in range(rows)],
            "price": [f"{value:.0f}" for value in price],
            "dear": np.where(price > 150_000, "yes", "no"),
        },
        dtype=object,
    )
    table.loc[::9, "area"] = ""
    return table


@pytest.fixture(
    params=[
        (task, model)
        for task in ("tabular-regression", "tabular-classification")
        for model in ("scratch/table-mlp", "scratch/best-of")
    ],
    ids=" ".join,
    scope="module",
)
def exported(request, tmp_path_factory):
    """Task and folder of a model that was trained for a moment."""
    place = tmp_path_factory.mktemp("exported")
    name, model_id = request.param
    task = tasks.by_name(name)
    target, other = ("price", "dear") if name == "tabular-regression" else ("dear", "price")
    table = houses().drop(columns=other)
    recipe = recipes.from_yaml(RECIPE.format(task=task.name, target=target))
    resolved = resolving.resolve(recipe)
    prepared = resolving.prepare(resolved, table)
    plan = replace(plan_from(task.plan(recipe.training, prepared.split, "cpu", model=model_id)), threads=1)
    model = scratch.by_id(model_id).folder
    problem = task.learner(prepared.split, LearnerContext(model, plan, 5, place / "cache"))
    train(problem, plan, seed=5, checkpoints=Checkpoints(place / "run"), reporter=Watcher())
    fitted, test = problem.fitted(), prepared.split.test
    scores = task.score(test, fitted.predict(test))
    rows = {name: len(getattr(prepared.split, name)) for name in ("train", "validation", "test")}
    about = About("Houses", "houses", "0" * 64, rows, model_id, "yours", scores, scores)
    about = replace(about, features=prepared.features)
    with folders.new_folder(place, "model") as folder:
        model_folder.write(folder, task, recipe, prepared, fitted, about, profile_table(table))
    return task, place / "model"


def test_predict_py_answers_as_the_workbench_does(exported, tmp_path):
    task, folder = exported
    rows = houses().head(40).drop(columns=["price", "dear"])
    rows.loc[[3, 4]] = [["-12.5", "Paris", "nowhere", "2024-02-30"], ["", "", "", ""]]
    rows.to_csv(tmp_path / "rows.csv", index=False, sep=";")
    bare = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "predict.py", str(tmp_path / "rows.csv"), "--out", str(tmp_path / "out.csv")]
    done = subprocess.run(command, cwd=folder, env=bare, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    wanted = Predictor(folder).predict(rows)
    for name in wanted.columns:
        given = [row[name] for row in found]
        if name == "prediction" and task.name == "tabular-classification":
            assert given == wanted[name].tolist()
        else:
            np.testing.assert_allclose([float(value) for value in given], wanted[name], rtol=1e-5)
    assert found[3]["area"] == "-12.5"  # a number is no formula
    names = {line.partition("==")[0] for line in (folder / "requirements.txt").read_text().split()}
    network = (folder / "model.safetensors").is_file()
    assert names == ({"torch", "safetensors"} if network else {"numpy", "scikit-learn", "scipy", "skops"})


def test_a_column_that_is_missing_is_named(exported, tmp_path):
    _, folder = exported
    (tmp_path / "rows.csv").write_text("area,town\n1,Bonn\n", encoding="utf-8")
    command = [sys.executable, "predict.py", str(tmp_path / "rows.csv")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1 and "has no column 'street'" in done.stderr


def test_the_card_and_the_form_speak_of_the_features(exported):
    task, folder = exported
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "reads area, town, street, sold and answers with" in card
    assert ("answers with a number" in card) == (task.name == "tabular-regression")
    about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
    fields = {field["column"]: field for field in about["fields"]}
    assert list(fields) == about["features"] == ["area", "town", "street", "sold"]
    assert fields["area"]["kind"] == "number" and 40 <= fields["area"]["least"] < fields["area"]["most"] <= 200
    assert fields["town"]["kind"] == "choice" and fields["town"]["values"] == ["Bonn", "Köln", "Ulm"]
    assert fields["street"]["kind"] == fields["sold"]["kind"] == "text"
    assert about["table"]["hashed"] and about["table"]["flags"]
