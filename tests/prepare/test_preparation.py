"""Every step does what it says, counts what it did, and does the same to one text in an exported model."""

import ast
import subprocess
import sys
from importlib import resources

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import DataError
from workbench.export import folder
from workbench.prepare import cache, catalogue, transforms
from workbench.prepare.catalogue import STEPS
from workbench.prepare.changes import changes
from workbench.prepare.drop_duplicates import DropDuplicates
from workbench.prepare.drop_empty import DropEmpty
from workbench.prepare.lowercase import Lowercase
from workbench.prepare.normalise_unicode import NormaliseUnicode
from workbench.prepare.normalise_whitespace import NormaliseWhitespace
from workbench.prepare.prepared import clean_table, prepare_table
from workbench.prepare.replace_links import ReplaceLinks
from workbench.prepare.roles import Roles
from workbench.prepare.strip_html import StripHtml
from workbench.recipe import Split

ROLES = Roles({"text": "body", "label": "stars"}, ("text",), "label")


def table(*rows):
    return pd.DataFrame(rows, columns=["body", "stars"], dtype="str").assign(other="x")


def cleaned(rows, *steps):
    return clean_table(table(*rows), ROLES, steps, Split(), 7)


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        (NormaliseWhitespace(), " a \t b\n\u00a0c ", "a b c"),
        (NormaliseWhitespace(trim=False), " a \t b\n", " a b "),
        (NormaliseUnicode(), "e\u0301 ＡＢ", "é ＡＢ"),
        (NormaliseUnicode(form="NFKC"), "ＡＢ ①", "AB 1"),
        (Lowercase(), "ÄÖ İstanbul", "äö i̇stanbul"),
        (StripHtml(), "<p>Tom &amp; Jerry<br>run</p><script>x()</script>", "Tom & Jerry run "),
        (StripHtml(), "I <3 you & 1 < 2", "I <3 you & 1 < 2"),
        (StripHtml(), '<img src=x onerror="alert(1)">hi', "hi"),
        (StripHtml(), "<b>bold</b>ly", "boldly"),
    ],
)
def test_what_a_step_makes_of_a_text(step, before, after):
    result = cleaned([(before, "1")], step)
    assert result.rows["body"].tolist() == [after]
    assert result.report[0].cells_changed == (before != after)
    again = transforms.apply(table((before, "1")), result.transforms)
    assert again["body"].tolist() == [after]


@given(st.text(), st.sampled_from([kind for kind in STEPS if kind.portable and kind.needs == "text"]))
def test_a_change_of_text_is_done_after_once(text, kind):
    made = cleaned([(text, "1")], kind())
    if kind not in (StripHtml, ReplaceLinks):  # "&amp;lt;" takes two rounds, and each round is right
        assert transforms.apply(made.rows, made.transforms)["body"].tolist() == made.rows["body"].tolist()


def test_names_of_steps_are_unique():
    assert len({kind.model_fields["step"].default for kind in catalogue.STEPS}) == len(catalogue.STEPS)


def test_duplicates_keep_the_first():
    rows = [("same", "a"), ("same", "b"), ("same", "a"), ("other", "a")]
    assert cleaned(rows, DropDuplicates()).rows.index.tolist() == [0, 3]
    assert cleaned(rows, DropDuplicates(by="text and label")).rows.index.tolist() == [0, 1, 3]


def test_case_41_missing_labels_are_dropped_and_counted():
    rows = [("a", "1"), ("b", ""), ("c", " "), ("d", "nan"), ("e", "NA"), ("f", "1"), ("g", "nan"), ("h", "NA")]
    prepared = prepare_table(table(*rows), ROLES, [], Split(), 7)
    assert prepared.class_counts == {"1": 2, "nan": 2, "NA": 2}  # a label that reads "nan" was written by somebody
    line = prepared.report[0]
    assert (line.title, line.rows_before, line.rows_after) == ("Rows without a label", 8, 6)


def test_case_46_empty_texts_are_counted_and_left_out():
    result = cleaned([("a", "1"), ("", "1"), (" \n", "2")], DropEmpty())
    assert result.rows["body"].tolist() == ["a"]
    assert (result.report[0].rows_before, result.report[0].rows_after) == (3, 1)


def test_steps_are_applied_in_order_and_reported():
    rows = [("A  b", "1"), ("a b", "2"), ("c", "1"), (" ", "1")]
    result = cleaned(rows, NormaliseWhitespace(), DropEmpty(), Lowercase(), DropDuplicates())
    assert result.rows["body"].tolist() == ["a b", "c"]
    assert [(line.step, line.rows_after, line.cells_changed) for line in result.report] == [
        ("normalise-whitespace", 4, 2),
        ("drop-empty", 3, 0),
        ("lowercase", 3, 1),
        ("drop-duplicates", 2, 0),
    ]
    assert result.dropped == {"Drop empty rows": [3], "Drop duplicates": [1]}


