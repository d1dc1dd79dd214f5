"""The Prepare page: what fits is offered, what it does is shown at each step, and everything can be taken back."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.augment import toys
from tests.ui.conftest import shown
from workbench import tasks
from workbench.recipe import Data, Recipe, Split, Step
from workbench.services import datasets, projects

KINDS = ("praise", "complaint", "Praise ")
TEXTS = "text,label,who,day\n" + "".join(
    f"{'<b>' if n % 3 == 0 else ''}song {n // 2} of rivers{'</b>' if n % 3 == 0 else ''},{KINDS[n % 3]},p{n % 20},"
    f"2026-01-{1 + n % 28:02d}\n"
    for n in range(120)
)
NUMBERS = "income,town,joined,risk\n" + "".join(
    f"{'' if n % 9 == 0 else 100 * n + 1},{'Oslo' if n % 3 else 'Ulm'},{1 + n % 28:02d}.01.2025,"
    f"{'low' if n % 4 else 'high'}\n"
    for n in range(120)
)


def images():
    """A zip of pictures in two folders."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(24):
            pixels = np.random.default_rng(number).integers(0, 255, (20, 40, 3), dtype=np.uint8)
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "PNG")
            archive.writestr(f"{'ab'[number % 2]}/{number}.png", file.getvalue())
    return content.getvalue()


@pytest.fixture
def project(empty, monkeypatch, tmp_path):
    """Makes a project with a data version and a draft: its id."""
    monkeypatch.setattr(tasks, "TASKS", (*tasks.TASKS, toys.IMAGES, toys.NUMBERS, toys.AMOUNTS))

    def made(task, columns, content, *steps, split=None):
        made = projects.create(empty, f"Prepared {task}")
        name = "images.zip" if isinstance(content, bytes) else "rows.csv"
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        version = datasets.import_file(empty, made.id, path, name=name)
        recipe = Recipe(
            task=task,
            data=Data(source=version.source, columns=columns),
            prepare=tuple(Step(**step) for step in steps),
            split=split or Split(),
        )
        projects.save_draft(empty, projects.draft(empty, made.id), recipe=recipe, data_version_id=version.id)
        return made.id

    return made


@pytest.fixture
def text_project(project):
    def made(*steps, split=None):
        return project("text-classification", {"text": "text", "label": "label"}, TEXTS, *steps, split=split)

    return made


def applied(store, test, project_id):
    """The recipe after the primary button."""
    test.button(key="prepare_apply").click().run()
    assert not test.exception and not test.error
    return projects.draft(store, project_id).recipe


def badges(test):
    return [element.value for element in test.markdown if "badge" in str(element.value)]


def switches(test):
    return {toggle.key.removeprefix("prepare_") for toggle in test.toggle}


@pytest.mark.slow
def test_only_what_fits_is_offered(page, project, text_project):
    texts = switches(page("prepare", project=text_project()))
    assert {"strip-html", "hide-personal-data", "merge-labels", "drop-duplicates"} <= texts
    assert not {"scale-numbers", "pad-images"} & texts
    numbers = switches(page("prepare", project=project("toy-numbers", {"label": "risk"}, NUMBERS)))
    assert {"scale-numbers", "fill-missing", "split-dates", "hide-personal-data"} <= numbers
    assert not {"strip-html", "pad-images"} & numbers
    pictures = switches(page("prepare", project=project("toy-images", {"image": "image", "label": "label"}, images())))
    assert {"pad-images", "drop-duplicates", "merge-labels"} <= pictures
    assert not {"strip-html", "scale-numbers", "hide-personal-data"} & pictures


def test_groups_with_something_on_are_open(page, text_project):
    test = page("prepare", project=text_project({"step": "strip-html"}))
    groups = {group.label: group.proto.expanded for group in test.expander}
    assert groups == {"Rows": False, "Text · 1 on": True, "Labels": False, "Personal data": False}


def test_what_a_step_did_is_told_at_it(page, text_project):
    test = page("prepare", project=text_project({"step": "strip-html"}, {"step": "drop-duplicates"}))
    told = " ".join(badges(test))
    assert "40 values change" in told and "60 rows go" in told and "60 rows stay" in told
    assert "red-background" in shown(test) and "Rows that go" in shown(test)


