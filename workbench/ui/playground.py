"""Trying a finished model through its own server process, and calling it from elsewhere."""

import base64
import json
import shlex
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import streamlit as st

from workbench.data import images
from workbench.prepare.table_functions import number
from workbench.services import models
from workbench.services.models import Field
from workbench.store.views import ModelView
from workbench.ui import marked_texts, picture_panels, scores
from workbench.ui.frame import Here
from workbench.ui.i18n import _, percent
from workbench.ui.tables import plain


def ask(here: Here, model: ModelView) -> None:
    """A form with one widget for every column that the model reads, and its answer below."""
    inputs = models.inputs(here.store, model.id)
    with st.form("use_form", border=False):
        row = _roles(here, inputs, models.pictures(here.store, model.id)) | _features(
            models.fields(here.store, model.id)
        )
        asked = st.form_submit_button(_("Try"), icon=":material/play_arrow:")
    if asked and any(str(cell or "").strip() for cell in row.values()):
        with st.spinner(_("Asking the model; the first answer takes a few seconds longer …")):
            answer = models.ask(here.store, model.id, [row], pictures=True)[0]
            st.session_state["use_answer"] = (model.id, answer, row)
    elif asked:
        st.warning(_("Give the model something first."))
    answered = st.session_state.get("use_answer")
    if answered and answered[0] == model.id:
        _answer(answered[1], answered[2])


def _roles(here: Here, inputs: Mapping[str, str], pictures: Collection[str]) -> dict[str, Any]:
    """A box for each text, and a place to drop each image, whose content is sent as base64."""
    row: dict[str, Any] = {}
    for role, column in inputs.items():
        if column not in pictures:
            row[column] = st.text_area(
                plain(column), key=f"use_{role}", height=110, placeholder=_("Type or paste a text")
            )
            continue
        upload = st.file_uploader(plain(column), [kind.lower() for kind in images.FORMATS], key=f"use_{role}")
        row[column] = base64.b64encode(upload.getvalue()).decode() if upload else ""
        if upload:
            _picture(here, upload.getvalue())
    return row


def _picture(here: Here, content: bytes) -> None:
    """The image that the model is asked about, made small: what is none is told before the model is asked."""
    try:
        small = images.thumbnail(content, 320, here.store.settings.limits.pixels)
        st.image(small, width=160, alt=_("The image that the model is asked about"))
    except images.Unfit as unfit:
        said = f"{unfit.what}. {unfit.remedy}".rstrip(". ")
        st.warning(plain(f"{said[:1].upper()}{said[1:]}."))


def _features(fields: Sequence[Field]) -> dict[str, Any]:
    """A widget for each column of a table, set to a usual value; an empty one stands for a missing cell."""
    row: dict[str, Any] = {}
    if fields:
        with st.grid(2, min_column_width=200, gap="small"):
            for place, field in enumerate(fields):
                row[field.column] = _feature(field, f"use_feature_{place}")
    return row


def _feature(field: Field, key: str) -> str | float | None:
    label = plain(field.column)
    if field.kind == "number" and field.least is not None and field.most is not None:
        help_text = _("Between {least} and {most} in your data.").format(
            least=scores.significant(field.least), most=scores.significant(field.most)
        )
        return st.number_input(label, value=number(field.example), step=None, format="%g", key=key, help=help_text)
    if field.kind == "choice":
        options = list(field.values)
        index = options.index(field.example) if field.example in options else None
        return st.selectbox(label, options, index=index, key=key, placeholder=_("Missing"), accept_new_options=True)
    return st.text_input(label, field.example, key=key)


def _answer(answer: dict[str, Any], row: dict[str, Any]) -> None:
    """The predicted label, large, and how probable every label is; or the predicted number; or the marked text."""
    with st.container(border=True, gap="small", key="use_answer_box"):
        if isinstance(answer["prediction"], list):
            marked_texts.answer(answer["prediction"], row)
            return
        if "prediction_start" in answer:
            marked_texts.answer_in_place(answer, row)
            return
        if "copy" in answer:
            picture_panels.answer(answer)
            return
        if "confidence" not in answer:
            st.metric(_("The model says"), scores.significant(answer["prediction"]))
            return
        st.metric(
            _("The model says"),
            plain(answer["prediction"]),
            delta=_("{share} sure").format(share=percent(answer["confidence"])),
            delta_color="off",
            delta_arrow="off",
        )
        shares = {
            key.removeprefix("probability_"): share for key, share in answer.items() if key.startswith("probability_")
        }
        for label, share in sorted(shares.items(), key=lambda item: -item[1])[:8]:
            st.progress(min(max(float(share), 0.0), 1.0), text=f"{plain(label)} · {percent(share)}")


def how_to(here: Here, model: ModelView) -> None:
    """What to do with the zip file, and how a program asks the model."""
    columns = [*models.inputs(here.store, model.id).values()]
    columns += [field.column for field in models.fields(here.store, model.id)]
    pictures = models.pictures(here.store, model.id)
    with st.expander(_("Use it without the workbench"), icon=":material/terminal:", key="use_how"):
        if pictures:
            st.markdown(_("Unpack the zip file, install its few requirements, and predict a whole folder of images:"))
        else:
            st.markdown(_("Unpack the zip file, install its few requirements, and predict a whole table:"))
        given = "folder-of-images" if pictures else "new-rows.csv"
        st.code(f"pip install -r requirements.txt\npython predict.py {given} --out predictions.csv", language="bash")
        st.caption(_("The table needs the columns: {names}").format(names=plain(", ".join(columns))))
    with st.expander(_("Call it from a program"), icon=":material/api:", key="use_curl"):
        st.markdown(_("Start a server for the unpacked folder, then send rows to it:"))
        row = json.dumps(
            {"rows": [{name: "image as base64" if name in pictures else "…" for name in columns}]}, ensure_ascii=False
        )
        call = f"curl -s http://127.0.0.1:8123/predict -H 'Content-Type: application/json' -d {shlex.quote(row)}"
        st.code(f"python -m workbench serve FOLDER --port 8123\n{call}", language="bash", wrap_lines=True)
