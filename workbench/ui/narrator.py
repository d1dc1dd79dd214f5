"""Plain sentences about a run's curves, each with the change of settings that would answer it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.recipe import Recipe, Step
from workbench.ui.i18n import _, n_, percent

Points = Sequence[float | None]
WORD_DROPOUT = Step.model_validate({"step": "word-dropout", "rate": 0.1})


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence; ``training`` and ``augment`` are what a new run would change, ``action`` names that on a button."""

    text: str
    icon: str = "lightbulb"
    action: str = ""
    training: Mapping[str, Any] = field(default_factory=dict)
    augment: tuple[Step, ...] = ()

    def changed(self, recipe: Recipe) -> Recipe:
        """The recipe with this remark's change."""
        training = recipe.training.model_copy(update=dict(self.training))
        return recipe.model_copy(update={"training": training, "augment": (*recipe.augment, *self.augment)})


def narrate(
    epochs: Sequence[float], values: Mapping[str, Points], recipe: Recipe, headline: str, *, ended: bool
) -> list[Remark]:
    """What the curves say. ``epochs`` gives the epoch of every point of ``values``; missing values are None.

    ``headline`` is the stored name of the score by which the best moment is chosen.
    """
    loss = _known(epochs, values.get("loss", ()))
    validation = _known(epochs, values.get("validation_loss", ()))
    score = _known(epochs, values.get(f"validation_{headline}", ()))
    if not loss:
        return []
    remarks = _broken(loss, recipe)
    if remarks:
        return remarks
    if len(loss) >= 8:
        remarks += _falling(loss, recipe)
    if validation:
        remarks += _memorising(validation, loss, recipe)
    if ended and len(validation) >= 2 and not any(remark.action for remark in remarks):
        remarks += _unfinished(validation, score)
    if score:
        best_epoch, best = max(score, key=lambda point: point[1])
        remarks.append(
            Remark(
                _("The best score on the validation rows so far is {score}, after epoch {epoch}.").format(
                    score=percent(best), epoch=_epoch(best_epoch)
                ),
                "emoji_events",
            )
        )
    return remarks


def _broken(loss: list[tuple[float, float]], recipe: Recipe) -> list[Remark]:
    start = _mean(loss[: max(1, len(loss) // 10)])
    end = _mean(loss[-max(1, len(loss) // 10) :])
    if len(loss) >= 20 and (not math.isfinite(end) or end > 1.5 * start):
        rate = recipe.training.learning_rate
        slower = 3e-5 if rate == "auto" else rate / 5
        return [
            Remark(
                _("The training loss rises instead of falling: the learning rate is too high for this model."),
                "trending_up",
                _("New run with a lower learning rate"),
                {"learning_rate": slower},
            )
        ]
    return []


def _falling(loss: list[tuple[float, float]], recipe: Recipe) -> list[Remark]:
    start = _mean(loss[: max(3, len(loss) // 50)])
    end = _mean(loss[-max(3, len(loss) // 10) :])
    if end > 0.93 * start and len(loss) >= 40:
        rate = recipe.training.learning_rate
        faster = 3e-4 if rate == "auto" else rate * 3
        return [
            Remark(
                _("The training loss hardly falls ({start} to {end}): the model learns too slowly.").format(
                    start=_loss(start), end=_loss(end)
                ),
                "trending_flat",
                _("New run with a higher learning rate"),
                {"learning_rate": min(faster, 0.1)},
            )
        ]
    text = _("The training loss has fallen from {start} to {end}: the model is learning.")
    return [Remark(text.format(start=_loss(start), end=_loss(end)), "trending_down")]


def _memorising(validation: list[tuple[float, float]], loss: list[tuple[float, float]], recipe: Recipe) -> list[Remark]:
    rising = 0
    while rising + 1 < len(validation) and validation[-1 - rising][1] > validation[-2 - rising][1]:
        rising += 1
    if rising < 2 or loss[-1][1] > loss[0][1]:
        return []
    best = min(validation, key=lambda point: point[1])[0]
    text = n_(
        "Validation loss has risen for {count} epoch while training loss falls: the model is memorising. The best "
        "moment is kept.",
        "Validation loss has risen for {count} epochs while training loss falls: the model is memorising. The best "
        "moment is kept.",
        rising,
    )
    if not recipe.augment:
        return [Remark(text, "psychology_alt", _("New run with augmentation"), augment=(WORD_DROPOUT,))]
    epochs = max(1, round(best))
    return [Remark(text, "psychology_alt", _("New run that ends at the best epoch"), {"epochs": epochs})]


def _unfinished(validation: list[tuple[float, float]], score: list[tuple[float, float]]) -> list[Remark]:
    best_epoch = min(validation, key=lambda point: point[1])[0]
    last_epoch = validation[-1][0]
    gain = 1 - validation[-1][1] / max(validation[-2][1], 1e-9)
    peak = max(score, key=lambda point: point[1])[0] if score else last_epoch
    perfect = bool(score) and score[-1][1] >= 0.995
    if best_epoch < last_epoch or peak < last_epoch or gain < 0.05 or perfect:
        return []
    more = math.ceil(last_epoch * 1.5)
    return [
        Remark(
            _("The model was still improving when training ended: a few more epochs may help."),
            "moving",
            _("New run with {epochs} epochs").format(epochs=more),
            {"epochs": more},
        )
    ]


def _known(epochs: Sequence[float], points: Points) -> list[tuple[float, float]]:
    return [(epoch, value) for epoch, value in zip(epochs, points, strict=False) if value is not None]


def _mean(points: Sequence[tuple[float, float]]) -> float:
    return sum(value for _epoch_, value in points) / len(points)


def _loss(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else _("less than 0.001")


def _epoch(epoch: float) -> str:
    return f"{epoch:.0f}" if abs(epoch - round(epoch)) < 0.05 else f"{epoch:.1f}"
