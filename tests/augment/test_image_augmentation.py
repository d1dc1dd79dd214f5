"""Image augmentation: what becomes of a sample depends on seed, epoch and row alone, whatever batch it is in."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from workbench.augment import colours, geometry
from workbench.augment.blur import Blur
from workbench.augment.boxes import boxes
from workbench.augment.catalogue import STEPS, augmentation
from workbench.augment.colour_jitter import ColourJitter
from workbench.augment.crop_and_resize import CropAndResize
from workbench.augment.cutmix import CutMix
from workbench.augment.draws import uniforms
from workbench.augment.erase import Erase
from workbench.augment.flip import Flip
from workbench.augment.grey import Grey
from workbench.augment.image_augmenter import _sampled
from workbench.augment.mixup import Mixup
from workbench.augment.pixel_noise import PixelNoise
from workbench.augment.rand_augment import CHANGES, RandAugment
from workbench.augment.rotate import Rotate
from workbench.augment.shift_scale_shear import ShiftScaleShear

ALL = [kind for kind in STEPS if kind.kind == "image"]
MIXING = [Mixup, CutMix]
ROWS = [4, 17, 2**40, 90, 91, 5]
OFF = {
    Flip: {"across": 0, "down": 0},
    Rotate: {"degrees": 0},
    CropAndResize: {"smallest": 1},
    ShiftScaleShear: {"shift": 0, "scale": 0, "shear": 0},
    ColourJitter: {"brightness": 0, "contrast": 0, "saturation": 0, "hue": 0},
    Grey: {"chance": 0},
    Blur: {"width": 0},
    PixelNoise: {"strength": 0},
    Erase: {"largest": 0},
    RandAugment: {"magnitude": 0},
    Mixup: {"alpha": 0},
    CutMix: {"alpha": 0},
}


def pictures(count=6, height=24, width=32, seed=1):
    """Smooth random images, so that a shift of a hundredth of a pixel makes a small difference."""
    small = torch.rand(count, 3, 5, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(small, (height, width), mode="bicubic").clamp(0, 1)


def strong(kind):
    return kind(**kind.at("strong"))


def augmented(steps, images, rows=ROWS, epoch=0, seed=7, partners=None):
    return augmentation(steps, seed).images.apply(images, rows, epoch, partners)


EVERYTHING = tuple(strong(kind) for kind in ALL)


@pytest.mark.parametrize("steps", [*[(strong(kind),) for kind in ALL], EVERYTHING], ids=lambda steps: steps[0].step)
def test_a_sample_is_the_same_in_every_batch_and_order(steps):
    images, partners = pictures(), pictures(seed=2)
    whole, weights = augmented(steps, images, partners=partners)
    order = [3, 0, 5, 1, 4, 2]
    shuffled, of_shuffled = augmented(steps, images[order], [ROWS[place] for place in order], partners=partners[order])
    assert torch.equal(shuffled, whole[order]) and torch.equal(of_shuffled, weights[order])
    for place, row in enumerate(ROWS):
        one = slice(place, place + 1)
        alone, weight = augmented(steps, images[one], [row], partners=partners[one])
        assert torch.equal(alone, whole[one]) and weight == weights[place]


def test_another_process_with_other_threads_and_torch_seed_gives_the_same():
    code = """
import torch
from tests.augment.test_image_augmentation import EVERYTHING, augmented, pictures
torch.set_num_threads(1); torch.manual_seed(1)
images, weights = augmented(EVERYTHING, pictures(), partners=pictures(seed=2))
print(images.double().sum().item().hex(), weights.double().sum().item().hex())
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    images, weights = augmented(EVERYTHING, pictures(), partners=pictures(seed=2))
    assert said.split() == [images.double().sum().item().hex(), weights.double().sum().item().hex()]


@pytest.mark.parametrize("kind", ALL)
def test_values_shape_and_input_are_kept(kind):
    images, partners = pictures(), pictures(seed=2)
    before, other = images.clone(), partners.clone()
    for epoch in range(3):
        changed, weights = augmented((strong(kind),), images, epoch=epoch, partners=partners)
        assert changed.shape == images.shape and changed.dtype == torch.float32
        assert changed.min() >= 0 and changed.max() <= 1
        assert weights.shape == (len(ROWS),) and weights.min() >= 0 and weights.max() <= 1
        assert kind in MIXING or torch.equal(weights, torch.ones(len(ROWS)))
    assert torch.equal(images, before) and torch.equal(partners, other)


