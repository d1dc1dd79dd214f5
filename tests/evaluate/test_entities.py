"""Scores of entities: equal to seqeval's on random tags, whatever rules they break; intervals; what is shown."""

import numpy as np
import pytest

from workbench.evaluate import entities
from workbench.tasks import word_pieces

TYPES = ("PER", "LOC", "a-b")


def random_tags(draw: np.random.Generator, letters: str, types=TYPES) -> list[list[str]]:
    """Sentences of tags that follow no rules."""
    return [
        [
            "O" if (letter := draw.choice([*letters, "O"])) == "O" else f"{letter}-{draw.choice(types)}"
            for _ in range(draw.integers(1, 12))
        ]
        for _ in range(draw.integers(1, 30))
    ]


def found(tags: list[list[str]]) -> list[list[tuple[int, int, str]]]:
    return [word_pieces.entities(sentence) for sentence in tags]


def again(draw: np.random.Generator, tags: list[list[str]], letters: str) -> list[list[str]]:
    """The same with every third tag drawn anew."""
    other = [[f"{draw.choice([*letters])}-{draw.choice(TYPES)}" for _ in sentence] for sentence in tags]
    return [
        [new if draw.random() < 0.3 else tag for tag, new in zip(sentence, fresh, strict=True)]
        for sentence, fresh in zip(tags, other, strict=True)
    ]


@pytest.mark.parametrize("letters", ["BI", "I", "BIES"])
@pytest.mark.parametrize("seed", range(20))
def test_every_number_is_that_of_seqeval(letters, seed):
    metrics = pytest.importorskip("seqeval.metrics")
    labelling = pytest.importorskip("seqeval.metrics.sequence_labeling")
    draw = np.random.default_rng(seed)
    truth = random_tags(draw, letters)
    predicted = again(draw, truth, letters)
    for sentence in (*truth, *predicted):
        reference = [(first, last, kind) for kind, first, last in labelling.get_entities(sentence)]
        assert word_pieces.entities(sentence) == reference
    scores = entities.score(found(truth), found(predicted), [""] * len(truth), range(len(truth)))
    report = metrics.classification_report(truth, predicted, output_dict=True, zero_division=0)
    for name in ("precision", "recall"):
        assert scores.values[name].value == pytest.approx(report["micro avg"][name], abs=1e-6)
    assert scores.values["f1"].value == pytest.approx(metrics.f1_score(truth, predicted, zero_division=0), abs=1e-6)
    assert scores.values["macro_f1"].value == pytest.approx(report["macro avg"]["f1-score"], abs=1e-6)
    assert entities.quick(found(truth), found(predicted))["f1"] == pytest.approx(scores.values["f1"].value, abs=1e-6)
    for kind, numbers in scores.per_class.items():
        for name, other in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score"), ("support",) * 2):
            assert numbers[name] == pytest.approx(report[kind][other], abs=1e-6)


def test_numbers_by_hand():
    truth = [[(0, 3, "PER"), (8, 12, "LOC")], [(0, 2, "LOC")], []]
    predicted = [[(0, 3, "PER"), (8, 12, "ORG")], [(0, 4, "LOC")], [(5, 6, "LOC")]]
    scores = entities.score(truth, predicted, ["Ada and Rome", "Oslo is far", "it rains"], (4, 9, 2))
    assert scores.values["precision"].value == pytest.approx(1 / 4)
    assert scores.values["recall"].value == pytest.approx(1 / 3)
    assert scores.per_class["PER"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1.0}
    assert scores.per_class["ORG"]["support"] == 0
    mistakes = next(panel for panel in scores.panels if panel.title == "What goes wrong")
    assert dict(mistakes.rows) == {
        "Right place, wrong type": 1,
        "Right type, wrong ends": 1,
        "Not found": 0,
        "Nothing is there": 1,
    }
    marked = next(panel for panel in scores.panels if panel.kind == "marked")
    assert [text.row for text in marked.texts] == [4, 9, 2]  # two wrong entities each, then one
    assert [mark.label for mark in marked.texts[0].predicted] == ["PER", "ORG"]


def test_a_better_model_is_surely_better_than_its_baseline():
    truth = [[(0, 3, "PER"), (4, 6, "LOC")]] * 40
    half = [[(0, 3, "PER")]] * 20 + [[]] * 20
    score = entities.score(truth, truth, [""] * 40, range(40), half).values["f1"]
    assert score.value == score.low == score.high == 1
    assert 0.3 < score.difference_low < score.difference_high < 0.8


def test_nothing_to_find_and_nothing_found_is_zero_and_no_rows_are_none():
    scores = entities.score([[], []], [[], []], ["a", "b"], (0, 1))
    assert scores.values["f1"].value == 0 and scores.rows == 2 and not scores.per_class
    assert entities.score([], [], [], ()).rows == 0
