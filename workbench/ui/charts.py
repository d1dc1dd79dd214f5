"""Drawing: one plotly layout for every figure, and one drawing for every kind of panel that a task can show.

Colours come from the theme (Okabe-Ito order, ``.streamlit/config.toml``); a pattern, a dash or a number always says the
same as the colour.
"""

import itertools
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from workbench.evaluate.panels import Bars, Curve, Histogram, MarkedTexts, Matrix, Panel, Pictures, Scatter, Table
from workbench.ui import marked_texts, picture_panels, tables
from workbench.ui.i18n import _

CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}
PATTERNS = ("", "/", ".", "x", "-", "+", "|", "\\")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKS = ("circle", "diamond", "square", "cross", "triangle-up", "star")


def panel(drawn: Panel, key: str) -> tuple[str, str] | None:
    """Draw one panel. A matrix answers with the cell that was clicked: (true label, predicted label)."""
    if isinstance(drawn, MarkedTexts):
        marked_texts.mistakes(drawn)
        return None
    if isinstance(drawn, Pictures):
        picture_panels.show(drawn)
        return None
    st.header(_(drawn.title), anchor=False, help=_(drawn.help) or None)
    match drawn:
        case Table():
            _table(drawn)
        case Bars():
            plot(bars(drawn), drawn.title, key)
        case Curve():
            plot(curve(drawn), drawn.title, key)
        case Scatter():
            plot(scatter(drawn), drawn.title, key)
        case Histogram():
            plot(histogram(drawn), drawn.title, key)
        case Matrix():
            return _matrix(drawn, key)
    return None


def plot(figure: go.Figure, alt: str, key: str) -> None:
    """A figure that does not update by itself."""
    st.plotly_chart(figure, key=key, config=CONFIG, alt=alt)


def layout(**changes: Any) -> go.Figure:
    """An empty figure with the layout that all share."""
    figure = go.Figure()
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        height=320,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hovermode="closest",
        bargap=0.25,
        dragmode=False,
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True, zeroline=False)
    figure.update_layout(**changes)
    return figure


def bars(drawn: Bars) -> go.Figure:
    """Grouped bars; a series differs by pattern as well as by colour."""
    figure = layout(height=max(260, 60 + 26 * len(drawn.categories) * max(1, len(drawn.series))))
    fractions = all(0 <= value <= 1 for values in drawn.series.values() for value in values) and not drawn.unit
    form = ".1%" if fractions else ",.6~g"
    for position, (name, values) in enumerate(drawn.series.items()):
        figure.add_bar(
            y=drawn.categories,
            x=values,
            name=name,
            orientation="h",
            marker={"pattern": {"shape": PATTERNS[position % len(PATTERNS)], "fillmode": "overlay", "solidity": 0.25}},
            texttemplate=f"%{{x:{form}}}",
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{y}}: %{{x:{form}}}<extra>%{{fullData.name}}</extra>",
        )
    figure.update_layout(showlegend=len(drawn.series) > 1)
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(title=drawn.unit or None, rangemode="tozero")
    if fractions:
        figure.update_xaxes(tickformat=".0%", range=[0, 1.12], tickvals=[0, 0.25, 0.5, 0.75, 1])
    return figure


def curve(drawn: Curve) -> go.Figure:
    """Lines that differ by dash as well as by colour."""
    figure = layout(height=360)
    for position, line in enumerate(drawn.lines):
        figure.add_scatter(
            x=line.x, y=line.y, name=line.name, mode="lines", line={"dash": DASHES[position % len(DASHES)], "width": 2}
        )
    figure.update_xaxes(title=drawn.x_label)
    figure.update_yaxes(title=drawn.y_label)
    return figure


def scatter(drawn: Scatter) -> go.Figure:
    """Points, and dashed lines through them; groups differ by mark as well as by colour."""
    figure = layout(height=440 if drawn.groups else 360, showlegend=bool(drawn.groups))
    hover = f"{_(drawn.x_label)} %{{x:,.4~g}} · {_(drawn.y_label)} %{{y:,.4~g}}<extra>%{{fullData.name}}</extra>"
    of_point = drawn.groups or ("",) * len(drawn.x)
    for position, group in enumerate(sorted(set(of_point))):
        places = [place for place, name in enumerate(of_point) if name == group]
        figure.add_scatter(
            x=[drawn.x[place] for place in places],
            y=[drawn.y[place] for place in places],
            name=tables.shorten(group, 24),
            mode="markers",
            marker={"size": 7, "opacity": 0.6, "symbol": MARKS[position % len(MARKS)]},
            hovertemplate=hover,
        )
    for line in drawn.lines:
        figure.add_scatter(
            x=line.x, y=line.y, name=_(line.name), mode="lines", line={"dash": "dash", "width": 2}, hoverinfo="name"
        )
    figure.update_xaxes(title=_(drawn.x_label))
    figure.update_yaxes(title=_(drawn.y_label))
    return figure


