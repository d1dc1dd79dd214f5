"""What is known of every column: kind, gaps, values and their spread, language, examples, and what is odd."""

import pandas as pd
import streamlit as st

from workbench.data.profiles.profile import ColumnProfile, TableProfile
from workbench.ui import tables
from workbench.ui.i18n import _, number
from workbench.ui.tables import plain

_BARS = 16
LANGUAGES = {
    "en": "English",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "ru": "Russian",
    "ar": "Arabic",
    "he": "Hebrew",
    "th": "Thai",
    "el": "Greek",
    "hi": "Hindi",
    "uk": "Ukrainian",
    "fa": "Persian",
}


def show(profile: TableProfile) -> None:
    """A row for every column; below it the sentences about what deserves a look."""
    with st.expander(_("About the columns"), icon=":material/query_stats:", key="data_columns"):
        lines = pd.DataFrame([_line(column, profile.rows) for column in profile.columns])
        st.dataframe(
            lines,
            hide_index=True,
            alt=_("What is known of every column"),
            column_config={
                "name": st.column_config.TextColumn(_("Column"), pinned=True),
                "kind": st.column_config.TextColumn(_("Kind")),
                "missing": st.column_config.NumberColumn(_("Missing"), format="percent"),
                "distinct": st.column_config.TextColumn(_("Different values")),
                "spread": st.column_config.BarChartColumn(
                    _("Spread"), help=_("Numbers: how they are spread. Categories: rows of each. Texts: their lengths.")
                ),
                "range": st.column_config.TextColumn(_("From – to")),
                "language": st.column_config.TextColumn(_("Language")),
                "examples": st.column_config.TextColumn(_("Examples"), width="large"),
            },
        )
        for column in profile.columns:
            for note in column.notes:
                st.caption(f":material/info: **{plain(column.name)}**: {plain(_(note))}")


def _line(column: ColumnProfile, rows: int) -> dict[str, object]:
    return {
        "name": column.name,
        "kind": _({"text": "Text", "category": "Category", "number": "Number", "id": "Identifier"}[column.kind]),
        "missing": column.missing / max(rows, 1),
        "distinct": number(column.distinct) + ("" if column.distinct_exact else "+"),
        "spread": _spread(column),
        "range": _range(column),
        "language": _(LANGUAGES.get(column.language, column.language)),
        "examples": " · ".join(tables.shorten(example, 40) for example in column.examples[:3]),
    }


def _spread(column: ColumnProfile) -> list[int]:
    """Heights of a few bars."""
    if column.numbers is not None and column.kind != "category":
        return _fewer(column.numbers.histogram.counts)
    if column.counts:
        return list(column.counts.values())[:_BARS]
    return _fewer(column.lengths.counts) if column.lengths else []


def _fewer(counts: tuple[int, ...]) -> list[int]:
    """Neighbouring bins together, so that at most ``_BARS`` are left."""
    width = -(-len(counts) // _BARS)
    return [sum(counts[start : start + width]) for start in range(0, len(counts), width)]


def _range(column: ColumnProfile) -> str:
    if column.numbers is not None:
        return f"{column.numbers.least:g} – {column.numbers.most:g}"
    if column.kind == "text":
        return _("up to {count} characters").format(count=number(column.max_length))
    return ""
