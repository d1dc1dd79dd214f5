"""Turns what a pack brings into a model folder with safetensors; runs in a process of its own, which has limits.

python -m workbench.models.convert PACK FOLDER      (the pack's members lie in FOLDER, checked before)
"""

import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

_MOST = 2_000_000_000  # bytes of memory; the largest file has 19 MB


def main(arguments: list[str]) -> int:
    """Convert the files of a pack where they are."""
    pack, folder = arguments
    with contextlib.suppress(ImportError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_MOST, _MOST))
    CONVERSIONS[pack](Path(folder))
    return 0


def efficientnet_lite(folder: Path) -> None:
    """The weights under their own names, without the layer for ImageNet's 1,000 classes.

    A .pth file is a pickle; this opens tensors in it and nothing else. Raises UnpicklingError for other content.
    """
    import torch
    from safetensors.torch import save_file

    source = folder / "weights.pth"
    weights = torch.load(source, map_location="cpu", weights_only=True)
    kept = {name: tensor.contiguous() for name, tensor in weights.items() if not name.startswith("_fc.")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    config = {"model_type": "efficientnet-lite", "image_size": 224}
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    source.unlink()


CONVERSIONS: dict[str, Callable[[Path], None]] = {"starter/efficientnet-lite0": efficientnet_lite}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
