"""What a run's curves say: one reading in plain words, its evidence, and the change of the recipe that would help.

The rules are asked in order and the first that holds speaks, so that no two advices can contradict each other. Nothing
is said before there are ``LEAST`` training points. Shares are of the training loss's start, unless said otherwise.

=================  ===================================================================================================
rate-too-high      The loss became no number; or is 1.3 times its start, or was 1.5 times it; or climbed again by 40 %
                   of itself and 3 % of its start, six standard errors (2.5 where validations leap by 20 % too); or
                   validations swing by 15 % with a training loss that no longer falls, or by 25 %, or leap by 30 %
                   while most is gained late (momentum above 0.5); or it lost less than 25 % while the gradient's norm
                   changed 1.8-fold, or less than 4 % at a rate beyond what is ever of use.
noisy-labels       As overfitting, but the *score* fell too, by 3.5 points, from a best loss above 25 %: rows with wrong
                   labels are learned last, and cost what was right (Arpit et al. 2017; with clean labels the test error
                   does not rise: Nakkiran et al. 2019). Or the validation loss stands still above 25 % for half of the
                   run, while the training loss is pushed below it slowly (to 30-92 % of it). Not for a layer that
                   started solved, whose training loss says nothing of how hard the rows are.
overfitting        Two validations or more after the best one, the loss is 5 % above it (three deviations, and 1 % of
                   the start) while the training loss fell; or it stands still above 25 % while the training loss goes
                   below 30 % of it. Where the score rose nevertheless, the model is only too sure of itself, which more
                   weight decay cures and fewer epochs would not (Guo et al. 2017).
rate-too-low       After half of the run the loss has lost less than 4 %; or less than 30 %, at a pace that has not
                   slowed (pace above 0.3), and without jumps.
underfitting       The loss has come to rest (pace below 0.3) having lost less than 45 %, and the validation loss is
                   no more than 15 % above it. A layer that started solved has no start to compare with: there a
                   score below 90 % at rest counts.
unfinished         The run has ended with momentum above 0.25 (0.4 where less than 20 % are left to lose), and the last
                   validation is the best.
plateau            The loss has lost 45 %, and on validation not left its scatter for 40 % of the way that the learning
                   rates add up to, at least three validations.
healthy            None of these.
=================  ===================================================================================================

The thresholds were set on 2,400 drawn curves and on trainings of a small network on the digits of scikit-learn, and are
measured on others (tests/evaluate/test_narrator.py).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypedDict

from workbench.evaluate.narrator_curves import Curves, Falling, Held, around, falling, held, way_left
from workbench.evaluate.narrator_curves import Validation as Validation
from workbench.recipe import Training

LEAST = 12  # training points
SCORED_WELL = 0.995  # a score above which nothing more is asked for
HIGHEST_RATE = 0.01  # that is ever of use with optimisers that scale their steps
HIGHEST_RATES = {"sgd": 1.0}  # and with others

Code = Literal[
    "rate-too-high",
    "noisy-labels",
    "overfitting",
    "rate-too-low",
    "underfitting",
    "unfinished",
    "plateau",
    "healthy",
]


class Changes(TypedDict, total=False):
    """Training keys of a recipe, and what to set them to in another run."""

    method: Literal["full", "head"]
    epochs: int
    learning_rate: float
    early_stopping: int
    weight_decay: float


@dataclass(frozen=True, slots=True)
class Advice:
    """One reading: a sentence and its evidence, as templates that can be translated and the values that fill them;
    and the changes that would help (none: the run is well as it is, or what helps is no setting of the training)."""

    code: Code
    text: str
    evidence: str
    values: Mapping[str, str]
    changes: Changes = field(default_factory=Changes)

    def changed(self, training: Training) -> Training:
        """``training`` with the changes."""
        return Training.model_validate(training.model_dump() | self.changes)


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that a rule looks at."""

    curves: Curves
    fall: Falling
    held: Held | None

    @property
    def share_done(self) -> float:
        """How much of the plan is done."""
        return 1.0 if self.curves.ended else self.curves.at[-1] / max(self.curves.epochs, 1)

    @property
    def unheard_of(self) -> bool:
        """Is the learning rate beyond all that is ever of use?"""
        return self.curves.learning_rate > HIGHEST_RATES.get(self.curves.training.optimizer, HIGHEST_RATE)

    @property
    def perfect(self) -> bool:
        return (
            self.curves.shares
            and self.held is not None
            and self.held.score is not None
            and self.held.score >= SCORED_WELL
        )


