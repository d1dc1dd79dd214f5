"""Where data come from: a file of one's own, pasted text, a sample; each with a look before anything is imported."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from workbench.data import formats
from workbench.data.read_options import DELIMITERS, Preview, Problem, ReadOptions
from workbench.services import datasets
from workbench.store.views import DataVersionView
from workbench.ui import files, tables
from workbench.ui.frame import Here
from workbench.ui.i18n import _, number
from workbench.ui.tables import plain


@dataclass(frozen=True, slots=True)
class Source:
    """Data that could be imported now, and the import itself."""

    name: str
    bring: Callable[[], DataVersionView]


def choose(here: Here) -> Source | None:
    """The data that were chosen, once nothing stands in the way of their import."""
    kinds = {"file": _("My own file"), "paste": _("Pasted text"), "sample": _("A sample")}
    kind = st.radio(
        _("Where are the data?"), list(kinds), format_func=kinds.__getitem__, horizontal=True, key="data_kind"
    )
    if kind == "sample":
        return _sample(here)
    return _paste(here) if kind == "paste" else _file(here)


def _file(here: Here) -> Source | None:
    limit = here.store.settings.limits.upload_bytes // 10**6
    upload = st.file_uploader(
        _("A table (CSV, Excel, JSON, Parquet) with one row for every example and its label (up to {limit} MB)").format(
            limit=limit
        ),
        [ending.removeprefix(".") for ending in formats.ENDINGS],
        key="data_file",
    )
    if upload is None:
        return None
    path = files.on_disk(upload)
    with st.skeleton(height=240):
        preview = datasets.preview_file(here.store, path, _options(upload.file_id), name=upload.name)
    set_aside = _show(preview, upload.file_id)
    if set_aside is None:
        return None

    def bring() -> DataVersionView:
        version = datasets.import_file(
            here.store,
            here.project.id,
            path,
            name=upload.name,
            source=upload.name,
            options=preview.options,
            set_aside=set_aside,
        )
        files.forget(upload)
        return version

    return Source(upload.name, bring)


def _paste(here: Here) -> Source | None:
    text = st.text_area(
        _("Rows copied from a spreadsheet or typed, the first line with the names of the columns"),
        key="data_text",
        height=220,
        placeholder=_("text,label\nGreat service and a friendly voice,praise\nNobody answered for a week,complaint"),
    )
    name = st.text_input(_("Name of this data set"), _("Pasted text"), key="data_text_name", max_chars=200)
    if not text or not text.strip():
        return None
    with st.skeleton(height=240):
        preview = datasets.preview_text(here.store, text, _options("text"), name=name)
    aside = _show(preview, "text")
    if aside is None:
        return None

    def bring() -> DataVersionView:
        return datasets.import_text(
            here.store, here.project.id, text, name=name, options=preview.options, set_aside=aside
        )

    return Source(name, bring)


def _sample(here: Here) -> Source | None:
    samples = {sample.id: sample for sample in datasets.samples()}
    chosen = st.selectbox(_("Sample"), list(samples), format_func=lambda id: samples[id].title, key="data_sample")
    sample = samples[chosen]
    with st.container(border=True, gap="xsmall"):
        st.markdown(plain(_(sample.description)))
        st.caption(
            _("{rows} rows · {licence} · {attribution}").format(
                rows=number(sample.rows), licence=plain(sample.licence), attribution=plain(sample.attribution)
            )
        )
    return Source(sample.title, lambda: datasets.import_sample(here.store, here.project.id, sample.id))


def _options(file_id: str) -> ReadOptions | None:
    """How this file is to be read: what a button or the form below chose, else found out."""
    chosen: tuple[str, ReadOptions] | None = st.session_state.get("data_options")
    return chosen[1] if chosen and chosen[0] == file_id else None


def _use(file_id: str, options: ReadOptions) -> None:
    st.session_state["data_options"] = (file_id, options)


def _show(preview: Preview, file_id: str) -> bool | None:
    """The preview with its problems; whether rows are set aside, or None while something stops the import."""
    aside = False
    for position, problem in enumerate(preview.problems):
        aside = _problem(problem, file_id, position) or aside
    if len(preview.parts) > 1:
        _part(preview, file_id)
    tables.show(preview.head, _("The first rows of the file"), height=240)
    shown = _("{rows} rows, {columns} columns").format(rows=number(preview.rows), columns=len(preview.columns))
    st.caption(" · ".join([shown, *(plain(note) for note in preview.notes)]))
    if preview.delimiter:
        with st.popover(_("Read it differently"), icon=":material/tune:", key="data_reading"):
            _reading(preview, file_id)
    blocking = [found for found in preview.errors if not (found.can_set_aside and aside)]
    return None if blocking else aside


def _part(preview: Preview, file_id: str) -> None:
    """Which sheet of a workbook, or which list of a JSON file, is the table."""
    key = f"data_part_{file_id}"
    st.selectbox(
        _("Sheet"),
        preview.parts,
        index=preview.parts.index(preview.options.part or preview.parts[0]),
        key=key,
        on_change=lambda: _use(file_id, ReadOptions(part=st.session_state[key])),
    )


def _problem(problem: Problem, file_id: str, position: int) -> bool:
    """One problem with the buttons that solve it; true if its rows are to be set aside."""
    if problem.level == "error":
        st.error(plain(problem.error()))
    else:
        st.warning(plain(f"{problem.what[:1].upper()}{problem.what[1:]}. {problem.remedy}"))
    if problem.fix is not None:
        st.button(
            _(problem.fix_title),
            key=f"data_fix_{position}",
            icon=":material/build:",
            on_click=_use,
            args=(file_id, problem.fix),
        )
    if problem.can_set_aside:
        return st.toggle(
            _("Set {count} such rows aside and import the rest").format(count=number(problem.count)),
            key=f"data_aside_{file_id}_{position}",
            help=_("They are kept in a file beside the data set, so that nothing is lost."),
        )
    return False


def _reading(preview: Preview, file_id: str) -> None:
    """Separator, encoding, quotation marks and header, when what was found out is not right."""
    now = preview.options
    with st.form("data_reading_form", border=False):
        delimiter = st.selectbox(
            _("Columns are separated by"),
            list(DELIMITERS),
            index=list(DELIMITERS).index(now.delimiter) if now.delimiter in DELIMITERS else 0,
            format_func=lambda sign: _(DELIMITERS[sign]),
            key="data_delimiter",
        )
        encodings = list(dict.fromkeys([now.encoding or "utf-8", "utf-8", "utf-16", "gb18030", "shift_jis", "cp1252"]))
        encoding = st.selectbox(_("Characters are written in"), encodings, key="data_encoding")
        quoting = st.checkbox(_("Quotation marks enclose cells"), now.quoting, key="data_quoting")
        header = st.checkbox(_("The first line names the columns"), now.header, key="data_header")
        if st.form_submit_button(_("Read again"), icon=":material/refresh:"):
            _use(file_id, replace(now, encoding=encoding, delimiter=delimiter, quoting=quoting, header=header))
            st.rerun()
