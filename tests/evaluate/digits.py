"""The digits of scikit-learn and a small network, as a problem for the workbench's loop; the data can be made worse."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy

from workbench.training.problem import Group

HELD_OUT = 300


class Digits:
    """``rows`` for training; a share ``wrong`` of all labels is another one; ``blur`` is noise on every pixel."""

    headline = ("accuracy", True)

    def __init__(self, seed, rows=1200, wrong=0.0, width=64, blur=0.0):
        images, labels = load_digits(return_X_y=True)
        draw = np.random.default_rng(seed)
        order = draw.permutation(len(images))
        images = (images[order] / 16 - 0.3 + draw.normal(0, blur, images.shape)).astype(np.float32)
        changed = draw.random(len(labels)) < wrong
        labels = np.where(changed, (labels[order] + draw.integers(1, 10, len(labels))) % 10, labels[order])
        self.x, self.y = torch.from_numpy(images[:rows].copy()), torch.from_numpy(labels[:rows]).long()
        self.seen = torch.from_numpy(images[-HELD_OUT:].copy()), torch.from_numpy(labels[-HELD_OUT:]).long()
        torch.manual_seed(seed)
        self.module = torch.nn.Sequential(torch.nn.Linear(64, width), torch.nn.ReLU(), torch.nn.Linear(width, 10))
        self.groups = [Group(list(self.module.parameters()))]

    def prepare(self, reporter, *, fresh):
        return None

    def lengths(self, epoch):
        return [1] * len(self.y)

    def batch(self, rows, epoch):
        return self.x[list(rows)], self.y[list(rows)]

    def loss(self, batch):
        images, labels = batch
        return cross_entropy(self.module(images), labels, reduction="sum"), len(labels)

    def validate(self):
        images, labels = self.seen
        scores = self.module(images)
        right = (scores.argmax(1) == labels).double().mean().item()
        return {"loss": cross_entropy(scores, labels).item(), "accuracy": right}

    def fitted(self):
        return self.module
