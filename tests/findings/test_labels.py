"""Spellings of one label, rare labels and imbalance are found; labels that are only similar stay what they are."""

import pytest

from tests.findings.tables import found, kinds, of_texts, texts
from workbench.findings import label_spelling


def labelled(**counts):
    labels = [label for label, count in counts.items() for _ in range(count)]
    return of_texts(texts(len(labels)), labels)


@pytest.mark.parametrize(
    ("variant", "label"),
    [
        ("Pos", "pos"),
        ("pos ", "pos"),
        ("ＰＯＳ", "pos"),
        ("not-good", "not good"),
        ("Not_Good", "not good"),
        ("pos.", "pos"),
        ("'pos'", "pos"),
        ("1.0", "1"),
        ("好 ", "好"),
        ("STRASSE", "straße"),
    ],
)
def test_certain_spellings_become_the_more_frequent_one(variant, label):
    assert label_spelling.certain({label: 30, variant: 4, "another": 9}) == {variant: label}


@pytest.mark.parametrize(
    "labels",
    [
        ("C", "C++", "C#"),
        ("+", "-"),
        ("-1", "1"),
        ("1.1", "1.10"),
        ("01", "1"),
        ("a/b", "ab"),
        ("<5", ">5"),
        ("a", "A", "b", "B", "c", "C", "d", "D"),
        ("pos", "neg"),
        ("好", "坏"),
        ("5%", "5"),
    ],
)
def test_labels_that_only_look_similar_are_no_spellings(labels):
    assert label_spelling.certain(dict.fromkeys(labels, 10)) == {}


@pytest.mark.parametrize(
    ("variant", "label"),
    [
        ("sports", "sport"),
        ("classes", "class"),
        ("postive", "positive"),
        ("positve", "positive"),
        ("nuetral", "neutral"),
        ("possitive", "positive"),
        ("Positivo", "positive"),
    ],
)
def test_probable_spellings_are_far_rarer(variant, label):
    assert label_spelling.probable({label: 200, variant: 3, "another one": 90}) == {variant: label}
    assert label_spelling.probable({label: 200, variant: 150}) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("news", "new"),
        ("ham", "spam"),
        ("type1", "type2"),
        ("theist", "atheist"),
        ("legal", "illegal"),
        ("male", "female"),
        ("moral", "amoral"),
        ("positive", "negative"),
        ("2019", "2018"),
        ("happy", "unhappy"),
    ],
)
def test_other_words_are_no_typing_errors(one, other):
    assert label_spelling.probable({one: 1000, other: 3}) == label_spelling.probable({one: 3, other: 1000}) == {}


def test_the_fix_merges_all_spellings():
    there = labelled(**{"pos": 30, "Pos": 5, "neg": 20, "neg ": 2, "negg": 1, "positives": 0})
    (finding,) = found(there, "label-variants")
    assert finding.fix.step.model_dump() == {"step": "merge-labels", "labels": {"Pos": "pos", "neg ": "neg"}}
    assert finding.count == 7 and finding.rows[0] == (30,)
    assert "“Pos” → “pos”" in finding.sentence


def test_rare_labels_are_named_the_rarest_first():
    there = labelled(sun=40, rain=40, hail=3, sleet=2, Rain=2)
    (finding,) = found(there, "rare-labels")
    assert finding.fix.step.model_dump() == {"step": "drop-labels", "labels": ["sleet", "hail"]}
    assert (finding.count, finding.column) == (5, "label")
    assert "rare-labels" not in kinds(labelled(sun=40, rain=12))
    assert "rare-labels" not in kinds(labelled(sun=4, rain=3, hail=2))


@pytest.mark.parametrize(("most", "level"), [(95, None), (150, "info"), (900, "warning")])
def test_imbalance_begins_at_ten_to_one(most, level):
    findings = found(labelled(sun=most, rain=15), "imbalance")
    assert [finding.level for finding in findings] == ([level] if level else [])
    assert all(finding.fix.step.step == "balance-labels" for finding in findings)


def test_spellings_of_a_label_count_together():
    assert "imbalance" not in kinds(labelled(sun=150, rain=30, Rain=12))


def test_answers_that_are_no_labels_have_no_findings_of_labels():
    tags = [f'["O", "{text}"]' for text in texts(60, length=2)]
    assert kinds(of_texts(texts(60, seed=5), tags)) == set()
