"""Is this still the process that a row means? Its number alone does not say: numbers are given out again."""

from pathlib import Path

import psutil


def started(pid: int) -> float | None:
    """When the process started, in a measure that no clock change moves; None when there is no such process.

    On Linux clock ticks since boot (the kernel's own count), elsewhere what psutil says.
    """
    try:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return None
        if psutil.LINUX:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            return float(fields[19])  # the 22nd field, and two are before the bracket
        return psutil.Process(pid).create_time()
    except (psutil.Error, OSError):
        return None


def is_same(pid: int | None, pid_created: float | None) -> bool:
    """Is this still the process that the row means, and not a stranger that got its number?"""
    if pid is None or pid_created is None:
        return False
    found = started(pid)
    return found is not None and abs(found - pid_created) < 1
