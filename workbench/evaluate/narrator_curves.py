"""A run's curves as the narrator reads them, and the few numbers in which it sees them. No drawing, no torch."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from workbench.recipe import Training

Floats = npt.NDArray[np.float64]

BLOCK = 5  # training points of which a mean is taken at least: one batch says little
BLOCKS = 20  # means at most
QUIET = 0.02  # relative: how much validations are taken to scatter where too few of them tell


@dataclass(frozen=True, slots=True)
class Validation:
    """One validation: the epoch at which it was made, its loss, and the headline score (higher is better)."""

    epoch: float
    loss: float
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Curves:
    """A run so far, in the order of its steps.

    ``at`` (epochs), ``losses``, ``rates`` and ``norms`` have one value for each training point; ``rates`` and ``norms``
    (of the gradient) may be empty. ``epochs`` and ``learning_rate`` are the plan's, ``training`` is the recipe's.
    ``shares`` says that scores are fractions of rows with the right label; ``solved`` that the first step started from
    the solution of its problem and not from a model that knows nothing; ``broken`` that the loss became no number.
    """

    at: Sequence[float]
    losses: Sequence[float]
    validations: Sequence[Validation]
    epochs: int
    learning_rate: float
    training: Training = field(default_factory=Training)
    rates: Sequence[float] = ()
    norms: Sequence[float] = ()
    ended: bool = False
    broken: bool = False
    shares: bool = True
    solved: bool = False


@dataclass(frozen=True, slots=True)
class Falling:
    """The training loss: at first, now and at its lowest (means of blocks), and how it came there.

    ``error`` is the standard error of the present mean, ``climb_error`` that of the climb: the largest rise from one
    block (``from_``) to a later one (``to``). ``momentum`` compares what was gained by the second half of all the way
    that the learning rates add up to with what the first half gained: near 1 for a loss that falls as fast as at first,
    near 0 for one that has arrived. ``pace`` is the same on the parabola nearest to all points, which noise disturbs
    less where little was gained. ``calm`` is the quotient of the gradient's norm at the end and at first.
    """

    start: float
    now: float
    lowest: float
    highest: float
    error: float
    momentum: float
    pace: float
    climb: float
    climb_error: float
    from_: float
    to: float
    calm: float

    @property
    def fallen(self) -> float:
        """The share of its start that the loss has lost."""
        return (self.start - self.now) / max(self.start, 1e-12)


@dataclass(frozen=True, slots=True)
class Held:
    """The validations: where the loss was best, where it is now, and how much it scatters from one to the next.

    ``settled`` is the epoch after which the loss stayed within its scatter (or 1 % of the training loss's start) of the
    end, ``reached`` the first at which it was within its scatter (or 3 %) of its best; ``swing`` the usual relative
    change between neighbours in the later half, ``turns`` how often its direction changes there, ``leap`` the largest
    relative rise. ``score`` is the last, ``top`` the best, ``top_by_best`` the best up to the best loss; None without.
    """

    count: int
    best_epoch: float
    best: float
    now: float
    since: int
    scatter: float
    settled: float
    reached: float
    swing: float
    turns: float
    leap: float
    score: float | None
    top: float | None
    top_by_best: float | None
    score_scatter: float


def falling(curves: Curves) -> Falling:
    """What the training loss did. Needs at least ``2 * BLOCK`` points."""
    losses = np.asarray(curves.losses, dtype=np.float64)
    means, relative = _blocks(losses)
    error = relative * float(means[-1])
    first = float(losses[0])  # before anything was learned, and of one batch only
    start = float(np.clip(losses[: max(3, len(losses) // 50)].mean(), first / 1.2, first * 1.2))
    climb, low, high = _climb(means)
    way = _way(curves)
    half = int(np.searchsorted(way, 0.5))
    width = max(2, len(losses) // (2 * BLOCKS))
    middle = float(losses[max(0, half - width) : half + width + 1].mean())
    early, late = start - middle, middle - float(means[-1])
    return Falling(
        start=start,
        now=float(means[-1]),
        lowest=float(means.min()),
        highest=float(means.max()),
        error=error,
        momentum=late / early if early > error else (1.0 if late > error else 0.0),
        pace=_pace(way, losses),
        climb=climb,
        climb_error=relative * (low**2 + high**2) ** 0.5,
        from_=low,
        to=high,
        calm=_calm(curves.norms),
    )


def held(curves: Curves, start: float) -> Held | None:
    """What the validations did; ``start`` is where the training loss began. None before the second one."""
    validations = curves.validations
    if len(validations) < 2:
        return None
    losses = np.array([validation.loss for validation in validations])
    usual = _means_of_three(losses)
    best = int(usual.argmin())
    now = float(losses[-2:].mean()) if len(losses) > 3 else float(losses[-1])
    scatter = _scatter(losses)
    near = np.abs(usual - now) <= max(min(2.5 * scatter, 0.15 * now), QUIET * now, 0.01 * start)
    settled = int(np.flatnonzero(~near)[-1]) + 1 if not near.all() else 0
    later = losses[len(losses) // 2 :]
    steps = np.diff(later)
    swing = float(np.median(np.abs(steps)) / max(np.median(later), 1e-12)) if len(steps) else 0.0
    turns = float(np.mean(np.sign(steps[1:]) != np.sign(steps[:-1]))) if len(steps) > 1 else 0.0
    scores = np.array([validation.score for validation in validations if validation.score is not None])
    scored = len(scores) == len(losses)
    usual_scores = _means_of_three(scores)
    return Held(
        count=len(losses),
        best_epoch=validations[best].epoch,
        best=float(usual[best]),
        now=now,
        since=len(losses) - 1 - best,
        scatter=scatter,
        settled=validations[min(settled, len(losses) - 1)].epoch,
        reached=validations[int((usual <= usual[best] + max(2.5 * scatter, 0.03 * usual[best])).argmax())].epoch,
        swing=swing,
        turns=turns,
        leap=float((losses[1:] / np.maximum(losses[:-1], 1e-12)).max()) - 1,
        score=float(scores[-2:].mean() if len(scores) > 3 else scores[-1]) if scored else None,
        top=float(usual_scores.max()) if scored else None,
        top_by_best=float(usual_scores[: best + 1].max()) if scored else None,
        score_scatter=_scatter(scores) if scored else 0.0,
    )


def around(curves: Curves, epoch: float) -> float:
    """The mean training loss of the epoch that ended at ``epoch``."""
    at, losses = np.asarray(curves.at), np.asarray(curves.losses)
    inside = (at > epoch - 1) & (at <= epoch)
    return float(losses[inside].mean()) if inside.any() else float(losses[np.abs(at - epoch).argmin()])


def _blocks(losses: Floats) -> tuple[Floats, float]:
    """Means of blocks of points, and their relative standard error: from neighbours, which differ by no trend."""
    parts = np.array_split(losses, int(np.clip(len(losses) // BLOCK, 2, BLOCKS)))
    later = losses[len(losses) // 3 :]
    steps = np.abs(np.diff(later)) / np.maximum(later[1:] + later[:-1], 1e-12)
    deviation = 1.4826 * float(np.median(steps)) * 2**0.5
    return np.array([part.mean() for part in parts]), deviation / min(map(len, parts)) ** 0.5


def _climb(means: Floats) -> tuple[float, float, float]:
    """The largest rise from a block to a later one, and both their means."""
    lows = np.minimum.accumulate(means)
    at = int((means - lows).argmax())
    return float(means[at] - lows[at]), float(lows[at]), float(means[at])


def way_left(curves: Curves, epoch: float) -> float:
    """The share of all the way, which the learning rates add up to, that lies behind ``epoch``."""
    done = np.searchsorted(np.asarray(curves.at), epoch, side="right")
    return 1.0 - float(_way(curves)[done - 1]) if done else 1.0


def _way(curves: Curves) -> Floats:
    """How much of all the learning rates was spent at every point, from 0 to 1."""
    rates = np.asarray(curves.rates, dtype=np.float64)
    if len(rates) != len(curves.losses) or not rates.sum() > 0:
        rates = np.ones(len(curves.losses))
    return np.asarray(rates.cumsum() / rates.sum())


def _pace(way: Floats, losses: Floats) -> float:
    """The gain of the second half of the way over that of the first, on the parabola nearest to all points."""
    bend, slope, _ = np.polyfit(way, losses, 2)
    early, late = -(slope / 2 + bend / 4), -(slope / 2 + 3 * bend / 4)
    return float(np.clip(late / early, -1, 2)) if early > 0 else 1.0


def _calm(norms: Sequence[float]) -> float:
    if len(norms) < 4 * BLOCK:
        return 1.0
    part = max(BLOCK, len(norms) // 10)
    return float(np.median(norms[-part:]) / max(float(np.median(norms[:part])), 1e-12))


def _scatter(values: Floats) -> float:
    """The standard deviation around a smooth curve: from the second differences of the later part, robustly.

    The second and third differences of independent values have 6 and 20 times their variance; 1.4826 makes a median one
    of deviations. The lesser of both counts, since a curve that bends has second differences without any scatter.
    """
    if len(values) < 6:
        return QUIET * float(np.median(np.abs(values)))
    later = values[len(values) // 3 :]
    bends = [np.median(np.abs(np.diff(later, n=order))) / weight**0.5 for order, weight in ((2, 6), (3, 20))]
    return 1.4826 * float(min(bends))


def _means_of_three(values: Floats) -> Floats:
    """Each value's mean with its neighbours, where there are enough of them that one may be out of line."""
    if len(values) < 8:
        return values
    return np.convolve(np.pad(values, 1, mode="edge"), np.ones(3) / 3, mode="valid")
