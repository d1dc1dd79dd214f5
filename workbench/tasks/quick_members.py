"""The quick models for tables: which of scikit-learn they are, which settings are tried, how they read a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.tasks import table_blend
from workbench.tasks.table_columns import TableColumns

FEW_ROWS = 5_000  # up to which several settings are tried
ONE_EACH = 100  # values of a category up to which each gets a column of its own
VERY_FEW_ROWS = 1_000
TREES, FEWER_TREES = 150, 60  # of the finished model, and while it is judged


@dataclass(frozen=True, slots=True)
class Member:
    """One kind of model. ``most_rows`` is how many it is fitted on at most, evenly spread: more would take too long.

    ``settings`` are tried with few rows, and the first is taken with many. ``expected`` is how much it counts
    beforehand with very few rows.
    """

    name: str
    title: str
    most_rows: int
    settings: tuple[float, ...]
    build: Callable[[float, "Job"], Any]
    expected: float = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """What a model is built for: columns, labels (0 for numbers), rows, chance, and processor cores; whether only to be
    judged."""

    columns: TableColumns
    labels: int
    rows: int
    seed: int
    threads: int
    judged: bool = False


def inputs(columns: TableColumns, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Numbers, not-a-number where missing; then codes of categories and buckets (rows, columns)."""
    return np.column_stack(
        [columns.values(rows).clip(-table_blend.LIMIT, table_blend.LIMIT), columns.codes(rows).astype(np.float64)]
    )


def some(rows: int, most: int) -> NDArray[np.int64]:
    """At most ``most`` row numbers, evenly spread over all."""
    return np.arange(0, rows, max(1, -(-rows // most)))


def _linear(strength: float, job: Job) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge

    model = LogisticRegression(C=strength, max_iter=1000) if job.labels else Ridge(alpha=1 / strength)
    return _measured(job, model)


def _rbf_svm(cost: float, job: Job) -> Any:
    from sklearn.svm import SVC, SVR

    return _measured(job, SVC(C=cost, decision_function_shape="ovr") if job.labels else SVR(C=cost / 3))


def _extra_trees(leaf: float, job: Job) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    kind = ExtraTreesClassifier if job.labels else ExtraTreesRegressor
    least = int(leaf) * (1 if job.labels else 3) if job.rows <= FEW_ROWS else 5
    trees = FEWER_TREES if job.judged else TREES
    return _measured(job, kind(trees, min_samples_leaf=least, random_state=job.seed, n_jobs=job.threads))


def _boosted_trees(rate: float, job: Job) -> Any:
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.pipeline import make_pipeline

    kind = HistGradientBoostingClassifier if job.labels else HistGradientBoostingRegressor
    numbers, few, many = _places(job.columns)
    categories = list(range(len(numbers), len(numbers) + len(few)))
    rounds = max(20, min(60 if job.rows < VERY_FEW_ROWS else 150, 3000 // max(job.labels, 1)))
    least = 10 if job.rows < VERY_FEW_ROWS else 20
    model = kind(
        learning_rate=rate,
        max_iter=rounds,
        min_samples_leaf=least,
        early_stopping=False,
        categorical_features=categories,
        random_state=job.seed,
    )
    kept = ("passthrough", [*numbers, *few])
    return make_pipeline(make_column_transformer(kept, *_by_target(job, many, scaled=False)), model)


MEMBERS = (
    Member("linear", "linear model", 50_000, (0.3, 0.03, 3.0), _linear),
    Member("rbf-svm", "RBF-SVM", 5_000, (1.0, 10.0), _rbf_svm),
    Member("extra-trees", "extra trees", 20_000, (1.0,), _extra_trees),
    Member("boosted-trees", "boosted trees", 1_000_000, (0.1,), _boosted_trees, expected=0.2),
)


def by_name(names: Sequence[str]) -> tuple[Member, ...]:
    """The members of these names. Raises KeyError for another one."""
    known = {member.name: member for member in MEMBERS}
    return tuple(known[name] for name in names)


def _measured(job: Job, model: Any) -> Any:
    """For models that measure distances: medians for missing numbers, with a flag, all of one spread; a column for
    every value of a category, or what the target was on average where there are many values."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers, few, many = _places(job.columns)
    numeric = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    each = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    parts = [(numeric, numbers), (each, few), *_by_target(job, many, scaled=True)]
    return make_pipeline(make_column_transformer(*(part for part in parts if part[1])), model)


def _by_target(job: Job, places: Sequence[int], *, scaled: bool) -> list[tuple[Any, list[int]]]:
    """What the target was on average for each value, learned so that no row tells its own answer."""
    from sklearn.model_selection import KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler, TargetEncoder

    if not places:
        return []
    target = "continuous" if not job.labels else "binary" if job.labels == 2 else "multiclass"
    encoder = TargetEncoder(target_type=target, cv=KFold(5, shuffle=True, random_state=job.seed))
    return [(make_pipeline(encoder, StandardScaler()) if scaled else encoder, list(places))]


def _places(columns: TableColumns) -> tuple[list[int], list[int], list[int]]:
    """Where the numbers, the categories with few values, and those with many lie among the inputs."""
    numbers = list(range(len(columns.numbers)))
    sizes = enumerate(columns.sizes, len(numbers))
    few = [place for place, size in sizes if size <= ONE_EACH]
    many = [len(numbers) + at for at, size in enumerate(columns.sizes) if size > ONE_EACH]
    return numbers, few, many
