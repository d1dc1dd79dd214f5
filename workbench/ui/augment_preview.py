"""One training row as the model would see it in several epochs: a text, an image, or a row of numbers."""

import difflib

import pandas as pd
import streamlit as st

from workbench.augment.catalogue import Augmentation, TextAugmenter
from workbench.augment.words import take_apart
from workbench.recipe import Recipe
from workbench.services import datasets, recipes
from workbench.ui import augment_gallery, augment_numbers
from workbench.ui.frame import Here
from workbench.ui.i18n import _, number
from workbench.ui.tables import plain

DRAWS = 4


def show(here: Here, recipe: Recipe, version_id: str) -> None:
    """A row of the training part, and what each of a few epochs makes of it."""
    resolved = recipes.resolve(recipe)
    prepared = datasets.prepared(here.store, recipe, version_id)
    rows, roles = prepared.split.train, resolved.roles
    position = st.session_state.setdefault("augment_row", 0) % len(rows)
    made = resolved.augmenter or Augmentation()
    if roles.inputs:
        _text(rows[roles.inputs[0]], position, made.text)
    if roles.images:
        augment_gallery.show(here.store, resolved, prepared, version_id, position)
    if roles.features is not None:
        augment_numbers.show(rows, resolved, position)
    if not resolved.augment:
        st.caption(_("Switch a step on to see what it makes of this row."))
    st.button(_("Another row"), key="augment_next", icon=":material/casino:", on_click=_next)


def _next() -> None:
    st.session_state["augment_row"] += 1


def _text(texts: pd.Series, position: int, augment: TextAugmenter | None) -> None:
    row, text = int(texts.index[position]), str(texts.iloc[position])
    with st.container(border=True, gap="small"):
        st.caption(_("Row {number}, as it was written").format(number=number(row + 1)))
        st.text(text)
    for epoch in range(DRAWS if augment else 0):
        assert augment is not None
        with st.container(border=True, gap="small"):
            st.caption(_("Epoch {number}").format(number=epoch + 1))
            st.markdown(_marked(text, augment(text, epoch, row)))


def _marked(before: str, after: str) -> str:
    """The words of ``after``, with those that are gone struck through and those that came or moved marked."""
    old, new = _words(before), _words(after)
    pieces = []
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(plain("".join(old[i1:i2])))
            continue
        gone, come = plain("".join(old[i1:i2])), plain("".join(new[j1:j2]))
        pieces += [f":red-background[~~{gone}~~]"] if gone else []
        pieces += [f":green-background[{come}]"] if come else []
    return " ".join(piece for piece in pieces if piece)


def _words(text: str) -> list[str]:
    """Words, each with the gap before it: in scripts without spaces every character is one."""
    words, gaps = take_apart(text)
    return [gap + word for gap, word in zip(gaps, words, strict=False)]