def histogram(drawn: Histogram) -> go.Figure:
    """Bars side by side over each gap; a series differs by pattern as well as by colour."""
    figure = layout(height=360, showlegend=len(drawn.series) > 1, barmode="overlay", bargap=0)
    gaps = list(itertools.pairwise(drawn.edges))
    for position, (name, counted) in enumerate(drawn.series.items()):
        figure.add_bar(
            x=[(low + high) / 2 for low, high in gaps],
            width=[high - low for low, high in gaps],
            y=counted,
            name=_(name),
            opacity=0.65 if len(drawn.series) > 1 else 1.0,
            marker={"pattern": {"shape": PATTERNS[position % len(PATTERNS)], "fillmode": "overlay", "solidity": 0.25}},
            customdata=gaps,
            hovertemplate="%{customdata[0]:.4~g} – %{customdata[1]:.4~g}: %{y:,}<extra>%{fullData.name}</extra>",
        )
    figure.update_xaxes(title=_(drawn.x_label), tickformat=".3~g")
    figure.update_yaxes(title=_("Images"))
    return figure


def counts(values: dict[str, int], total: int) -> go.Figure:
    """How many rows each label has, with its share of ``total`` rows written beside the bar."""
    figure = layout(height=64 + 34 * len(values), showlegend=False)
    figure.add_bar(
        y=list(values),
        x=list(values.values()),
        orientation="h",
        text=[f"{count:,} · {100 * count / max(total, 1):.0f} %" for count in values.values()],
        textposition="auto",
        hovertemplate="%{y}: %{x:,}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(visible=False)
    return figure


def matrix(drawn: Matrix) -> go.Figure:
    """Counts on a grid, dark where many; an invisible mark on every cell makes it clickable."""
    labels = [tables.shorten(label, 24) for label in drawn.labels]
    shares = [[count / (sum(row) or 1) for count in row] for row in drawn.counts]
    size = min(680, max(320, 110 + 62 * len(labels)))
    figure = layout(height=size, showlegend=False)
    numbers = list(range(len(labels)))
    figure.add_heatmap(
        z=shares,
        x=numbers,
        y=numbers,
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=3,
        ygap=3,
        text=[[f"{count:,}" for count in row] for row in drawn.counts],
        texttemplate="%{text}",
        textfont={"size": 16},
        hoverinfo="skip",
    )
    cells = [(row, column) for row in numbers for column in numbers]
    figure.add_scatter(
        x=[column for _row, column in cells],
        y=[row for row, _column in cells],
        mode="markers",
        marker={"symbol": "square", "size": 46, "opacity": 0},
        customdata=[[labels[row], labels[column], drawn.counts[row][column]] for row, column in cells],
        hovertemplate="%{customdata[2]:,} · "
        + _("true")
        + " %{customdata[0]} · "
        + _("predicted")
        + " %{customdata[1]}<extra></extra>",
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
    )
    axis = {"tickmode": "array", "tickvals": numbers, "ticktext": labels, "showgrid": False, "constrain": "domain"}
    figure.update_xaxes(title=_("Predicted label"), **axis)
    figure.update_yaxes(title=_("True label"), autorange="reversed", **axis)
    return figure


def _matrix(drawn: Matrix, key: str) -> tuple[str, str] | None:
    event: Any = st.plotly_chart(
        matrix(drawn),
        key=key,
        config={"displayModeBar": False},
        alt=drawn.title,
        on_select="rerun",
        selection_mode="points",
    )
    points = event.selection.points if event else []
    if not points:
        return None
    return drawn.labels[int(points[0]["y"])], drawn.labels[int(points[0]["x"])]


def _table(drawn: Table) -> None:
    table = pd.DataFrame(list(drawn.rows), columns=list(drawn.columns))
    fractions = [
        name
        for name in table.columns
        if pd.api.types.is_float_dtype(table[name]) and table[name].dropna().between(0, 1).all()
    ]
    tables.show(table, drawn.title, percentages=fractions)
