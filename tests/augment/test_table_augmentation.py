"""Numbers are changed by seed, epoch and row alone; SMOTE adds rows that lie between those there are."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch

from workbench.augment.catalogue import augmentation
from workbench.augment.number_noise import NumberNoise
from workbench.augment.row_mixup import RowMixup
from workbench.augment.smote import Smote
from workbench.errors import DataError

ROWS = [4, 17, 2**40, 90, 91, 5]
VALUES = torch.from_numpy(np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32))
OTHERS = torch.from_numpy(np.random.default_rng(2).normal(size=(6, 4)).astype(np.float32))
STEPS = (NumberNoise(share=0.2), RowMixup(chance=0.7, alpha=0.5))


def test_a_row_is_the_same_in_every_batch_and_order():
    table = augmentation(STEPS, 7).table
    whole, weights = table.apply(VALUES, ROWS, 3, OTHERS)
    order = [3, 0, 5, 1, 4, 2]
    shuffled, of_shuffled = table.apply(VALUES[order], [ROWS[place] for place in order], 3, OTHERS[order])
    assert torch.equal(shuffled, whole[order]) and torch.equal(of_shuffled, weights[order])
    for place, row in enumerate(ROWS):
        one = slice(place, place + 1)
        alone, weight = augmentation(STEPS, 7).table.apply(VALUES[one], [row], 3, OTHERS[one])
        assert torch.equal(alone, whole[one]) and weight == weights[place]


@pytest.mark.parametrize("step", STEPS)
def test_epochs_rows_and_seeds_draw_anew(step):
    def value(seed=7, epoch=0, row=1):
        return augmentation((step,), seed).table.apply(VALUES[:1], [row], epoch, OTHERS[:1])[0].numpy().tobytes()

    for place in ("seed", "epoch", "row"):
        assert len({value(**{place: number}) for number in range(16)}) > 8


def test_a_strength_of_zero_changes_nothing():
    for step in (NumberNoise(share=0), RowMixup(chance=0), RowMixup(alpha=0)):
        changed, weights = augmentation((step,), 7).table.apply(VALUES, ROWS, 0, OTHERS)
        torch.testing.assert_close(changed, VALUES, atol=1e-6, rtol=0)
        assert torch.equal(weights, torch.ones(6))


def test_noise_is_a_share_of_each_columns_deviation():
    values, rows = torch.zeros(4000, 2), range(4000)
    table = augmentation((NumberNoise(share=0.1),), 7).table
    noisy, _ = table.apply(values, rows, 0, deviations=torch.tensor([1.0, 50.0]))
    assert noisy.std(dim=0).tolist() == pytest.approx([0.1, 5.0], rel=0.05)
    assert abs(np.corrcoef(noisy.numpy().T)[0, 1]) < 0.05


def test_a_mixture_lies_between_a_row_and_its_partner_by_its_weight():
    table = augmentation((RowMixup(chance=0.5, alpha=1),), 7).table
    mixed, weights = table.apply(torch.ones(400, 3), range(400), 0, torch.zeros(400, 3))
    torch.testing.assert_close(mixed, weights[:, None].expand(-1, 3))
    partners = table.partners(range(400), 0, [1000, 1001])
    assert np.array_equal(partners == np.arange(400), weights.numpy() == 1)
    assert set(partners[weights.numpy() < 1]) == {1000, 1001}


def test_without_mixing_there_are_no_partners_and_with_it_they_are_needed():
    assert augmentation((NumberNoise(),), 7).table.partners([1, 2], 0, [1, 2, 3]) is None
    with pytest.raises(ValueError, match="'row-mixup'"):
        augmentation((RowMixup(),), 7).table.apply(VALUES, ROWS, 0)


def birds(counts):
    """Training rows with as many of each label as ``counts`` says; the index has gaps, as after a split."""
    draw = np.random.default_rng(3)
    rows = []
    for place, (label, count) in enumerate(counts.items()):
        for _ in range(count):
            size = draw.normal(10 * place, 1)
            rows.append((f"{size:.3f}", str(draw.integers(1, 9)), ("red", "blue")[place % 2], "a note", label))
    columns = ["size", "eggs", "colour", "note", "label"]
    return pd.DataFrame(rows, columns=columns, index=range(0, 3 * len(rows), 3), dtype="str")


def resampled(rows, numbers=("size", "eggs"), categories=("colour",), seed=7, **settings):
    resample = augmentation((Smote(**settings),), seed).resample
    return resample(rows, "label", numbers, categories, 1000)


COUNTS = {"owl": 40, "jay": 12, "emu": 7}


def test_rare_labels_get_rows_up_to_the_asked_share():
    rows = birds(COUNTS)
    more = resampled(rows, ratio=0.5)
    assert Counter(more["label"]) == {"owl": 40, "jay": 20, "emu": 20}
    assert Smote(ratio=0.5).adds(COUNTS) == {"jay": 8, "emu": 13}
    pd.testing.assert_frame_equal(more.iloc[: len(rows)], rows)
    assert list(more.index[len(rows) :]) == list(range(1000, 1021))


def test_new_rows_are_strings_within_the_range_of_their_label():
    rows = birds(COUNTS)
    new = resampled(rows, ratio=1).iloc[len(rows) :]
    assert all(isinstance(cell, str) for cell in new.to_numpy().ravel())
    assert (new["eggs"].str.fullmatch(r"\d+")).all() and (new["note"] == "").all()
    for label, place in (("jay", 1), ("emu", 2)):
        old, made = rows[rows["label"] == label], new[new["label"] == label]
        assert (
            made["size"].astype(float).between(old["size"].astype(float).min(), old["size"].astype(float).max()).all()
        )
        assert set(made["colour"]) == {("red", "blue")[place % 2]}


@pytest.mark.parametrize(("numbers", "categories"), [(("size", "eggs"), ()), ((), ("colour", "eggs"))])
def test_numbers_alone_and_categories_alone_will_do(numbers, categories):
    more = resampled(birds(COUNTS), numbers, categories, ratio=1)
    assert set(Counter(more["label"]).values()) == {40}
    if categories:
        assert set(more["eggs"]) <= {str(number) for number in range(1, 9)}


def test_the_same_seed_gives_the_same_rows_and_another_gives_others():
    rows = birds(COUNTS)
    pd.testing.assert_frame_equal(resampled(rows), resampled(rows))
    assert not resampled(rows).equals(resampled(rows, seed=8))


def test_nothing_to_add_leaves_the_rows_as_they_are():
    rows = birds({"owl": 10, "jay": 9})
    assert resampled(rows, ratio=0.9) is rows and Smote(ratio=0).adds(COUNTS) == {}


def test_case_40_a_label_with_too_few_neighbours_is_named_with_the_remedy():
    with pytest.raises(DataError, match=r"AUGMENT-01 column 'label': the label 'emu' has 1 training row; SMOTE with 5"):
        resampled(birds({"owl": 20, "emu": 1}))
    assert len(resampled(birds({"owl": 20, "emu": 3}), neighbours=2)) == 30


@pytest.mark.parametrize(("cell", "says"), [("", "the cell is empty"), ("many", "holds 'many'"), ("1e400", "1e400")])
def test_a_cell_that_is_no_number_is_named(cell, says):
    rows = birds(COUNTS)
    rows.loc[9, "eggs"] = cell
    with pytest.raises(DataError, match=says) as refused:
        resampled(rows)
    assert refused.value.where == "row 10, column 'eggs'" and "Prepare page" in refused.value.remedy


def test_without_columns_there_is_nothing_between():
    with pytest.raises(DataError, match="AUGMENT-02"):
        resampled(birds(COUNTS), (), ())
