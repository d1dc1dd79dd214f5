"""The process that writes a model in another format: torch is loaded here, and not by whoever asked."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from workbench import errands
from workbench.errors import ArtefactError
from workbench.export import formats
from workbench.export.formats.format import Tell


def main() -> int:
    """Write what a request names; the exit status tells when memory was not enough."""
    return errands.serve(_make)


def _make(line: bytes, say: Callable[[bytes], None]) -> None:
    request = json.loads(line)
    source, target = Path(request["source"]), Path(request["target"])
    write(request["format"], source, target, lambda doing: say(json.dumps({"doing": doing}).encode()))


def write(format: str, source: Path, target: Path, tell: Tell) -> None:
    """Fill the folder ``target`` from the model in ``source``. Raises ArtefactError when that cannot be written."""
    from safetensors import SafetensorError

    try:
        formats.by_name(format).write(source, target, tell)
    except (OSError, SafetensorError) as error:
        raise ArtefactError(
            f"the model could not be written ({getattr(error, 'strerror', None) or error})",
            where=str(target.parent.parent),
            remedy="Nothing is left of it. Free some room on this disk, then export again.",
            code="EXPORT-52",
        ) from error


if __name__ == "__main__":
    sys.exit(main())
