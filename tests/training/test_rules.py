import dataclasses
from typing import get_args

import pytest

from workbench.recipe import Training
from workbench.training.machine import Machine
from workbench.training.rules import choose, plan_from

AVX512 = Machine(90, 180, 7e-7, 350, 3e-3, cores=2, threads=2, speedup=1.6)
AMX = Machine(136, 370, 2.3e-3, 497, 2.9e-3, cores=4, threads=1, speedup=1.0)
PLAIN = Machine(90, 91, 1e-7, 40, 3e-3, cores=8, threads=4, speedup=3.0)


def facts(rows=1000, machine=AVX512, device="cpu", **training):
    return choose(Training(**training), lengths=[20] * rows, device=device, machine=machine)


def test_everything_auto_becomes_a_value_with_a_reason():
    chosen = facts()
    assert all(fact.reason.endswith(".") for fact in chosen.values())
    plan = plan_from(chosen)
    assert "auto" not in plan.to_dict().values()
    assert plan == plan_from({key: dataclasses.asdict(fact) for key, fact in chosen.items()})


def test_what_the_user_says_is_kept():
    plan = plan_from(facts(epochs=4, batch_size=5, learning_rate=0.5, precision="fp32", max_length=64, warmup=0.2))
    assert (plan.epochs, plan.batch_size, plan.learning_rate, plan.precision) == (4, 5, 0.5, "fp32")
    assert (plan.max_length, plan.warmup) == (64, 0.2)


def test_precision_follows_the_measurement():
    assert facts(machine=AVX512)["precision"].value == "bf16"
    assert facts(machine=AVX512)["matmul"].value == "medium"
    assert facts(machine=AMX)["matmul"].value == "highest"  # "medium" rounds there
    assert facts(machine=PLAIN)["precision"].value == "fp32"
    assert facts(machine=None)["precision"].value == "fp32"
    assert facts(machine=None, device="cuda:0")["precision"].value == "bf16"


def test_fp16_is_never_used_on_a_processor():
    chosen = facts(precision="fp16")["precision"]
    assert chosen.value == "fp32" and "slow" in chosen.reason


def test_fewer_rows_are_seen_more_often():
    epochs = [facts(rows=rows)["epochs"].value for rows in (100, 1000, 5000, 100_000)]
    assert epochs == sorted(epochs, reverse=True) and epochs[-1] >= 1


def test_short_texts_come_in_larger_batches_at_a_higher_rate():
    def chosen(length, rows=1000):
        facts = choose(Training(), lengths=[length] * rows)
        return facts["batch_size"].value, facts["learning_rate"].value

    assert chosen(20) == (32, 2e-4)
    assert chosen(80) == (16, 1e-4)
    assert chosen(20, rows=100) == (8, 1e-4)


def test_lengths_are_covered_and_capped():
    def length(lengths, device="cpu"):
        return choose(Training(), lengths=lengths, device=device)["max_length"]

    assert length([10] * 500).value == 32
    assert length([10] * 500 + [90] * 500).value == 96
    long = length([10] * 50 + [4000] * 50)
    assert long.value == 256 and "50.0%" in long.reason
    assert length([4000] * 10, device="cuda:0").value == 512


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("optimizer", name) for name in get_args(Training.model_fields["optimizer"].annotation)),
        *(("schedule", name) for name in get_args(Training.model_fields["schedule"].annotation)),
        ("class_weights", "balanced"),
        ("label_smoothing", 0.1),
        ("ema", 0.99),
        ("max_minutes", 5.0),
    ],
)
def test_every_choice_is_kept_with_a_reason_of_its_own(key, value):
    fact = facts(**{key: value})[key]
    assert fact.value == value and fact.reason.endswith(".")
    assert getattr(plan_from(facts(**{key: value})), key) == value
    other = {"optimizer": "adam", "schedule": "linear"}.get(key)
    if other != value:
        assert fact.reason != facts(**({key: other} if other else {}))[key].reason


@pytest.mark.parametrize("method", ["full", "head"])
def test_methods_are_explained(method):
    assert len(facts(method=method)["method"].reason) > 60


def test_optimisers_of_plain_steps_get_higher_rates_and_the_reason_says_so():
    for optimizer in ("sgd", "momentum"):
        chosen = facts(optimizer=optimizer)["learning_rate"]
        assert chosen.value == pytest.approx(100 * facts()["learning_rate"].value)
        assert "100 times the rate of AdamW" in chosen.reason
        assert facts(optimizer=optimizer, learning_rate=0.5)["learning_rate"].value == 0.5
    assert facts(optimizer="rmsprop")["learning_rate"] == facts()["learning_rate"]


@pytest.mark.parametrize("method", get_args(Training.model_fields["method"].annotation))
def test_every_method_says_what_it_needs_and_no_more(method):
    chosen = facts(method=method)
    assert set(chosen["method"].options) == set(get_args(Training.model_fields["method"].annotation))
    assert ("last_blocks" in chosen) == (method == "last-blocks")
    assert ("lora_rank" in chosen) == ("lora_targets" in chosen) == (method == "lora")
    assert ("layer_decay" in chosen) == (method not in ("head", "lora"))
    assert ("activation_checkpointing" in chosen) == (method != "head")
    assert plan_from(chosen).method == method


def test_adapters_follow_what_is_chosen():
    plan = plan_from(facts(method="lora", lora_rank=32))
    assert (plan.lora_rank, plan.lora_alpha, plan.lora_targets) == (32, 64, "attention")
    assert plan_from(facts(method="lora", lora_alpha=5, lora_targets="all")).lora_alpha == 5
    assert plan_from(facts(method="last-blocks", last_blocks=3)).last_blocks == 3
