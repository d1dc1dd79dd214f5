"""Finding: rows of the test or validation part that repeat a training row. Asked once a split is known."""

from collections.abc import Mapping

from workbench.findings.finding import Finding, Fix, Groups, shown
from workbench.recipe import Step

TEXT = (
    "{count:,} of the {rows:,} rows for validation and test repeat a training row, nearly or exactly: they make the "
    "scores look better than they are."
)
FIX = "Drop the copies"
TEXTS = (TEXT, FIX)


def find(alike: Groups, parts: Mapping[int, str], step: Step) -> Finding | None:
    """What ``parts`` (source row to "train", "validation" or "test") make of the groups in ``alike``.

    ``step`` is the preparation step that leaves one row of each group.
    """
    crossing, count = [], 0
    for group in alike:
        kept = [row for row in group if row in parts]
        outside = [row for row in kept if parts[row] != "train"]
        if outside and len(outside) < len(kept):
            crossing.append(kept)
            count += len(outside)
    if not crossing:
        return None
    held_out = sum(part != "train" for part in parts.values())
    return Finding(
        kind="crossing-duplicates",
        level="warning",
        text=TEXT,
        values={"count": count, "rows": held_out},
        count=count,
        rows=shown(crossing),
        fix=Fix(FIX, step=step),
    )