def test_a_change_is_taken_back(empty, page, text_project):
    project_id = text_project({"step": "normalise-whitespace", "trim": False})
    test = page("prepare", project=project_id)
    assert "prepare_undo_all" not in [button.key for button in test.button]
    test.toggle(key="prepare_normalise-whitespace_trim").set_value(True).run()
    test.toggle(key="prepare_lowercase").set_value(True).run()
    test.slider(key="prepare_train").set_value(60).run()
    test.button(key="prepare_normalise-whitespace_undo").click().run()
    assert test.toggle(key="prepare_normalise-whitespace_1_trim").value is False
    assert test.toggle(key="prepare_lowercase").value and test.slider(key="prepare_train").value == 60
    test.button(key="prepare_undo_all").click().run()
    assert not test.exception
    assert not test.toggle(key="prepare_lowercase_1").value and test.slider(key="prepare_train_1").value == 80
    recipe = applied(empty, test, project_id)
    assert recipe.split == Split()
    assert [step.model_dump() for step in recipe.prepare] == [{"step": "normalise-whitespace", "trim": False}]


def test_conditions_are_built_by_clicking(empty, page, text_project):
    project_id = text_project()
    test = page("prepare", project=project_id)
    test.toggle(key="prepare_filter-rows").set_value(True).run()
    test.button(key="prepare_filter-rows_conditions_add").click().run()
    assert "once it has a value" in shown(test) and "Changes nothing here" in shown(test)
    test.selectbox(key="prepare_filter-rows_conditions_0_column").set_value("label").run()
    assert test.selectbox(key="prepare_filter-rows_conditions_0_known").options == list(KINDS)
    test.selectbox(key="prepare_filter-rows_conditions_0_known").set_value("complaint").run()
    test.button(key="prepare_filter-rows_conditions_add").click().run()
    test.selectbox(key="prepare_filter-rows_conditions_1_column").set_value("text").run()
    test.selectbox(key="prepare_filter-rows_conditions_1_test").set_value("has at least so many characters").run()
    test.number_input(key="prepare_filter-rows_conditions_1_number").set_value(5).run()
    assert not test.exception
    assert "80 rows go" in " ".join(badges(test))
    test.button(key="prepare_filter-rows_conditions_0_remove").click().run()
    test.selectbox(key="prepare_filter-rows_combine").set_value("any").run()
    recipe = applied(empty, test, project_id)
    (step,) = recipe.prepare
    assert list(step.model_dump()["conditions"]) == [
        {"column": "text", "test": "has at least so many characters", "value": "5"}
    ]
    assert step.model_dump()["combine"] == "any"


def test_conditions_come_back_as_they_were_applied(page, text_project):
    conditions = [{"column": "label", "test": "is", "value": "praise"}, {"column": "day", "test": "is empty"}]
    test = page("prepare", project=text_project({"step": "filter-rows", "conditions": conditions, "combine": "any"}))
    assert not test.exception
    assert test.selectbox(key="prepare_filter-rows_conditions_0_known").value == "praise"
    assert test.selectbox(key="prepare_filter-rows_conditions_1_test").value == "is empty"
    assert "prepare_undo_all" not in [button.key for button in test.button]


def test_labels_get_new_names_and_the_next_step_knows_them(page, text_project):
    test = page("prepare", project=text_project({"step": "merge-labels", "labels": {"Praise ": "praise"}}))
    assert "40 values change" in " ".join(badges(test))
    assert "prepare_undo_all" not in [button.key for button in test.button]
    test.toggle(key="prepare_drop-labels").set_value(True).run()
    assert test.multiselect(key="prepare_drop-labels_labels").options == ["praise", "complaint"]
    test.multiselect(key="prepare_drop-labels_labels").set_value(["complaint"]).run()
    assert not test.exception and "40 rows go" in " ".join(badges(test))


