"""Recipes are understood whole, or refused with the wrong name, its place and the nearest right one."""

import os
import subprocess
import sys

import pytest

from tests import toy
from workbench import tasks
from workbench.errors import DataError, RecipeError
from workbench.prepare.normalise_whitespace import NormaliseWhitespace
from workbench.recipe import from_yaml
from workbench.services import datasets, projects, recipes
from workbench.settings import ROOT

RECIPE = """
task: text-classification
data: {source: reviews.csv, columns: {text: body, label: stars}}
prepare: [{step: strip-html}, {step: drop-duplicates, by: text and label}]
augment: [{step: word-dropout, rate: 0.2}]
model: {id: starter/minilm-l6}
seed: 11
"""


def imported(store, text, name="Reviews"):
    project = projects.create(store, name)
    return datasets.import_text(store, project.id, text, name=name)


def rows(labels):
    return "body,stars\n" + "".join(f"a text with the number {number},{label}\n" for number, label in enumerate(labels))


def test_every_name_gets_its_type():
    resolved = recipes.resolve(from_yaml(RECIPE))
    assert resolved.task.name == "text-classification"
    assert [(step.step, step.title) for step in resolved.prepare] == [
        ("strip-html", "Strip HTML"),
        ("drop-duplicates", "Drop duplicates"),
    ]
    assert resolved.prepare[1].by == "text and label" and resolved.augment[0].rate == 0.2
    assert dict(resolved.roles.columns) == {"text": "body", "label": "stars"}
    assert (resolved.roles.inputs, resolved.roles.target) == (("text",), "label")
    augment = resolved.augmenter.text
    assert augment("one two three four five six", 1, 2) == augment("one two three four five six", 1, 2)
    assert recipes.resolve(from_yaml(RECIPE).model_copy(update={"augment": ()})).augmenter is None


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        (
            "task: text-class",
            "task: txt-class",
            ["task", "'txt-classification'", "Did you mean 'text-classification'?"],
        ),
        ("strip-html", "strip-htlm", ["prepare, step 1", "no step 'strip-htlm'", "Did you mean 'strip-html'?"]),
        ("strip-html", "zzz", ["prepare, step 1", "Choose one of: filter-rows, merge-labels"]),
        ("by: text and", "bye: text and", ["prepare, step 2 (drop-duplicates)", "'bye'", "did you mean 'by'?"]),
        ("by: text and label", "by: body", ["prepare, step 2 (drop-duplicates)", "by: ", "'text and label'", "body"]),
        ("rate: 0.2", "rate: 2", ["augment, step 1 (word-dropout)", "rate: ", "0.9", "given: 2"]),
        ("rate: 0.2", "rate: many", ["augment, step 1 (word-dropout)", "rate: ", "given: 'many'"]),
        ("word-dropout", "strip-html", ["augment, step 1", "no step 'strip-html'"]),
        ("label: stars", "lable: stars", ["data.columns", "no role 'lable'", "Did you mean 'label'?"]),
        (", label: stars", "", ["data.columns", "no column is given for the role 'label'"]),
        ("label: stars", "label: body", ["data.columns", "'body' is given for 'text' and for 'label'"]),
        ("data: {source: reviews.csv, columns: {text: body, label: stars}}", "", ["recipe, data", "has no data"]),
    ],
)
def test_a_wrong_name_says_where_and_what_would_be_right(right, wrong, says):
    assert right in RECIPE
    with pytest.raises(RecipeError) as caught:
        recipes.resolve(from_yaml(RECIPE.replace(right, wrong, 1)))
    for words in says:
        assert words in str(caught.value)


def test_steps_are_offered_with_their_forms():
    for kind in (*recipes.prepare_steps(), *recipes.augment_steps()):
        assert set(kind.model_json_schema()["properties"]) >= {"step"}
    assert NormaliseWhitespace in recipes.prepare_steps()


def test_a_suggestion_is_good_to_go(store):
    version = imported(store, rows(["good", "bad"] * 20))
    suggested = recipes.suggest(store, version.id)
    assert suggested.task == "text-classification"
    assert suggested.data.source == version.source
    assert suggested.data.columns == {"text": "body", "label": "stars"}
    assert [step.step for step in suggested.prepare] == ["normalise-whitespace", "drop-empty", "drop-duplicates"]
    assert suggested.augment == () and suggested.model.id == "starter/minilm-l6"
    assert recipes.resolve(suggested).recipe == suggested
    assert [finding for finding in recipes.check(store, suggested, version.id) if finding.level == "error"] == []


def findings(store, labels):
    recipe = from_yaml(RECIPE)
    return recipes.check(store, recipe, imported(store, rows(labels)).id)


def test_case_39_one_class_blocks_the_start(store):
    (found,) = [finding for finding in findings(store, ["good"] * 20) if finding.level == "error"]
    assert "label" in found.what and found.remedy


def test_case_40_a_class_with_one_row_is_reported(store):
    found = findings(store, ["good", "bad"] * 20 + ["rare"])
    assert any("rare" in finding.what and finding.remedy for finding in found)


def test_case_41_missing_labels_are_no_class(store):
    version = imported(store, rows(["good", "bad", ""] * 10))
    prepared = datasets.prepared(store, from_yaml(RECIPE), version.id)
    assert prepared.class_counts == {"good": 10, "bad": 10}
    assert prepared.report[0].title == "Rows without a label" and prepared.report[0].rows_before == 30


def test_a_check_needs_rows(store):
    version = imported(store, "body,stars\none,a\ntwo,b\n")
    with pytest.raises(DataError, match="SPLIT-01: only 2 rows are left"):
        recipes.check(store, from_yaml(RECIPE), version.id)


def test_a_task_from_elsewhere_is_known_in_every_process():
    assert tasks.by_name("text-classification").title
    program = "from workbench import tasks; print(tasks.by_name('toy-letters').title, tasks.TASKS[-1].name)"
    environment = {**os.environ, "WORKBENCH_TASKS": "tests.toy:TASK"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["Toy", "toy-letters"]


def test_a_second_task_touches_no_page(store):
    """The store fixture knows the toy; a recipe that names it is resolved like any other."""
    recipe = from_yaml(RECIPE.replace("text-classification", toy.TASK.name))
    assert recipes.resolve(recipe).task is toy.TASK


def test_columns_left_open_are_filled_in_and_given_ones_stay(store):
    version = imported(store, rows(["good", "bad"] * 10))
    bare = from_yaml("data: {source: Reviews}")
    assert recipes.complete(store, bare, version.id).data.columns == {"text": "body", "label": "stars"}
    half = from_yaml("data: {source: Reviews, columns: {label: body}}")
    assert recipes.complete(store, half, version.id).data.columns["label"] == "body"
    with pytest.raises(RecipeError, match="no role 'lable'"):
        recipes.check_names(from_yaml("data: {source: Reviews, columns: {lable: stars}}"))


def test_case_43_very_many_labels_are_asked_about_with_their_memory(store):
    labels = [f"label {number // 2}" for number in range(2400)]
    (found,) = [finding for finding in findings(store, labels) if finding.code == "CHECK-43"]
    assert found.level == "confirm" and "1,200 different labels" in found.what and "20 MB" in found.what


def test_case_47_the_share_of_a_long_document_that_is_cut_off_is_said(store):
    written = rows(["a", "b"] * 20) + f"{'word ' * 190_000},a\n"
    recipe = from_yaml(RECIPE)
    checked = recipes.check(store, recipe, imported(store, written).id)
    (found,) = [finding for finding in checked if finding.code == "CHECK-47"]
    assert found.level == "warning" and "1 text is longer" in found.what and "100% of it" in found.what
