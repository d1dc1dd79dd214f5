"""Tables and texts that came from outside: shown as they were written, never as markup (case 76)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_ADDRESS = re.compile(r"(?<=[a-z]:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
_JOINER = "\u2060"  # seen by nobody


def plain(text: object) -> str:
    """``text`` so that Markdown shows it as it was written: every mark of punctuation is escaped.

    What people typed or a file held (project names, labels, messages) goes through this before it reaches a heading,
    button or message; Streamlit would otherwise draw its links, images, colours and icons. Addresses are made into
    links even when they are escaped, so an invisible joiner parts them.
    """
    return _PUNCTUATION.sub(r"\\\1", _ADDRESS.sub(_JOINER, " ".join(str(text).split())))


def shorten(text: str, length: int = 160) -> str:
    """The beginning of a long text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def show(
    table: pd.DataFrame,
    alt: str,
    *,
    percentages: Sequence[str] = (),
    pictures: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
    **options: Any,
) -> Any:
    """A table whose texts stay texts. ``percentages`` names columns of fractions, ``titles`` renames headers.

    ``pictures`` names columns that hold addresses of images of ours.
    """
    titles = titles or {}
    config: dict[str, Any] = {}
    for name in table.columns:
        title = titles.get(name, str(name))
        if name in pictures:
            config[name] = st.column_config.ImageColumn(title)
        elif name in percentages:
            config[name] = st.column_config.NumberColumn(title, format="percent")
        elif pd.api.types.is_numeric_dtype(table[name]) and not pd.api.types.is_bool_dtype(table[name]):
            config[name] = st.column_config.NumberColumn(title)
        else:
            config[name] = st.column_config.TextColumn(title)
    options.setdefault("hide_index", True)
    return st.dataframe(table, column_config=config, alt=alt, **options)
