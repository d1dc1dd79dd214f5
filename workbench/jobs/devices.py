"""Which devices this machine has, found without importing torch, and their slots in the store."""

import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import select

from workbench.store.records import SlotRow
from workbench.store.session import Store


@dataclass(frozen=True, slots=True)
class Device:
    """A device that can hold one job: torch's name for it ("cpu", "cuda:0", "mps") and what people call it."""

    name: str
    title: str


def present() -> list[Device]:
    """The processor, the GPU of an Apple computer, and, if the installed torch can use them, every NVIDIA GPU."""
    found = [Device("cpu", f"Processor ({os.cpu_count() or 1} cores)")]
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        found.append(Device("mps", "Apple GPU"))
    return found + (_nvidia() if torch_has_cuda() else [])


def torch_has_cuda() -> bool:
    """Was the installed torch built for NVIDIA GPUs? Read from the file in which it says so, without importing it."""
    torch = find_spec("torch")
    if torch is None or torch.origin is None:
        return False
    try:
        text = Path(torch.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return True  # a build that does not say: the driver alone decides
    return re.search(r"^cuda\b[^=\n]*= *None\b", text, re.MULTILINE) is None


def fits(wanted: str, slot: str, slots: list[str]) -> bool:
    """May a job that wants ``wanted`` take ``slot``? "auto" waits for a GPU wherever there is one."""
    if wanted == "auto":
        return slot != "cpu" or slots == ["cpu"]
    return wanted == slot


def register(store: Store) -> None:
    """Make the slots of the store those of this machine; one that is held stays until its job ends."""
    devices = {device.name: device for device in present()}
    with store.session() as session:
        for row in session.scalars(select(SlotRow)):
            device = devices.pop(row.name, None)
            if device is not None:
                row.title = device.title
            elif row.job_id is None:
                session.delete(row)
        session.add_all(SlotRow(name=device.name, title=device.title, job_id=None) for device in devices.values())


def _nvidia() -> list[Device]:
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    try:
        listing = subprocess.run([command, "-L"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []  # a driver that does not answer is no device to train on
    lines = re.findall(r"^GPU \d+: (.*?)(?: \(UUID.*\))?$", listing, re.MULTILINE)
    return [Device(f"cuda:{number}", title) for number, title in enumerate(lines)]