@pytest.mark.parametrize("kind", ALL)
def test_epochs_rows_and_seeds_draw_anew(kind):
    image, partner = pictures(1), pictures(1, seed=2)
    steps = (strong(kind).model_copy(update={"chance": 1.0} if "chance" in kind.model_fields else {}),)
    steps = (Flip(across=0.5, down=0.5),) if kind is Flip else (Grey(chance=0.5),) if kind is Grey else steps

    def versions(**places):
        made = [augmented(steps, image, partners=partner, **{"rows": [1]} | place)[0] for place in zipped(places)]
        return len({version.numpy().tobytes() for version in made})

    def zipped(places):
        return [dict(zip(places, values, strict=True)) for values in zip(*places.values(), strict=True)]

    most = {Flip: 4, Grey: 2}.get(kind, 16)
    for place in ({"epoch": range(16)}, {"seed": range(16)}, {"rows": [[row] for row in range(16)]}):
        assert versions(**place) > most / 2


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("size", [(24, 32), (8, 8), (1, 1)])
def test_a_strength_of_zero_changes_nothing(kind, size):
    images = pictures(height=size[0], width=size[1])
    changed, weights = augmented((kind(**OFF[kind]),), images, partners=pictures(seed=2, height=size[0], width=size[1]))
    torch.testing.assert_close(changed, images, atol=1e-5, rtol=0)
    assert torch.equal(weights, torch.ones(len(ROWS)))


@pytest.mark.parametrize("kind", ALL)
def test_the_smallest_image_and_no_images_are_no_problem(kind):
    tiny = torch.rand(len(ROWS), 3, 1, 1)
    assert augmented((strong(kind),), tiny, partners=tiny)[0].shape == tiny.shape
    assert augmented((strong(kind),), tiny[:0], rows=[], partners=tiny[:0])[0].shape == (0, 3, 1, 1)


def test_flips_are_exact():
    images = pictures()
    assert torch.equal(augmented((Flip(across=1),), images)[0], images.flip(3))
    assert torch.equal(augmented((Flip(across=0, down=1),), images)[0], images.flip(2))
    assert torch.equal(augmented((Flip(across=1, down=1),), images)[0], images.flip(2).flip(3))


@pytest.mark.parametrize("size", [(24, 24), (20, 40)])
def test_turned_by_a_right_angle_is_transposed_and_keeps_its_shape(size):
    image = pictures(1, *size)
    quarter = _sampled(image, geometry.rotated(np.array([90.0]), size[1] / size[0]))
    side = min(size)
    top, left = (size[0] - side) // 2, (size[1] - side) // 2
    middle = (..., slice(top, top + side), slice(left, left + side))
    torch.testing.assert_close(quarter[middle], image[middle].rot90(1, (2, 3)), atol=1e-4, rtol=0)


def test_shifts_and_magnifications_go_where_they_say():
    image = pictures(1, 20, 20)
    moved = _sampled(image, geometry.shifted(np.array([0.2]), np.array([0.0])))  # two pixels of twenty
    torch.testing.assert_close(moved[..., :18], image[..., 2:], atol=1e-4, rtol=0)
    halved = _sampled(image, geometry.scaled(np.array([1.0]), np.array([-1.0])))
    assert torch.equal(halved, image.flip(2))


def test_several_changes_of_position_are_one_and_done_in_order():
    image = pictures(1, 32, 32)
    turn, move = geometry.rotated(np.array([90.0]), 1), geometry.shifted(np.array([0.5]), np.array([0.0]))
    once = _sampled(image, turn @ move)
    twice = _sampled(_sampled(image, turn), move)
    torch.testing.assert_close(once[..., :16], twice[..., :16], atol=1e-3, rtol=0)


def test_a_crop_stays_within_the_image():
    drawn = uniforms(7, 0, range(2000), 0, CropAndResize.draws)
    matrices = CropAndResize(smallest=0.2).geometry(drawn, 1.0)
    corners = matrices @ np.array([[-1, -1, 1], [1, 1, 1]]).T
    assert np.abs(corners[:, :2]).max() <= 1 + 1e-9
    areas = matrices[:, 0, 0] * matrices[:, 1, 1]
    assert 0.2 <= areas.min() < 0.22 and 0.98 < areas.max() <= 1


def test_colours_change_as_pillow_changes_them():
    from PIL import Image, ImageEnhance

    image = pictures(1, 16, 16)
    picture = Image.fromarray((image[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8))
    image = torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1)[None].float() / 255
    means = image.mean((2, 3))
    factor = np.array([0.6])
    for change, enhance in (
        (colours.brightness(factor, means), ImageEnhance.Brightness),
        (colours.contrast(factor, means), ImageEnhance.Contrast),
        (colours.saturation(factor, means), ImageEnhance.Color),
    ):
        matrix, offset = change
        ours = (matrix[0] @ image[0].flatten(1) + offset[0][:, None]).view_as(image[0])
        theirs = torch.from_numpy(np.asarray(enhance(picture).enhance(0.6)).copy()).permute(2, 0, 1).float() / 255
        torch.testing.assert_close(ours, theirs, atol=2.5 / 255, rtol=0)