TEXTS = {
    "broken": "The loss is not a number any more: the learning rate is too high.",
    "rising": "The learning rate is too high: the training loss rises instead of falling.",
    "swinging": "The learning rate is too high: the loss jumps up and down instead of settling.",
    "stuck": "The learning rate is too high: the first steps threw the model off, and it does not learn any more.",
    "unlearning": "Wrong labels suspected: the longer it trains, the fewer of the validation rows it gets right.",
    "contradicting": "Wrong labels suspected: what is left of the loss looks like rows that contradict each other.",
    "memorising": "The model learns its training rows by heart. Fewer epochs suffice; the best moment is kept.",
    "too sure": "The model grows too sure of itself: its answers hold, but it is surer of them than it should be.",
    "slow": "The learning rate is too low: the model hardly learns.",
    "too simple": "The model has stopped learning early: it is too simple for these rows, or they do not say enough.",
    "unfinished": "The model was still getting better when training ended: more epochs may help.",
    "plateau": "The model has learned what it can from these rows: more epochs would bring nothing.",
    "healthy": "This looks healthy: the model is learning, and what it learns holds for rows it has not seen.",
    "healthy, unseen": "This looks healthy: the model is learning.",
}
EVIDENCE = {
    "no number": "It happened in epoch {epoch}, at a learning rate of {rate}.",
    "training": "Training loss {start} at first, {now} now.",
    "climbed": "The training loss was at {low} and climbed again to {high}.",
    "swings": "From one validation to the next its loss changes by about {swing}.",
    "leapt": "Between two validations the loss rose by {leap}; it fell only as the rate itself did.",
    "rises": "Validation loss {best} after epoch {epoch}, {last} now; training loss {then} and {now}.",
    "unlearns": "Validation score {top} at its best, {score} now; the loss was {best} after epoch {epoch}, {last} now.",
    "stands": "The validation loss stays near {last} since epoch {epoch}; the training loss went from {then} to {now}.",
    "both": "Training loss {start} at first, {now} now; validation loss {last}.",
}


def read(curves: Curves) -> Advice | None:
    """What ``curves`` say; None while there are too few points to say anything."""
    if curves.broken:
        return _broken(curves)
    if len(curves.losses) < LEAST:
        return None
    fall = falling(curves)
    seen = _Seen(curves, fall, held(curves, fall.start))
    for rule in (_too_high, _noisy, _overfitting, _too_low, _underfitting, _unfinished, _plateau):
        advice = rule(seen)
        if advice is not None:
            return advice
    return _healthy(seen)


def texts() -> list[str]:
    """Every template that may be shown, for the catalogue of translations."""
    return [*TEXTS.values(), *EVIDENCE.values()]


def _broken(curves: Curves) -> Advice:
    at = math.floor(curves.at[-1]) + 1 if curves.at else 1
    values = {"epoch": str(at), "rate": _shown(curves.learning_rate)}
    return Advice("rate-too-high", TEXTS["broken"], EVIDENCE["no number"], values, _rate(curves, 0.1))


def _too_high(seen: _Seen) -> Advice | None:
    fall, held, curves = seen.fall, seen.held, seen.curves
    lower = _rate(curves, 0.2)

    def advice(text: str, evidence: str, **values: float | str) -> Advice:
        return Advice("rate-too-high", TEXTS[text], EVIDENCE[evidence], _shown_all(values), lower)

    if fall.now - fall.start > max(0.3 * fall.start, 3 * fall.error):
        return advice("rising", "training", start=fall.start, now=fall.now)
    sure = 2.5 if held is not None and held.leap > 0.2 else 6
    leapt = fall.highest > max(1.5 * fall.start, 1.4 * fall.from_)
    if leapt or fall.climb > max(0.4 * fall.from_, 0.03 * fall.start, sure * fall.climb_error):
        return advice("swinging", "climbed", low=fall.from_, high=fall.to)
    if (
        held is not None
        and held.count >= 5
        and held.swing > 0.15
        and held.turns >= 0.4
        and held.now > 0.05 * fall.start
        and (fall.momentum < 0.1 or held.swing > 0.25)
    ):
        return advice("swinging", "swings", swing=_percent(held.swing))
    if held is not None and held.leap > 0.3 and fall.momentum > 0.5 and curves.ended:
        return advice("swinging", "leapt", leap=_percent(held.leap))
    if curves.solved or seen.share_done < 0.5:
        return None
    thrown = fall.fallen < 0.25 and (not 1 / 1.8 < fall.calm < 1.8 or fall.highest > 1.5 * fall.start)
    if thrown or (seen.unheard_of and fall.fallen < 0.04):
        return advice("stuck", "training", start=fall.start, now=fall.now)
    return None


