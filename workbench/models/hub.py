"""The Hugging Face Hub, where one can be reached: search for encoders, and bring one as a checked folder."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from workbench.artefacts import folders, hub, packs
from workbench.artefacts.hub import HUB
from workbench.errors import ModelError
from workbench.models import catalogue
from workbench.models import folder as model_folder
from workbench.models.catalogue import ModelCard
from workbench.settings import Settings

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

WEIGHTS = "model.safetensors"
# Weights as safetensors and the plain files beside them: whatever else a repository holds (pickles, code) stays there.
WANTED = (
    "config.json",
    WEIGHTS,
    model_folder.PREPROCESSOR,
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
)
_MODEL = hub.Wanted(
    kind="model",
    noun="model",
    error=ModelError,
    code="",
    damaged="MODEL-61",
    missing="Search for it on the Model page, or write it as hub:owner/name.",
    offline="a starter model or a folder",
)
_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I8": 1, "U8": 1}


def search(query: str, limit: int = 20, wanted: str = "text") -> tuple[ModelCard, ...]:
    """Cards of encoders with safetensors weights that match ``query``, the most downloaded first; ``wanted`` is what
    they read, "text" or "image".

    Raises ModelError when no hub answers within ten seconds.
    """
    from huggingface_hub import ModelInfo, get_session, get_token

    asked: dict[str, str | int | list[str]] = {
        "search": query,
        "filter": ["transformers", "safetensors"],
        "expand": ["config", "safetensors", "cardData", "tags", "downloads"],
        "sort": "downloads",
        "limit": 3 * limit,  # some are of a kind that this workbench cannot train
    }
    login = {"authorization": f"Bearer {token}"} if (token := get_token()) else {}
    # HfApi.list_models has no timeout and tries six times; a page must not wait for half a minute to say "offline".
    with hub.plain_errors(_MODEL, query):
        answer = get_session().get(f"{hub.endpoint()}/api/models", params=asked, headers=login, timeout=hub.SECONDS)
        answer.raise_for_status()
        found = [ModelInfo(**item) for item in answer.json()]  # type: ignore[no-untyped-call]
    cards = [_card(info) for info in found if model_folder.reads((info.config or {}).get("model_type", "")) == wanted]
    return tuple(cards[:limit])


def fetch(settings: Settings, model_id: str, progress: packs.Progress | None = None) -> Path:
    """The folder of ``hub:owner/name``, brought if it is not there: only the files in WANTED, sizes and hashes
    checked, refused (and nothing kept) when the folder would not be safe or complete. Raises ModelError."""
    target = catalogue.hub_folder(settings, model_id)
    settings.locks.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.locks / f"hub-{target.name}.lock"):
        if not target.exists():
            _bring(settings, model_id, target, progress)
    return target


def _bring(settings: Settings, model_id: str, target: Path, progress: packs.Progress | None) -> None:
    from huggingface_hub import HfApi

    name = model_id.removeprefix(HUB)
    settings.cache.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=settings.cache, prefix="hub-") as temporary,
        hub.plain_errors(_MODEL, model_id),
    ):
        info = HfApi(endpoint=hub.endpoint()).model_info(name, files_metadata=True, timeout=hub.SECONDS)
        files = [file for file in info.siblings or () if file.rfilename in WANTED]
        _suits(model_id, [file.rfilename for file in info.siblings or ()])
        total = sum(file.size or 0 for file in files)
        _room(settings, model_id, total)
        done = 0
        for file in files:
            if progress:
                progress(f"Downloading {file.rfilename} ({(file.size or 0) / 1e6:.1f} MB)", done / max(total, 1))
            sha256 = (file.lfs.sha256 if file.lfs else None) or ""
            hub.download(
                _MODEL, model_id, file.rfilename, Path(temporary), revision=info.sha, size=file.size, sha256=sha256
            )
            done += file.size or 0
        target.parent.mkdir(parents=True, exist_ok=True)
        with folders.new_folder(target.parent, target.name) as staged:
            for file in files:
                shutil.move(Path(temporary) / file.rfilename, staged / file.rfilename)
            (staged / packs.ABOUT).write_text(json.dumps(_about(info), ensure_ascii=False, indent=1), encoding="utf-8")
            model_folder.check(staged)
    if progress:
        progress(f"{model_id} is ready", 1.0)


def _suits(model_id: str, names: list[str]) -> None:
    if WEIGHTS in names and "config.json" in names:
        return
    other = [name for name in names if name.endswith((".bin", ".pt", ".pth", ".h5", ".msgpack", ".ckpt"))]
    what = f"the repository has no {WEIGHTS}" if "config.json" in names else "the repository has no config.json"
    raise ModelError(
        what + (f" (only {other[0]}, a format that can run code when it is opened)" if other else ""),
        where=model_id,
        remedy="Choose a model whose page lists model.safetensors among its files.",
        code="MODEL-71",
    )


def _room(settings: Settings, model_id: str, total: int) -> None:
    free = shutil.disk_usage(settings.cache).free
    if free < 2 * total:
        raise ModelError(
            f"the model needs {2 * total / 1e6:.0f} MB while it is brought, and {free / 1e6:.0f} MB are free",
            where=model_id,
            remedy="Free some room on this disk, or move the store with WORKBENCH_HOME.",
        )


def _card(info: "ModelInfo") -> ModelCard:
    counts: Mapping[str, int] = info.safetensors.parameters if info.safetensors else {}
    return ModelCard(
        id=f"{HUB}{info.id}",
        title=info.id,
        description=f"{(info.config or {}).get('model_type', '')} encoder, {info.downloads or 0:,} downloads a month",
        source="hub",
        languages=_languages(info),
        licence=_licence(info),
        parameters=sum(counts.values()),
        bytes=sum(number * _BYTES.get(kind, 4) for kind, number in counts.items()),
        present=False,
        attribution=info.id.partition("/")[0],
        reads=model_folder.reads((info.config or {}).get("model_type", "")) or "text",
    )


def _about(info: "ModelInfo") -> dict[str, Any]:
    return {
        "id": f"{HUB}{info.id}",
        "revision": info.sha,
        "licence": _licence(info),
        "languages": _languages(info),
        "attribution": info.id.partition("/")[0],
        "parameters": sum((info.safetensors.parameters if info.safetensors else {}).values()),
    }


def _licence(info: "ModelInfo") -> str:
    tags = [tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:")]
    return tags[0] if tags else "not stated: ask its author"


def _languages(info: "ModelInfo") -> tuple[str, ...]:
    stated = info.card_data.get("language") if info.card_data else None
    return (stated,) if isinstance(stated, str) else tuple(str(language) for language in stated or ())
