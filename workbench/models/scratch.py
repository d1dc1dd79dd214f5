"""Networks that begin without weights: they learn from the rows of a project alone."""

from dataclasses import dataclass
from pathlib import Path

PREFIX = "scratch/"
_CONFIGS = Path(__file__).with_name("configs")


@dataclass(frozen=True, slots=True)
class Scratch:
    """A network of ``workbench.networks``; its folder holds a ``config.json`` with what it is made of."""

    id: str
    title: str
    description: str
    kind: str  # of the role that it reads: text, image or features
    parameters: int

    @property
    def folder(self) -> Path:
        return _CONFIGS / self.id.removeprefix(PREFIX)


NETWORKS = (
    Scratch(
        id="scratch/small-cnn",
        title="Small CNN, from scratch",
        description="Four layers of filters that know nothing yet. For images unlike photographs, with many rows.",
        kind="image",
        parameters=1_173_216,
    ),
    Scratch(
        id="scratch/table-mlp",
        title="Network for tables",
        description="Eight small networks of two hidden layers side by side, which learn your rows in seconds to "
        "minutes and answer together.",
        kind="features",
        parameters=0,
    ),
)


def by_id(model_id: str) -> Scratch | None:
    """The network with this id, if there is one."""
    return next((network for network in NETWORKS if network.id == model_id), None)
