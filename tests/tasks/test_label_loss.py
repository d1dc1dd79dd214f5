"""What a wrong label costs, by the definitions of smoothing and of balanced weights."""

import numpy as np
import pytest
import torch

from workbench.tasks import label_loss
from workbench.training.rules import Plan

LABELS = np.array([0] * 6 + [1] * 3 + [2])
SCORES = torch.tensor([[2.0, 0.5, -1.0, 0.0]])


def test_plain_losses_are_cross_entropy():
    loss = label_loss.build(Plan(method="full"), LABELS, 4)
    assert loss(SCORES, torch.tensor([1])).item() == pytest.approx(-torch.log_softmax(SCORES, 1)[0, 1].item())


def test_smoothing_shares_a_part_among_all_labels():
    loss = label_loss.build(Plan(method="full", label_smoothing=0.2), LABELS, 4)
    logs = torch.log_softmax(SCORES, 1)[0]
    wanted = -(0.8 * logs[0] + 0.2 * logs.mean()).item()
    assert loss(SCORES, torch.tensor([0])).item() == pytest.approx(wanted)


def test_balanced_labels_count_alike_in_sum_and_the_mean_weight_is_one():
    loss = label_loss.build(Plan(method="full", class_weights="balanced"), LABELS, 4)
    weights = loss.weights.numpy()
    sums = [weights[label] * (label == LABELS).sum() for label in range(3)]
    assert sums == pytest.approx([10 / 3] * 3)
    assert weights[LABELS].mean() == pytest.approx(1.0)
    assert weights[3] == 1.0  # no row has it
    plain = label_loss.build(Plan(method="full"), LABELS, 4)(SCORES, torch.tensor([2]))
    assert loss(SCORES, torch.tensor([2])).item() == pytest.approx(10 / 3 * plain.item())


def test_rows_of_a_rare_label_are_found_more_often_when_labels_are_balanced():
    draw = np.random.default_rng(0)
    truth = (draw.random(600) < 0.05).astype(np.int64)
    inputs = torch.from_numpy(draw.normal(truth[:, None] * 1.2, 1.0, (600, 2)))

    def found(weights):
        from workbench.tasks import heads

        head = torch.nn.Linear(2, 2).double()
        loss = label_loss.build(Plan(method="head", class_weights=weights), truth, 2)
        heads.start_from_solution(head, inputs.numpy(), truth, (10.0,), lambda: 0.0, loss)
        predicted = head(inputs).argmax(1).numpy()
        return (predicted[truth == 1] == 1).mean()

    assert found("balanced") > found("none") + 0.3
