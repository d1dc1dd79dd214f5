"""Texts whose target is a number, on every page: from the suggestion to the number of a new text."""

import uuid

import pytest

from tests import toy_store
from tests.tasks.test_contract import rated
from tests.ui.conftest import shown
from workbench.recipe import Model, Training
from workbench.services import datasets, projects, recipes, runs
from workbench.store.views import State

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scored(tmp_path_factory, tiny_bert):
    """A project whose recipe was suggested, and its run, which has finished."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("scored") / "store"
        patch.setenv("WORKBENCH_HOME", str(home))
        with toy_store.opened(home, patch) as store:
            project = projects.create(store, "Scores")
            table = rated().rename(columns={"text": "review", "target": "score"}).to_csv(index=False)
            version = datasets.import_text(store, project.id, table, name="scores.csv")
            training = Training(method="head", epochs=2)
            changes = {"model": Model(id=str(tiny_bert)), "training": training}
            recipe = recipes.suggest(store, version.id).model_copy(update=changes)
            projects.save_draft(store, projects.draft(store, project.id), recipe=recipe, data_version_id=version.id)
            started = runs.start(store, project.id, recipe, version.id, key=uuid.uuid4().hex)
            yield project.id, toy_store.wait(store, started.id, State.SUCCEEDED)


def test_the_suggested_recipe_predicts_the_number(scored):
    recipe = scored[1].recipe
    assert recipe.task == "text-regression" and dict(recipe.data.columns) == {"text": "review", "target": "score"}
    assert set(scored[1].summary.scores["test"]) == {"rmse", "mae", "r2"}


@pytest.mark.parametrize("name", ["data", "prepare", "augment", "model", "train", "evaluate", "use", "runs"])
def test_every_page_opens(scored, page, name):
    test = page(name, project=scored[0], run=scored[1].id)
    assert not test.exception
    assert not test.error


def test_networks_that_only_tell_labels_apart_are_not_offered(scored, page):
    said = shown(page("model", project=scored[0]))
    assert "MiniLM" in said and "LSTM" not in said


def test_evaluate_shows_how_far_off_the_numbers_are(scored, page):
    said = shown(page("evaluate", project=scored[0], run=scored[1].id))
    assert "Predicted beside true" in said and "How far off it usually is" in said


def test_a_form_about_training_asks_for_nothing_about_labels(scored, page):
    test = page("train", project=scored[0])
    next(button for button in test.button if button.key == "train_leave").click().run(timeout=60)
    assert [radio for radio in test.radio if radio.key == "train_method"]
    keys = [str(one.key) for one in (*test.selectbox, *test.radio, *test.checkbox, *test.toggle, *test.number_input)]
    assert not [key for key in keys if "smoothing" in key or "class_weights" in key]
