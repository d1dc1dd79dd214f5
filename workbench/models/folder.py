"""Is a model folder whole, safe and of a kind that we can train? Read from its files alone; nothing is loaded."""

import json
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import ModelError

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"  # of weights in several files
# What we know how to train: encoders whose code is transformers' own or ours. Anything else is refused before a byte
# of it reaches ``from_pretrained`` (case 72).
ENCODERS = (
    "albert",
    "bert",
    "camembert",
    "deberta-v2",
    "distilbert",
    "electra",
    "modernbert",
    "mpnet",
    "roberta",
    "xlm-roberta",
)
IMAGE_ENCODERS = (
    "beit",
    "convnext",
    "convnextv2",
    "deit",
    "dinov2",
    "efficientnet",
    "mobilenet_v2",
    "mobilevit",
    "regnet",
    "resnet",
    "swin",
    "vit",
)
OWN_IMAGE_NETWORKS = ("efficientnet-lite", "small-cnn")  # workbench.networks
OWN_TABLE_NETWORKS = ("table-mlp", "table-blend")
OWN_TEXT_NETWORKS = ("text-network",)
AUTOENCODERS = ("autoencoder", "vae")
# These begin without weights: config.json is all there is.
UNTRAINED = ("small-cnn", *OWN_TABLE_NETWORKS, *OWN_TEXT_NETWORKS, *AUTOENCODERS)
WORDS = {"text": "texts", "image": "images", "features": "tables", "pixels": "images to draw anew"}
PREPROCESSOR = "preprocessor_config.json"  # how an encoder of transformers wants its images
_UNSAFE = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".h5", ".hdf5", ".keras", ".msgpack", ".joblib")
_CODE_KEYS = frozenset(("auto_map", "trust_remote_code", "custom_pipelines"))
_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model", "spm.model")
_EMBEDDINGS = ("word_embeddings.weight", "tok_embeddings.weight", "embed_tokens.weight")
_HEADER_BYTES = 100_000_000
_BITS = {"F64": 64, "I64": 64, "U64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16, "BF16": 16, "I16": 16, "U16": 16}
_AGAIN = "The file was cut short or changed: fetch or copy the model again."


@dataclass(frozen=True, slots=True)
class Facts:
    """What a folder's files say about its model. ``limit`` is the longest text in tokens (0: it does not say)."""

    kind: str
    parameters: int
    bytes: int
    width: int
    layers: int
    vocabulary: int
    limit: int

    @property
    def reads(self) -> str:
        """The kind of role that it can play: "text", "image", "features" or "pixels"."""
        return reads(self.kind) or ""


def inspect(folder: Path) -> Facts:
    """The facts of a folder that passes ``check``; raises ModelError as that does."""
    config = _object(folder / "config.json")
    found = check(folder)
    return Facts(
        kind=str(config["model_type"]),
        parameters=sum(math.prod(shape) for shape in found.values()),
        bytes=sum(path.stat().st_size for path in _weight_files(folder)) if found else 0,
        width=_number(config, "hidden_size", "dim"),
        layers=_number(config, "num_hidden_layers", "n_layers"),
        vocabulary=_embeddings(config, found) or 0,
        limit=_number(config, "max_position_embeddings"),
    )


def kind(folder: Path) -> str:
    """The ``model_type`` that ``config.json`` names. Raises ModelError when that is missing or of no kind we know."""
    return _known_kind(folder, _object(folder / "config.json"), None)


def reads(kind: str) -> str | None:
    """What a model with this ``model_type`` reads ("text", "image", "features", or "pixels" of images to draw anew);
    None when it cannot be trained."""
    if kind in ENCODERS or kind in OWN_TEXT_NETWORKS:
        return "text"
    if kind in OWN_TABLE_NETWORKS:
        return "features"
    if kind in AUTOENCODERS:
        return "pixels"
    return "image" if kind in IMAGE_ENCODERS or kind in OWN_IMAGE_NETWORKS else None


def check(folder: Path, wanted: str | None = None) -> dict[str, tuple[int, ...]]:
    """Raise ModelError when the folder is incomplete or cut short (case 61), its tokenizer knows more tokens than
    the model (62), its weights are in a format that can run code (71), it asks for foreign code (72), or it does not
    read what is ``wanted`` ("text", "image", "features" or "pixels").

    Returns the shape of every weight.
    """
    config = _object(folder / "config.json")
    for path in sorted(folder.glob("*.json")):
        if path.name not in ("tokenizer.json", "vocab.json"):
            _refuse_code(path, _json(path))
    kind = _known_kind(folder, config, wanted)
    if kind in UNTRAINED and not (folder / WEIGHTS).is_file():
        return {}
    found: dict[str, tuple[int, ...]] = {}
    for file in _weight_files(folder):
        found |= shapes(file)
    if kind in ENCODERS:
        _fits(folder, config, found)
    return found


def shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor of a safetensors file, from its header.

    Raises ModelError when the file is not one, or is shorter or longer than its header says (case 61).
    """
    size = file.stat().st_size
    with file.open("rb") as opened:
        start = opened.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(_HEADER_BYTES, size):
            raise ModelError(
                "this is not a safetensors file",
                where=str(file),
                remedy="Only safetensors are opened, since other formats can run code. Save the model as safetensors.",
                code="MODEL-71",
            )
        header = opened.read(length)
    try:
        tensors = {name: entry for name, entry in json.loads(header).items() if name != "__metadata__"}
        end = max((int(entry["data_offsets"][1]) for entry in tensors.values()), default=0)
        found = {name: tuple(int(side) for side in entry["shape"]) for name, entry in tensors.items()}
        honest = all(_has_room(entry) for entry in tensors.values())
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise ModelError(
            "the header of this safetensors file is damaged", where=str(file), remedy=_AGAIN, code="MODEL-61"
        ) from None
    if not honest:
        what = "the header of this safetensors file gives a weight another size than its shape needs"
        raise ModelError(what, where=str(file), remedy=_AGAIN, code="MODEL-61")
    if size != 8 + length + end:
        what = f"expected {8 + length + end} bytes, found {size} bytes"
        raise ModelError(what, where=str(file), remedy=_AGAIN, code="MODEL-61")
    return found


def _has_room(entry: Mapping[str, Any]) -> bool:
    start, end = entry["data_offsets"]
    bits = _BITS.get(entry["dtype"])
    return 0 <= start <= end and (bits is None or (end - start) * 8 == math.prod(entry["shape"]) * bits)


def _weight_files(folder: Path) -> list[Path]:
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if (folder / INDEX).is_file():
        names = _object(folder / INDEX).get("weight_map")
        files = sorted({str(name) for name in names.values()}) if isinstance(names, dict) else []
        for name in files:
            if Path(name).name != name or not (folder / name).is_file():
                what = f"the weights in {name} are missing"
                raise ModelError(what, where=str(folder), remedy=_AGAIN, code="MODEL-61")
        if files:
            return [folder / name for name in files]
    unsafe = next((path.name for path in sorted(folder.iterdir()) if path.suffix.lower() in _UNSAFE), None)
    if unsafe:
        raise ModelError(
            f"the weights are only there as {unsafe}, a format that can run code when it is opened",
            where=str(folder),
            remedy=f"Choose a model with {WEIGHTS}, or save this one as safetensors where it came from.",
            code="MODEL-71",
        )
    raise ModelError(f"{WEIGHTS} is missing", where=str(folder), remedy=_AGAIN, code="MODEL-61")


def _refuse_code(path: Path, content: Any) -> None:
    for place, key in _keys(content):
        if key in _CODE_KEYS:
            raise ModelError(
                f"'{place}' asks to run code that came with the model",
                where=str(path),
                remedy="Such models are refused. Choose one that transformers supports by itself.",
                code="MODEL-72",
            )


def _keys(content: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield f"{place}{key}", str(key)
            yield from _keys(value, f"{place}{key}.")
    elif isinstance(content, list):
        for value in content:
            yield from _keys(value, place)


def _known_kind(folder: Path, config: dict[str, Any], wanted: str | None) -> str:
    kind = str(config.get("model_type"))
    found = reads(kind)
    if found is not None and wanted in (None, found):
        return kind
    known = {"text": ENCODERS, "image": IMAGE_ENCODERS, "features": OWN_TABLE_NETWORKS, "pixels": AUTOENCODERS}
    kinds = known.get(wanted or "", (*ENCODERS, *IMAGE_ENCODERS))
    what = (
        "is not one that can be trained here"
        if found is None
        else f"reads {WORDS[found]}, and this task has {WORDS[str(wanted)]}"
    )
    raise ModelError(
        f"the kind of model '{kind}' {what}",
        where=str(folder / "config.json"),
        remedy=f"Choose one of these kinds: {', '.join(kinds)}.",
        code="MODEL-72" if found is None else "MODEL-73",
    )


def _fits(folder: Path, config: dict[str, Any], found: dict[str, tuple[int, ...]]) -> None:
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        raise ModelError(
            "the tokenizer is missing",
            where=str(folder),
            remedy="Put tokenizer.json beside the model.",
            code="MODEL-61",
        )
    rows = _embeddings(config, found)
    for who, tokens in (("the tokenizer", _tokens(folder)), ("config.json", _number(config, "vocab_size"))):
        if rows is not None and tokens > rows:
            raise ModelError(
                f"{who} knows {tokens} tokens and the model {rows}",
                where=str(folder),
                remedy="They do not belong together. Take both from the same place.",
                code="MODEL-62",
            )


def _embeddings(config: Mapping[str, Any], found: Mapping[str, tuple[int, ...]]) -> int | None:
    """The tokens for which the model has an embedding; what config.json says where that goes by another name."""
    rows = next((shape[0] for name, shape in found.items() if name.endswith(_EMBEDDINGS)), None)
    return rows if rows is not None else _number(config, "vocab_size") or None


def _number(config: Mapping[str, Any], *names: str) -> int:
    return next((value for name in names if isinstance(value := config.get(name), int)), 0)


def _tokens(folder: Path) -> int:
    """One more than the largest token id; 0 where the tokenizer's file is of a kind that only its code can read."""
    if (folder / "tokenizer.json").is_file():
        content = _object(folder / "tokenizer.json")
        try:
            vocabulary = content["model"]["vocab"]
            added = [int(token["id"]) for token in content.get("added_tokens") or ()]
            known = len(vocabulary) - 1 if isinstance(vocabulary, list) else max(vocabulary.values(), default=-1)
            return max([int(known), *added]) + 1
        except (KeyError, TypeError, ValueError, AttributeError):
            path = str(folder / "tokenizer.json")
            raise ModelError("the tokenizer is damaged", where=path, remedy=_AGAIN, code="MODEL-61") from None
    if (folder / "vocab.txt").is_file():
        with (folder / "vocab.txt").open(encoding="utf-8", errors="replace") as lines:
            return sum(1 for _ in lines)
    return 0


def _object(path: Path) -> dict[str, Any]:
    content = _json(path)
    if not isinstance(content, dict):
        raise ModelError("this file is not a JSON object", where=str(path), remedy=_AGAIN, code="MODEL-61")
    return content


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError("the file is missing", where=str(path), remedy=_AGAIN, code="MODEL-61") from None
    except (OSError, ValueError, RecursionError):
        raise ModelError("this file is not readable JSON", where=str(path), remedy=_AGAIN, code="MODEL-61") from None