def test_columns_are_chosen_by_what_they_hold(empty, page, project):
    project_id = project("toy-numbers", {"label": "risk"}, NUMBERS, {"step": "fill-missing", "flag": True})
    test = page("prepare", project=project_id)
    for step in ("scale-numbers", "encode-categories", "split-dates", "drop-columns"):
        test.toggle(key=f"prepare_{step}").set_value(True).run()
    assert not test.exception and not test.error
    assert test.multiselect(key="prepare_scale-numbers_columns").options == ["income"]
    assert test.multiselect(key="prepare_encode-categories_columns").options == ["town"]
    assert test.multiselect(key="prepare_split-dates_columns").options == ["joined"]
    assert test.multiselect(key="prepare_drop-columns_columns").options == ["income", "town", "joined"]
    assert "A marked cell reads" in shown(test)
    table = next(frame.value for frame in test.dataframe if "town = Ulm" in frame.value)
    assert table["income"].str.contains(" → ").any() and table["town"].str.endswith("(left out)").all()
    assert test.get("plotly_chart")
    test.multiselect(key="prepare_split-dates_parts").set_value(["year"]).run()
    steps = {step.step: step.model_dump() for step in applied(empty, test, project_id).prepare}
    assert list(steps["split-dates"]["parts"]) == ["year"] and list(steps["scale-numbers"]["columns"]) == []


def test_images_are_shown_before_and_after(page, project):
    columns = {"image": "image", "label": "label"}
    project_id = project("toy-images", columns, images(), {"step": "pad-images"}, {"step": "convert-images"})
    test = page("prepare", project=project_id)
    assert not test.exception and not test.error
    assert "24 images are made anew" in " ".join(badges(test))
    captions = [caption for image in test.get("image") for caption in image.captions]
    assert captions.count("40 × 20") == captions.count("40 × 40") == 6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "column", "stored"),
    [
        ("group", "who", {"method": "group", "column": "who"}),
        ("time", "day", {"method": "time", "column": "day"}),
    ],
)
def test_a_split_by_a_column(empty, page, text_project, method, column, stored):
    project_id = text_project()
    test = page("prepare", project=project_id)
    test.selectbox(key="prepare_method").set_value(method).run()
    assert not test.exception
    test.selectbox(key=f"prepare_column_{method}").set_value(column).run()
    assert not test.error
    assert stored.items() <= applied(empty, test, project_id).split.model_dump().items()


@pytest.mark.slow
def test_a_column_that_says_so(empty, page, text_project):
    project_id = text_project()
    test = page("prepare", project=project_id)
    test.selectbox(key="prepare_method").set_value("column").run()
    assert not test.exception
    assert "is no part of a split" in test.error[0].value  # no column of this table names parts
    assert test.slider == [] or "prepare_train" not in [slider.key for slider in test.slider]


def test_folds_show_what_each_of_them_tests(empty, page, text_project):
    project_id = text_project()
    test = page("prepare", project=project_id)
    test.selectbox(key="prepare_method").set_value("folds").run()
    test.slider(key="prepare_folds").set_value(4).run()
    assert test.selectbox(key="prepare_fold_of_4").value is None  # each of them in turn
    test.selectbox(key="prepare_fold_of_4").set_value(2).run()
    assert not test.exception and not test.error
    table = next(frame.value for frame in test.dataframe if "Test rows" in frame.value)
    assert table["Test rows"].tolist() == [30] * 4 and table["praise"].tolist() == [10] * 4
    split = applied(empty, test, project_id).split
    assert (split.folds, split.fold, round(split.test, 6)) == (4, 2, 0.25)


def test_case_44_rows_that_are_taught_and_tested_are_counted_with_a_way_out(page, text_project):
    test = page("prepare", project=text_project({"step": "strip-html"}))
    assert "also in training" in test.warning[0].value
    test.button(key="prepare_leak").click().run()
    assert not test.warning and "No row of validation or test is also in training" in shown(test)
    assert test.toggle(key="prepare_drop-duplicates").value


def test_a_number_as_the_answer_has_no_labels_to_merge_or_to_divide_by(empty, page, project):
    project_id = project("toy-amounts", {"amount": "income"}, NUMBERS, split=Split(folds=3, fold=0))
    test = page("prepare", project=project_id)
    assert not test.exception and not test.error
    assert not {"merge-labels", "balance-labels", "stratify"} & switches(test)
    table = next(frame.value for frame in test.dataframe if "Test rows" in frame.value)
    assert table["Test rows"].sum() == 120 - 14  # rows without an amount are left out
