"""Texts with pieces marked in them: a badge for every piece, with its type in words and as a colour."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from workbench.evaluate.panels import Mark, MarkedText, MarkedTexts
from workbench.ui.i18n import _, number, percent
from workbench.ui.tables import plain

AROUND = 1000  # characters of a text that are shown before and behind an answer
COLOURS = ("blue", "orange", "green", "violet", "red", "yellow", "gray")


def mistakes(panel: MarkedTexts) -> None:
    """Every text twice: as it should be marked, and as the model marked it."""
    st.header(_(panel.title), anchor=False, help=_(panel.help) or None)
    if not panel.texts:
        st.success(_("The model made no mistake on the test rows."), icon=":material/celebration:")
        return
    types = sorted({mark.label for text in panel.texts for mark in (*text.true, *text.predicted)})
    with st.container(height=560, border=False):
        for text in panel.texts:
            with st.container(border=True, gap="xsmall"):
                st.caption(_("Row {number}").format(number=number(text.row + 1)))
                _question(text)
                st.markdown(f"**{_('True')}** {markdown(text.text, text.true, types)}")
                st.markdown(f"**{_('Predicted')}** {markdown(text.text, text.predicted, types)}")


def _question(text: MarkedText) -> None:
    """What was asked about the text, and all that would be right, where something was asked."""
    if not text.asked:
        return
    st.markdown(f"**{plain(text.asked)}**")
    right = " · ".join(map(plain, text.accepted)) or _("there is no answer in this text")
    st.caption(_("Right: {answers}").format(answers=right))


def answer(found: Sequence[dict[str, Any]], row: dict[str, Any]) -> None:
    """The pieces that a model found, in their places in the text of ``row``; alone where it has no such text."""
    marks = [Mark(start=piece["start"], end=piece["end"], label=piece["label"]) for piece in found]
    types = sorted({mark.label for mark in marks})
    if not found:
        st.markdown(_("Nothing was found in this text."))
        return
    for text in filter(lambda cell: isinstance(cell, str), row.values()):
        if all(text[piece["start"] : piece["end"]] == piece["text"] for piece in found):
            st.markdown(markdown(text, marks, types))
            return
    st.markdown(" ".join(_badge(piece["text"], piece["label"], types) for piece in found))


def answer_in_place(answer: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """An answer in its place in the text of ``row`` that it was found in, and how sure the model is."""
    start, end, said = answer["prediction_start"], answer["prediction_end"], answer["prediction"]
    sure = _("{share} sure").format(share=percent(answer["confidence"]))
    if not said:
        st.markdown(_("The model finds no answer in this text ({sure}).").format(sure=sure))
        return
    st.metric(_("The model says"), plain(said), delta=sure, delta_color="off", delta_arrow="off")
    context = next((cell for cell in row.values() if isinstance(cell, str) and cell[start:end] == said), None)
    if context is None:
        return
    begin, stop = max(0, start - AROUND), end + AROUND
    mark = Mark(start=start - begin, end=end - begin, label="answer")
    before, behind = ("… " if begin else "", " …" if stop < len(context) else "")
    st.markdown(f"{before}{markdown(context[begin:stop], [mark], ['answer'])}{behind}")


def markdown(text: str, marks: Sequence[Mark], types: Sequence[str]) -> str:
    """The text with a badge for every piece; what it holds is shown as it was written (case 76)."""
    parts, at = [], 0
    for mark in sorted(marks, key=lambda mark: mark.start):
        if mark.start < at:
            continue
        parts += [_between(text[at : mark.start]), _badge(text[mark.start : mark.end], mark.label, types)]
        at = mark.end
    return "".join([*parts, _between(text[at:])])


def _between(text: str) -> str:
    """Plain text with the spaces at its ends, which part it from the pieces beside it."""
    before, behind = (" " if end.isspace() else "" for end in (text[:1], text[-1:]))
    return f"{before}{plain(text)}{behind}"


def _badge(text: str, label: str, types: Sequence[str]) -> str:
    colour = COLOURS[types.index(label) % len(COLOURS)]
    return f":{colour}-badge[{plain(text)} · {plain(label)}]"
