"""Finds the file that a table means: by its whole path, by the end of its path, or by its name without the ending."""

from collections.abc import Iterable

from workbench.data.collections.collection import Entry
from workbench.data.collections.entry_names import tidy


class NameIndex:
    """The entries of a collection by everything that a table may call them. What two entries share names neither."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._paths: dict[str, Entry] = {}
        self._ends: dict[str, Entry | None] = {}
        self._stems: dict[str, Entry | None] = {}
        for entry in entries:
            self._paths[entry.name] = entry
            parts = entry.name.casefold().split("/")
            for start in range(len(parts)):
                end = "/".join(parts[start:])
                self._ends[end] = None if end in self._ends else entry
            stem = parts[-1].rpartition(".")[0]
            self._stems[stem] = None if stem in self._stems else entry

    def __len__(self) -> int:
        return len(self._paths)

    def find(self, name: str) -> Entry | None:
        """The only entry that can be meant, if there is one."""
        path = tidy(name.strip())
        folded = path.casefold()
        return self._paths.get(path) or self._ends.get(folded) or self._stems.get(folded.rpartition("/")[2])

    def by_stem(self, name: str) -> Entry | None:
        """The only entry whose name differs from this one by no more than folder and ending."""
        return self._stems.get(name.casefold().rpartition("/")[2].rpartition(".")[0])
