"""What was proven of exported models: a receipt as a small table, and all of one model as a chart to choose by."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from workbench import tasks
from workbench.export.receipt import Receipt
from workbench.services.exports import Offer
from workbench.ui import charts, scores, tables
from workbench.ui.frame import Here
from workbench.ui.i18n import _, n_, number, percent


def table(here: Here, receipt: Receipt) -> None:
    """Agreement with the original, scores beside its scores, size and speed."""
    st.markdown(
        n_(
            "Proven on {count} row that training never saw.",
            "Proven on {count} rows that training never saw.",
            receipt.rows,
        ).format(rows=number(receipt.rows))
    )
    lines = [(_("Same answer as the original"), percent(receipt.agreement))]
    if receipt.differing:
        lines.append((_("Rows with another answer"), ", ".join(map(number, receipt.differing))))
    if receipt.largest_difference is not None:
        lines.append((_("Largest difference"), scores.significant(receipt.largest_difference)))
    lines += _scores(here, receipt)
    lines += [
        (_("Size"), _("{size} MB").format(size=number(receipt.size_mb, 1))),
        (_("One row, usually"), _("{time} ms").format(time=number(receipt.latency_ms["p50"], 1))),
        (_("One row, 95 % within"), _("{time} ms").format(time=number(receipt.latency_ms["p95"], 1))),
        (_("Rows a second, together"), number(receipt.rows_per_second)),
    ]
    shown = pd.DataFrame(lines, columns=["what", "value"])
    tables.show(
        shown,
        _("What was proven of the exported model"),
        titles={"what": _("Proof"), "value": _("Found")},
        height="content",
    )
    if receipt.per_class:
        with st.expander(_("Each label, beside the original"), icon=":material/label:", key="use_per_class"):
            _classes(receipt)


def explorer(here: Here, offers: Sequence[Offer]) -> None:
    """Size against quality, with the time for one row, of the formats that were made; nothing while there is one."""
    headline = tasks.by_name(here.recipe.task if here.run is None else here.run.recipe.task).headline
    made = [(_(offer.title), offer.receipt) for offer in offers if offer.receipt]
    points = [(title, receipt) for title, receipt in made if headline.name in receipt.scores]
    if len(points) < 2:
        return
    st.header(_("Size, quality and speed"), anchor=False)
    figure = charts.layout(height=360, showlegend=True)
    for place, (title, receipt) in enumerate(points):
        latency = receipt.latency_ms["p50"]
        figure.add_scatter(
            x=[receipt.size_mb],
            y=[receipt.scores[headline.name]],
            name=f"{title} · {number(latency, 1)} ms",
            mode="markers",
            cliponaxis=False,
            # Formats of one size and score lie upon each other: the later, smaller mark shows the earlier behind it.
            marker={"size": 20 - 4 * place, "symbol": charts.MARKS[place % len(charts.MARKS)]},
            hovertemplate="%{x:,.4~g} MB · %{y:,.4~g}<extra>%{fullData.name}</extra>",
        )
    figure.update_xaxes(title=_("Size in MB"), rangemode="tozero", range=[0, 1.35 * max(r.size_mb for _t, r in points)])
    figure.update_yaxes(title=_(headline.title), tickformat=".1%" if headline.fraction else None)
    alt = _("The formats of this model by size and score, with the time that one row takes")
    charts.plot(figure, alt, "use_explorer")


def _scores(here: Here, receipt: Receipt) -> list[tuple[str, str]]:
    """Each metric of the task: the exported model's score, beside the original's."""
    assert here.run is not None
    found = []
    for metric in tasks.by_name(here.run.recipe.task).metrics:
        if metric.name in receipt.scores:
            value = scores.shown(metric, receipt.scores[metric.name])
            before = receipt.original_scores.get(metric.name)
            beside = "" if before is None else _(" (original {score})").format(score=scores.shown(metric, before))
            found.append((_(metric.title), f"{value}{beside}"))
    return found


def _classes(receipt: Receipt) -> None:
    rows = [
        {
            "label": label,
            "exported": values.get("f1"),
            "original": receipt.original_per_class.get(label, {}).get("f1"),
            "rows": values.get("support"),
        }
        for label, values in receipt.per_class.items()
    ]
    titles = {"label": _("Label"), "exported": _("F1 exported"), "original": _("F1 original"), "rows": _("Rows")}
    alt = _("F1 of each label, exported and original")
    tables.show(pd.DataFrame(rows), alt, percentages=("exported", "original"), titles=titles)
