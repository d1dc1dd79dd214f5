"""What every preparation step keeps to, whatever it does."""

import json
import subprocess
import sys
from dataclasses import asdict
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from workbench.export import folder
from workbench.prepare import transforms
from workbench.prepare.catalogue import STEPS, fitting
from workbench.prepare.prepared import clean_table, prepare_table
from workbench.prepare.roles import Roles
from workbench.prepare.splits import PARTS
from workbench.recipe import Split

WORDS = [
    "<b>Otters</b> swim",
    "  two  spaces ",
    "Mail ann@example.org",
    "see http://example.org",
    "",
    "a\u200bb",
    "Cafe\u0301",
]
SETTINGS = {  # for steps that do nothing until something is chosen
    "filter-rows": {"conditions": [{"column": "size", "test": "is at least", "value": "20"}]},
    "merge-labels": {"labels": {"b": "c"}},
    "drop-labels": {"labels": ["rare"]},
    "drop-columns": {"columns": ["id"]},
    "log-numbers": {"columns": ["size"]},
    "bin-numbers": {"columns": ["size"]},
    "crop-images": {"left": 0.1},
    "sample-rows": {"rows": 100},
    "clip-numbers": {"share": 0.1},
    "drop-outliers": {"limit": 1.0},
    "balance-labels": {"ratio": 1.0},
    "fill-missing": {"flag": True},
}


def table(rows=200, seed=3):
    """A table with something to do for every step."""
    draw = np.random.default_rng(seed)
    rows -= 5
    size = np.round(draw.lognormal(3, 1, rows), 2)
    made = pd.DataFrame(
        {
            "body": [f"{word} {number // 3}" if (word := WORDS[number % len(WORDS)]) else "" for number in range(rows)],
            "picture": [f"aa/{number % 50:064x}.png" for number in range(rows)],
            "size": [("" if number % 11 == 5 else repr(float(value))) for number, value in enumerate(size)],
            "kind": draw.choice(["oak", "pine", "ash", "", "elm"], rows, p=[0.5, 0.3, 0.1, 0.08, 0.02]),
            "when": [f"2026-{1 + number % 12:02d}-{1 + number % 28:02d}" for number in range(rows)],
            "id": [str(number) for number in range(rows)],
            "stars": draw.choice(["a", "b", "rare"], rows, p=[0.6, 0.35, 0.05]),
        },
        dtype="str",
    )
    twice = pd.concat([made, made.head(5)], ignore_index=True)
    return twice.set_axis(range(10, 10 + 2 * len(twice), 2))


ROLES = Roles({"text": "body", "image": "picture", "label": "stars"}, ("text",), "label", ("image",), ())


def step_of(kind):
    name = kind.model_fields["step"].default
    return kind.model_validate({"step": name, **SETTINGS.get(name, {})})


def cleaned(kind, rows):
    return clean_table(rows, ROLES, [step_of(kind)], Split(), 7)


each_step = pytest.mark.parametrize("kind", STEPS, ids=lambda kind: kind.__name__)
each_change = pytest.mark.parametrize(
    "kind", [kind for kind in STEPS if not kind.drops_rows], ids=lambda kind: kind.__name__
)
each_that_learns = pytest.mark.parametrize(
    "kind", [kind for kind in STEPS if kind.learns], ids=lambda kind: kind.__name__
)


@each_step
def test_a_step_says_what_it_is_and_its_defaults_are_valid(kind):
    step = kind()
    assert kind.model_validate(json.loads(json.dumps(step.model_dump(mode="json")))) == step
    assert kind.title and kind.summary.endswith(".") and kind.icon and kind.group
    assert kind.needs in ("text", "image", "features", "words", "label", "rows")
    for name, field in kind.model_fields.items():
        assert name == "step" or (field.title and field.description)


@each_step
def test_a_step_does_something_and_leaves_the_given_table_alone(kind):
    given = table()
    before = given.copy(deep=True)
    made = cleaned(kind, given)
    pd.testing.assert_frame_equal(given, before)
    line = made.report[-1]
    assert (line.step, line.title, line.rows_before) == (step_of(kind).step, kind.title, len(given))
    assert line.rows_before - line.rows_after == sum(map(len, made.dropped.values()))
    assert (
        line.rows_after < line.rows_before or line.cells_changed or line.columns_added or made.transforms[0].into == ()
    )


@each_step
def test_rows_keep_their_numbers_and_order_and_cells_stay_text(kind):
    given = table()
    rows = cleaned(kind, given).rows
    assert rows.index.isin(given.index).all() and rows.index.is_monotonic_increasing and rows.index.is_unique
    assert rows.columns.is_unique
    assert all(dtype == "str" for dtype in rows.dtypes)
    assert all(isinstance(cell, str) for cells in rows.to_numpy() for cell in cells)


