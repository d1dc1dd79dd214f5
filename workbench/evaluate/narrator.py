"""What a run's curves say, as plain sentences, each with the change of settings that would answer it. No drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict

EARLY = 8  # training points below which nothing is said about the training loss
WINDOW = 0.15  # of all training points: what "at first" and "now" mean
RISES = 1.5  # times its start: a training loss that is out of control
SLOW = 0.93  # of its start: a training loss that has hardly fallen
MATTERS = 0.03  # relative change of the validation loss from one epoch to the next that counts as one
PERFECT = 0.995  # a headline score above which nothing more is asked for

Kind = Literal["early", "diverging", "slow", "memorising", "improving", "plateau"]


class Suggestion(TypedDict, total=False):
    """Training keys of a recipe, and what to set them to in the next run."""

    epochs: int
    learning_rate: float
    early_stopping: int


@dataclass(frozen=True, slots=True)
class Validation:
    """One validation: where it was, its loss, and the headline score (higher is better) if there is one."""

    epoch: float
    loss: float
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Curves:
    """A run so far. ``losses`` are those of training in order, ``learning_rate`` the highest, ``epochs`` the plan's."""

    losses: Sequence[float]
    validations: Sequence[Validation]
    epochs: int
    learning_rate: float
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """One judgement: its kind (for a translation or an icon), a sentence, and the change that it suggests."""

    kind: Kind
    text: str
    suggestion: Suggestion = field(default_factory=Suggestion)


def remarks(curves: Curves) -> tuple[Remark, ...]:
    """What can be said about ``curves``, the most important first; at least one remark."""
    for judge in (_diverging, _too_early, _memorising, _slow):
        remark = judge(curves)
        if remark is not None:
            return (remark,)
    remark = _improving(curves) or _plateau(curves)
    return (remark,) if remark is not None else (_steady(curves),)


def _diverging(curves: Curves) -> Remark | None:
    """The training loss is no number, or far above where it began."""
    losses = curves.losses
    if any(not math.isfinite(loss) for loss in losses):
        return _lower_rate("The training loss is not a number any more: the learning rate is too high.", curves)
    if len(losses) < EARLY:
        return None
    start, now = _start_and_now(losses)
    if now > RISES * start:
        text = f"The training loss rises ({start:.2f} to {now:.2f}) instead of falling: the learning rate is too high."
        return _lower_rate(text, curves)
    return None


def _too_early(curves: Curves) -> Remark | None:
    if len(curves.losses) >= EARLY:
        return None
    return Remark("early", "It is too early to say anything: only a few steps are done.")


def _memorising(curves: Curves) -> Remark | None:
    """The validation loss has risen at least twice since its best while the training loss went on falling."""
    validations = curves.validations
    if len(validations) < 3:
        return None
    best = min(range(len(validations)), key=lambda at: validations[at].loss)
    since = len(validations) - 1 - best
    start, now = _start_and_now(curves.losses)
    risen = validations[-1].loss > (1 + MATTERS) * validations[best].loss
    if since < 2 or not risen or now >= start:
        return None
    keep = max(1, round(validations[best].epoch))
    return Remark(
        "memorising",
        f"The validation loss has been rising since epoch {keep} while the training loss falls: the model learns its "
        "training rows by heart. The best moment is kept.",
        {"epochs": keep, "early_stopping": 2} if keep > 1 else {"epochs": keep},
    )


def _slow(curves: Curves) -> Remark | None:
    start, now = _start_and_now(curves.losses)
    if now <= SLOW * start or len(curves.losses) < 5 * EARLY or now < 0.05:
        return None
    text = f"The training loss hardly falls ({start:.2f} to {now:.2f}): the model learns too slowly."
    return Remark("slow", text, {"learning_rate": _round(curves.learning_rate * 3)})


def _improving(curves: Curves) -> Remark | None:
    validations = curves.validations
    if len(validations) < 2 or validations[-1].loss > (1 - MATTERS) * min(v.loss for v in validations[:-1]):
        return None
    score = validations[-1].score
    before = [validation.score for validation in validations[:-1] if validation.score is not None]
    if score is not None and (score >= PERFECT or (before and score < max(before))):
        return None  # a loss that falls while the score does not rise is only growing more sure of itself
    if not curves.ended:
        return Remark("improving", "The validation loss is still falling: the model is getting better.")
    more = math.ceil(curves.epochs * 1.5)
    text = "The model was still improving when training ended: a few more epochs may help."
    return Remark("improving", text, {"epochs": more})


def _plateau(curves: Curves) -> Remark | None:
    validations = curves.validations
    if len(validations) < 3:
        return None
    last = [validation.loss for validation in validations[-3:]]
    if max(last) - min(last) > 2 * MATTERS * max(last):
        return None
    text = "The validation loss has stopped changing: more epochs would bring nothing."
    return Remark("plateau", text, {} if curves.ended else {"early_stopping": 1})


def _steady(curves: Curves) -> Remark:
    start, now = _start_and_now(curves.losses)
    return Remark("improving", f"The training loss has fallen from {start:.2f} to {now:.2f}: the model is learning.")


def _lower_rate(text: str, curves: Curves) -> Remark:
    return Remark("diverging", text, {"learning_rate": _round(curves.learning_rate / 5)})


def _start_and_now(losses: Sequence[float]) -> tuple[float, float]:
    """Means of the first and the last points: a single batch says little."""
    size = max(2, round(WINDOW * len(losses)))
    first, last = losses[:size], losses[-size:]
    return sum(first) / len(first), sum(last) / len(last)


def _round(rate: float) -> float:
    return float(f"{rate:.1g}")
