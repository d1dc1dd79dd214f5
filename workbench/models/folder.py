"""Is a model folder whole, safe and of a kind that we can train? Read from its files alone; nothing is loaded."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.errors import ModelError

WEIGHTS = "model.safetensors"
# What we know how to train: text encoders whose code is transformers' own. Anything else is refused before a byte
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
_UNSAFE = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".h5", ".hdf5", ".keras", ".msgpack", ".joblib")
_CODE_KEYS = frozenset(("auto_map", "trust_remote_code", "custom_pipelines"))
_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model", "spm.model")
_EMBEDDINGS = ("word_embeddings.weight", "tok_embeddings.weight", "embed_tokens.weight")
_HEADER_BYTES = 100_000_000
_AGAIN = "The file was cut short or changed: fetch or copy the model again."


def check(folder: Path) -> None:
    """Raise ModelError when the folder is incomplete or cut short (case 61), its tokenizer knows more tokens than
    the model (62), its weights are in a format that can run code (71), or it asks for foreign code (72)."""
    config = _object(folder / "config.json")
    for path in sorted(folder.glob("*.json")):
        if path.name not in ("tokenizer.json", "vocab.json"):
            _refuse_code(path, _json(path))
    _known_kind(folder, config)
    _fits(folder, config, _shapes(folder))


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
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise ModelError(
            "the header of this safetensors file is damaged", where=str(file), remedy=_AGAIN, code="MODEL-61"
        ) from None
    if size != 8 + length + end:
        what = f"expected {8 + length + end} bytes, found {size} bytes"
        raise ModelError(what, where=str(file), remedy=_AGAIN, code="MODEL-61")
    return found


def _shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    if (folder / WEIGHTS).is_file():
        return shapes(folder / WEIGHTS)
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


def _known_kind(folder: Path, config: dict[str, Any]) -> None:
    kind = config.get("model_type")
    if kind not in ENCODERS:
        raise ModelError(
            f"the kind of model '{kind}' is not one that can be trained here",
            where=str(folder / "config.json"),
            remedy=f"Choose one of these kinds: {', '.join(ENCODERS)}.",
            code="MODEL-72",
        )


def _fits(folder: Path, config: dict[str, Any], found: dict[str, tuple[int, ...]]) -> None:
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        raise ModelError(
            "the tokenizer is missing",
            where=str(folder),
            remedy="Put tokenizer.json beside the model.",
            code="MODEL-61",
        )
    rows = next((shape[0] for name, shape in found.items() if name.endswith(_EMBEDDINGS)), config.get("vocab_size"))
    tokens = _tokens(folder)
    if isinstance(rows, int) and tokens > rows:
        raise ModelError(
            f"the tokenizer knows {tokens} tokens and the model {rows}",
            where=str(folder),
            remedy="They do not belong together. Take both from the same place.",
            code="MODEL-62",
        )


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
