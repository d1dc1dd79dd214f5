"""Curves with a known answer, drawn from how training goes and not from the narrator's rules.

A loss falls from its start towards a floor along the way that the learning rates add up to; what is wrong with a run
decides how far it comes, where its floor is, and what the validation rows make of it. Noise, lengths, schedules,
numbers of labels and shapes are drawn too. Cases between two kinds, about which people would not agree, are left out:
each kind keeps a distance from its neighbours, as the ranges say.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from workbench.evaluate.narrator_curves import Curves, Validation
from workbench.recipe import Training
from workbench.training.schedules import factor


@dataclass(frozen=True)
class Setting:
    """What all kinds share: a random draw of how long, how noisy, on how many labels."""

    draw: np.random.Generator
    points: int
    epochs: int
    start: float
    noise: float
    labels: bool
    shape: float
    slow_beginning: float
    way: np.ndarray  # 0 to 1, a point

    def falls(self, distance: float, floor: float) -> np.ndarray:
        """From the start towards ``floor`` (a share of it), having come ``distance`` time constants at the end."""
        u = (distance + math.log1p(self.slow_beginning) * min(1.0, distance)) * self.way
        left = (1 + self.slow_beginning) / (self.slow_beginning + np.exp(u**self.shape))
        return self.start * (floor + (1 - floor) * left)

    def at(self, values: np.ndarray) -> np.ndarray:
        """``values`` of the training points at the ends of epochs."""
        ends = np.arange(1, self.epochs + 1) * self.points // self.epochs - 1
        return values[ends]


def setting(draw: np.random.Generator, least_epochs: int, most_epochs: int, *, labels: bool | None = None) -> Setting:
    epochs = round(math.exp(draw.uniform(math.log(least_epochs), math.log(most_epochs))))
    points = int(np.clip(epochs * draw.integers(4, 60), 40, 1000))
    labels = bool(draw.random() < 0.8) if labels is None else labels
    start = math.log(draw.integers(2, 40)) * draw.uniform(1, 1.1) if labels else draw.uniform(0.5, 2)
    schedule = draw.choice(["linear", "cosine", "constant"])
    rates = np.array([factor(schedule, step, points, draw.choice([0.0, 0.1])) for step in range(points)])
    return Setting(
        draw=draw,
        points=points,
        epochs=epochs,
        start=start,
        noise=draw.uniform(0.05, 0.45),
        labels=labels,
        shape=draw.uniform(0.8, 1.1),
        slow_beginning=draw.choice([0.0, draw.uniform(0, 4)]),
        way=rates.cumsum() / rates.sum(),
    )


def curves(
    s: Setting,
    train: np.ndarray,
    validation: np.ndarray,
    scores: np.ndarray | None = None,
    *,
    norms: np.ndarray | None = None,
    rate: float | None = None,
) -> Curves:
    """What the run tells: noise on every batch and, far less, on every validation; a score that goes with the loss.

    On the digits batches of 32 scatter by 1 % of the first loss and by 40 % of one that has nearly gone.
    """
    draw = s.draw
    noise = s.noise * (1 - 0.85 * np.clip(train / s.start, 0, 1))
    told = train * np.exp(noise * draw.normal(0, 1, len(train)) - noise**2 / 2)
    seen = validation * np.exp(draw.normal(0, draw.uniform(0.002, 0.02), len(validation)))
    if scores is None:
        scores = np.exp(-validation / s.start * draw.uniform(1, 1.6))
    scores = np.clip(scores + draw.normal(0, draw.uniform(0.001, 0.006), len(scores)), 0, 0.993)
    at = np.arange(1, s.points + 1) * s.epochs / s.points
    rates = np.diff(s.way, prepend=0.0)
    rate = rate or 10 ** draw.uniform(-4.5, -2.5)
    if norms is None:
        norms = draw.uniform(0.2, 2) * np.exp(draw.normal(0, 0.2, s.points))
    return Curves(
        at=at.tolist(),
        losses=told.tolist(),
        validations=[
            Validation(float(epoch), float(loss), float(score if s.labels else -(loss**0.5)))
            for epoch, (loss, score) in enumerate(zip(seen, scores, strict=True), 1)
        ],
        epochs=s.epochs,
        learning_rate=rate,
        training=Training(),
        rates=(rates / rates.max() * rate).tolist(),
        norms=norms.tolist(),
        ended=True,
        shares=s.labels,
    )


def healthy(draw: np.random.Generator) -> Curves:
    """It learns, and comes to rest near its end."""
    s = setting(draw, 2, 12)
    distance, floor = draw.uniform(4.0, 6.5), draw.uniform(0.0, 0.15)
    return curves(s, s.falls(distance, floor), s.at(s.falls(distance, floor + draw.uniform(0.0, 0.05))))


def plateau(draw: np.random.Generator) -> Curves:
    """It has learned what there was in the first half, and what is left is little."""
    s = setting(draw, 8, 40)
    distance, floor = draw.uniform(18, 60), draw.uniform(0.02, 0.18)
    return curves(s, s.falls(distance, floor), s.at(s.falls(distance, floor + draw.uniform(0, 0.04))))


def unfinished(draw: np.random.Generator) -> Curves:
    """It was stopped half-way down."""
    s = setting(draw, 3, 20)
    distance, floor = draw.uniform(0.9, 1.5), draw.uniform(0.0, 0.1)
    train = s.falls(distance, floor)
    return curves(s, train, s.at(train) * draw.uniform(0.98, 1.08))


def rate_too_low(draw: np.random.Generator) -> Curves:
    """It hardly leaves its start."""
    s = setting(draw, 2, 30)
    train = s.falls(draw.choice([0.0, draw.uniform(0, 0.03), draw.uniform(0.03, 0.16)]), 0.0)
    return curves(s, train, s.at(train) * draw.uniform(0.99, 1.02), rate=10 ** draw.uniform(-7, -4))


def underfitting(draw: np.random.Generator) -> Curves:
    """It stops early and high, on both kinds of rows alike."""
    s = setting(draw, 4, 40)
    distance, floor = draw.uniform(6, 30), draw.uniform(0.62, 0.9)
    train = s.falls(distance, floor)
    return curves(s, train, s.at(train) * draw.uniform(0.99, 1.05))


def overfitting(draw: np.random.Generator) -> Curves:
    """The training loss goes on falling, the validation loss turns and rises; answers stay as right as they were."""
    s = setting(draw, 5, 40)
    train = s.falls(draw.uniform(5, 25), draw.uniform(0.0, 0.05))
    turn = draw.uniform(0.15, 0.6)
    epochs = np.arange(1, s.epochs + 1)
    turn_epoch = max(1, min(round(turn * s.epochs), s.epochs - 3))
    floor = draw.uniform(0.08, 0.6)
    down = floor + (1 - floor) * np.exp(-draw.uniform(2.5, 5) * epochs / turn_epoch)
    late = np.clip((epochs - turn_epoch) / max(s.epochs - turn_epoch, 1), 0, None)
    validation = s.start * down * (1 + draw.uniform(0.25, 1.5) * late ** draw.uniform(0.6, 1.2))
    top = draw.uniform(0.5, 0.97)
    scores = top * (1 - np.exp(-3 * epochs / turn_epoch)) - draw.uniform(0, 0.01) * late
    return curves(s, train, validation, scores)


def noisy_labels(draw: np.random.Generator) -> Curves:
    """First what is true is learned, then what is wrong, slowly: right answers are lost, or the loss stands still."""
    s = setting(draw, 8, 50, labels=True)
    epochs = np.arange(1, s.epochs + 1)
    knee = draw.uniform(0.15, 0.35)
    level = draw.uniform(0.35, 0.75)
    place = np.arange(1, s.points + 1) / s.points
    first = level + (1 - level) * np.exp(-4 * place / knee)
    later = np.clip((place - knee) / (1 - knee), 0, None)
    memorised = draw.random() < 0.5
    left = draw.uniform(0.05, 0.5) if memorised else draw.uniform(0.55, 0.82)
    train = s.start * first * (1 - (1 - left) * later ** draw.uniform(0.8, 1.1))
    late = np.clip((epochs / s.epochs - knee) / (1 - knee), 0, None)
    rise = draw.uniform(0.2, 0.8) if memorised else draw.uniform(-0.01, 0.03)
    drop = draw.uniform(0.06, 0.15) if memorised else draw.uniform(0.0, 0.01)
    validation = s.start * (level + (1 - level) * np.exp(-4 * epochs / s.epochs / knee)) * (1 + rise * late)
    scores = draw.uniform(0.55, 0.9) * (1 - np.exp(-4 * epochs / s.epochs / knee)) - drop * late
    return curves(s, train, validation, scores)


def rate_too_high(draw: np.random.Generator) -> Curves:
    """The loss runs away, breaks, jumps up and down, or is thrown off at the beginning and stays there."""
    how = draw.choice(["away", "broken", "jumps", "thrown"])
    s = setting(draw, 3, 30)
    place = np.arange(1, s.points + 1) / s.points
    rate = 10 ** draw.uniform(-3, 0)
    if how in ("away", "broken"):
        turn = draw.uniform(0.05, 0.4)
        low = draw.uniform(0.4, 1)
        falls = low + (1 - low) * np.exp(-4 * place / turn)
        away = s.start * falls * np.exp(draw.uniform(1.5, 12) * np.clip(place - turn, 0, None) / (1 - turn))
        norms = away / s.start * np.exp(draw.normal(0, 0.3, s.points))
        whole = curves(s, away, s.at(away), norms=norms, rate=rate)
        return broken(whole, draw) if how == "broken" else whole
    if how == "thrown":
        level = draw.uniform(0.97, 1.15)
        beginning = draw.uniform(0.1, 1.5) * np.exp(-place * s.points / draw.uniform(1, 4))
        beginning[0] = 1 - level  # the first loss is that of the model as it came
        train = s.start * (level + beginning)
        norms = np.where(place < 0.1, draw.uniform(1, 5), draw.uniform(0.05, 0.4)) * np.exp(
            draw.normal(0, 0.2, s.points)
        )
        return curves(s, train, s.at(train), rate=rate, norms=norms)
    memory = max(2.0, s.points / draw.uniform(6, 14))
    wander = np.zeros(s.points)
    for point in range(1, s.points):
        wander[point] = wander[point - 1] * (1 - 1 / memory) + draw.normal(0, 1) * (2 / memory) ** 0.5
    wander = (wander - wander.mean()) / wander.std()
    level = draw.uniform(0.25, 0.9)
    falls = level + (1 - level) * np.exp(-place * draw.uniform(10, 30))
    train = s.start * falls * np.exp(draw.uniform(0.3, 0.5) * wander)
    jumps = s.at(train) * np.exp(draw.normal(0, 0.2, s.epochs))
    return curves(s, train, jumps, rate=rate)


def broken(whole: Curves, draw: np.random.Generator) -> Curves:
    """A run that ended where its loss became no number."""
    points = int(draw.integers(0, len(whole.losses)))
    return replace(until(whole, points), ended=True, broken=True)


def until(whole: Curves, points: int) -> Curves:
    """The run as it was after so many training points."""
    done = whole.at[points - 1] if points else 0.0
    return replace(
        whole,
        at=whole.at[:points],
        losses=whole.losses[:points],
        rates=whole.rates[:points],
        norms=whole.norms[:points],
        validations=[validation for validation in whole.validations if validation.epoch <= done],
        ended=False,
    )


KINDS = {
    "healthy": healthy,
    "plateau": plateau,
    "unfinished": unfinished,
    "rate-too-low": rate_too_low,
    "underfitting": underfitting,
    "overfitting": overfitting,
    "noisy-labels": noisy_labels,
    "rate-too-high": rate_too_high,
}
