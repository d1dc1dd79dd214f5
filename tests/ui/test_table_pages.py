"""A table whose target is a number, on every page: from the suggestion to the form that asks about one row."""

import uuid
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from tests import toy_store
from tests.ui.conftest import shown
from workbench.recipe import Model
from workbench.services import datasets, estimates, projects, recipes, runs
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
            projects.save_draft(store, projects.draft(store, project.id), recipe=recipe, data_version_id=version.id)
            started = runs.start(store, project.id, recipe, version.id, key=uuid.uuid4().hex)
            yield Flats(store, project.id, toy_store.wait(store, started.id, State.SUCCEEDED))


def test_the_suggested_recipe_predicts_the_number(rented):
    recipe = rented.run.recipe
    assert recipe.task == "tabular-regression" and dict(recipe.data.columns) == {"target": "rent"}
    assert recipe.model.id == "scratch/best-of"
    assert set(rented.run.summary.scores["test"]) == {"rmse", "mae", "r2"}
    assert rented.run.progress.best_metric == "rmse"


@pytest.mark.parametrize("name", ["data", "prepare", "augment", "model", "train", "evaluate", "use", "runs"])
def test_every_page_opens(rented, page, name):
    test = page(name, project=rented.project_id, run=rented.run.id)
    assert not test.exception
    assert not test.error


def test_a_table_is_offered_models_for_tables_and_nothing_to_fetch(rented, page):
    test = page("model", project=rented.project_id)
    offered = ("Best of four quick models", "Boosted trees", "Linear model", "Network for tables")
    assert all(title in shown(test) for title in offered) and "MiniLM" not in shown(test)
    assert not [one for one in test.get("expander") if "Hub" in one.label]


def settings(page, rented):
    """The Train page with the settings of the next run."""
    test = page("train", project=rented.project_id)
    next(button for button in test.button if button.key == "train_leave").click().run(timeout=60)
    return test


def test_the_training_form_asks_for_nothing_that_quick_models_do_not_have(rented, page):
    test = settings(page, rented)
    assert not [widget.key for widget in (*test.radio, *test.number_input, *test.selectbox) if "train" in widget.key]
    assert "needs no settings" in shown(test)


def test_the_training_form_asks_a_network_for_epochs_but_no_method(rented, page):
    draft = projects.draft(rented.store, rented.project_id)
    network = draft.recipe.model_copy(update={"model": Model(id="scratch/table-mlp")})
    changed = projects.save_draft(rented.store, draft, recipe=network)
    test = settings(page, rented)
    projects.save_draft(rented.store, changed, recipe=draft.recipe)
    assert not [radio for radio in test.radio if radio.key == "train_method"]
    assert [widget for widget in test.number_input if widget.key == "train_epochs"]


@pytest.mark.parametrize("name", ["train", "evaluate"])
def test_who_won_is_said_where_the_run_is_watched_and_judged(rented, page, name):
    test = page(name, project=rented.project_id, run=rented.run.id)
    (said,) = [box.value for box in test.info if "Together they reach" in box.value]
    assert "linear model" in said and "RMSE" in said
    assert "Learning curves" not in [header.value for header in test.header]


def test_quick_models_are_measured_by_fitting_them_once(rented):
    estimates.request(rented.store, rented.project_id)
    measuring = lambda: estimates.measuring(rented.store, rented.project_id)  # noqa: E731
    toy_store.wait_for_rest(rented.store, lambda: measuring().state.ended)
    assert measuring().state is State.SUCCEEDED
    known = estimates.known(rented.store, rented.project_id)
    assert 0.05 < known.seconds < 60 and known.memory_bytes > 50_000_000 and known.epochs == 1


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
