"""The process that draws augmented images: requests on standard input, answers on standard output, a line each."""

import io
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.augment.catalogue import STEPS, augmentation
from workbench.augment.previewing import ANSWER, IDLE_SECONDS, REQUEST, Answer, Picture, Request

if TYPE_CHECKING:
    import torch

_QUALITY = 88


def main() -> int:
    """Answer requests, a line each, until there are no more or none came for a while."""
    import torch

    torch.set_num_threads(1)  # the images are small: threads would only wait for each other
    while True:
        idle = threading.Timer(IDLE_SECONDS, os._exit, [0])
        idle.daemon = True
        idle.start()
        line = sys.stdin.buffer.readline()
        idle.cancel()
        if not line:
            return 0
        try:
            answer = _answer(REQUEST.validate_json(line))
        except OSError as error:
            answer = Answer(problem=f"its file cannot be read ({error})")
        sys.stdout.buffer.write(ANSWER.dump_json(answer) + b"\n")
        sys.stdout.buffer.flush()


def _answer(request: Request) -> Answer:
    kinds = {kind.name(): kind for kind in STEPS}
    steps = [kinds[str(step["step"])].model_validate(step) for step in request.steps]
    made = augmentation(steps, request.seed)
    assert made is not None and made.images is not None  # else nobody would have asked
    image = _read(request.image, request.size)
    height, width = image.shape[1:]
    pictures = [Picture(_jpeg(image))]
    for epoch, path in enumerate(request.partners):
        partner = image if path is None else _read(path, request.size, (width, height))
        changed, weights = made.images.apply(image[None], [request.row], epoch, partner[None])
        pictures.append(Picture(_jpeg(changed[0]), float(weights[0])))
    return Answer(tuple(pictures))


def _read(path: Path, size: int, exactly: tuple[int, int] | None = None) -> "torch.Tensor":
    """An image as floats (3, height, width) in [0, 1], no larger than ``size``, or of ``exactly`` that size."""
    import torch

    with Image.open(path) as opened:
        image = opened.convert("RGB")
    if exactly:
        image = image.resize(exactly, Image.Resampling.BILINEAR)
    else:
        image.thumbnail((size, size), Image.Resampling.BILINEAR)
    values: NDArray[np.uint8] = np.array(image)
    return torch.from_numpy(values).permute(2, 0, 1).float() / 255


def _jpeg(image: "torch.Tensor") -> bytes:
    values = (image.permute(1, 2, 0) * 255).round().byte().numpy()
    output = io.BytesIO()
    Image.fromarray(values).save(output, "JPEG", quality=_QUALITY)
    return output.getvalue()


if __name__ == "__main__":
    sys.exit(main())
