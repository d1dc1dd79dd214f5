"""Memory that runs out, as a problem has it whose batches fit only in part."""

import errno

import pytest
import torch

from tests.training.problems import Killed, Points, Watcher, plan, same
from workbench.errors import TrainingError
from workbench.training import memory
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train

WORDS = {
    "host": "[enforce fail at alloc_cpu.cpp:121] . DefaultCPUAllocator: can't allocate memory: you tried to allocate",
    "device": "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB",
}


class Narrow(Points):
    """Points of which at most ``fits`` can be computed at once, from step ``after`` on; without dropout, which draws
    differently for other shapes."""

    def __init__(self, fits: int, error: Exception, after: int = 0) -> None:
        super().__init__()
        self.module[2].p = 0.0
        self.fits, self.error, self.after = fits, error, after
        self.seen: list[list[int]] = []  # the parts that were computed

    def loss(self, batch):
        x, y = batch
        if len(y) > self.fits and len(self.seen) >= self.after:
            super().loss((x[: self.fits], y[: self.fits]))[0].backward()  # it got somewhere before it failed
            raise self.error
        self.seen.append(len(y))
        return super().loss(batch)


def run(folder, problem, watcher=None, halvings=0, **changes):
    watcher = watcher or Watcher()
    checkpoints = Checkpoints(folder)
    outcome = train(problem, plan(**changes), seed=5, checkpoints=checkpoints, reporter=watcher, halvings=halvings)
    return outcome, watcher


def curve(watcher):
    return [point.values["loss"] for point in watcher.points]


@pytest.fixture
def wanted(tmp_path):
    return curve(run(tmp_path / "wanted", Narrow(100, MemoryError()))[1])


def heals(folder, error, wanted):
    problem = Narrow(2, error, after=3)
    _, watcher = run(folder, problem)
    assert curve(watcher) == pytest.approx(wanted, rel=1e-4)  # the same batches in the same order
    assert set(problem.seen[3:]) <= {1, 2}
    assert watcher.changes["halvings"] == 2
    first, second = (text for kind, text in watcher.events if kind == "notice")
    assert "step 4" in first and "4 rows instead of 8" in first and "2 rows instead of 4" in second
    assert "still learns from 8 rows a step" in first


def test_case_49_host_memory_that_runs_out_halves_what_is_computed_at_once(tmp_path, wanted):
    heals(tmp_path / "torch", RuntimeError(WORDS["host"]), wanted)
    heals(tmp_path / "python", MemoryError(), wanted)


def test_case_50_a_cards_memory_that_runs_out_halves_what_is_computed_at_once(tmp_path, wanted):
    heals(tmp_path, torch.OutOfMemoryError(WORDS["device"]), wanted)


def test_case_49_what_does_not_fit_after_three_halvings_fails_and_keeps_the_checkpoint(tmp_path):
    with pytest.raises(TrainingError) as raised:
        run(tmp_path, Narrow(1, MemoryError(), after=4), batch_size=32, checkpoint_steps=1)
    assert raised.value.code == "TRAIN-49" and "out of memory" in raised.value.what
    assert "only 4 rows at a time" in raised.value.what and "the checkpoint of step 4 is kept" in raised.value.what
    assert all(word in raised.value.remedy for word in ("batch size", "smaller model", "shorter texts"))
    assert Checkpoints(tmp_path).latest().step == 4


def test_case_50_one_row_that_does_not_fit_fails_at_once(tmp_path):
    with pytest.raises(TrainingError, match="only one row at a time"):
        run(tmp_path, Narrow(0, torch.OutOfMemoryError(WORDS["device"])), batch_size=1)


def test_case_49_a_resumed_run_remembers_and_is_exact(tmp_path):
    """From the checkpoint alone, and as the supervisor tells it."""
    changes = {"checkpoint_steps": 2}
    run(tmp_path / "whole", Narrow(4, MemoryError()), **changes)
    with pytest.raises(Killed):
        run(tmp_path / "killed", Narrow(4, MemoryError()), Watcher(kill=True, after=7), **changes)
    problem = Narrow(4, MemoryError())
    _, watcher = run(tmp_path / "killed", problem, **changes)
    assert not any(kind == "notice" for kind, _ in watcher.events)
    ends = [Checkpoints(tmp_path / name).latest().tensors["model"] for name in ("whole", "killed")]
    assert same(*ends)

    told = Narrow(4, MemoryError())
    _, watcher = run(tmp_path / "told", told, halvings=1, **changes)
    assert max(told.seen) == 4 and not any(kind == "notice" for kind, _ in watcher.events)
    assert same(Checkpoints(tmp_path / "told").latest().tensors["model"], ends[0])


def test_other_errors_are_no_matter_of_memory(tmp_path):
    with pytest.raises(RuntimeError, match="shapes"):
        run(tmp_path, Narrow(4, RuntimeError("shapes do not fit")))


def test_what_counts_as_memory():
    assert memory.ran_out(OSError(errno.ENOMEM, "Cannot allocate memory"))
    assert memory.ran_out(RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"))
    assert memory.ran_out(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"))
    assert not memory.ran_out(OSError(errno.ENOSPC, "No space left on device"))
    assert not memory.ran_out(ValueError("out of memory"))
