"""All preparation steps, in the order in which a page offers them and in which they are best applied."""

from collections.abc import Sequence

from workbench.prepare.balance_labels import BalanceLabels
from workbench.prepare.bin_numbers import BinNumbers
from workbench.prepare.clip_numbers import ClipNumbers
from workbench.prepare.convert_images import ConvertImages
from workbench.prepare.crop_images import CropImages
from workbench.prepare.drop_columns import DropColumns
from workbench.prepare.drop_duplicates import DropDuplicates
from workbench.prepare.drop_empty import DropEmpty
from workbench.prepare.drop_labels import DropLabels
from workbench.prepare.drop_missing import DropMissing
from workbench.prepare.drop_near_duplicates import DropNearDuplicates
from workbench.prepare.drop_outliers import DropOutliers
from workbench.prepare.encode_categories import EncodeCategories
from workbench.prepare.fill_missing import FillMissing
from workbench.prepare.filter_rows import FilterRows
from workbench.prepare.hide_personal_data import HidePersonalData
from workbench.prepare.log_numbers import LogNumbers
from workbench.prepare.lowercase import Lowercase
from workbench.prepare.merge_labels import MergeLabels
from workbench.prepare.merge_rare_categories import MergeRareCategories
from workbench.prepare.normalise_unicode import NormaliseUnicode
from workbench.prepare.normalise_whitespace import NormaliseWhitespace
from workbench.prepare.pad_images import PadImages
from workbench.prepare.remove_control_characters import RemoveControlCharacters
from workbench.prepare.replace_links import ReplaceLinks
from workbench.prepare.resize_images import ResizeImages
from workbench.prepare.sample_rows import SampleRows
from workbench.prepare.scale_numbers import ScaleNumbers
from workbench.prepare.split_dates import SplitDates
from workbench.prepare.step import PrepareStep
from workbench.prepare.strip_html import StripHtml

STEPS: tuple[type[PrepareStep], ...] = (
    FilterRows,
    MergeLabels,
    DropLabels,
    DropColumns,
    StripHtml,
    RemoveControlCharacters,
    NormaliseUnicode,
    NormaliseWhitespace,
    ReplaceLinks,
    HidePersonalData,
    Lowercase,
    CropImages,
    PadImages,
    ResizeImages,
    ConvertImages,
    DropEmpty,
    DropMissing,
    DropDuplicates,
    DropNearDuplicates,
    SampleRows,
    DropOutliers,
    BalanceLabels,
    FillMissing,
    SplitDates,
    ClipNumbers,
    LogNumbers,
    ScaleNumbers,
    BinNumbers,
    MergeRareCategories,
    EncodeCategories,
)


def fitting(kinds: Sequence[str], *, label: bool) -> tuple[type[PrepareStep], ...]:
    """The steps that have something to work on, where inputs are of these ``kinds`` ("text", "image", "features").

    Words are in texts and in features; rows are always there.
    """
    there = {*kinds, "rows", *(["label"] if label else [])}
    if there & {"text", "features"}:
        there.add("words")
    return tuple(step for step in STEPS if step.needs in there)
