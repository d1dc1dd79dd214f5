"""Folders in which something is being made: they go with their maker, however it ends, and with nobody else."""

import os
import signal
import subprocess
import sys

from workbench.artefacts import staging
from workbench.artefacts.folders import STAGING
from workbench.settings import ROOT

MAKER = """
import sys, time
from pathlib import Path
from workbench.artefacts import staging
with staging.held_folder(Path(sys.argv[1])) as folder:
    (folder / "table.parquet").write_bytes(b"half of it")
    print("made", flush=True)
    time.sleep(60)
"""


def test_a_folder_goes_with_its_block(tmp_path):
    with staging.held_folder(tmp_path) as folder:
        (folder / "a").write_text("x")
        assert staging.sweep(tmp_path / STAGING) == 0 and (folder / "a").exists()
    assert not list((tmp_path / STAGING).iterdir())


def test_case_53_what_a_killed_process_left_goes_at_the_next_import(tmp_path):
    maker = subprocess.Popen([sys.executable, "-c", MAKER, tmp_path], stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert maker.stdout.readline() == b"made\n"
        (left,) = (path for path in (tmp_path / STAGING).iterdir() if path.is_dir())
        with staging.held_folder(tmp_path):
            assert (left / "table.parquet").exists()  # its maker lives
        os.kill(maker.pid, signal.SIGKILL)
        maker.wait()
        with staging.held_folder(tmp_path):
            assert not left.exists()
    finally:
        maker.kill()
        maker.stdout.close()
        maker.wait()
    assert not list((tmp_path / STAGING).iterdir())
