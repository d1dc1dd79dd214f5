"""Rows of a table before and after the preparation: changed cells marked, changed columns as small histograms."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from workbench.prepare import columns
from workbench.prepare.changes import Change
from workbench.prepare.prepared import Prepared
from workbench.prepare.table_functions import number as read_number
from workbench.ui import charts, tables
from workbench.ui.i18n import _
from workbench.ui.tables import plain

_ROWS = 8
_HISTOGRAMS = 4
_BINS = 24
_VALUES = 12
_MARK = "background-color: rgba(0, 158, 115, 0.22)"  # readable on both themes


def show(changes: Sequence[Change], table: pd.DataFrame, prepared: Prepared) -> None:
    """A few rows with their changes, then what became of the columns of numbers; ``table`` is as it was imported."""
    altered = [change for change in changes if change.after is not None and _differs(change)][:_ROWS]
    if not altered:
        st.caption(_("These steps change none of the features."))
        return
    st.markdown(f"**{_('Rows that change')}**")
    st.caption(_("A marked cell reads: before → after. A new column has a plus sign."))
    _rows(altered)
    rows = pd.concat([prepared.split.train, prepared.split.validation, prepared.split.test])
    drawn = 0
    for name in prepared.features:
        if drawn == _HISTOGRAMS or name not in rows or not columns.is_number(table[name]):
            continue
        before = table.loc[rows.index, name]
        if before.equals(rows[name]):
            continue
        st.markdown(plain(name))
        charts.plot(
            histograms(before, rows[name]),
            _("The column {name} before and after").format(name=name),
            f"prepare_histogram_{drawn}",
        )
        drawn += 1


def histograms(before: pd.Series, after: pd.Series) -> go.Figure:
    """The numbers of a column before, at the left, and after: numbers again, or words such as ranges."""
    figure = charts.layout(height=170, showlegend=False, bargap=0.04)
    _histogram(figure, before, "x", "y", _("before"))
    if columns.is_number(after):
        _histogram(figure, after, "x2", "y2", _("after"))
    else:
        counts = after[after != ""].value_counts().head(_VALUES)
        figure.add_bar(x=[str(value) for value in counts.index], y=counts.tolist(), xaxis="x2", yaxis="y2")
    figure.update_layout(
        xaxis={"domain": [0, 0.47], "title": _("before"), "nticks": 5},
        xaxis2={"domain": [0.53, 1], "title": _("after"), "nticks": 5, "automargin": True},
        yaxis={"visible": False},
        yaxis2={"visible": False, "anchor": "x2"},
    )
    return figure


def _histogram(figure: go.Figure, cells: pd.Series, across: str, up: str, name: str) -> None:
    values = columns.values(cells).to_numpy()
    counts, edges = np.histogram(values, bins=_BINS)
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        xaxis=across,
        yaxis=up,
        name=name,
        hovertemplate="%{x:.4~g}: %{y:,}<extra></extra>",
    )


def _rows(altered: Sequence[Change]) -> None:
    names = list(dict.fromkeys(name for change in altered for name in (*change.before, *(change.after or {}))))
    known = {name for change in altered for name in change.before}
    cells = pd.DataFrame(
        [{_("Row"): str(change.row + 1), **{name: _cell(change, name) for name in names}} for change in altered]
    )
    marks = pd.DataFrame("", cells.index, cells.columns)
    for place, change in enumerate(altered):
        for name in names:
            if change.before.get(name, "") != (change.after or {}).get(name, ""):
                marks.loc[place, name] = _MARK
    titles = {name: name if name in known else f"+ {name}" for name in names}
    config = {name: st.column_config.TextColumn(title) for name, title in titles.items()}
    styled = cells.style.apply(lambda _cells: marks, axis=None)
    st.dataframe(styled, hide_index=True, column_config=config, alt=_("Rows before and after the preparation"))


def _cell(change: Change, name: str) -> str:
    after = (change.after or {}).get(name)
    before = change.before.get(name)
    if before is None:
        return _short(after or "")
    if after is None:
        return f"{_short(before)} → ({_('left out')})"
    return _short(before) if before == after else f"{_short(before) or _('empty')} → {_short(after) or _('empty')}"


def _short(cell: str) -> str:
    """Long fractions with four digits, long texts by their beginning."""
    value = read_number(cell)
    return f"{value:.4g}" if value is not None and len(cell) > 8 else tables.shorten(cell, 48)


def _differs(change: Change) -> bool:
    return change.after != change.before
