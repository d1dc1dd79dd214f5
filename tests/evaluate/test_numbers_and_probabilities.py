"""Regression scores, ROC-AUC and log loss are what scikit-learn computes, with intervals that mean something."""

import numpy as np
import pytest
from sklearn import metrics

from workbench.evaluate import bootstrap, probabilities, regression


def rows(seed: int, count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    truth = draw.normal(50, 20, count)
    return truth, truth + draw.normal(2, 8, count)


@pytest.mark.parametrize("seed", range(5))
def test_the_three_measures_are_scikit_learns(seed):
    truth, predicted = rows(seed)
    found = regression.quick(truth, predicted)
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth, predicted))
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(truth, predicted))
    assert found["r2"] == pytest.approx(metrics.r2_score(truth, predicted))


def test_intervals_hold_the_value_and_those_of_differences_tell_better_from_worse():
    truth, predicted = rows(1)
    worse = predicted + np.random.default_rng(9).normal(0, 20, len(truth))
    scores = regression.score(truth, predicted, worse)
    for score in scores.values.values():
        assert score.low < score.value < score.high
    assert scores.values["rmse"].difference_high < 0 < scores.values["r2"].difference_low
    same = regression.score(truth, predicted, predicted).values["rmse"]
    assert (same.difference_low, same.difference_high) == (0, 0)


def test_panels_show_at_most_so_many_points_and_every_row_counts():
    truth, predicted = rows(2, 5000)
    scores = regression.score(truth, predicted)
    scatter = [panel for panel in scores.panels if panel.kind == "scatter"]
    assert scores.rows == 5000 and {len(panel.x) for panel in scatter} == {regression.SHOWN}
    assert all(len(panel.x) == len(panel.y) for panel in scatter)
    assert regression.score(truth[:0], predicted[:0]).values == {}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("classes", [2, 4])
def test_roc_auc_and_log_loss_are_scikit_learns_also_with_ties(seed, classes):
    draw = np.random.default_rng(seed)
    labels = [f"label {number}" for number in range(classes)]
    truth = draw.integers(classes, size=120)
    chances = np.round(draw.dirichlet(np.ones(classes), 120) + 0.5 * np.eye(classes)[truth], 1) + 0.05
    chances /= chances.sum(axis=1, keepdims=True)
    found = probabilities.quick([labels[number] for number in truth], (labels, chances))
    scores = chances[:, 1] if classes == 2 else chances
    assert found["roc_auc"] == pytest.approx(metrics.roc_auc_score(truth, scores, multi_class="ovr"))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(truth, chances))


def test_an_unknown_label_counts_as_impossible_and_one_label_has_no_area():
    chances = np.asarray([[0.9, 0.1], [0.5, 0.5]])
    found = probabilities.quick(["a", "new"], (("a", "b"), chances))
    assert found["log_loss"] == pytest.approx(-(np.log(0.9) + np.log(probabilities.LEAST)) / 2)
    assert "roc_auc" not in probabilities.quick(["a", "a"], (("a", "b"), chances))


def test_resamples_have_as_many_rows_and_are_the_same_again():
    drawn = np.concatenate(list(bootstrap.weights(50, 3)))
    assert drawn.shape == (bootstrap.RESAMPLES, 50) and (drawn.sum(axis=1) == 50).all()
    assert (drawn == np.concatenate(list(bootstrap.weights(50, 3)))).all()
    assert drawn.mean() == pytest.approx(1)
    assert len(np.concatenate(list(bootstrap.weights(100_000, 3)))) == 200
