"""What a table of images tells every task that reads them: its labels, their usual size, what would spoil a result."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from workbench.data.profiles.profile import ColumnProfile, TableProfile
from workbench.tasks.label_findings import MANY_LABELS
from workbench.tasks.protocol import Finding, Split

LOOKED_AT = 100  # images whose size tells that of all
TINY = 8  # pixels of the longer side below which little can be seen
FEW_ROWS = 100  # images for training
ENDINGS = (".png", ".jpg")  # of stored images


def label_of(profile: TableProfile) -> ColumnProfile | None:
    """The column that looks most like labels, if any does."""
    best = max((column for column in profile.columns if column.name != "image"), key=_like_label, default=None)
    return best if best is not None and _like_label(best) > 0 else None


def usual_side(cells: Sequence[str]) -> int:
    """The longer side of the middle one of some images, in pixels; 0 where none of them is a file."""
    from PIL import Image

    sides = []
    for cell in cells[:: max(1, len(cells) // LOOKED_AT)]:
        if Path(cell).is_file():
            with Image.open(cell) as image:
                sides.append(max(image.size))
    return round(median(sides)) if sides else 0


def findings(split: Split, when_few: str) -> list[Finding]:
    """Rows without images, images in several parts, tiny ones, few of them; ``when_few`` is the remedy for these."""
    found = []
    parts = (split.train, split.validation, split.test)
    missing = sum(int((~part["image"].str.endswith(ENDINGS)).sum()) for part in parts)
    if missing:
        found.append(
            Finding(
                "error",
                "CHECK-46",
                f"{missing:,} {'row has' if missing == 1 else 'rows have'} no image.",
                "Add the preparation step 'Drop empty rows'.",
            )
        )
    seen = set(split.train["image"])
    shared = sum(int(part["image"].isin(seen).sum()) for part in (split.validation, split.test))
    if shared:
        found.append(
            Finding(
                "warning",
                "CHECK-44",
                f"{shared:,} {'image' if shared == 1 else 'images'} of validation and test also occur in training, so "
                "the scores will look better than they are.",
                "Add the preparation step 'Drop duplicates'.",
            )
        )
    side = usual_side(split.train["image"].tolist())
    if 0 < side < TINY:
        found.append(
            Finding(
                "warning",
                "CHECK-SIZE",
                f"Most images have only {side} pixels on their longer side.",
                "What a person cannot see in them cannot be learned either: bring larger ones if there are any.",
            )
        )
    if len(split.train) < FEW_ROWS:
        found.append(
            Finding("warning", "CHECK-FEW", f"Only {len(split.train)} images are left to learn from.", when_few)
        )
    return found


def _like_label(column: ColumnProfile) -> float:
    """How much a column looks like labels: at least two that repeat, few of them, and best if it is called so."""
    if column.name in ("file", "boxes") or not 2 <= column.distinct <= MANY_LABELS:
        return 0.0
    if column.name == "label":
        return 2.0
    return 1 / column.distinct if column.kind in ("category", "number") else 0.0
