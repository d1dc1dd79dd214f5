"""Copies are found, exact or nearly, under one label or two, within a part or across; look-alikes are not."""

import numpy as np
import pytest
from PIL import Image

from tests.findings.tables import evidence, found, kinds, of_table, of_texts, texts
from workbench.findings import crossing
from workbench.findings.finding import Fix
from workbench.recipe import Step


def test_rows_that_repeat_a_text():
    written = [*texts(30), "Same words", "same  WORDS", "Same words"]
    (finding,) = found(of_texts(written), "exact-duplicates")
    assert (finding.count, finding.rows) == (2, ((30, 31, 32),))
    assert finding.sentence.startswith("2 of 33 rows repeat the text of an earlier row")
    assert finding.fix.step == Step(step="drop-duplicates", by="text")
    assert found(of_texts(written), "near-duplicates") == []


def test_rows_are_called_by_their_number_in_the_source():
    there = evidence({"text": ["one two three", "other words", "one two three"]}, texts=["text"], rows=[4, 7, 9])
    (finding,) = found(there, "exact-duplicates")
    assert finding.rows == ((4, 9),)


def test_empty_texts_repeat_nothing():
    there = of_texts([*texts(20), "", "  ", ""])
    assert "exact-duplicates" not in kinds(there) and "near-duplicates" not in kinds(there)
    (finding,) = found(there, "empty-texts")
    assert finding.count == 3 and finding.fix.step.step == "drop-empty"


def test_rows_that_nearly_repeat_a_text():
    written = texts(40)
    written += [written[3] + "!", written[3].replace("a", "e", 1), written[5]]
    (finding,) = found(of_texts(written), "near-duplicates")
    assert (finding.count, finding.rows) == (2, ((3, 40, 41),))
    assert finding.fix.step.step == "drop-near-duplicates"
    assert found(of_texts(written), "exact-duplicates")[0].rows == ((5, 42),)


def test_rows_of_numbers_are_equal_only_with_their_answer():
    columns = {"a": ["1", "1", "1", "2"], "b": ["x", "x", "x", "y"], "answer": ["yes", "yes", "no", "no"]}
    (finding,) = found(of_table(**columns), "exact-duplicates")
    assert (finding.count, finding.rows) == (1, ((0, 1),))
    assert finding.fix.step.model_dump()["by"] == "text and label"
    (contradiction,) = found(of_table(**columns), "contradictions")
    assert contradiction.count == 3 and contradiction.level == "info"


def test_a_text_under_two_labels():
    written = [*texts(30), "Same words here", "same words  here", "Same other words", "Same other words"]
    labels = ["ham"] * 30 + ["ham", "spam", "ham", "ham"]
    (finding,) = found(of_texts(written, labels), "contradictions")
    assert (finding.rows, finding.column) == (((30, 31),), "label") and finding.fix.relabel
    labels[31] = "HAM "
    assert found(of_texts(written, labels), "contradictions") == []
    labels[31] = ""
    assert found(of_texts(written, labels), "contradictions") == []


def test_nearly_the_same_text_under_two_labels():
    written = texts(30)
    written.append(written[0] + " now")
    (finding,) = found(of_texts(written, ["ham"] * 30 + ["spam"]), "near-contradictions")
    assert finding.rows == ((0, 30),)
    assert found(of_texts(written, ["ham"] * 31), "near-contradictions") == []


@pytest.fixture
def pictures(tmp_path):
    """Twenty pictures, the first of them also in another size."""
    chance = np.random.default_rng(0)
    cells = []
    for number in range(20):
        noise = chance.integers(0, 255, (10, 10, 3), dtype=np.uint8)
        image = Image.fromarray(noise).resize((80, 80), Image.Resampling.BICUBIC)
        cells.append(f"{number}.png")
        image.save(tmp_path / cells[-1])
        if number == 0:
            image.resize((50, 50)).save(tmp_path / "small.png")
    return tmp_path, [*cells, "small.png", "3.png"]


def test_images_that_repeat_or_look_like_another(pictures):
    folder, cells = pictures
    labels = ["cat", "dog"] * 10
    there = evidence({"image": cells, "label": [*labels, "dog", "dog"]}, folder, images=["image"], target="label")
    assert found(there, "exact-duplicates")[0].rows == ((3, 21),)
    assert found(there, "near-duplicates")[0].rows == ((0, 20),) and found(there, "near-duplicates")[0].fix.drop_copies
    assert found(there, "near-contradictions")[0].rows == ((0, 20),)
    assert found(there, "contradictions") == []


def test_case_44_duplicates_across_the_parts_are_counted():
    parts = dict.fromkeys(range(8), "train") | {8: "validation", 9: "test"}
    fix = Fix("Drop near duplicates", step=Step(step="drop-near-duplicates"))
    finding = crossing.find(((0, 1, 2), (3, 9), (4, 5, 8, 11)), parts, fix)
    assert (finding.count, finding.rows, finding.fix) == (2, ((3, 9), (4, 5, 8)), fix)
    assert finding.sentence.startswith("2 of the 2 rows for validation and test repeat a training row")
    assert crossing.find(((0, 1, 2), (8, 9)), parts, fix) is None
