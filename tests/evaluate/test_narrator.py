import math

import numpy as np
import pytest

from workbench.evaluate.narrator import Curves, Validation, remarks
from workbench.recipe import Training

NOISE = np.random.default_rng(0).normal(0, 0.05, 200)


def told(losses, validation=(), *, ended=True, epochs=5, scores=None):
    scores = scores or [None] * len(validation)
    validations = [
        Validation(1.0 + at, loss, score) for at, (loss, score) in enumerate(zip(validation, scores, strict=True))
    ]
    (remark,) = remarks(Curves(list(losses), validations, epochs, 1e-4, ended))
    Training(**remark.suggestion)  # what is suggested is admissible
    assert remark.text.endswith(".")
    return remark


def falling(start=1.0, end=0.1, points=100):
    return np.geomspace(start, end, points) * (1 + NOISE[:points])


def test_memorising_names_the_best_epoch():
    remark = told(falling(), [0.5, 0.4, 0.45, 0.55, 0.7])
    assert remark.kind == "memorising" and "since epoch 2" in remark.text
    assert remark.suggestion["epochs"] == 2


def test_one_worse_epoch_is_not_memorising():
    assert told(falling(), [0.5, 0.4, 0.41]).kind != "memorising"


def test_still_improving_suggests_more_epochs():
    remark = told(falling(), [0.8, 0.6, 0.5, 0.42, 0.36])
    assert remark.kind == "improving" and remark.suggestion == {"epochs": 8}
    assert told(falling(), [0.8, 0.6], ended=False).suggestion == {}


def test_perfect_scores_ask_for_nothing():
    assert told(falling(), [0.1, 0.05], scores=[0.99, 0.999]).suggestion == {}


def test_a_plateau():
    remark = told(falling(), [0.5, 0.4, 0.401, 0.399, 0.4])
    assert remark.kind == "plateau" and remark.suggestion == {}
    assert told(falling(), [0.4, 0.401, 0.399], ended=False).suggestion == {"early_stopping": 1}


def test_a_rate_that_is_too_high():
    remark = told(np.linspace(0.7, 3, 60), [1.0])
    assert remark.kind == "diverging" and remark.suggestion == {"learning_rate": pytest.approx(2e-5)}
    assert told([0.7, 0.6, math.nan]).kind == "diverging"


def test_a_rate_that_is_too_low():
    remark = told(0.69 + NOISE[:100] * 0.1, [0.69, 0.69, 0.69])
    assert remark.kind == "slow" and remark.suggestion == {"learning_rate": pytest.approx(3e-4)}


def test_too_early_to_say():
    assert told([0.7, 0.6], ended=False).kind == "early"
    assert told([]).kind == "early"


def test_before_the_first_validation_the_training_loss_speaks():
    assert "has fallen from" in told(falling(), ended=False).text


def test_a_falling_loss_with_a_falling_score_asks_for_no_more_epochs():
    assert told(falling(), [0.06, 0.04], scores=[0.985, 0.975]).suggestion == {}
    assert told(falling(), [0.06, 0.04], scores=[0.975, 0.985]).suggestion == {"epochs": 8}
