"""New names for labels: a table to write in, with the rows that each of them has."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from workbench.ui.i18n import _

_ROW, _MOST = 36, 400  # pixels


def rename(
    title: str, names: Mapping[str, str], key: str, help_text: str | None, labels: Mapping[str, int]
) -> dict[str, str]:
    """The labels whose name was changed, with their new names; ``names`` are those given before."""
    st.markdown(f":small[{title}]", help=help_text)
    known = [*labels, *(label for label in names if label not in labels)]
    if not known:
        st.caption(_("No column plays the role of the label yet."))
        return {}
    table = pd.DataFrame(
        {
            "label": known,
            "rows": [labels.get(label, 0) for label in known],
            "name": [names.get(label, label) for label in known],
        }
    )
    written = st.data_editor(
        table,
        key=key,
        hide_index=True,
        height=min(_MOST, _ROW * (len(known) + 1)),
        disabled=["label", "rows"],
        alt=_("Labels and their new names"),
        column_config={
            "label": st.column_config.TextColumn(_("Label")),
            "rows": st.column_config.NumberColumn(_("Rows"), width="small"),
            "name": st.column_config.TextColumn(
                _("New name"), help=_("Write the same name into several rows to merge them.")
            ),
        },
    )
    pairs = [(label, str(name or "")) for label, name in zip(known, written["name"], strict=True)]
    return {label: name.strip() for label, name in pairs if name.strip() and name != label}
