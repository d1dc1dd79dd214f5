"""Waiting for room without any process: told once, over when there is room, and when somebody wants an end."""

import shutil

import pytest

from workbench.errors import NoRoom, StoreError
from workbench.jobs import worker_room
from workbench.jobs.worker_room import SPARE, GivenUp, Room


class Listener:
    """What a room tells, and what is asked of it in turn."""

    def __init__(self, *asked):
        self.asked, self.told, self.phases = list(asked), [], []

    def point(self, point): ...

    def progress(self, **changes):
        self.phases.append((changes.get("phase"), changes.get("waits_for")))

    def event(self, kind, text):
        self.told.append(text)

    def control(self):
        now = self.asked.pop(0) if self.asked else None
        if isinstance(now, Exception):
            raise now
        return now


@pytest.fixture(autouse=True)
def disk(monkeypatch, tmp_path):
    """What is free at every look; the last value stays."""
    free = [0]
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(worker_room, "LOOK", 0.0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free.pop(0) if len(free) > 1 else free[0]))
    return free


def test_case_52_what_could_not_be_written_is_written_once_there_is_room(tmp_path, disk):
    disk[:] = [0, 0, 1000, SPARE + 500]
    full = [NoRoom("full", remedy=""), NoRoom("full", remedy=""), None]
    listener = Listener(StoreError("no room for the store either", remedy=""))

    def work():
        failed = full.pop(0)
        if failed:
            raise failed

    Room(tmp_path, listener).write(work, 500)
    assert full == []
    assert len(listener.told) == 1  # the second time was no news
    assert f"20 MB are needed in {tmp_path}" in listener.told[0]
    assert listener.phases[-1] == ("scoring", "")


@pytest.mark.parametrize("wish", ["pause", "cancel"])
def test_case_52_who_waits_for_room_can_be_ended(tmp_path, wish):
    listener = Listener(None, wish)
    with pytest.raises(GivenUp):
        Room(tmp_path, listener).wait(10)
    assert listener.phases[-1] == (None, "")
    assert "will be learned again" in listener.told[-1]
