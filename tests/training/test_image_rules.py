"""What "auto" becomes for images."""

import pytest

from workbench.recipe import Training
from workbench.training import image_rules
from workbench.training.machine import Machine
from workbench.training.rules import plan_from


def plan(training: Training | None = None, **given):
    return plan_from(image_rules.choose(training or Training(), **({"rows": 1000, "longest": 28} | given)))


@pytest.mark.parametrize(("rows", "epochs"), [(50, 15), (1000, 12), (5000, 3), (10_000, 2), (50_000, 1)])
def test_the_fewer_images_the_more_often_each_is_seen(rows, epochs):
    assert plan(rows=rows).epochs == epochs


@pytest.mark.parametrize(("longest", "side"), [(0, 224), (8, 96), (48, 96), (49, 128), (112, 128), (113, 224)])
def test_small_images_are_enlarged_less(longest, side):
    assert plan(longest=longest).image_size == side


def test_what_somebody_chose_is_kept():
    chosen = Training(epochs=3, batch_size=5, learning_rate=0.01, precision="bf16")
    made = plan(chosen)
    assert (made.epochs, made.batch_size, made.learning_rate, made.precision) == (3, 5, 0.01, "bf16")


def test_a_processor_computes_large_images_in_parts_and_filters_exactly():
    large = plan(longest=640)
    assert large.micro_tokens == 16 and large.batch_size == 32
    assert plan().micro_tokens is None and plan(longest=640, device="cuda:0").micro_tokens is None
    fast = Machine(fp32=90, medium=90, medium_error=0, bf16=380, bf16_error=0.002, cores=2, threads=2, speedup=1.8)
    assert plan(machine=fast).precision == "fp32"
    assert plan(Training(method="head"), machine=fast).precision == "bf16"


def test_images_have_every_method_but_small_additions_and_a_new_network_has_one():
    facts = image_rules.choose(Training(method="last-blocks"), rows=1000, longest=28)
    assert set(facts["method"].options) == {"full", "staged", "last-blocks", "head"}
    assert facts["last_blocks"].value == 2 and plan_from(facts).last_blocks == 2
    new = image_rules.choose(Training(), rows=1000, longest=28, pretrained=False)
    assert "method" not in new and plan_from(new).method == "full"
