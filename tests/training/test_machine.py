import dataclasses
import json
import time

import pytest
import torch

from workbench.training import machine


def test_what_was_measured_is_kept_and_torch_is_left_as_it_was(tmp_path):
    before = torch.get_num_threads(), torch.get_float32_matmul_precision()
    assert machine.known(tmp_path) is None
    found = machine.measured(tmp_path)
    assert (torch.get_num_threads(), torch.get_float32_matmul_precision()) == before
    assert machine.known(tmp_path) == found
    assert found.fp32 > 0 and found.bf16 > 0 and 1 <= found.threads <= found.cores
    assert found.precision in ("fp32", "bf16") and found.matmul in ("highest", "medium")


@pytest.mark.parametrize(
    ("load", "hours", "holds"), [(0.1, 2, True), (0.9, 2, False), (0.9, 0.5, True), (0.1, 200, False)]
)
def test_what_was_measured_long_ago_or_on_a_busy_machine_is_measured_again(tmp_path, load, hours, holds):
    machine.measured(tmp_path)
    file = next(tmp_path.glob("machine-*.json"))
    then = json.loads(file.read_text()) | {"load": load, "measured_at": time.time() - 3600 * hours, "threads": 7}
    file.write_text(json.dumps(then))
    assert (machine.known(tmp_path) is not None) == holds
    assert (machine.measured(tmp_path).threads == 7) == holds


def test_it_says_when_other_work_was_in_the_way():
    found = machine.Machine(90, 91, 1e-7, 40, 3e-3, cores=8, threads=1, speedup=1.0, load=0.9)
    assert "other work" in found.threads_reason
    assert "other work" not in dataclasses.replace(found, load=0.0).threads_reason


def test_a_damaged_file_is_measured_again(tmp_path):
    machine.measured(tmp_path)
    file = next(tmp_path.glob("machine-*.json"))
    file.write_text("{")
    assert machine.known(tmp_path) is None
    assert machine.measured(tmp_path).fp32 > 0
