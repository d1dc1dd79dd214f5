"""What to make of an error that says that memory ran out, the computer's or a device's. Imports no torch."""

import errno

from workbench.errors import TrainingError

HALVINGS = 3  # an eighth of what was computed at once; what does not fit then is no matter of a little less
HOST, DEVICE = "TRAIN-49", "TRAIN-50"
REMEDY = (
    "Choose a smaller batch size, a smaller model, shorter texts or smaller images for a new run; or close other "
    "programs and resume this one."
)
_SIGNS = ("out of memory", "allocate memory", "not enough memory", "ALLOC_FAILED")  # CUDA and MPS; the CPU's; cuBLAS


def ran_out(error: BaseException) -> bool:
    """Whether ``error`` says that memory could not be had: Python's own, torch's for every device, the system's."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)
    )


def exhausted(device: str, step: int, rows: int, kept: int | None) -> TrainingError:
    """The end of a run of which ``rows`` rows at once do not fit; ``kept`` is the last checkpoint's step."""
    there = f"the checkpoint of step {kept:,} is kept" if kept is not None else "there is no checkpoint yet"
    computed = "one row" if rows == 1 else f"{rows} rows"
    return TrainingError(
        f"out of memory at step {step:,}, although only {computed} at a time were computed; {there}",
        code=HOST if device == "cpu" else DEVICE,
        remedy=REMEDY,
    )
