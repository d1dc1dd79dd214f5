"""How long does a zip of many small images take to become a data version, and in what memory?

python -m benchmarks.images_ingest [--images 100000] [--side 28]

The archive holds grey PNGs in ten folders. Reading (the child process decodes every image) and committing (every file
fsynced and listed) are told apart.
"""

import argparse
import io
import resource
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from workbench.services import datasets, projects
from workbench.services.workbench import open_workbench
from workbench.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--side", type=int, default=28)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.zip"
        write(path, options.images, options.side)
        store = open_workbench(Settings(Path(folder) / "store"))
        project = projects.create(store, "Benchmark")
        started = time.perf_counter()
        preview = datasets.preview_file(store, path)
        looked = time.perf_counter() - started
        started = time.perf_counter()
        version = datasets.import_file(store, project.id, path, name="images.zip")
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        print(f"{version.rows:,} images of {options.side} x {options.side}, {path.stat().st_size / 1e6:.0f} MB")
        print(f"preview  {looked:6.1f} s, {len(preview.pictures)} pictures")
        print(f"import   {seconds:6.1f} s, {version.rows / seconds:,.0f} images/s, {peak / 1e6:,.0f} MB in the reader")


def write(path: Path, count: int, side: int) -> None:
    """Images of blurred noise, all different."""
    chance = np.random.default_rng(1)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            coarse = chance.integers(0, 255, (7, 7), np.uint8)
            content = io.BytesIO()
            Image.fromarray(coarse).resize((side, side)).save(content, "PNG")
            archive.writestr(f"images/class{number % 10}/{number:06}.png", content.getvalue())


if __name__ == "__main__":
    main()
