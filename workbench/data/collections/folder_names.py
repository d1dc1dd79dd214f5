"""What the folders of a collection say: the class of a file, and the part of the data to which it belongs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.data.collections.collection import Entry

_SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_CLASSES_TOLD = 8


@dataclass(frozen=True, slots=True)
class Placed:
    """A file with its class and its part of the data; both are empty where no folder tells."""

    entry: Entry
    label: str
    split: str


@dataclass(frozen=True, slots=True)
class Placing:
    """All files placed; ``labelled`` and ``split`` say whether any folder tells a class, or a part of the data."""

    files: tuple[Placed, ...]
    labelled: bool
    split: bool
    notes: tuple[str, ...]


def place(entries: Sequence[Entry]) -> Placing:
    """The first folder of a file is its class.

    A folder in which everything lies tells nothing and is passed over. Folders called train, validation (val, dev)
    and test are no classes: they say how the data are split.
    """
    paths = [entry.name.split("/")[:-1] for entry in entries]
    notes: list[str] = []
    if common := _common(paths):
        notes.append(f"Everything lies in the folder '{common[:60]}', which is passed over.")
        paths = [path[1:] for path in paths]
    firsts = {path[0].casefold() if path else "" for path in paths}
    splits = [""] * len(paths)
    if len(firsts) > 1 and firsts <= _SPLITS.keys():
        splits = [_SPLITS[path[0].casefold()] for path in paths]
        paths = [path[1:] for path in paths]
        notes.append(f"The folders {', '.join(sorted(set(splits)))} become the column 'split'.")
        if _common(paths):
            paths = [path[1:] for path in paths]
    labels = [path[0] if path else "" for path in paths]
    deeper = sum(len(path) > 1 for path in paths)
    if deeper:
        notes.append(f"The first folder is the class; {deeper:,} files lie in folders within a class.")
    if any(labels):
        notes.append(_told(Counter(labels)))
    return Placing(
        files=tuple(map(Placed, entries, labels, splits)),
        labelled=any(labels),
        split=any(splits),
        notes=tuple(notes),
    )


def spread(files: Sequence[Placed]) -> list[int]:
    """The places of all files, one of each class in turn: so that the first ones show every class."""
    seen: Counter[tuple[str, str]] = Counter()
    turns = []
    for position, file in enumerate(files):
        turns.append((seen[file.label, file.split], position))
        seen[file.label, file.split] += 1
    return [position for _, position in sorted(turns)]


def _common(paths: Sequence[Sequence[str]]) -> str:
    """The folder in which all files lie, if there is one."""
    first = paths[0][0] if paths and paths[0] else ""
    return first if first and all(path and path[0] == first for path in paths) else ""


def _told(counts: Counter[str]) -> str:
    missing = counts.pop("", 0)
    ranked = counts.most_common()
    listed = ", ".join(f"{label[:40]} ({count:,})" for label, count in ranked[:_CLASSES_TOLD])
    more = f" and {len(ranked) - _CLASSES_TOLD:,} more" if len(ranked) > _CLASSES_TOLD else ""
    classes = f"{len(ranked):,} {'class' if len(ranked) == 1 else 'classes'} by folder: {listed}{more}."
    return f"{classes} {missing:,} files lie in no such folder and have no class." if missing else classes
