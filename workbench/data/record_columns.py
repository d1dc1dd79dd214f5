"""The columns of a file of records: every key that occurs, in the order in which it comes first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.data.header import columns_of
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.typed_rows import Fault
from workbench.errors import DataError
from workbench.settings import Limits

Records = Iterator[tuple[int, dict[str, object] | Fault | None]]


def keys_of(code: str, name: str, records: Records, limits: Limits, called: str) -> list[str]:
    """Every key of the records. Raises DataError at more of them than a table may have columns."""
    keys: dict[str, None] = {}
    for row, record in records:
        if not isinstance(record, dict) or record.keys() <= keys.keys():
            continue
        keys.update(dict.fromkeys(record))
        if len(keys) > limits.columns:
            raise DataError(
                f"up to here there are {len(keys):,} different keys, which would be columns; "
                f"the limit is {limits.columns:,}",
                where=f"{name}, {called} {row}",
                remedy="Nothing was imported. Write what varies as values, not as keys.",
                code=f"{code}-13",
            )
    return list(keys)


def named(
    code: str, name: str, keys: Sequence[str], options: ReadOptions
) -> tuple[tuple[str, ...], list[Problem], list[str]]:
    """The columns' names, which are the keys where ``options`` give no others; problems and notes on them."""
    problems: list[Problem] = []
    notes: list[str] = []
    columns = columns_of(code, name, keys, [], replace(options, header=True), problems, notes)
    return columns, problems, notes


def values_of(records: Records, keys: Sequence[str]) -> Iterator[tuple[int, list[object] | Fault | None]]:
    """The records' values in the order of ``keys``; a key that a record lacks is null."""
    for row, record in records:
        yield row, [record.get(key) for key in keys] if isinstance(record, dict) else record
