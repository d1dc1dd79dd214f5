"""One training row of numbers as many epochs draw it, and the rows that are made for rare labels."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from workbench.augment.smote import Smote
from workbench.augment.table_augmenter import TableAugmenter
from workbench.prepare import columns
from workbench.tasks.resolve import Resolved
from workbench.ui import charts, tables
from workbench.ui.i18n import _, n_, number
from workbench.ui.tables import plain

DRAWS = 40
CLOUD = 400  # rows behind them


def show(rows: pd.DataFrame, resolved: Resolved, position: int) -> None:
    """Draws of the training row at ``position`` among the others, and how many rows are made."""
    made = resolved.augmenter
    if made and made.table:
        _draws(rows, resolved, position, made.table)
    _new_rows(rows, resolved)


def _draws(rows: pd.DataFrame, resolved: Resolved, position: int, augmenter: TableAugmenter) -> None:
    """Where draws of one row lie among the others, for two of its numbers."""
    names = [str(name) for name in rows.columns if name not in resolved.roles.columns]
    names = [name for name in names if columns.is_number(rows[name])]
    if not names:
        st.caption(_("There are no columns of numbers, so noise and mixtures change nothing."))
        return
    shown = st.multiselect(
        _("Numbers to look at"), names, names[:2], max_selections=2, key="augment_numbers", format_func=plain
    )
    if not shown:
        return
    across, down = shown[0], shown[-1]
    values = rows[[across, down] if across != down else [across]].apply(pd.to_numeric, errors="coerce").dropna()
    if values.empty:
        st.caption(_("No row has a number in both columns."))
        return
    row = int(values.index[position % len(values)])
    table, here = values.to_numpy(dtype=float), values.index.get_loc(row)
    moved = np.empty((DRAWS, table.shape[1]))
    for epoch in range(DRAWS):
        partner = augmenter.partners([row], epoch, values.index.to_numpy())
        other = table[here if partner is None else values.index.get_loc(int(partner[0]))]
        weight = augmenter.weights([row], epoch)[0]
        noise = augmenter.noise([row], epoch, table.shape[1])[0] * table.std(axis=0)
        moved[epoch] = other + weight * (table[here] - other) + noise
    st.caption(_("Row {number} and its draws, among the other rows").format(number=number(row + 1)))
    cloud = {_("Other rows"): table[:CLOUD], _("Draws"): moved, _("The row"): table[[here]]}
    charts.plot(_scatter(cloud, across, down), _("Draws of one row among the others"), "augment_scatter")


def _scatter(points: Mapping[str, Any], across: str, down: str) -> go.Figure:
    """Points of each kind; of one column alone they lie on a line."""
    figure = charts.layout(height=380)
    for position, (name, values) in enumerate(points.items()):
        marker = {"symbol": charts.MARKS[position], "size": (5, 7, 13)[position], "opacity": (0.35, 0.9, 1)[position]}
        heights = values[:, 1] if values.shape[1] > 1 else np.full(len(values), position)
        figure.add_scatter(x=values[:, 0], y=heights, name=name, mode="markers", marker=marker)
    figure.update_xaxes(title=across)
    figure.update_yaxes(title=down, visible=across != down)
    return figure


def _new_rows(rows: pd.DataFrame, resolved: Resolved) -> None:
    """How many rows SMOTE will add, from the labels alone; the rows themselves are made when training begins."""
    smote = next((step for step in resolved.augment if isinstance(step, Smote)), None)
    if smote is None or resolved.roles.target is None:
        return
    counts = rows[resolved.roles.target].value_counts()
    adds = smote.adds({str(label): int(count) for label, count in counts.items()})
    st.markdown(
        n_(
            "**SMOTE adds {count} training row**, when training begins.",
            "**SMOTE adds {count} training rows**, when training begins.",
            sum(adds.values()),
        )
    )
    if not adds:
        return
    table = pd.DataFrame(
        {
            _("Label"): list(adds),
            _("Rows now"): [int(counts[label]) for label in adds],
            _("Rows more"): list(adds.values()),
        }
    )
    tables.show(table, _("Rows that SMOTE adds to each label"))
    few = [label for label in adds if counts[label] <= smote.neighbours]
    if few:
        st.warning(
            _("Too few rows for {neighbours} neighbours: {labels}. Training will not start so.").format(
                neighbours=smote.neighbours, labels=", ".join(map(plain, few))
            )
        )
