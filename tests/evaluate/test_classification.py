import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from workbench.evaluate.classification import against, quick, score
from workbench.evaluate.panels import Curve, Matrix, Scores

LABELS = ("ham", "spam", "other", "never")
pairs = st.lists(st.tuples(st.sampled_from(LABELS[:3]), st.sampled_from(LABELS[:3])), min_size=1, max_size=60)


@settings(deadline=None, max_examples=60)
@given(pairs)
def test_every_number_is_that_of_scikit_learn(rows):
    truth, guess = [row[0] for row in rows], [row[1] for row in rows]
    scores = score(truth, guess, LABELS)
    wanted = {
        "accuracy": metrics.accuracy_score(truth, guess),
        "macro_f1": metrics.f1_score(truth, guess, average="macro", zero_division=0),
        "weighted_f1": metrics.f1_score(truth, guess, average="weighted", zero_division=0),
        "macro_precision": metrics.precision_score(truth, guess, average="macro", zero_division=0),
        "macro_recall": metrics.recall_score(truth, guess, average="macro", zero_division=0),
    }
    assert {name: value.value for name, value in scores.values.items()} == pytest.approx(wanted, abs=1e-6)
    present = sorted({*truth, *guess})
    each = metrics.precision_recall_fscore_support(truth, guess, labels=present, zero_division=0)
    assert sorted(scores.per_class) == present
    for position, label in enumerate(present):
        found = [scores.per_class[label][name] for name in ("precision", "recall", "f1", "support")]
        assert found == pytest.approx([float(column[position]) for column in each], abs=1e-6)
    matrix = next(panel for panel in scores.panels if isinstance(panel, Matrix))
    assert matrix.counts == tuple(map(tuple, metrics.confusion_matrix(truth, guess, labels=matrix.labels).tolist()))
    position = {label: number for number, label in enumerate(LABELS)}
    numbers = quick(np.asarray([position[t] for t in truth]), np.asarray([position[g] for g in guess]), 4)
    assert numbers == pytest.approx({name: wanted[name] for name in numbers}, abs=1e-6)


def macro_f1(truth, guess):
    """Of labels 0, 1 and 2: as scikit-learn's, fifty times as fast."""
    right = np.bincount(truth[truth == guess], minlength=3)
    return (2 * right / (np.bincount(truth, minlength=3) + np.bincount(guess, minlength=3))).mean()


def test_intervals_are_those_of_resampled_rows():
    draw = np.random.default_rng(3)
    truth = draw.choice(3, size=400, p=[0.7, 0.2, 0.1])
    guess = np.where(draw.random(400) < 0.85, truth, draw.choice(3, size=400))
    scores = score([LABELS[i] for i in truth], [LABELS[i] for i in guess], LABELS[:3])
    rows = draw.integers(0, 400, size=(1000, 400))
    slow = {
        "accuracy": [(truth[r] == guess[r]).mean() for r in rows],
        "macro_f1": [macro_f1(truth[r], guess[r]) for r in rows],
    }
    for name, values in slow.items():
        found = scores.values[name]
        assert (found.low, found.high) == pytest.approx(np.percentile(values, [2.5, 97.5]).tolist(), abs=0.012)
        assert found.low < found.value < found.high
    assert macro_f1(truth, guess) == pytest.approx(metrics.f1_score(truth, guess, average="macro"))
    for numbers in scores.per_class.values():
        assert numbers["f1_low"] <= numbers["f1"] <= numbers["f1_high"]


def test_the_difference_to_the_baseline_is_judged_on_the_same_rows():
    """Cells of truth, model and baseline are drawn together: as slow resampling of the rows would."""
    draw = np.random.default_rng(4)
    truth = draw.choice(3, size=400, p=[0.6, 0.25, 0.15])
    simple = np.where(draw.random(400) < 0.8, truth, draw.choice(3, size=400))
    guess = np.where(draw.random(400) < 0.3, truth, simple)  # better, on the same hard rows
    names = [[LABELS[i] for i in part] for part in (truth, guess, simple)]
    scores = against(score(names[0], names[1], LABELS[:3]), *names)
    rows = draw.integers(0, 400, size=(1000, 400))
    slow = {
        "accuracy": [(truth[r] == guess[r]).mean() - (truth[r] == simple[r]).mean() for r in rows],
        "macro_f1": [macro_f1(truth[r], guess[r]) - macro_f1(truth[r], simple[r]) for r in rows],
    }
    for name, values in slow.items():
        found = scores.values[name]
        edges = (found.difference_low, found.difference_high)
        assert edges == pytest.approx(np.percentile(values, [2.5, 97.5]).tolist(), abs=0.012)
        assert found.difference_low > 0  # sure, although the intervals of the two overlap
    assert score(names[0], names[2], LABELS).values["accuracy"].high > scores.values["accuracy"].low


def test_equal_predictions_differ_by_nothing_and_no_rows_by_nothing_known():
    truth, guess = ["a", "b", "new"], ["a", "a", "b"]
    found = against(score(truth, guess, ["a", "b"]), truth, guess, guess).values["macro_f1"]
    assert (found.difference_low, found.difference_high) == (0, 0)
    assert against(score([], [], ["a"]), [], [], []) == Scores(rows=0, values={})


def test_perfect_and_hopeless():
    perfect = score(["a", "b", "a"], ["a", "b", "a"], ["a", "b"])
    assert perfect.values["macro_f1"].value == 1 == perfect.values["macro_f1"].low
    hopeless = score(["a", "a"], ["b", "b"], ["a", "b"])
    assert hopeless.values["accuracy"].value == 0 == hopeless.values["macro_f1"].high


def test_a_label_that_the_model_does_not_know_is_counted_against_it():
    scores = score(["a", "new"], ["a", "a"], ["a", "b"])
    assert scores.per_class["new"]["recall"] == 0 and "b" not in scores.per_class
    assert scores.values["accuracy"].value == 0.5


def test_no_rows_have_no_scores():
    assert score([], [], ["a", "b"]) == Scores(rows=0, values={})


def test_panels_survive_json_and_many_labels_stay_readable():
    labels = [f"label {number}" for number in range(120)]
    truth = [labels[number % 120] for number in range(600)]
    scores = score(truth, truth[::-1], labels, [0.5] * 600)
    matrix = next(panel for panel in scores.panels if isinstance(panel, Matrix))
    assert len(matrix.labels) == 50 == len(matrix.counts)
    assert Scores.model_validate_json(scores.model_dump_json()) == scores


def test_reliability_compares_confidence_with_truth():
    truth, guess = ["a"] * 10, ["a"] * 8 + ["b"] * 2
    scores = score(truth, guess, ["a", "b"], [0.92] * 10)
    curve = next(panel for panel in scores.panels if isinstance(panel, Curve))
    assert curve.lines[0].x == (0.92,) and curve.lines[0].y == (0.8,)
