"""Rows of validation and test that the training rows already hold."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.prepare.splits import Split


def repeated(split: Split, columns: Sequence[str]) -> int:
    """How many rows of validation and test have the same cells in ``columns`` as a training row."""
    taught = pd.util.hash_pandas_object(split.train[list(columns)], index=False).to_numpy()
    held_out = pd.concat([split.validation[list(columns)], split.test[list(columns)]])
    return int(np.isin(pd.util.hash_pandas_object(held_out, index=False).to_numpy(), taught).sum())