def test_a_wrong_column_names_the_nearest():
    with pytest.raises(DataError, match=r"no column 'bodi' for the role 'text'.*Did you mean 'body'\?"):
        prepare_table(table(("a", "1")), Roles({"text": "bodi", "label": "stars"}, ("text",), "label"), [], Split(), 7)


def test_no_rows_left_names_the_step():
    with pytest.raises(DataError, match=r"PREP-01 step 'Drop empty rows': no rows are left"):
        prepare_table(table((" ", "1"), ("", "2")), ROLES, [DropEmpty()], Split(), 7)


def changed(rows, steps, limit):
    return changes(table(*rows), ROLES, prepare_table(table(*rows), ROLES, steps, Split(), 7), limit)


def test_changes_show_what_changes_and_what_goes():
    rows = [("same", "1"), ("A", "1"), ("a", "2"), ("", "1"), ("b", ""), ("c", "1")]
    shown = changed(rows, [DropEmpty(), Lowercase(), DropDuplicates()], limit=5)
    assert [(change.row, change.dropped_by) for change in shown] == [
        (1, ""),
        (2, "Drop duplicates"),
        (3, "Drop empty rows"),
        (4, "Rows without a label"),
        (0, ""),
    ]
    assert shown[0].before == {"text": "A", "label": "1"} and shown[0].after == {"text": "a", "label": "1"}
    assert shown[1].after is None and shown[0].changed and not shown[-1].changed


@pytest.mark.parametrize("limit", [0, 1, 5, 20, 100])
def test_changes_keep_to_their_limit(limit):
    rows = [("A", "1"), (" ", "1"), ("a", "1")] * 10
    shown = changed(rows, [DropEmpty(), Lowercase()], limit)
    assert len(shown) == min(limit, 30) == len({change.row for change in shown})
    if limit == 20:
        assert sum(bool(change.dropped_by) for change in shown) == 10


def test_the_cache_gives_back_what_was_made(tmp_path):
    rows = [(f"text {number}", "ab"[number % 2]) for number in range(40)] + [("x", "")]
    made = []

    def make():
        made.append(prepare_table(table(*rows), ROLES, [Lowercase()], Split(), 7))
        return made[-1]

    first, second = (cache.kept(tmp_path, "name", make) for _ in range(2))
    assert len(made) == 1
    assert (first.report, first.class_counts, first.dropped) == (second.report, second.class_counts, second.dropped)
    for part in ("train", "validation", "test"):
        pd.testing.assert_frame_equal(getattr(first.split, part), getattr(second.split, part))
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"half a fi")
    assert cache.kept(tmp_path, "name", make).report == first.report and len(made) == 2


def test_the_cache_knows_what_matters():
    keys = {
        cache.key(*arguments)
        for arguments in [
            ("a", ROLES, [Lowercase()], Split(), 7),
            ("b", ROLES, [Lowercase()], Split(), 7),
            ("a", Roles({"text": "stars", "label": "body"}, ("text",), "label"), [Lowercase()], Split(), 7),
            ("a", ROLES, [NormaliseUnicode()], Split(), 7),
            ("a", ROLES, [NormaliseUnicode(form="NFKC")], Split(), 7),
            ("a", ROLES, [Lowercase()], Split(stratify=False), 7),
            ("a", ROLES, [Lowercase()], Split(), 8),
        ]
    }
    assert len(keys) == 7
    assert cache.key("a", ROLES, [], Split(seed=3), 3) == cache.key("a", ROLES, [], Split(), 3)


def test_the_functions_run_without_the_workbench(tmp_path):
    for room, name in folder.FUNCTIONS:
        (tmp_path / name).write_text(resources.files(room).joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")
    steps = [
        {"function": "strip_html", "column": "body", "settings": {}, "into": None},
        {"function": "one_hot", "column": "kind", "settings": {"categories": ["a", "b"]}, "into": ["a?", "b?"]},
        {"function": "fill", "column": "id", "settings": {"value": ""}, "into": []},
    ]
    row = {"body": " A<br>B ", "kind": "b", "id": "7"}
    program = f"import preparation; print(preparation.prepare({row}, {steps}))"
    done = subprocess.run([sys.executable, "-S", "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert ast.literal_eval(done.stdout) == {"body": " A B ", "a?": "0", "b?": "1"}, done.stderr
