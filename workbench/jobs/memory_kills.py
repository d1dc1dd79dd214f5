"""How often the system ended a process because memory ran out: counters of the kernel, where there are any.

Linux counts for each group of processes (cgroup), whether the group's own limit was reached or the whole machine's; a
worker is in its supervisor's group. Only where no group has such a counter is the whole machine's read, which rises for
others' processes too.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

PROC, GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
COUNTER = "oom_kill"


def counters() -> tuple[Path, ...]:
    """Where the counter of this process's group may stand: cgroup v2, then v1, then the machine's."""
    return (*_groups(), PROC / "vmstat")


def count(places: Iterable[Path]) -> int | None:
    """The counter of the first place that has one; None where there is none, as on macOS and Windows."""
    for place in places:
        try:
            lines = place.read_text(encoding="ascii").splitlines()
        except (OSError, ValueError):
            continue
        for line in lines:
            name, _, value = line.partition(" ")
            if name == COUNTER and value.isdigit():
                return int(value)
    return None


def _groups() -> Iterator[Path]:
    """The files of this process's groups; in a container the group's own name may be out of sight, and is the root."""
    try:
        lines = (PROC / "self" / "cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, group = line.split(":", 2)
        if not kinds:
            yield GROUPS / group.lstrip("/") / "memory.events"
            yield GROUPS / "memory.events"
        elif "memory" in kinds.split(","):
            yield GROUPS / "memory" / group.lstrip("/") / "memory.oom_control"
            yield GROUPS / "memory" / "memory.oom_control"
