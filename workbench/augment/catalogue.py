"""All augmentation steps in the order in which a page offers them, and what a recipe's steps become together."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.augment.blur import Blur
from workbench.augment.character_noise import CharacterNoise
from workbench.augment.colour_jitter import ColourJitter
from workbench.augment.crop_and_resize import CropAndResize
from workbench.augment.cutmix import CutMix
from workbench.augment.erase import Erase
from workbench.augment.flip import Flip
from workbench.augment.grey import Grey
from workbench.augment.image_augmenter import ImageAugmenter
from workbench.augment.image_step import ImageStep, MixingStep
from workbench.augment.keyboard_typos import KeyboardTypos
from workbench.augment.letter_case import LetterCase
from workbench.augment.mixup import Mixup
from workbench.augment.number_noise import NumberNoise
from workbench.augment.pixel_noise import PixelNoise
from workbench.augment.rand_augment import RandAugment
from workbench.augment.rotate import Rotate
from workbench.augment.row_mixup import RowMixup
from workbench.augment.shift_scale_shear import ShiftScaleShear
from workbench.augment.smote import Smote
from workbench.augment.step import AugmentStep, Kind
from workbench.augment.synonym_replacement import SynonymReplacement
from workbench.augment.table_augmenter import TableAugmenter
from workbench.augment.text_step import TextStep, draw
from workbench.augment.word_dropout import WordDropout
from workbench.augment.word_insertion import WordInsertion
from workbench.augment.word_swap import WordSwap

if TYPE_CHECKING:
    import pandas as pd

STEPS: tuple[type[AugmentStep], ...] = (
    *(WordDropout, WordSwap, WordInsertion, SynonymReplacement, KeyboardTypos, CharacterNoise, LetterCase),
    *(Flip, Rotate, CropAndResize, ShiftScaleShear, ColourJitter, Grey, Blur, PixelNoise, Erase, RandAugment),
    *(Mixup, CutMix),
    *(NumberNoise, RowMixup, Smote),
)

KINDS: Mapping[str, Kind] = {"text": "text", "image": "image", "features": "table"}  # what a role's kind is to steps

TextAugmenter = Callable[[str, int, int], str]  # (text, epoch, row) -> text
Resampler = Callable[["pd.DataFrame", str, Sequence[str], Sequence[str], int], "pd.DataFrame"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What a recipe's steps do to each kind of input; None where they do nothing to it.

    ``text``, ``images`` and ``table`` are pure functions of seed, epoch and source row. ``resample`` makes new rows
    once: (training rows, target, columns of numbers, of categories, the first row number that is free) -> more rows.
    """

    text: TextAugmenter | None = None
    images: ImageAugmenter | None = None
    table: TableAugmenter | None = None
    resample: Resampler | None = None


def augmentation(steps: Sequence[AugmentStep], seed: int) -> Augmentation | None:
    """What ``steps`` do together, each with random numbers of its place in the recipe; None when there are none."""
    if not steps:
        return None
    placed = list(enumerate(steps))
    texts = tuple((place, step) for place, step in placed if isinstance(step, TextStep))
    images = tuple((place, step) for place, step in placed if isinstance(step, ImageStep))
    mixing = tuple((place, step) for place, step in placed if isinstance(step, MixingStep))
    numbers = tuple((place, step) for place, step in placed if isinstance(step, NumberNoise | RowMixup))
    smote = next((step for step in steps if isinstance(step, Smote)), None)
    return Augmentation(
        text=_text(texts, seed) if texts else None,
        images=ImageAugmenter(seed, images, mixing) if images or mixing else None,
        table=TableAugmenter(seed, numbers) if numbers else None,
        resample=_resampler(smote, seed) if smote else None,
    )


def offered(inputs: Collection[str]) -> tuple[type[AugmentStep], ...]:
    """The steps for a task whose inputs are of these kinds, as its roles call them."""
    changed = {KINDS[name] for name in inputs if name in KINDS}
    return tuple(step for step in STEPS if step.kind in changed)


def _text(steps: Sequence[tuple[int, TextStep]], seed: int) -> TextAugmenter:
    def augment(text: str, epoch: int, row: int) -> str:
        for position, step in steps:
            text = step.apply(text, draw(seed, epoch, row, position))
        return text

    return augment


def _resampler(step: Smote, seed: int) -> Resampler:
    def resample(
        rows: "pd.DataFrame", target: str, numbers: Sequence[str], categories: Sequence[str], first: int
    ) -> "pd.DataFrame":
        return step.resample(rows, target, numbers, categories, seed, first)

    return resample