def _noisy(seen: _Seen) -> Advice | None:
    fall, held, curves = seen.fall, seen.held, seen.curves
    if held is None or held.score is None or held.top is None or not curves.shares:
        return None
    if curves.solved or held.best < 0.25 * fall.start:
        return None
    if _risen(seen) and held.top - held.score > max(0.035, 3 * held.score_scatter):
        values = _shown_all(
            {
                "epoch": held.best_epoch,
                "best": held.best,
                "last": held.now,
                "top": _percent(held.top),
                "score": _percent(held.score),
            }
        )
        return Advice("noisy-labels", TEXTS["unlearning"], EVIDENCE["unlearns"], values, _until(held.best_epoch))
    if _stands(seen) and 0.3 < fall.now / held.now < 0.92:
        return _standing("noisy-labels", "contradicting", seen, held)
    return None


def _overfitting(seen: _Seen) -> Advice | None:
    fall, held, training = seen.fall, seen.held, seen.curves.training
    if held is None or seen.perfect:
        return None
    if _risen(seen):
        then = around(seen.curves, held.best_epoch)
        values = _shown_all(
            {"epoch": held.best_epoch, "best": held.best, "last": held.now, "then": then, "now": fall.now}
        )
        if not _score_rose(held):
            changes = _until(held.best_epoch)
            return Advice("overfitting", TEXTS["memorising"], EVIDENCE["rises"], values, changes)
        decay = Changes(weight_decay=0.1) if training.weight_decay < 0.1 else Changes()
        return Advice("overfitting", TEXTS["too sure"], EVIDENCE["rises"], values, decay)
    if _stands(seen) and held.best > 0.25 * fall.start and fall.now <= 0.3 * held.now:
        return _standing("overfitting", "memorising", seen, held)
    return None


def _stands(seen: _Seen) -> bool:
    """Has the validation loss stood still for half of the run, while the training loss was pushed below it?"""
    fall, held, curves = seen.fall, seen.held, seen.curves
    if held is None or curves.solved or held.count < 5 or held.now > 1.1 * held.best:
        return False
    then = around(curves, held.reached)
    pushed = fall.now < then - max(0.08 * then, 3 * fall.error)
    return held.reached <= 0.5 * curves.validations[-1].epoch and pushed and fall.fallen > 0.25


def _standing(code: Code, text: str, seen: _Seen, held: Held) -> Advice:
    then = around(seen.curves, held.reached)
    values = {"epoch": held.reached, "last": held.now, "then": then, "now": seen.fall.now}
    return Advice(code, TEXTS[text], EVIDENCE["stands"], _shown_all(values), _until(held.reached))


def _risen(seen: _Seen) -> bool:
    """Did the validation loss leave its best for good, while the training loss fell?"""
    fall, held = seen.fall, seen.held
    if held is None or held.count < 3 or held.since < 2:
        return False
    if held.now - held.best < max(0.05 * held.best, 3 * held.scatter, 0.01 * fall.start):
        return False
    then = around(seen.curves, held.best_epoch)
    return fall.now <= max(0.97 * then, 0.1 * fall.start)


def _score_rose(held: Held) -> bool:
    """Is the score above all that it was up to the best loss?"""
    if held.score is None or held.top_by_best is None:
        return False
    return held.score > held.top_by_best + max(0.01, 2 * held.score_scatter)


