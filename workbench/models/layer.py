"""One layer of a network, as a picture of it shows it."""

from dataclasses import dataclass

KINDS = {  # by the class of a layer
    "Conv2d": "filters",
    "ConvTranspose2d": "enlarging",
    "Linear": "linear",
    "Embedding": "vectors",
    "LSTM": "lstm",
    "GRU": "gru",
    "_Layers": "members",
}
AFTER = {"BatchNorm2d": "normalised", "LayerNorm": "normalised", "ReLU": "rectified"}


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer's ``kind`` (``KINDS``, or "code" for what an image is squeezed into), the side of its filters (0: it has
    none), what leaves it for one sample (``shape``), its weights, and what is done to its output (``AFTER``)."""

    kind: str
    kernel: int
    shape: tuple[int, ...]
    weights: int
    after: tuple[str, ...] = ()
