"""One training row as the model would see it in several epochs."""

import difflib

import streamlit as st

from workbench.recipe import Recipe
from workbench.services import datasets, recipes
from workbench.ui.frame import Here
from workbench.ui.i18n import _, number
from workbench.ui.tables import plain

DRAWS = 4


def show(here: Here, recipe: Recipe, version_id: str) -> None:
    """A row of the training part, and what each of a few epochs makes of it."""
    resolved = recipes.resolve(recipe)
    rows = datasets.prepared(here.store, recipe, version_id).split.train
    texts = rows[resolved.roles.inputs[0]]
    position = st.session_state.setdefault("augment_row", 0) % len(texts)
    row, text = int(texts.index[position]), str(texts.iloc[position])
    with st.container(border=True, gap="small"):
        st.caption(_("Row {number}, as it was written").format(number=number(row + 1)))
        st.text(text)
    augment = resolved.augmenter.text if resolved.augmenter else None
    if augment is None:
        st.caption(_("Switch a step on to see what it makes of this row."))
    else:
        for epoch in range(DRAWS):
            with st.container(border=True, gap="small"):
                st.caption(_("Epoch {number}").format(number=epoch + 1))
                st.markdown(_marked(text, augment(text, epoch, row)))
    st.button(_("Another row"), key="augment_next", icon=":material/casino:", on_click=_next)


def _next() -> None:
    st.session_state["augment_row"] += 1


def _marked(before: str, after: str) -> str:
    """The words of ``after``, with those that are gone struck through and those that came or moved marked."""
    old, new = before.split(), after.split()
    pieces = []
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(plain(" ".join(old[i1:i2])))
            continue
        if i1 < i2:
            pieces.append(f":red-background[~~{plain(' '.join(old[i1:i2]))}~~]")
        if j1 < j2:
            pieces.append(f":green-background[{plain(' '.join(new[j1:j2]))}]")
    return " ".join(pieces)
