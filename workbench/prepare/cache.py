"""Prepared rows kept by content: the same table, roles, steps and split are prepared once."""

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench import recipe
from workbench.artefacts.room import make_room
from workbench.prepare.prepared import Prepared, StepReport
from workbench.prepare.roles import Roles
from workbench.prepare.splits import PARTS, Split
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import from_dict

_FORMAT = 3  # raise it when a step, the split or this file's layout changes its result
_ABOUT = b"workbench.prepared"
LIMIT = 2_000_000_000  # bytes; the files that were not used for longest go first


def key(table_sha256: str, roles: Roles, steps: Sequence[PrepareStep], shares: recipe.Split, seed: int) -> str:
    """A name for everything that ``prepare_table`` depends on."""
    parts = [_FORMAT, table_sha256, asdict(roles), [step.model_dump() for step in steps]]
    parts += [shares.model_dump(exclude={"seed"}), seed]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def kept(folder: Path, name: str, make: Callable[[], Prepared]) -> Prepared:
    """What ``folder`` keeps under ``name``; made and kept if it is not there, or cannot be read."""
    path = folder / f"{name}.parquet"
    try:
        prepared = _read(path)
        os.utime(path)  # used now
    except (OSError, pa.ArrowException, KeyError, ValueError):
        prepared = make()
        _write(path, prepared)
        make_room(folder, LIMIT)
    return prepared


def _write(path: Path, prepared: Prepared) -> None:
    """Whole or not at all: a reader in another process never sees half a file."""
    split = prepared.split
    parts = [split.train, split.validation, split.test]
    table = pa.Table.from_pandas(pd.concat(parts), preserve_index=False)
    numbers = [number for part in parts for number in part.index.tolist()]
    about = {
        "sizes": [len(part) for part in parts],
        "report": [asdict(line) for line in prepared.report],
        "class_counts": prepared.class_counts,
        "dropped": prepared.dropped,
        "transforms": [asdict(transform) for transform in prepared.transforms],
        "features": prepared.features,
    }
    table = table.append_column("row", pa.array(numbers, pa.int64()))
    table = table.replace_schema_metadata({_ABOUT: json.dumps(about).encode()})
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        pq.write_table(table, staged)
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def _read(path: Path) -> Prepared:
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[_ABOUT])
    last = table.num_columns - 1  # by place: a role might be called "row" too
    numbers = pd.Index(table.column(last).to_numpy())
    rows = pd.DataFrame(table.remove_column(last).to_pandas()).set_axis(numbers)
    ends = [sum(about["sizes"][: place + 1]) for place in range(len(PARTS))]
    return Prepared(
        split=Split(*(rows.iloc[end - size : end] for size, end in zip(about["sizes"], ends, strict=True))),
        report=tuple(StepReport(**line) for line in about["report"]),
        class_counts=about["class_counts"],
        dropped=about["dropped"],
        transforms=tuple(from_dict(transform) for transform in about["transforms"]),
        features=tuple(about["features"]),
    )
