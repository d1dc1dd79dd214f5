"""What findings are drawn from: a table, what its columns are for, and what several findings ask of it."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from workbench.data.likeness import near_duplicates, similar_images
from workbench.data.profiles.profile import ColumnProfile, TableProfile

_FEW_LABELS, _MOST_LABELS = 20, 1_000  # the first in any table, the second where each has two rows on average


@dataclass(frozen=True, slots=True)
class Question:
    """Which columns are for what, as far as that is known.

    ``texts`` and ``images`` are read by the model; ``passages`` are too, of which several rows may share one that their
    texts are about; ``features`` are the other columns, which it reads as well unless ``reads_features`` is off.
    ``target`` holds the answer, which is a number where ``measured`` is set. ``max_tokens``
    is what the model reads of a text at most.
    """

    texts: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    reads_features: bool = True
    target: str | None = None
    measured: bool = False
    max_tokens: int | None = None


class Evidence:
    """A table of strings with its profile and the question; ``folder`` is where the cells of images lead to.

    Places count from 0; ``rows`` gives the source row at each.
    """

    def __init__(self, table: pd.DataFrame, profile: TableProfile, question: Question, folder: Path | None) -> None:
        self.table = table
        self.profile = profile
        self.question = question
        self.folder = folder
        self.rows: list[int] = table.index.tolist()

    def cells(self, column: str, first: int | None = None) -> list[str]:
        """The column's cells as they were written, or only the first of them."""
        cells: list[str] = self.table[column].iloc[:first].tolist()
        return cells

    @cached_property
    def labels(self) -> list[str] | None:
        """The label of each row, as it was written; None when there are none, or answers are no labels: a number, a
        text, a list of tags."""
        target = self.question.target
        if target is None or self.question.measured:
            return None
        labels = self.cells(target)
        distinct = len(set(labels))
        return labels if distinct <= _FEW_LABELS or distinct <= min(_MOST_LABELS, len(labels) / 2) else None

    @cached_property
    def label_counts(self) -> Counter[str]:
        """How many rows each label has, empty ones left out."""
        return Counter(label for label in self.labels or () if label.strip())

    @cached_property
    def texts(self) -> list[str]:
        """What is read of each row as one text; empty where nothing is."""
        return ["\n".join(parts) for parts in zip(*map(self.cells, self.question.texts), strict=True)]

    @cached_property
    def contents(self) -> list[str]:
        """What makes rows the same: their texts in normal form, their images, or everything that a model reads."""
        question = self.question
        if question.texts:
            columns = (map(near_duplicates.normal, self.texts), *map(self.cells, question.passages))
            return ["\n".join(row) for row in zip(*columns, strict=True)]
        read = question.images or (question.features if question.reads_features else ())
        if not read:
            return []
        rows = zip(*map(self.cells, read), strict=True)
        return ["\x1f".join(row) if any(map(str.strip, row)) else "" for row in rows]

    @cached_property
    def same(self) -> list[list[int]]:
        """Places of equal contents, two and more a group."""
        places: dict[str, list[int]] = {}
        for place, content in enumerate(self.contents):
            if content:
                places.setdefault(content, []).append(place)
        return [group for group in places.values() if len(group) > 1]

    @cached_property
    def alike(self) -> list[list[int]]:
        """Places of equal or nearly equal contents, two and more a group; tables of features know equal ones only, and
        so do texts about passages, which ask different things in nearly the same words."""
        if self.question.texts and not self.question.passages:
            return near_duplicates.groups(self.texts)
        if len(self.question.images) == 1 and self.folder is not None:
            return self._alike_images(self.question.images[0], self.folder)
        return self.same

    def columns(self, *kinds: str) -> list[ColumnProfile]:
        """Columns of these kinds besides texts, images and the answer, whether a model reads them or not."""
        features = set(self.question.features)
        return [column for column in self.profile.columns if column.name in features and column.kind in kinds]

    def source(self, places: list[int]) -> list[int]:
        """The source rows at these places."""
        return [self.rows[place] for place in places]

    def _alike_images(self, column: str, folder: Path) -> list[list[int]]:
        places: dict[str, list[int]] = {}
        for place, cell in enumerate(self.cells(column)):
            if cell:
                places.setdefault(cell, []).append(place)
        cells = list(places)
        found = similar_images.groups(similar_images.prints([folder / cell for cell in cells]))
        near = {cell for group in found for cell in group}
        groups = [sorted(place for cell in group for place in places[cells[cell]]) for group in found]
        groups += [places[cell] for number, cell in enumerate(cells) if number not in near and len(places[cell]) > 1]
        return sorted(groups)
