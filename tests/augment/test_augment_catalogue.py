"""What all augmentation steps have in common, and what a recipe's steps become together."""

import subprocess
import sys

import numpy as np
import pytest

from workbench.augment import draws, mixing
from workbench.augment.catalogue import STEPS, augmentation, offered
from workbench.augment.flip import Flip
from workbench.augment.number_noise import NumberNoise
from workbench.augment.smote import Smote
from workbench.augment.word_swap import WordSwap


@pytest.mark.parametrize("kind", STEPS, ids=lambda kind: kind.__name__)
def test_every_step_explains_itself(kind):
    assert kind.title and kind.group and kind.icon
    assert kind.summary.endswith(".") and kind.hurts.endswith(".")
    assert all(field.title and field.description for name, field in kind.model_fields.items() if name != "step")


@pytest.mark.parametrize("kind", STEPS, ids=lambda kind: kind.__name__)
def test_presets_are_settings_of_the_step_and_the_usual_ones_its_defaults(kind):
    assert kind().model_copy(update=kind.at("usual")) == kind()
    gentle, usual, strong = (kind.at(strength) for strength in ("gentle", "usual", "strong"))
    assert gentle.keys() == usual.keys() == strong.keys() and gentle != usual
    for preset in (gentle, usual, strong):
        kind.model_validate({"step": kind.name(), **preset})
        assert {key: type(value) for key, value in preset.items()} == {
            key: kind.model_fields[key].annotation for key in preset
        }  # a slider refuses a whole number where it has fractions


def test_names_are_unique():
    assert len({kind.name() for kind in STEPS}) == len(STEPS)


def test_steps_are_offered_by_what_a_task_reads():
    assert {kind.kind for kind in offered({"text"})} == {"text"}
    assert set(offered({"text", "image", "features"})) == set(STEPS) and offered(("category", "number")) == ()


def test_steps_become_what_fits_their_kind():
    assert augmentation((), 7) is None
    made = augmentation((WordSwap(), Flip(), NumberNoise(), Smote()), 7)
    assert made.text and made.images and made.table and made.resample
    only = augmentation((WordSwap(),), 7)
    assert only.images is only.table is only.resample is None


def test_a_step_draws_by_its_place_in_the_recipe():
    alone = augmentation((WordSwap(rate=0.5),), 7).text("a b c d e f g h", 0, 0)
    second = augmentation((Flip(), WordSwap(rate=0.5)), 7).text("a b c d e f g h", 0, 0)
    assert alone != second


def test_draws_are_even_and_have_nothing_to_do_with_each_other():
    found = draws.uniforms(7, 0, range(2000), 0, 20)
    assert found.min() >= 0 and found.max() < 1
    assert np.histogram(found, 20, (0, 1))[0] == pytest.approx(2000, rel=0.1)
    others = [
        draws.uniforms(8, 0, range(2000), 0, 20),
        draws.uniforms(7, 1, range(2000), 0, 20),
        draws.uniforms(7, 0, range(2000), 1, 20),
        draws.uniforms(7, 0, range(1, 2001), 0, 20),
        np.roll(found, 1, axis=1),
    ]
    assert all(abs(np.corrcoef(found.ravel(), other.ravel())[0, 1]) < 0.02 for other in others)
    normal = draws.normals(7, 0, range(2000), 0, 20)
    assert (normal.mean(), normal.std()) == pytest.approx((0, 1), abs=0.02) and np.isfinite(normal).all()


def test_a_samples_draws_do_not_depend_on_the_others():
    whole = draws.uniforms(7, 3, [5, 2**40, 9], 2, 4)
    assert np.array_equal(draws.uniforms(7, 3, [9, 5], 2, 4), whole[[2, 0]])
    assert np.array_equal(draws.uniforms(7, 3, [5], 2, 2), whole[:1, :2])


@pytest.mark.parametrize("alpha", [0.1, 0.4, 1.0])
def test_shares_follow_the_beta_distribution(alpha):
    drawn = draws.uniforms(7, 0, range(20_000), 0, mixing.DRAWS)
    shares = mixing.shares(drawn, 1.0, alpha)
    assert shares.min() >= 0 and shares.max() <= 1
    variance = 1 / (4 * (2 * alpha + 1))
    assert (shares.mean(), shares.var()) == pytest.approx((0.5, variance), abs=0.01)
    half = mixing.shares(drawn, 0.25, alpha)
    assert (half < 1).mean() == pytest.approx(0.25 * (shares < 1).mean(), abs=0.02)
    assert (mixing.shares(drawn, 1.0, 0.0) == 1).all()


def test_partners_are_drawn_from_the_training_part_only():
    among = [3, 8, 21, 34]
    found = mixing.partners(7, 0, range(4000), among)
    assert set(found) == set(among)
    assert np.unique(found, return_counts=True)[1] == pytest.approx(1000, rel=0.15)


def test_importing_the_steps_imports_nothing_heavy():
    code = (
        "import sys, workbench.augment.catalogue; heavy = {'torch', 'kornia', 'imblearn', 'sklearn', 'scipy'}; "
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
