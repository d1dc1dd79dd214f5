"""Networks on their way to ONNX: what of each task is written, with which inputs, and what asks it afterwards."""

import io
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import ModelError
from workbench.tasks import by_name

if TYPE_CHECKING:
    import torch

OPSET = 17  # onnxruntime reads it since 1.12
NAMES = ("first", "second")  # of the inputs, as serve.onnx_session gives them
Scripts = Mapping[str, tuple[str, str]]  # files of the exported folder: package and module that they are


@dataclass(frozen=True)
class Graph:
    """A network with ``examples`` of its inputs; ``free`` has for each input which of its sides may be of any length.

    ``scripts`` are written beside it and need ``packages``, ``without`` are files that nothing needs any more, and
    ``about`` is added to workbench.json.
    """

    network: "torch.nn.Module"
    examples: "tuple[torch.Tensor, ...]"
    free: tuple[Mapping[int, str], ...]
    scripts: Scripts
    packages: tuple[str, ...]
    without: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)


def write(graph: Graph, file: Path) -> None:
    """Write ``file``: rows, and words of texts, may be as many as one likes.

    By torch's exporter through TorchScript: the one through torch.export made the same network, to the last digit, in
    10 to 30 s instead of 1 s. Raises ModelError when the network has a part that ONNX has no word for.
    """
    import torch

    named = dict(zip(NAMES, graph.free, strict=False))
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter(
                "ignore"
            )  # it warns of every shape that it takes for fixed; the proof tells which are
            torch.onnx.export(
                graph.network.eval(),
                graph.examples,
                str(file),
                dynamo=False,
                opset_version=OPSET,
                input_names=list(named),
                output_names=["answers"],
                dynamic_axes={**{name: dict(sides) for name, sides in named.items()}, "answers": {0: "rows"}},
            )
    except (RuntimeError, torch.onnx.errors.OnnxExporterError) as error:
        if isinstance(error.__cause__, OSError) or "write" in str(error).lower():
            raise OSError(str(error)) from error  # how it says that the disk is full
        raise ModelError(
            f"this network cannot be written as ONNX ({str(error).splitlines()[0][:200]})",
            remedy="Choose the format 'folder' or 'bf16'.",
        ) from error


def _texts(source: Path) -> Graph:
    from workbench.export.formats.parts import read

    fitted: Any = by_name(read(source)["task"]).load(source)
    if (source / "vocabulary.json").is_file():
        network, scripts = fitted.network, {"text_model.py": ("workbench.serve", "onnx_text_network")}
        return _of_words(network, scripts, ("numpy", "onnxruntime"), without=("text_network.py",))
    network, padding = fitted.encoded.network, fitted.encoded.tokenizer.pad_token_id
    scripts = {"text_model.py": ("workbench.serve", "onnx_text")}
    return _of_words(network, scripts, ("numpy", "onnxruntime", "tokenizers"), about={"padding": padding})


def _words(source: Path) -> Graph:
    fitted: Any = by_name("token-classification").load(source)
    scripts = {"word_model.py": ("workbench.serve", "onnx_words")}
    return _of_words(fitted.reader.network, scripts, ("numpy", "onnxruntime", "tokenizers"))


def _of_words(network: "torch.nn.Module", scripts: Scripts, packages: tuple[str, ...], **more: Any) -> Graph:
    import torch

    ids = torch.ones(2, 8, dtype=torch.long)
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0  # a text that is shorter than the other: nothing of it may be taken for a rule
    sides = {0: "rows", 1: "length"}
    return Graph(network, (ids, mask), (sides, sides), scripts, packages, **more)


def _images(source: Path) -> Graph:
    import torch

    fitted: Any = by_name("image-classification").load(source)
    seeing = fitted.seeing
    scripts = {"image_model.py": ("workbench.serve", "onnx_image")}
    pixels = torch.zeros(2, seeing.side, seeing.side, 3, dtype=torch.uint8)
    packages, without = ("numpy", "onnxruntime", "pillow"), ("efficientnet_lite.py", "small_cnn.py")
    return Graph(_seeing(seeing.network), (pixels,), ({0: "rows"},), scripts, packages, without)


def _seeing(network: "torch.nn.Module") -> "torch.nn.Module":
    from torch import Tensor, nn

    class Pixels(nn.Module):
        """The network, from pixels of 8 bits (rows, side, side, 3) on."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixels: Tensor) -> Tensor:
            scores: Tensor = self.network(pixels.permute(0, 3, 1, 2).float() / 255)
            return scores

    return Pixels()


def _table(source: Path) -> Graph:
    import torch

    from workbench.export.formats.parts import read

    fitted: Any = by_name(read(source)["task"]).load(source)
    shape = fitted.network.shape
    numbers = torch.zeros(2, shape.numbers, dtype=torch.float64)
    codes = torch.zeros(2, len(shape.sizes), dtype=torch.long)
    scripts = {"table_model.py": ("workbench.serve", "onnx_table")}
    network, sides = _reading(fitted.network, bool(fitted.answers.labels)), {0: "rows"}
    packages = ("numpy", "onnxruntime")
    return Graph(network, (numbers, codes), (sides, sides), scripts, packages, ("table_mlp.py",))


def _reading(network: Any, labels: bool) -> "torch.nn.Module":
    from torch import Tensor, nn

    class Rows(nn.Module):
        """The network, from numbers in double precision on to what its members say together."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
            answers = self.network(*self.network.encoded(numbers), codes)
            found: Tensor = self.network.probabilities(answers) if labels else self.network.numbers(answers)
            return found

    return Rows()


GRAPHS: dict[str, Callable[[Path], Graph]] = {
    "text-classification": _texts,
    "text-regression": _texts,
    "image-classification": _images,
    "tabular-classification": _table,
    "tabular-regression": _table,
    "token-classification": _words,
}
