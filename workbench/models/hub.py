"""The Hugging Face Hub, where one can be reached: search for encoders, and bring one as a checked folder.

``HF_ENDPOINT`` names another hub, ``HF_TOKEN`` a login; both are huggingface_hub's own variables.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from workbench.artefacts import folders, packs
from workbench.errors import ModelError
from workbench.models import catalogue
from workbench.models import folder as model_folder
from workbench.models.catalogue import HUB, ModelCard
from workbench.settings import Settings

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo
    from huggingface_hub.hf_api import RepoSibling

SECONDS = 10.0  # how long a hub may take to answer one request
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
    with _plain_errors(query):
        answer = get_session().get(f"{_endpoint()}/api/models", params=asked, headers=login, timeout=SECONDS)
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
    from huggingface_hub import HfApi, hf_hub_download

    name = model_id.removeprefix(HUB)
    settings.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.cache, prefix="hub-") as temporary, _plain_errors(model_id):
        info = HfApi(endpoint=_endpoint()).model_info(name, files_metadata=True, timeout=SECONDS)
        files = [file for file in info.siblings or () if file.rfilename in WANTED]
        _suits(model_id, [file.rfilename for file in info.siblings or ()])
        total = sum(file.size or 0 for file in files)
        _room(settings, model_id, total)
        done = 0
        for file in files:
            if progress:
                progress(f"Downloading {file.rfilename} ({(file.size or 0) / 1e6:.1f} MB)", done / max(total, 1))
            path = hf_hub_download(
                name,
                file.rfilename,
                revision=info.sha,
                local_dir=temporary,
                endpoint=_endpoint(),
                etag_timeout=SECONDS,
            )
            _check(model_id, file, Path(path))
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


def _check(model_id: str, file: "RepoSibling", path: Path) -> None:
    """Size and, where the hub tells it, SHA-256."""
    size = path.stat().st_size
    expected = file.lfs.sha256 if file.lfs else None
    if (file.size is not None and size != file.size) or (expected and folders.sha256(path) != expected):
        raise ModelError(
            f"expected {file.size} bytes{f' with SHA-256 {expected[:16]}…' if expected else ''}, found {size} bytes",
            where=f"{model_id}, {file.rfilename}",
            remedy="The download was cut short or changed on its way; nothing was kept. Try again.",
            code="MODEL-61",
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


def _endpoint() -> str:
    from huggingface_hub import constants

    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


@contextmanager
def _plain_errors(where: str) -> Iterator[None]:
    """What the hub's library raises, in plain words."""
    import httpx2
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, HFValidationError, RepositoryNotFoundError

    try:
        yield
    except GatedRepoError:
        raise ModelError(
            "the owner of this model wants its terms accepted first",
            where=where,
            remedy="Accept them on the model's page, and start the workbench with your HF_TOKEN; or choose another.",
        ) from None
    except (RepositoryNotFoundError, HFValidationError):
        raise ModelError(
            "there is no such model on the Hub, or it is private",
            where=where,
            remedy="Search for it on the Model page, or write it as hub:owner/name.",
        ) from None
    except (HfHubHTTPError, httpx2.HTTPStatusError) as error:
        status = error.response.status_code
        remedy = "Try again in a few minutes."
        raise ModelError(f"the Hub answered with status {status}", where=where, remedy=remedy) from None
    except (OSError, httpx2.HTTPError, ValueError) as error:
        raise ModelError(
            f"no model hub can be reached from here ({type(error).__name__})",
            where=where,
            remedy="Use a starter model or a folder; for the Hub, check the network, HF_ENDPOINT and proxy settings.",
        ) from None
