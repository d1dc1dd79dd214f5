"""Are the trees of a saved model sound? The code that walks them trusts numbers that a file may have changed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAF = -1  # as a child


def check(pipeline: Any, columns: int) -> None:
    """Raise ValueError when a tree of the pipeline's last model leads to a node, column or set that is not there, or in
    a circle. ``columns`` is how many the pipeline reads."""
    *before, (_, model) = pipeline.steps
    row = np.zeros((1, columns))
    for _, step in before:
        row = step.transform(row)
    for member in getattr(model, "estimators_", ()):
        _extra_tree(member.tree_, row.shape[1])
    predictors = [predictor for stage in getattr(model, "_predictors", ()) for predictor in stage]
    if predictors:
        width = model._preprocess_X(row, reset=False).shape[1]  # categories first: what the trees call columns
        known, places = model._bin_mapper.make_known_categories_bitsets()
        for predictor in predictors:
            _boosted_tree(predictor, width, len(known), places)


def _extra_tree(tree: Any, columns: int) -> None:
    left, right = tree.children_left, tree.children_right
    inner = left != LEAF
    if tree.n_features != columns or not np.array_equal(inner, right != LEAF):
        raise ValueError("a tree does not fit its columns")
    _leads_on(left, right, inner)
    _are_there(tree.feature[inner], columns)


def _boosted_tree(predictor: Any, columns: int, known: int, places: NDArray[Any]) -> None:
    nodes = predictor.nodes
    inner = nodes["is_leaf"] == 0
    _leads_on(nodes["left"].astype(np.int64), nodes["right"].astype(np.int64), inner)
    _are_there(nodes["feature_idx"][inner], columns)
    by_category = nodes[inner & (nodes["is_categorical"] != 0)]
    _are_there(by_category["bitset_idx"], len(predictor.raw_left_cat_bitsets))
    _are_there(by_category["feature_idx"], len(places))
    _are_there(places[by_category["feature_idx"]], known)


def _leads_on(left: NDArray[np.int64], right: NDArray[np.int64], inner: NDArray[np.bool_]) -> None:
    """Every child comes after its parent, and is there."""
    own = np.flatnonzero(inner)
    for child in (left[inner], right[inner]):
        if not len(inner) or (child <= own).any() or (child >= len(inner)).any():
            raise ValueError("a tree leads to a node that is not there")


def _are_there(found: NDArray[Any], count: int) -> None:
    if len(found) and not 0 <= int(found.min()) <= int(found.max()) < count:
        raise ValueError("a tree asks for a column that is not there")
