"""Finding: rows of the test or validation part that repeat a training row. Asked once a split is known."""

from collections.abc import Mapping

from workbench.findings.finding import Finding, Fix, Groups, shown

KIND = "crossing-duplicates"
TEXT = (
    "{count:,} of the {rows:,} rows for validation and test repeat a training row, nearly or exactly: they make the "
    "scores look better than they are."
)
TEXTS = (TEXT,)


def find(alike: Groups, parts: Mapping[int, str], fix: Fix) -> Finding | None:
    """What ``parts`` (source row to "train", "validation" or "test") make of the groups in ``alike``.

    ``fix`` is what leaves one row of each group.
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
        kind=KIND,
        level="warning",
        text=TEXT,
        values={"count": count, "rows": held_out},
        count=count,
        rows=shown(crossing),
        fix=fix,
    )
