"""Scores in words: a fraction as a percentage, everything else as a number of its own unit."""

from workbench.tasks.protocol import Metric
from workbench.ui.i18n import _, number, percent


def shown(metric: Metric, value: float) -> str:
    """A score as people read it: 97.3% or 53.84."""
    return percent(value) if metric.fraction else significant(value)


def difference(metric: Metric, value: float, other: float) -> str:
    """How much more ``value`` is than ``other``, with its sign."""
    if metric.fraction:
        return _("{points} points for this model").format(points=f"{100 * (value - other):+.1f}")
    return _("{difference} for this model").format(difference=f"{value - other:+,.4g}")


def around(metric: Metric, spread: float) -> str:
    """A spread in the unit of its score: points for fractions."""
    return _("{points} points").format(points=f"{100 * spread:.1f}") if metric.fraction else significant(spread)


def significant(value: float) -> str:
    """Four significant digits; whole numbers of any size in full."""
    return number(value) if abs(value) >= 1000 else f"{value:.4g}"
