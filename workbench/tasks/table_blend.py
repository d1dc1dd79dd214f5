"""What is asked of several fitted models, and how what they say becomes one answer. Exported models carry this file."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST = 1e-4  # of a probability, so that none is impossible
LIMIT = 1e30  # of a number that models read
TRUSTED = (  # what scikit-learn's models hold beside what skops trusts by itself; anything else is refused
    "functools.partial",
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.model_selection._split.KFold",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
)


def probabilities(scores: Floats, weights: Sequence[float], sharpness: Sequence[float]) -> Floats:
    """The weighted mean of the members' beliefs (rows, labels), from ``scores`` (members, rows, labels) of any scale;
    the sharper a member, the surer it may be of what it scores highest."""
    sharp = scores * np.asarray(sharpness)[:, None, None]
    powers = np.exp(sharp - sharp.max(axis=2, keepdims=True))
    found: Floats = np.tensordot(np.asarray(weights), powers / powers.sum(axis=2, keepdims=True), axes=1)
    return found


def amounts(scores: Floats, weights: Sequence[float], centre: float, spread: float) -> Floats:
    """Weighted mean of the members' numbers (rows,), from ``scores`` (members, rows, 1) in spreads from the centre."""
    found: Floats = np.tensordot(np.asarray(weights), scores, axes=1)[:, 0] * spread + centre
    return found


def as_scores(model: object, inputs: Floats, labels: int) -> Floats:
    """What one scikit-learn model says about rows (rows, labels), or (rows, 1) where ``labels`` is 0; a label that it
    never saw scores lower than all others."""
    if not labels:
        return np.asarray(model.predict(inputs), dtype=np.float64)[:, None]  # type: ignore[attr-defined]
    if hasattr(model, "predict_proba"):
        known = np.log(np.clip(model.predict_proba(inputs), LEAST, 1.0))
    else:
        known = np.asarray(model.decision_function(inputs), dtype=np.float64)  # type: ignore[attr-defined]
        known = np.column_stack([-known / 2, known / 2]) if known.ndim == 1 else known
    found = np.repeat(known.min(axis=1, keepdims=True) - 1.0, labels, axis=1)
    found[:, np.asarray(model.classes_, dtype=np.int64)] = known  # type: ignore[attr-defined]
    return found
