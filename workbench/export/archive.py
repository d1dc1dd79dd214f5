"""One file to download: the model folder as a zip, made once."""

import os
import uuid
import zipfile
from pathlib import Path

from workbench.artefacts import folders


def archive(folder: Path, target: Path, name: str) -> Path:
    """``target``: a zip of ``folder``, whose files lie below ``name/`` in it; made only if it is not there yet.

    Stored, not deflated: weights do not shrink. The file appears under its name only when it is complete.
    """
    if target.is_file():
        return target
    folders.verify(folder, hashes=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}-{uuid.uuid4().hex[:8]}")
    try:
        with partial.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, strict_timestamps=False) as zipped:
                for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                    zipped.write(path, f"{name}/{path.relative_to(folder).as_posix()}")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target
