"""Checkpoints of one run: whole folders or none, the last three and the best; a broken one is skipped and said."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from workbench.artefacts import folders
from workbench.errors import ArtefactError, NoRoom

STATE = "state.json"
Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state of a training: plain values (JSON) and named groups of tensors, all at one step."""

    step: int
    values: Mapping[str, Any]
    tensors: Mapping[str, Tensors]  # "model", "optimizer", "random", "average": one safetensors file each


@dataclass(frozen=True, slots=True)
class _Entry:
    """One folder on disk and what its state says, not yet verified."""

    folder: Path
    step: int
    number: int  # grows with every save, so that two saves of one step have an order
    best: bool


def _nothing(*_: Any) -> None:
    return None


@dataclass(slots=True)
class Checkpoints:
    """The checkpoints below ``root``, named by UUID.

    ``saved(step, folder, best, bytes)`` is called once a new one is whole, ``removed(folder)`` before an old one
    goes, ``say(text)`` when a broken one was skipped. A checkpoint saved as best ends the previous best's term.
    ``full(bytes)`` is asked to wait for so much room when the disk is full; when it returns, it is tried again.
    """

    root: Path
    keep: int = 3
    saved: Callable[[int, str, bool, int], None] = _nothing
    removed: Callable[[str], None] = _nothing
    say: Callable[[str], None] = _nothing
    full: Callable[[int], None] | None = None

    def save(self, snapshot: Snapshot, *, best: bool) -> str:
        """Write and verify a checkpoint, then let old ones go; returns its folder's name.

        Raises ArtefactError when it cannot be written, NoRoom where nobody waits for room; what was there before is
        still there.
        """
        while True:
            try:
                return self._save(snapshot, best=best)
            except NoRoom:
                if self.full is None:
                    raise
            self.full(_size(snapshot))

    def _save(self, snapshot: Snapshot, *, best: bool) -> str:
        self.root.mkdir(parents=True, exist_ok=True)
        name = uuid.uuid4().hex
        entries = self._entries()
        number = 1 + max((entry.number for entry in entries), default=0)
        state = {"step": snapshot.step, "number": number, "best": best, "values": dict(snapshot.values)}
        with folders.new_folder(self.root, name) as staged:
            for group, tensors in snapshot.tensors.items():
                _write(dict(tensors), staged / f"{group}.safetensors")
            (staged / STATE).write_text(json.dumps(state), encoding="utf-8")
        folders.verify(self.root / name)
        self.saved(snapshot.step, name, best, folders.size(self.root / name))
        self._rotate()
        return name

    def clear_staging(self) -> None:
        """Remove what saves of killed processes left half-written; only for the one who holds the run's lock."""
        rmtree(self.root / folders.STAGING, ignore_errors=True)

    def latest(self) -> Snapshot | None:
        """The newest checkpoint that is whole; None when there is none."""
        for entry in reversed(self._entries()):
            snapshot = self._read(entry)
            if snapshot is not None:
                return snapshot
        return None

    def best(self) -> Snapshot | None:
        """The newest checkpoint that was saved as best, if it is whole."""
        entry = next((entry for entry in reversed(self._entries()) if entry.best), None)
        return self._read(entry) if entry else None

    def _read(self, entry: _Entry) -> Snapshot | None:
        try:
            files = folders.verify(entry.folder)
            state = json.loads((entry.folder / STATE).read_text(encoding="utf-8"))
            tensors = {Path(file).stem: load_file(entry.folder / file) for file in files if file != STATE}
            return Snapshot(int(state["step"]), state["values"], tensors)
        except (ArtefactError, SafetensorError, OSError, ValueError, KeyError) as error:
            self.say(f"The checkpoint of step {entry.step:,} is damaged and was skipped ({error})")
            return None

    def _entries(self) -> list[_Entry]:
        """Every committed folder, oldest first. One whose state cannot be read counts as the oldest."""
        found = []
        for folder in self.root.iterdir() if self.root.is_dir() else ():
            if folder.name == folders.STAGING or not folder.is_dir():
                continue
            try:
                state = json.loads((folder / STATE).read_text(encoding="utf-8"))
                found.append(_Entry(folder, int(state["step"]), int(state["number"]), bool(state["best"])))
            except (OSError, ValueError, KeyError, TypeError):
                self.say(f"The checkpoint in {folder.name} is damaged and was skipped (its {STATE} cannot be read)")
                found.append(_Entry(folder, 0, 0, best=False))
        return sorted(found, key=lambda entry: entry.number)

    def _rotate(self) -> None:
        entries = self._entries()
        best = next((entry for entry in reversed(entries) if entry.best), None)
        for entry in entries[: -self.keep]:
            if entry is not best:
                self.removed(entry.folder.name)
                rmtree(entry.folder, ignore_errors=True)


def _size(snapshot: Snapshot) -> int:
    """Bytes of its tensors; what else is in a checkpoint is small."""
    return sum(tensor.nbytes for group in snapshot.tensors.values() for tensor in group.values())


def _write(tensors: dict[str, torch.Tensor], path: Path) -> None:
    """Write CPU copies; safetensors reports a full disk with an error of its own, which becomes an OSError here."""
    try:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, path)
    except SafetensorError as error:
        raise OSError(str(error)) from error
