"""Findings on the Data page: what the rows say about the data, with the rows behind it and a button that settles it."""

import pandas as pd
import streamlit as st

from workbench.data.profiles.personal_data import hide_personal_data
from workbench.errors import DataError, WorkbenchError
from workbench.services import datasets, findings, relabel
from workbench.services.findings import Finding, Fix, Report
from workbench.store.views import DataVersionView
from workbench.ui import gallery, messages, relabelling, tables
from workbench.ui.frame import Here, saving
from workbench.ui.i18n import _, n_, number, percent
from workbench.ui.tables import plain, shorten

_MARKS = {
    "error": ":red[:material/error:]",
    "warning": ":orange[:material/warning:]",
    "info": ":blue[:material/info:]",
    "settled": ":green[:material/check_circle:]",
}
_FIRST = 6  # findings that are shown without asking


def show(here: Here) -> None:
    """The findings of the draft's data, as soon as they are made, and the search for wrong labels."""
    assert here.draft.data_version_id is not None
    version = datasets.version(here.store, here.draft.data_version_id)
    st.header(_("Findings"), anchor=False)
    with messages.shown():
        made = findings.known(here.store, version.id, here.recipe) is not None
        st.fragment(_report, run_every=None if made else 1.0)(here, version, made)
    relabelling.doubts(here, version)


def _report(here: Here, version: DataVersionView, was_made: bool) -> None:
    try:
        report = findings.report(here.store, version.id, here.recipe)
    except DataError as error:
        messages.problem(error)
        if st.button(_("Try again"), key="data_findings_again", icon=":material/refresh:"):
            findings.again(here.store, version.id, here.recipe)
            st.rerun()
        return
    if report is None:
        share = findings.progress(here.store, version.id, here.recipe)
        st.progress(share, text=_("Looking through your rows: {share}").format(share=percent(share, 0)))
        return
    if not was_made:
        st.rerun()
    _listed(here, version, report, _with_crossing(here, version, report))
    if report.rows < version.rows:
        said = _("So that it does not take too long, {count} of {rows} rows were looked at, evenly taken.")
        st.caption(said.format(count=number(report.rows), rows=number(version.rows)))


def _with_crossing(here: Here, version: DataVersionView, report: Report) -> list[Finding]:
    """The report's findings, and what the split adds; nothing while the recipe cannot be prepared yet."""
    try:
        crossing = findings.crossing(here.store, version.id, here.recipe, report)
    except WorkbenchError:
        crossing = None
    return [*([crossing] if crossing else []), *report.findings]


def _listed(here: Here, version: DataVersionView, report: Report, found: list[Finding]) -> None:
    """What is open first, then what the recipe settles already."""
    if not found:
        st.success(_("Nothing stands out: no copies, leaks, misspelled labels or personal data were found."))
        return
    ordered = sorted(found, key=lambda finding: findings.settled(here.recipe, finding))
    with st.container(border=True, gap="medium", key="data_findings"):
        for finding in ordered[:_FIRST]:
            _one(here, version, report, finding)
        if len(ordered) > _FIRST:
            more = n_("{count} more finding", "{count} more findings", len(ordered) - _FIRST)
            with st.expander(more, key="data_findings_more"):
                for finding in ordered[_FIRST:]:
                    _one(here, version, report, finding)


def _one(here: Here, version: DataVersionView, report: Report, finding: Finding) -> None:
    """A finding: its sentence and what settles it side by side, its rows below."""
    settled = findings.settled(here.recipe, finding)
    key = f"data_finding_{finding.kind}_{finding.column}"
    corrects = finding.fix is not None and finding.fix.relabel
    with st.container(gap="xxsmall", key=key):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            sentence = plain(_(finding.text).format(**finding.values))
            st.markdown(f"{_MARKS['settled' if settled else finding.level]} {sentence}", width="content")
            if settled:
                st.badge(_("Settled by the preparation"), icon=":material/check:", color="green")
            elif finding.fix is not None and not corrects and _pressed(finding.fix, key):
                _settle(here, version, report, finding.fix)
        if not finding.rows:
            return
        title = _("Show the rows and correct their labels") if corrects else _("Show the rows")
        with st.expander(title, key=f"{key}_rows", type="compact", on_change="rerun") as opened:
            if opened.open:
                _rows(here, version, finding, key)


def _pressed(fix: Fix, key: str) -> bool:
    return st.button(_(fix.title), key=f"{key}_fix", icon=":material/build:", wrap=False)


def _settle(here: Here, version: DataVersionView, report: Report, fix: Fix) -> None:
    with saving(here):
        if fix.drop_copies:
            copies = [row for group in report.alike for row in group[1:]]
            relabelling.use(here, relabel.drop_rows(here.store, version.id, copies))
        here.save(findings.apply(here.recipe, fix), done=False)
        messages.later(_("The split was changed.") if fix.split else _("Added to the preparation."))
        st.rerun()


def _rows(here: Here, version: DataVersionView, finding: Finding, key: str) -> None:
    """The rows behind a finding: to correct, as pictures, or as a table."""
    numbers = [row for group in finding.rows for row in group]
    groups = {row: place + 1 for place, group in enumerate(finding.rows) for row in group}
    if finding.fix is not None and finding.fix.relabel and finding.column:
        relabelling.editor(here, version, finding.column, [(row, None) for row in numbers], key, groups=groups)
        return
    table = datasets.table(here.store, version.id).loc[numbers]
    together = any(len(group) > 1 for group in finding.rows)
    if relabelling.pictured(here, version):
        said = [
            _("Group {group}, row {row}").format(group=groups[row], row=number(row + 1))
            if together
            else _("Row {number}").format(number=number(row + 1))
            for row in numbers
        ]
        pictures = list(zip(table["image"].tolist(), said, strict=True))
        gallery.show(here.store, version.id, pictures, _("An image behind this finding"))
    else:
        tables.show(_table(table, finding, groups if together else None), _("Rows behind this finding"))
    if sum(map(len, finding.rows)) < finding.count:
        st.caption(_("Only the first rows are shown."))


def _table(table: pd.DataFrame, finding: Finding, groups: dict[int, int] | None) -> pd.DataFrame:
    """The rows with their numbers; the finding's column comes first, and personal data are hidden (case 83)."""
    names = sorted(table.columns, key=lambda name: name != finding.column)
    cells = {str(name): [shorten(cell) for cell in table[name].tolist()] for name in names}
    if finding.personal:
        cells = {name: [shorten(hide_personal_data(cell)) for cell in table[name].tolist()] for name in names}
    numbers = table.index.tolist()
    front = {_("Row"): [number + 1 for number in numbers]}
    if groups:
        front = {_("Group"): [groups[number] for number in numbers], **front}
    return pd.DataFrame({**front, **{name: column for name, column in cells.items() if name not in front}})