def test_hue_leaves_greys_and_a_third_of_a_turn_makes_red_green():
    means = torch.zeros(1, 3)
    matrix = colours.hue(np.array([1 / 3]), means)[0][0]
    torch.testing.assert_close(matrix @ torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 1, 0]), atol=1e-6, rtol=0)
    torch.testing.assert_close(matrix @ torch.full((3,), 0.4), torch.full((3,), 0.4))


def test_grey_has_three_equal_channels():
    grey = augmented((Grey(chance=1),), pictures())[0]
    torch.testing.assert_close(grey[:, 0], grey[:, 1])
    torch.testing.assert_close(grey[:, 0], grey[:, 2])


def test_blur_smooths_and_keeps_the_mean_about():
    images = torch.rand(len(ROWS), 3, 64, 64)
    blurred = augmented((Blur(chance=1, width=3),), images)[0]
    assert (blurred.std(dim=(1, 2, 3)) < images.std(dim=(1, 2, 3))).all()
    torch.testing.assert_close(blurred.mean((1, 2, 3)), images.mean((1, 2, 3)), atol=0.01, rtol=0)


def test_noise_is_as_strong_as_asked():
    images = torch.full((400, 3, 16, 16), 0.5)
    noisy = augmented((PixelNoise(chance=1, strength=0.1),), images, rows=range(400))[0]
    spread = noisy.flatten(1).std(dim=1)
    assert spread.max() < 0.115 and spread.mean() == pytest.approx(0.05, abs=0.005)


def test_boxes_lie_within_the_image_and_have_their_area():
    drawn = uniforms(7, 0, range(3000), 0, 4)
    found = boxes(drawn[:, 0], drawn[:, 1:], 100, 150)
    top, bottom, left, right = found.T
    assert (top >= 0).all() and (top <= bottom).all() and bottom.max() <= 100
    assert (left >= 0).all() and (left <= right).all() and right.max() <= 150
    areas = (bottom - top) * (right - left) / 15_000
    assert np.abs(areas - drawn[:, 0]).max() < 0.02


def test_what_is_hidden_has_the_mean_colour():
    images = pictures()
    changed = augmented((Erase(chance=1, largest=0.4),), images)[0]
    for before, after in zip(images, changed, strict=True):
        hidden = (before != after).any(dim=0)
        colour = before.mean(dim=(1, 2))
        assert hidden.any() and torch.allclose(after[:, hidden], colour[:, None].expand(-1, int(hidden.sum())))


def test_every_change_of_rand_augment_comes_up_and_a_stronger_one_changes_more():
    step = RandAugment(changes=1, magnitude=8)
    drawn = uniforms(7, 0, range(600), 0, RandAugment.draws)
    for name in CHANGES:
        share = (step._amount(drawn, 0, name) != 0).mean()
        assert share == pytest.approx(1 / len(CHANGES), abs=0.04)
    images = pictures(1).expand(300, -1, -1, -1)
    by = [
        (augmented((RandAugment(magnitude=magnitude),), images, rows=range(300))[0] - images).abs().mean()
        for magnitude in (1, 5, 10)
    ]
    assert by[0] < by[1] < by[2]


@pytest.mark.parametrize("kind", MIXING)
def test_the_weight_is_the_share_of_the_image_itself(kind):
    """White images mixed with black ones: their mean is the weight."""
    rows = range(200)
    white, black = torch.ones(200, 3, 20, 20), torch.zeros(200, 3, 20, 20)
    step = kind(chance=0.5, alpha=0.8)
    mixed, weights = augmented((step,), white, rows=rows, partners=black)
    torch.testing.assert_close(mixed.mean(dim=(1, 2, 3)), weights, atol=1e-5, rtol=0)
    assert (weights < 1).float().mean() == pytest.approx(0.5, abs=0.1)
    images = augmentation((step,), 7).images
    partners = images.partners(rows, 0, range(1000, 1010))
    assert ((partners == np.arange(200)) == (weights.numpy() == 1)).mean() > 0.97  # a mixture may round to nothing
    assert set(partners[partners >= 200]) == set(range(1000, 1010))


def test_a_sample_is_mixed_by_one_step_at_most():
    rows = range(300)
    white, black = torch.ones(300, 3, 20, 20), torch.zeros(300, 3, 20, 20)
    mixed, weights = augmented((Mixup(chance=0.5, alpha=1), CutMix(chance=1)), white, rows=rows, partners=black)
    torch.testing.assert_close(mixed.mean(dim=(1, 2, 3)), weights, atol=1e-5, rtol=0)
    shown_through = ((mixed > 0) & (mixed < 1)).flatten(1).any(dim=1)
    assert shown_through.float().mean() == pytest.approx(0.5, abs=0.1)


def test_without_mixing_there_are_no_partners_and_with_it_they_are_needed():
    assert augmentation((Flip(),), 7).images.partners([1, 2], 0, [1, 2, 3]) is None
    with pytest.raises(ValueError, match="'mixup'"):
        augmented((Mixup(),), pictures())
