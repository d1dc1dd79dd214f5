"""What a recipe's augmentation becomes for a task, and what the worker makes of its rows before training."""

from collections import Counter

import pytest

from tests import toy_store
from tests.augment import toys
from tests.toy import TASK
from workbench import tasks
from workbench.errors import DataError, RecipeError
from workbench.jobs import worker_load
from workbench.recipe import Data, Recipe, Step
from workbench.services import datasets, projects, recipes

TOYS = (toys.IMAGES, toys.NUMBERS, toys.AMOUNTS)
CSV = "size,eggs,colour,label\n" + "".join(
    f"{10 * (place + 1) + number / 7:.3f},{1 + number % 5},{('red', 'blue')[number % 2]},{label}\n"
    for place, (label, count) in enumerate((("owl", 60), ("jay", 20)))
    for number in range(count)
)


@pytest.fixture
def store(tmp_path, monkeypatch):
    with toy_store.opened(tmp_path / "store", monkeypatch) as store:
        monkeypatch.setattr(tasks, "TASKS", (*tasks.TASKS, *TOYS))
        yield store


def recipe(*steps, task=toys.NUMBERS, columns=None):
    data = Data(source="birds", columns=columns or {"label": "label"})
    return Recipe(task=task.name, data=data, augment=tuple(Step(**step) for step in steps))


def version(store, csv=CSV):
    return datasets.import_text(store, projects.create(store, "Birds").id, csv, name="birds").id


def test_the_worker_adds_smotes_rows_to_the_training_part_alone(store):
    version_id = version(store)
    plain = worker_load.load(store, recipe(), version_id)
    more = worker_load.load(store, recipe({"step": "smote", "ratio": 1}), version_id)
    counts = Counter(plain.split.train["label"])
    assert set(Counter(more.split.train["label"]).values()) == {max(counts.values())}
    new = more.split.train.iloc[len(plain.split.train) :]
    assert new.index.min() == 80 and set(new["colour"]) <= {"red", "blue"} and new["size"].astype(float).min() > 19
    for part in ("validation", "test"):
        assert getattr(more.split, part).equals(getattr(plain.split, part))
    assert more.prepared.split.train.equals(plain.split.train)  # what pages show are the rows of the data
    assert worker_load.load(store, recipe({"step": "smote", "ratio": 1}), version_id).split.train.equals(
        more.split.train
    )


def test_new_rows_get_numbers_that_not_even_a_dropped_row_has(store):
    version_id = version(store, CSV + "1.0,1,red,\n")  # its label is missing
    train = worker_load.load(store, recipe({"step": "smote", "ratio": 1}), version_id).split.train
    assert train.index[-1] > 80 and train.index.is_unique and 80 not in train.index


def test_a_missing_number_stops_smote_with_row_and_column(store):
    version_id = version(store, CSV.replace("10.143,2,", ",2,"))
    with pytest.raises(DataError, match="AUGMENT-03 row 2, column 'size': the cell is empty"):
        for seed in range(9):  # until the row is in the training part
            worker_load.load(store, recipe({"step": "smote"}).model_copy(update={"seed": seed}), version_id)


@pytest.mark.parametrize(
    ("task", "step", "columns"),
    [
        (TASK, "blur", {"text": "t", "label": "label"}),
        (TASK, "smote", {"text": "t", "label": "label"}),
        (toys.IMAGES, "word-swap", {"image": "image", "label": "label"}),
        (toys.AMOUNTS, "smote", {"amount": "label"}),
    ],
)
def test_a_step_that_does_not_fit_the_task_is_refused(store, task, step, columns):
    with pytest.raises(RecipeError, match=f"recipe, augment, step 1: the step '{step}' has nothing to change"):
        recipes.resolve(recipe({"step": step}, task=task, columns=columns))


def test_steps_are_offered_by_the_roles_of_the_task(store):
    kinds = {task.name: {step.kind for step in recipes.augment_steps(task.name)} for task in (TASK, *TOYS)}
    assert kinds == {
        "toy-letters": {"text"},
        "toy-images": {"image"},
        "toy-numbers": {"table"},
        "toy-amounts": {"table"},
    }
    assert "smote" not in {step.name() for step in recipes.augment_steps(toys.AMOUNTS.name)}
    assert len(recipes.augment_steps()) > 20
