"""A table whose target is a number, on every page: from the suggestion to the form that asks about one row."""

import uuid
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from tests import toy_store
from tests.ui.conftest import shown
from workbench.recipe import Training
from workbench.services import datasets, projects, recipes, runs
from workbench.services.workbench import Store
from workbench.store.views import RunView, State

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Flats:
    store: Store
    project_id: str
    run: RunView


def flats() -> str:
    draw = np.random.default_rng(8)
    area = draw.uniform(30, 150, 200)
    town = draw.choice(["Bonn", "Ulm"], 200)
    rent = 12.5 * area + 200 * (town == "Bonn")
    table = pd.DataFrame({"row": range(200, 400), "area": area.round(1), "town": town, "rent": rent.round(2)})
    return table.to_csv(index=False)


@pytest.fixture(scope="module")
def rented(tmp_path_factory):
    """A store with one project whose recipe was suggested, and whose run has finished."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("rented") / "store"
        patch.setenv("WORKBENCH_HOME", str(home))
        with toy_store.opened(home, patch) as store:
            project = projects.create(store, "Flats")
            version = datasets.import_text(store, project.id, flats(), name="flats.csv")
            recipe = recipes.suggest(store, version.id)
            recipe = recipe.model_copy(update={"training": Training(epochs=3, learning_rate=0.01)})
            projects.save_draft(store, projects.draft(store, project.id), recipe=recipe, data_version_id=version.id)
            started = runs.start(store, project.id, recipe, version.id, key=uuid.uuid4().hex)
            yield Flats(store, project.id, toy_store.wait(store, started.id, State.SUCCEEDED))


def test_the_suggested_recipe_predicts_the_number(rented):
    recipe = rented.run.recipe
    assert recipe.task == "tabular-regression" and dict(recipe.data.columns) == {"target": "rent"}
    assert recipe.model.id == "scratch/table-mlp"
    assert set(rented.run.summary.scores["test"]) == {"rmse", "mae", "r2"}
    assert rented.run.progress.best_metric == "rmse"


@pytest.mark.parametrize("name", ["data", "prepare", "augment", "model", "train", "evaluate", "use", "runs"])
def test_every_page_opens(rented, page, name):
    test = page(name, project=rented.project_id, run=rented.run.id)
    assert not test.exception
    assert not test.error


def test_a_table_is_offered_the_network_for_tables_and_nothing_to_fetch(rented, page):
    test = page("model", project=rented.project_id)
    assert "Network for tables" in shown(test) and "MiniLM" not in shown(test)
    assert not [one for one in test.get("expander") if "Hub" in one.label]


def test_the_training_form_asks_for_no_method(rented, page):
    test = page("train", project=rented.project_id)
    assert not [radio for radio in test.radio if radio.key == "train_method"]


def test_scores_in_the_unit_of_the_target_are_no_percentages(rented, page):
    test = page("evaluate", project=rented.project_id, run=rented.run.id)
    assert not [metric.value for metric in test.metric if "%" in str(metric.value)]
    headers = [header.value for header in test.header]
    assert {"Predicted beside true", "How far off", "Worst mistakes"} <= set(headers)
    table = next(frame.value for frame in test.dataframe if "off" in frame.value.columns)
    assert table["off"].abs().is_monotonic_decreasing


def test_the_form_asks_for_each_feature_and_the_answer_is_a_number(rented, page):
    test = page("use", project=rented.project_id, run=rented.run.id)
    assert [widget.label for widget in (*test.number_input, *test.selectbox)][-2:] == ["area", "town"]
    test.number_input[-1].set_value(100.0)
    next(button for button in test.button if button.label == "Try").click().run(timeout=60)
    assert not test.exception
    answer = next(metric for metric in test.metric if metric.label == "The model says")
    assert float(answer.value.replace(",", "")) > 100
