"""How good predicted numbers are: RMSE, MAE and R², each with a 95 % interval, and the panels."""

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate import bootstrap
from workbench.evaluate.panels import Line, Panel, Scatter, Score, Scores, Table

NAMES = {"rmse": "RMSE", "mae": "MAE", "r2": "R²"}
SHOWN = 1500  # points in a panel; more are a cloud

Floats = NDArray[np.float64]


def score(truth: Floats, predicted: Floats, baseline: Floats | None = None, *, seed: int = 0) -> Scores:
    """Everything about ``predicted`` against ``truth``; with the baseline's numbers for the same rows, each measure has
    the interval of its difference to the baseline's too (a paired bootstrap)."""
    if not len(truth):
        return Scores(rows=0, values={})
    drawn = _resampled(truth, predicted, seed)
    others = None if baseline is None else _resampled(truth, baseline, seed)
    values = bootstrap.scores(quick(truth, predicted), drawn, others)
    return Scores(rows=len(truth), values=values, panels=_panels(truth, predicted, values, seed))


def quick(truth: Floats, predicted: Floats) -> dict[str, float]:
    """The three measures without intervals, as scikit-learn defines them; R² is 0 where the truth does not vary."""
    errors = predicted - truth
    found = _from_sums(len(truth), np.abs(errors).sum(), (errors**2).sum(), ((truth - truth.mean()) ** 2).sum())
    return {name: float(value) for name, value in found.items()}


def _resampled(truth: Floats, predicted: Floats, seed: int) -> dict[str, Floats]:
    errors = predicted - truth
    centred = truth - truth.mean()
    parts = []
    for weights in bootstrap.weights(len(truth), seed):
        spread = weights @ centred**2 - (weights @ centred) ** 2 / len(truth)
        parts.append(_from_sums(len(truth), weights @ np.abs(errors), weights @ errors**2, spread))
    return {name: np.concatenate([part[name] for part in parts]) for name in NAMES}


def _from_sums(rows: int, absolute: Floats, squared: Floats, spread: Floats) -> dict[str, Floats]:
    explained = 1 - np.divide(squared, spread, out=np.ones_like(np.asarray(squared)), where=np.asarray(spread) > 0)
    return {"rmse": np.sqrt(squared / rows), "mae": absolute / rows, "r2": explained}


def _panels(truth: Floats, predicted: Floats, values: dict[str, Score], seed: int) -> tuple[Panel, ...]:
    shown = np.sort(np.random.default_rng(seed).permutation(len(truth))[:SHOWN])
    true, guess = truth[shown], predicted[shown]
    low, high = float(min(true.min(), guess.min())), float(max(true.max(), guess.max()))
    ends = (float(guess.min()), float(guess.max()))
    off = np.abs(predicted - truth)
    return (
        Table(
            title="All measures",
            help="With the range in which each would lie for other rows of the same kind, 19 times out of 20.",
            columns=("Measure", "Value", "From", "To"),
            rows=tuple(
                (NAMES[name], *map(_written, (score.value, score.low, score.high))) for name, score in values.items()
            ),
        ),
        Scatter(
            title="Predicted beside true",
            help="Every point is a row. On the line, the prediction is exactly right.",
            x_label="True",
            y_label="Predicted",
            x=_listed(true),
            y=_listed(guess),
            lines=(Line(name="Exactly right", x=(low, high), y=(low, high)),),
        ),
        Scatter(
            title="How far off",
            help="The prediction less the truth. A slope or a curve shows what the model has not understood; a funnel "
            "shows where it is unsure.",
            x_label="Predicted",
            y_label="Predicted less true",
            x=_listed(guess),
            y=_listed(guess - true),
            lines=(Line(name="Exactly right", x=ends, y=(0.0, 0.0)),),
        ),
        Table(
            title="How far off it usually is",
            columns=("Of the rows", "Off by at most"),
            rows=tuple((f"{share} %", _written(np.percentile(off, share))) for share in (50, 80, 95, 100)),
        ),
    )


def _listed(values: Floats) -> tuple[float, ...]:
    return tuple(bootstrap.rounded(value) for value in values)


def _written(value: float | None) -> str:
    """Four significant digits, as text: a table shows numbers between 0 and 1 as shares."""
    return "–" if value is None else f"{value:,.4g}"
