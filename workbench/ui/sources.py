"""Where data come from: a file, pasted text, a sample, elsewhere; each with a look before anything is imported."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from workbench.data import contents
from workbench.data.progress import Progress
from workbench.data.read_options import DELIMITERS, LINES, Preview, Problem, ReadOptions
from workbench.services import datasets
from workbench.services import sources as source_service
from workbench.store.views import DataVersionView
from workbench.ui import elsewhere, files, gallery, large_upload, tables
from workbench.ui.files import Brought
from workbench.ui.frame import Here
from workbench.ui.i18n import _, n_, number, size
from workbench.ui.tables import plain


def _nothing() -> None:
    """There is nothing to remove."""


@dataclass(frozen=True, slots=True)
class Source:
    """Data that could be imported now, and the import itself, which may run in any thread.

    ``forget`` removes what was only kept for it, once the data are there.
    """

    name: str
    bring: Callable[[Callable[[Progress], None]], DataVersionView]
    forget: Callable[[], None] = _nothing


def choose(here: Here) -> Source | None:
    """The data that were chosen, once nothing stands in the way of their import."""
    kinds = {
        "file": _("My own file"),
        "paste": _("Pasted text"),
        "sample": _("A sample"),
        "elsewhere": _("Somewhere else"),
    }
    kind = st.radio(
        _("Where are the data?"), list(kinds), format_func=kinds.__getitem__, horizontal=True, key="data_kind"
    )
    if kind == "sample":
        return _sample(here)
    if kind == "paste":
        return _paste(here)
    brought = elsewhere.choose(here) if kind == "elsewhere" else _file(here)
    return None if brought is None else _read(here, brought)


def _file(here: Here) -> Brought | None:
    limits = here.store.settings.limits
    limit = size(limits.upload_bytes)
    large = st.toggle(
        _("The file is larger than {limit}").format(limit=limit),
        key="data_large",
        help=_("It then comes in pieces, which takes no memory; up to {limit}.").format(
            limit=size(limits.large_upload_bytes)
        ),
    )
    return _large_file() if large else _uploaded(limit)


def _read(here: Here, brought: Brought) -> Source | None:
    """A file or folder that is here, with a look at it."""
    with st.skeleton(height=240):
        preview = _previewed(here, brought)
    set_aside = _show(preview, brought.id)
    if set_aside is None:
        return None

    def bring(progress: Callable[[Progress], None]) -> DataVersionView:
        return datasets.import_file(
            here.store,
            here.project.id,
            brought.path,
            name=brought.title or brought.name,
            source=brought.source or brought.name,
            options=preview.options,
            set_aside=set_aside,
            progress=progress,
        )

    return Source(brought.name, bring, brought.forget)


def _uploaded(limit: str) -> Brought | None:
    upload = st.file_uploader(
        _(
            "A table (CSV, Excel, JSON, Parquet), or a zip of images or texts in folders named by their label "
            "(up to {limit})"
        ).format(limit=limit),
        [ending.removeprefix(".") for ending in contents.ENDINGS],
        key="data_file",
    )
    return None if upload is None else files.brought(upload)


def _large_file() -> Brought | None:
    return large_upload.choose(_("A table, or a zip archive, of any size"), "data_large_file")


def _previewed(here: Here, brought: Brought) -> Preview:
    """The preview of a file, made once for each way to read it: a large file takes its time."""
    options = _options(brought.id)
    kept: tuple[object, Preview] | None = st.session_state.get("data_previewed")
    if kept is None or kept[0] != (brought.id, options):
        preview = datasets.preview_file(here.store, brought.path, options, name=brought.name)
        kept = st.session_state["data_previewed"] = ((brought.id, options), preview)
    return kept[1]


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

    def bring(progress: Callable[[Progress], None]) -> DataVersionView:
        return datasets.import_text(
            here.store,
            here.project.id,
            text,
            name=name,
            options=preview.options,
            set_aside=aside,
            progress=progress,
        )

    return Source(name, bring)


def _sample(here: Here) -> Source | None:
    samples = {sample.id: sample for sample in source_service.samples()}
    chosen = st.selectbox(_("Sample"), list(samples), format_func=lambda id: samples[id].title, key="data_sample")
    sample = samples[chosen]
    with st.container(border=True, gap="xsmall"):
        st.markdown(plain(_(sample.description)))
        st.caption(
            _("{rows} rows · {licence} · {attribution}").format(
                rows=number(sample.rows), licence=plain(sample.licence), attribution=plain(sample.attribution)
            )
        )

    def bring(progress: Callable[[Progress], None]) -> DataVersionView:
        return datasets.import_sample(here.store, here.project.id, sample.id, progress=progress)

    return Source(sample.title, bring)


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
    _frames(preview, file_id)
    if preview.pictures:
        gallery.of_preview(preview)
    tables.show(
        preview.head.drop(columns="image") if preview.pictures else preview.head,
        _("The first rows of the file"),
        height=240,
    )
    counted = _("{rows} rows, {columns} columns") if preview.complete else _("{rows} rows and more, {columns} columns")
    shown = counted.format(rows=number(preview.rows), columns=len(preview.columns))
    st.caption(" · ".join([shown, *(plain(note) for note in preview.notes)]))
    if preview.delimiter:
        with st.popover(_("Read it differently"), icon=":material/tune:", key="data_reading"):
            _reading(preview, file_id)
    blocking = [found for found in preview.errors if not (found.can_set_aside and aside)]
    return None if blocking else aside


def _part(preview: Preview, file_id: str) -> None:
    """Which sheet of a workbook, list of a JSON file or table of an archive is meant."""
    key = f"data_part_{file_id}"
    st.selectbox(
        _("Which part of the file"),
        preview.parts,
        index=preview.parts.index(preview.options.part or preview.parts[0]),
        key=key,
        on_change=lambda: _use(file_id, ReadOptions(part=st.session_state[key])),
    )


def _frames(preview: Preview, file_id: str) -> None:
    """Which pictures of an animated image become rows, where there are such images."""
    now = preview.options.frames
    if now is None and not any(problem.code.endswith("-36") for problem in preview.problems):
        return
    titles = {"first": _("The first frame of each"), "all": _("Every frame, as a row of its own")}
    key = f"data_frames_{file_id}"
    st.radio(
        _("Some images hold several frames"),
        list(titles),
        index=list(titles).index(now) if now else None,
        format_func=titles.__getitem__,
        key=key,
        on_change=lambda: _use(file_id, replace(preview.options, frames=st.session_state[key])),
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
            n_(
                "Set {count} such row aside and import the rest",
                "Set {count} such rows aside and import the rest",
                problem.count,
            ),
            key=f"data_aside_{file_id}_{position}",
            help=_("They are kept in a file beside the data set, so that nothing is lost."),
        )
    return False


def _reading(preview: Preview, file_id: str) -> None:
    """Separator, encoding, quotation marks and header, when what was found out is not right."""
    now = preview.options
    ways = {**{sign: _(title) for sign, title in DELIMITERS.items()}, LINES: _("nothing: every line is one text")}
    with st.form("data_reading_form", border=False):
        delimiter = st.selectbox(
            _("Columns are separated by"),
            list(ways),
            index=list(ways).index(now.delimiter) if now.delimiter in ways else 0,
            format_func=ways.__getitem__,
            key="data_delimiter",
        )
        encodings = list(dict.fromkeys([now.encoding or "utf-8", "utf-8", "utf-16", "gb18030", "shift_jis", "cp1252"]))
        encoding = st.selectbox(_("Characters are written in"), encodings, key="data_encoding")
        quoting = st.checkbox(_("Quotation marks enclose cells"), now.quoting, key="data_quoting")
        header = st.checkbox(_("The first line names the columns"), now.header, key="data_header")
        if st.form_submit_button(_("Read again"), icon=":material/refresh:"):
            names = now.names if delimiter == now.delimiter else ()
            chosen = replace(now, encoding=encoding, delimiter=delimiter, quoting=quoting, header=header, names=names)
            _use(file_id, chosen)
            st.rerun()
