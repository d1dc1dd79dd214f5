"""What is known about a version's images: their sizes, formats and brightness."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.data.images import Picture


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the middle and the greatest of some numbers."""

    least: float
    median: float
    most: float


@dataclass(frozen=True, slots=True)
class ImageProfile:
    """``count`` images in rows, ``distinct`` of them different; sizes in pixels, brightness (mean grey) 0 to 255.

    ``sizes`` are the ten most frequent ("28 x 28"), ``formats`` and ``modes`` those of the files that came,
    ``changes`` what was done to how many of them.
    """

    count: int
    distinct: int
    width: Spread
    height: Spread
    brightness: Spread
    sizes: Mapping[str, int]
    formats: Mapping[str, int]
    modes: Mapping[str, int]
    changes: Mapping[str, int]


def from_dict(content: Mapping[str, Any]) -> ImageProfile:
    """The profile that was written as plain values."""
    spreads = {name: Spread(**content[name]) for name in ("width", "height", "brightness")}
    return ImageProfile(**{**content, **spreads})


class ImageTally:
    """Counts pictures one by one, in a few bytes each."""

    def __init__(self) -> None:
        self._widths, self._heights, self._brightness = array("L"), array("L"), array("f")
        self._sizes: Counter[tuple[int, int]] = Counter()
        self._formats: Counter[str] = Counter()
        self._modes: Counter[str] = Counter()
        self.changes: Counter[str] = Counter()

    def add(self, picture: Picture) -> None:
        self._widths.append(picture.width)
        self._heights.append(picture.height)
        self._brightness.append(picture.brightness)
        self._sizes[picture.width, picture.height] += 1
        self._formats[picture.format] += 1
        self._modes[picture.mode] += 1
        self.changes.update(picture.changes)

    def profile(self, distinct: int) -> ImageProfile | None:
        """What the images have in common; None when there were none. ``distinct`` is how many are different."""
        if not self._widths:
            return None
        return ImageProfile(
            count=len(self._widths),
            distinct=distinct,
            width=_spread(self._widths),
            height=_spread(self._heights),
            brightness=_spread(self._brightness),
            sizes={f"{width} x {height}": count for (width, height), count in self._sizes.most_common(10)},
            formats=dict(self._formats.most_common()),
            modes=dict(self._modes.most_common()),
            changes=dict(self.changes.most_common()),
        )

    def notes(self) -> tuple[str, ...]:
        """The sizes, and what was changed, as sentences."""
        profile = self.profile(0)
        if profile is None:
            return ()
        if len(self._sizes) == 1:
            size = f"All images have {next(iter(profile.sizes))} pixels."
        else:
            width, height = profile.width, profile.height
            size = (
                f"Images are {width.least:g} to {width.most:g} pixels wide and {height.least:g} to {height.most:g} "
                f"high ({width.median:g} x {height.median:g} in the middle)."
            )
        changed = ", ".join(f"{count:,} {what}" for what, count in profile.changes.items())
        return (size, *((f"Converted: {changed}.",) if changed else ()))


def _spread(values: Sequence[float]) -> Spread:
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return Spread(round(ordered[0], 1), round(median, 1), round(ordered[-1], 1))