def _too_low(seen: _Seen) -> Advice | None:
    fall, held, curves = seen.fall, seen.held, seen.curves
    if curves.solved or seen.share_done < 0.5 or seen.perfect or seen.unheard_of:
        return None
    if fall.climb > max(0.15 * fall.from_, 3 * fall.climb_error) or (held is not None and held.leap > 0.15):
        return None
    still = fall.fallen < 0.04
    if still or (fall.fallen < 0.3 and fall.pace > 0.3):
        values = _shown_all({"start": fall.start, "now": fall.now})
        higher = _rate(curves, 10 if still else 4)
        return Advice("rate-too-low", TEXTS["slow"], EVIDENCE["training"], values, higher)
    return None


def _underfitting(seen: _Seen) -> Advice | None:
    fall, held, curves = seen.fall, seen.held, seen.curves
    if held is None or seen.share_done < 0.5 or held.now > 1.15 * fall.now:
        return None
    if curves.solved:
        poor = held.score is not None and curves.shares and held.score < 0.9 and _rests(held, curves)
    else:
        poor = fall.fallen < 0.45 and fall.pace <= 0.3
    if not poor:
        return None
    training, changes = curves.training, Changes()
    if training.method == "head" and curves.solved:
        changes = Changes(method="full")
    elif training.weight_decay >= 0.05:
        changes = Changes(weight_decay=0.01)
    values = _shown_all({"start": fall.start, "now": fall.now, "last": held.now})
    return Advice("underfitting", TEXTS["too simple"], EVIDENCE["both"], values, changes)


def _unfinished(seen: _Seen) -> Advice | None:
    fall, held, curves = seen.fall, seen.held, seen.curves
    if not curves.ended or curves.solved or seen.perfect or fall.fallen < 0.1:
        return None
    if fall.momentum < (0.25 if fall.now > 0.2 * fall.start else 0.4):
        return None
    if held is not None:
        last, score = curves.validations[-1].loss, curves.validations[-1].score
        if held.leap > 0.2:
            return None
        fell = curves.validations[0].loss - last > max(0.05 * last, 2 * held.scatter)
        better = score is None or held.top is None or score >= held.top - max(0.01, 2 * held.score_scatter)
        if not (fell and better and last <= held.best + max(0.03 * held.best, 2 * held.scatter)):
            return None
    values = _shown_all({"start": fall.start, "now": fall.now, "last": held.now if held else fall.now})
    evidence = EVIDENCE["both" if held else "training"]
    more = max(curves.epochs, math.ceil((1.5 if fall.momentum < 0.5 else 2) * curves.at[-1]))
    return Advice("unfinished", TEXTS["unfinished"], evidence, values, Changes(epochs=min(1000, more)))


def _plateau(seen: _Seen) -> Advice | None:
    fall, held, curves = seen.fall, seen.held, seen.curves
    if held is None or not (curves.solved or fall.fallen >= 0.45) or not _rests(held, curves):
        return None
    values = _shown_all(
        {"epoch": held.settled, "last": held.now, "then": around(curves, held.settled), "now": fall.now}
    )
    changes = Changes(early_stopping=2) if curves.training.early_stopping == 0 else Changes()
    return Advice("plateau", TEXTS["plateau"], EVIDENCE["stands"], values, changes)


def _rests(held: Held, curves: Curves) -> bool:
    """Has the validation loss stayed where it is for 40 % of the way?"""
    later = sum(validation.epoch > held.settled for validation in curves.validations)
    return held.count >= 5 and later >= 3 and way_left(curves, held.settled) >= 0.4


def _healthy(seen: _Seen) -> Advice:
    fall, held = seen.fall, seen.held
    values = {"start": fall.start, "now": fall.now}
    if held is None:
        return Advice("healthy", TEXTS["healthy, unseen"], EVIDENCE["training"], _shown_all(values))
    return Advice("healthy", TEXTS["healthy"], EVIDENCE["both"], _shown_all({**values, "last": held.now}))


def _rate(curves: Curves, times: float) -> Changes:
    """The learning rate ``times`` what it was, to one significant digit, within what a recipe admits."""
    if not curves.learning_rate > 0:
        return Changes()
    return Changes(learning_rate=float(f"{min(10.0, max(1e-8, curves.learning_rate * times)):.1g}"))


def _until(epoch: float) -> Changes:
    """No longer than to the best moment: so the learning rate has also come to rest there."""
    return Changes(epochs=max(1, round(epoch)))


def _shown_all(values: Mapping[str, float | str]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else _shown(value) for name, value in values.items()}


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _shown(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}" if value < 1e9 else f"{value:.1e}"
