"""A GPU counts only where the installed torch can use it; torch is not imported to know."""

import subprocess
import sys
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

from workbench.jobs import devices
from workbench.settings import ROOT

NVIDIA_SMI = "#!/bin/sh\necho 'GPU 0: A Card (UUID: GPU-1)'\n"


@pytest.mark.parametrize(("cuda", "found"), [("None", ["cpu"]), ("'12.8'", ["cpu", "cuda:0"])])
def test_a_gpu_that_torch_was_not_built_for_is_not_offered(tmp_path, monkeypatch, cuda, found):
    (tmp_path / "version.py").write_text(
        f"__version__ = '2'\ncuda: Optional[str] = {cuda}\nhip: Optional[str] = None\n"
    )
    (tmp_path / "nvidia-smi").write_text(NVIDIA_SMI)
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(devices, "find_spec", lambda _name: SimpleNamespace(origin=str(tmp_path / "__init__.py")))
    monkeypatch.setattr(devices.platform, "system", lambda: "Linux")
    assert [device.name for device in devices.present()] == found


def test_the_installed_torch_is_asked_without_being_imported():
    code = (
        "import sys; from workbench.jobs import devices; said = devices.torch_has_cuda(); "
        "assert 'torch' not in sys.modules; import torch; assert said == (torch.version.cuda is not None)"
    )
    assert find_spec("torch")
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
