"""From a trained model to one that may be taken away: written, proven and committed as one, or not there at all."""

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.artefacts import folders
from workbench.errands import Errand
from workbench.errands import run as run_errand
from workbench.errors import ModelError
from workbench.export import receipt
from workbench.export.formats import Format, parts
from workbench.export.proof import ANSWERS, ROWS, HeldOut
from workbench.export.receipt import Receipt

Tell = Callable[[str, float | None], None]  # what is being done, and the share of it if that is known
MAKING, PROVING = "workbench.export.making", "workbench.export.proof"
SECONDS = 3600.0
BASE_BYTES, TIMES = 6_000_000_000, 8  # of memory: what the libraries take, and how often the weights may be held
_REMEDY = "Nothing was exported. Choose another format, or close other programs and try again."


def refused(source: Path, format: Format) -> str:
    """Why the model in ``source`` cannot be had in this format, or "". Raises ModelError when it is damaged."""
    try:
        return format.refused(source, parts.read(source))
    except (OSError, ValueError):
        remedy = "Train it again, or bring the store's folder back from a backup."
        raise ModelError("the model is missing or damaged", where=str(source), remedy=remedy, code="MODEL-61") from None


def deliver(source: Path, format: Format, held_out: HeldOut, root: Path, name: str, tell: Tell) -> Receipt:
    """The model in ``source``, as ``root/name`` in this format, with the receipt of its proof beside it.

    Raises ModelError when the format refuses it or the proof fails, ArtefactError when the model is damaged or the disk
    is full, DataError when it takes too much; then nothing is left.
    """
    if why := refused(source, format):
        raise ModelError(f"this model cannot be had as '{format.name}': {why}", remedy="Choose another format.")
    folders.verify(source)
    tell("writing", None)
    with folders.new_folder(root, name) as staged:
        request = {"source": str(source), "target": str(staged), "format": format.name}
        _run(MAKING, "writing the model", source, request, lambda said: tell(said["doing"], None))
        folders.write_manifest(staged)
        made = _proven(source, staged, format, held_out, tell)
        receipt.refuse(made, str(source))
        receipt.write(staged, made)
    return made


def _proven(source: Path, staged: Path, format: Format, held_out: HeldOut, tell: Tell) -> Receipt:
    """What a clean process finds out about the model in ``staged``."""
    found: list[Mapping[str, Any]] = []

    def hear(said: Mapping[str, Any]) -> None:
        if "share" in said:
            tell("proving", said["share"])
        else:
            found.append(said["receipt"])

    tell("proving", 0.0)
    with tempfile.TemporaryDirectory(prefix="proof-") as rows:
        held_out.raw.to_parquet(Path(rows) / ROWS)
        held_out.answered.to_parquet(Path(rows) / ANSWERS)
        request = {"folder": str(staged), "rows": rows, "format": format.name, "split": held_out.split}
        _run(PROVING, "proving the exported model", source, request, hear)
    return Receipt.from_dict(found[-1])


def _run(
    module: str, doing: str, source: Path, request: Mapping[str, Any], hear: Callable[[Mapping[str, Any]], None]
) -> None:
    memory = BASE_BYTES + TIMES * folders.size(source)
    errand = Errand(module, doing, str(source), _REMEDY, SECONDS, memory)
    run_errand(errand, json.dumps(request).encode(), lambda line: hear(json.loads(line)))
