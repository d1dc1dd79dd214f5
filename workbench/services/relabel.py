"""Corrections of a data set by hand: other labels, or rows taken out, make a new version; none is changed in place."""

import json
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import pandas as pd
import pyarrow as pa

from workbench.artefacts import staging
from workbench.data import image_files, tables
from workbench.data.profiles import profile as profiles
from workbench.data.read_options import ReadOptions, Taken
from workbench.data.reader import PROFILE, REJECTS
from workbench.errors import DataError
from workbench.services import datasets
from workbench.store.session import Store
from workbench.store.views import DataVersionView


def relabel(store: Store, version_id: str, column: str, labels: Mapping[int, str]) -> DataVersionView:
    """A new version in which the source rows in ``labels`` have another cell in ``column``.

    Row numbers stay. Without a difference the answer is the version itself. Raises DataError for a column or row that
    is not there and for an empty label.
    """

    def change(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
        if column not in table.columns:
            raise DataError(f"there is no column '{column}'", remedy="Choose another column.", code="DATA-01")
        _check_rows(table, labels)
        _check_labels(labels, column, store.settings.limits.cell_bytes)
        if any(not label.strip() for label in labels.values()):
            raise DataError(
                "a label is empty",
                where=f'column "{column}"',
                remedy="Give every row a label, or take the row out.",
                code="DATA-04",
            )
        before = table.loc[list(labels), column].tolist()
        count = sum(old != new for old, new in zip(before, labels.values(), strict=True))
        changed = table.copy()
        changed.loc[list(labels), column] = list(labels.values())
        return changed, f"Relabelled {_rows(count)} in '{column}'."

    return _version(store, version_id, change)


def _check_labels(labels: Mapping[int, str], column: str, limit: int) -> None:
    """Raise DataError for what no import would take in."""
    for row, label in labels.items():
        size = len(label.encode("utf-8", "surrogatepass"))
        half = any("\ud800" <= character <= "\udfff" for character in label)
        if "\0" in label or half or size > limit:
            what = f"the label has {size:,} bytes; the limit is {limit:,}" if size > limit else "the label is no text"
            remedy = "Write it in letters, as it should be read."
            raise DataError(what, where=f'row {row + 1}, column "{column}"', remedy=remedy, code="DATA-04")


def drop_rows(store: Store, version_id: str, rows: Collection[int]) -> DataVersionView:
    """A new version without these source rows; the others keep their numbers.

    Raises DataError for a row that is not there, and when none would be left.
    """

    def change(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
        _check_rows(table, rows)
        kept = table.drop(index=list(rows))
        if kept.empty:
            raise DataError("no rows would be left", remedy="Keep some of them.", code="DATA-04")
        return kept, f"Took out {_rows(len(table) - len(kept))}."

    return _version(store, version_id, change)


def _version(
    store: Store, version_id: str, change: Callable[[pd.DataFrame], tuple[pd.DataFrame, str]]
) -> DataVersionView:
    """What ``change`` makes of the version's table, and says about it, as a new version of the same data set."""
    old = datasets.version(store, version_id)
    before = datasets.folder(store, version_id)
    table, note = change(datasets.table(store, version_id))
    columns = pa.table({name: pa.array(table[name].tolist(), pa.string()) for name in old.columns})
    numbers = pa.array(table.index.tolist(), pa.int64())
    sha256 = tables.content_hash(columns, numbers)
    if sha256 == old.sha256:
        return old
    with staging.held_folder(store.settings.datasets) as held:
        into = held / "version"
        into.mkdir()
        tables.write_table(into / tables.TABLE, columns, numbers)
        images = datasets.profile(store, version_id).images
        profile = replace(profiles.profile_table(columns), images=images)
        content = json.dumps(profiles.to_dict(profile), ensure_ascii=False)
        (into / PROFILE).write_text(content, encoding="utf-8")
        image_files.link_images(before, into)
        if (before / REJECTS).exists():
            shutil.copyfile(before / REJECTS, into / REJECTS)
        taken = Taken(
            options=ReadOptions(),
            columns=old.columns,
            rows=len(table),
            sha256=sha256,
            set_aside=0,
            notes=(f"{note} From version {old.number}.",),
        )
        return datasets.keep(store, old.project_id, old.name, old.source, taken, into)


def _check_rows(table: pd.DataFrame, rows: Collection[int]) -> None:
    missing = sorted(set(rows) - set(table.index))
    if missing:
        raise DataError(f"there is no row {missing[0] + 1}", remedy="Choose rows of this version.", code="DATA-04")


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"