@each_step
def test_a_step_gives_the_same_twice(kind):
    first, second = cleaned(kind, table()), cleaned(kind, table())
    pd.testing.assert_frame_equal(first.rows, second.rows)
    assert first.transforms == second.transforms


@each_change
def test_what_the_transforms_say_is_what_was_done(kind):
    given = table()
    made = cleaned(kind, given)
    pd.testing.assert_frame_equal(transforms.apply(given, made.transforms), made.rows)
    read_again = [transforms.from_dict(json.loads(json.dumps(asdict(one)))) for one in made.transforms]
    pd.testing.assert_frame_equal(transforms.apply(given, read_again), made.rows)


@each_that_learns
def test_validation_and_test_rows_teach_a_step_nothing(kind):
    """Other cells in those rows change neither what is learned nor which training rows stay."""
    given = table()
    first = cleaned(kind, given)
    parts = clean_table(given, ROLES, [kinds_that_only_divide()], Split(), 7).parts
    apart = given.index[parts != PARTS.index("train")]
    other = given.copy()
    other.loc[apart, "size"] = "99999.5"
    other.loc[apart, "kind"] = "baobab"
    other.loc[apart, "when"] = "1999-12-31"
    second = cleaned(kind, other)
    assert first.transforms == second.transforms
    train = given.index.difference(apart)
    pd.testing.assert_frame_equal(first.rows[first.rows.index.isin(train)], second.rows[second.rows.index.isin(train)])


def kinds_that_only_divide():
    """A learning step that changes nothing: with it the parts are known."""
    return next(kind for kind in STEPS if kind.__name__ == "BalanceLabels")(ratio=100)


def test_the_exported_files_make_the_same_cells(tmp_path):
    """All steps that change cells in a row, applied by what travels with a model, without the workbench."""
    given = table(60)
    made = [step_of(kind) for kind in STEPS if not kind.drops_rows and kind.needs != "label"]
    prepared = prepare_table(given, ROLES, made, Split(), 7)
    for room, name in folder.FUNCTIONS:
        (tmp_path / name).write_text(resources.files(room).joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")
    raw = given.loc[prepared.split.test.index]
    (tmp_path / "steps.json").write_text(json.dumps([asdict(one) for one in prepared.transforms]), encoding="utf-8")
    (tmp_path / "rows.json").write_text(json.dumps(raw.to_dict("records")), encoding="utf-8")
    program = (
        "import json, preparation; steps = json.load(open('steps.json', encoding='utf-8'));"
        "print(json.dumps([preparation.prepare(row, steps) for row in json.load(open('rows.json', encoding='utf-8'))]))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", program], cwd=tmp_path, capture_output=True, text=True)
    rows = pd.DataFrame(json.loads(done.stdout), raw.index, dtype="str")
    expected = prepared.split.test.drop(columns="label").rename(columns={"text": "body", "image": "picture"})
    assert expected["body"].tolist() != raw["body"].tolist() and "kind = oak" in expected
    pd.testing.assert_frame_equal(rows[list(expected.columns)], expected)


@each_step
def test_a_table_of_empty_cells_is_no_trouble(kind):
    given = table().assign(**dict.fromkeys(("body", "size", "kind", "when"), "")).astype("str")
    step = step_of(kind)
    if step.step in ("filter-rows", "drop-empty", "drop-missing"):
        assert not step.keeps(given, ROLES.settled(given), np.ones(len(given), dtype=bool)).any()
    else:
        assert len(cleaned(kind, given).rows)


@pytest.mark.parametrize(
    ("kinds", "there", "not_there"),
    [
        (["text"], ["strip-html", "drop-near-duplicates", "hide-personal-data"], ["scale-numbers", "crop-images"]),
        (["image"], ["crop-images", "drop-duplicates"], ["strip-html", "scale-numbers", "hide-personal-data"]),
        (["features"], ["scale-numbers", "drop-missing", "filter-rows"], ["lowercase", "pad-images"]),
    ],
)
def test_only_steps_that_have_something_to_work_on_are_offered(kinds, there, not_there):
    names = [kind.model_fields["step"].default for kind in fitting(kinds, label=False)]
    assert set(there) <= set(names) and not set(not_there) & set(names)
    assert "merge-labels" not in names
    assert "merge-labels" in [kind.model_fields["step"].default for kind in fitting(kinds, label=True)]
