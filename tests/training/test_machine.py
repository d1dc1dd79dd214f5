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


def test_a_damaged_file_is_measured_again(tmp_path):
    machine.measured(tmp_path)
    file = next(tmp_path.glob("machine-*.json"))
    file.write_text("{")
    assert machine.known(tmp_path) is None
    assert machine.measured(tmp_path).fp32 > 0
