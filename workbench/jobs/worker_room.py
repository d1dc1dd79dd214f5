"""A run on a full disk: it waits, says how much is missing and where, and goes on by itself once there is room."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from workbench.errors import NoRoom, StoreError
from workbench.training.problem import Reporter

LOOK = 1.0  # seconds between two looks at the disk
SPARE = 20_000_000  # bytes beside what is written: the store itself has to go on too
_AGAIN = 60.0  # seconds within which a disk that is full again is no news


class GivenUp(Exception):
    """The run was asked to pause, cancel or end while it waited for room; what was saved before is as it was."""


class Room:
    """Waits for room on the disk of ``place``, and tells ``reporter``."""

    def __init__(self, place: Path, reporter: Reporter) -> None:
        self._place = place
        self._reporter = reporter
        self._waited = float("-inf")  # when it did so for the last time

    def write(self, work: Callable[[], None], needed: int) -> None:
        """Do ``work``, which writes ``needed`` bytes or nothing, once the disk has room for it. Raises GivenUp."""
        while not _fits(work):
            self.wait(needed, then="scoring")

    def wait(self, needed: int, *, then: str = "training") -> None:
        """Return once ``needed`` bytes and some to spare are free, to do what the phase ``then`` is. Raises GivenUp."""
        missing = needed + SPARE
        if time.monotonic() - self._waited > _AGAIN:
            self._reporter.event("warning", f"{self._sentence(missing)} It goes on by itself once there is room.")
        self._reporter.progress(phase="no room", waits_for=self._sentence(missing), seconds_left=None)
        while True:
            time.sleep(LOOK)  # also before the first look: a quota can be used up where the disk seems free
            self._asked()
            if shutil.disk_usage(self._place).free >= missing:
                break
        self._waited = time.monotonic()
        self._reporter.progress(phase=then, waits_for="")

    def _sentence(self, missing: int) -> str:
        free = shutil.disk_usage(self._place).free
        return (
            f"The disk is full: {missing / 1e6:,.0f} MB are needed in {self._place}, {free / 1e6:,.0f} MB are free. "
            "Make room there, or empty the bin in Settings."
        )

    def _asked(self) -> None:
        try:
            control = self._reporter.control()
        except StoreError:  # it lies on the same disk, and waits for the same room
            return
        if control in ("pause", "cancel"):
            text = "Ended while it waited for room. What it learned after its last checkpoint will be learned again."
            self._reporter.event("info", text)
            self._reporter.progress(waits_for="")
            raise GivenUp


def _fits(work: Callable[[], None]) -> bool:
    """Whether the disk had room for what ``work`` writes; what the error held is let go before anybody waits."""
    try:
        work()
    except NoRoom:
        return False
    return True
