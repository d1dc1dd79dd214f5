"""What each fold of a split tests: rows by label."""

from collections import Counter
from collections.abc import Mapping
from itertools import takewhile

import pandas as pd

from workbench.prepare.splits import PARTS, divide
from workbench.recipe import Recipe
from workbench.services import datasets
from workbench.store.session import Store
from workbench.tasks.resolve import resolve


def rows_tested(store: Store, recipe: Recipe, version_id: str) -> list[Mapping[str, int]]:
    """For every fold the test rows of each label (of "" where rows have none), as training with that fold has them.

    Raises what ``datasets.prepared`` raises.
    """
    resolved = resolve(recipe)
    learns = {step.step for step in resolved.prepare if step.learns}
    undivided = tuple(takewhile(lambda step: step.step not in learns, recipe.prepare))
    split = datasets.prepared(store, recipe.model_copy(update={"prepare": undivided}), version_id).split
    rows = pd.concat([split.train, split.validation, split.test]).sort_index()
    if recipe.split.column:
        rows = rows.assign(**{recipe.split.column: datasets.table(store, version_id)[recipe.split.column]})
    target = resolved.roles.target if resolved.roles.classes else None
    test = PARTS.index("test")
    counts: list[Mapping[str, int]] = []
    for fold in range(recipe.split.folds or 0):
        chosen = recipe.split.model_copy(update={"fold": fold})
        tested = rows[divide(rows, target, chosen, recipe.split_seed) == test]
        counts.append(Counter(tested[target].tolist()) if target else Counter({"": len(tested)}))
    return counts
