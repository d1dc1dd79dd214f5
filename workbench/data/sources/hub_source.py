"""Data sets of the Hugging Face Hub: their files are listed, one table of them is fetched; no script of theirs is run.

``HF_ENDPOINT`` names another hub, ``HF_TOKEN`` a login; both are huggingface_hub's own variables.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workbench.artefacts import folders
from workbench.data.formats import parquet_join
from workbench.errors import DataError
from workbench.settings import Limits

Progress = Callable[[str, float | None], None]

HUB = "hub:"
SECONDS = 10.0  # how long a hub may take to answer one request
_CODE = "HUB"
_NAME = re.compile(r"\w[\w.-]{0,95}(/\w[\w.-]{0,95})?")
_KINDS = (  # the first of these that a data set has is offered: typed and complete before plain and packed
    (".parquet", ".pq"),
    (".csv", ".tsv"),
    (".jsonl", ".ndjson", ".json"),
    (".xlsx",),
    (".zip",),
    (".conll", ".conllu", ".iob", ".bio", ".txt"),
)
_PIECE = re.compile(r"-\d{5}-of-\d{5}(?=\.)")  # "train-00000-of-00002.parquet"


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file as the hub describes it; ``sha256`` is empty where it does not say."""

    path: str
    bytes: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class HubPart:
    """One table of a data set, usually a configuration and a split: one file, or the pieces of one."""

    name: str
    files: tuple[HubFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class HubDataSet:
    """What the hub knows of a data set at one ``revision``."""

    id: str
    revision: str
    licence: str
    parts: tuple[HubPart, ...]


def find(source: str) -> HubDataSet:
    """The data set ``hub:owner/name`` and its tables. Raises DataError."""
    from huggingface_hub import HfApi

    name = source.removeprefix(HUB).strip().strip("/")
    if not _NAME.fullmatch(name) or ".." in name or "--" in name:
        raise DataError(
            f"'{name[:100]}' is not the name of a data set on the Hub",
            remedy="Write it as hub:owner/name.",
            code=f"{_CODE}-75",
        )
    with _plain_errors(f"{HUB}{name}"):
        info = HfApi(endpoint=_endpoint()).dataset_info(name, files_metadata=True, timeout=SECONDS)
    there = [file for file in info.siblings or () if _is_safe(file.rfilename)]
    files = [HubFile(one.rfilename, one.size or 0, (one.lfs.sha256 if one.lfs else "") or "") for one in there]
    licences = [tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:")]
    found = HubDataSet(
        f"{HUB}{name}", info.sha or "", ", ".join(licences) or "not stated: ask its owner", _parts(files)
    )
    if not found.parts:
        scripts = any(file.path.endswith(".py") for file in files)
        raise DataError(
            "the data set holds no file that can be read" + (", only a program that makes them" if scripts else ""),
            where=found.id,
            remedy="Choose one whose page lists Parquet, CSV, JSON, Excel, zip or text files.",
            code=f"{_CODE}-25",
        )
    return found


def fetch(
    found: HubDataSet, name: str | None, into: Path, limits: Limits, progress: Progress | None = None
) -> tuple[Path, str]:
    """Bring one part as one file into the folder ``into``: where it lies, and what it is called.

    Sizes and hashes are checked. Raises DataError, and then the folder is as it was.
    """
    from huggingface_hub import hf_hub_download

    part = _chosen(found, name)
    _room(found, part, into, limits)
    with tempfile.TemporaryDirectory(dir=into, prefix="hub-") as temporary, _plain_errors(found.id):
        done, brought = 0, []
        for file in part.files:
            if progress:
                title = f"Downloading {PurePosixPath(file.path).name} ({file.bytes / 1e6:.1f} MB)"
                progress(title, done / max(part.bytes, 1))
            path = Path(
                hf_hub_download(
                    found.id.removeprefix(HUB),
                    file.path,
                    repo_type="dataset",
                    revision=found.revision,
                    local_dir=temporary,
                    endpoint=_endpoint(),
                    etag_timeout=SECONDS,
                )
            )
            _check(found, file, path)
            done += file.bytes
            brought.append(path)
        whole = brought[0]
        if len(brought) > 1:
            whole = Path(temporary) / "whole.parquet"
            parquet_join.join(brought, whole, f"{found.id}, {part.name}", limits)
        target = into / Path(temporary).name.replace("hub-", "from-hub-")
        shutil.move(whole, target)
    return target, PurePosixPath(part.name).name


def _parts(files: Sequence[HubFile]) -> tuple[HubPart, ...]:
    """The tables among the files: of the first kind that there is, pieces of one table together."""
    for endings in _KINDS:
        grouped: dict[str, list[HubFile]] = {}
        for file in sorted(files, key=lambda file: file.path):
            if file.path.lower().endswith(endings) and not file.path.lower().endswith("dataset_infos.json"):
                pieces = endings == _KINDS[0]
                grouped.setdefault(_PIECE.sub("", file.path) if pieces else file.path, []).append(file)
        if grouped:
            return tuple(HubPart(name, tuple(pieces)) for name, pieces in grouped.items())
    return ()


def _chosen(found: HubDataSet, name: str | None) -> HubPart:
    if name is None and len(found.parts) == 1:
        return found.parts[0]
    for part in found.parts:
        if name in (part.name, PurePosixPath(part.name).stem):
            return part
    listed = ", ".join(f"'{part.name}'" for part in found.parts[:20])
    raise DataError(
        f"there is no part '{name}' in the data set" if name else "there is more than one table in the data set",
        where=found.id,
        remedy=f"Choose one (on the command line with --sheet): {listed}.",
        code=f"{_CODE}-22",
    )


def _room(found: HubDataSet, part: HubPart, into: Path, limits: Limits) -> None:
    if part.bytes > limits.download_bytes:
        raise DataError(
            f"'{part.name}' has {part.bytes / 1e6:,.0f} MB; the limit is {limits.download_bytes / 1e6:,.0f} MB",
            where=found.id,
            remedy="Nothing was fetched. Choose a smaller part, or raise WORKBENCH_MAX_DOWNLOAD_BYTES.",
            code=f"{_CODE}-14",
        )
    free = shutil.disk_usage(into).free
    if free < 3 * part.bytes:
        raise DataError(
            f"the data need {3 * part.bytes / 1e6:,.0f} MB while they are brought, and {free / 1e6:,.0f} MB are free",
            where=found.id,
            remedy="Free some room on this disk, or move the store with WORKBENCH_HOME.",
            code=f"{_CODE}-52",
        )


def _check(found: HubDataSet, file: HubFile, path: Path) -> None:
    """Size and, where the hub tells it, SHA-256."""
    size = path.stat().st_size
    if size == file.bytes and (not file.sha256 or folders.sha256(path) == file.sha256):
        return
    hashed = f" with SHA-256 {file.sha256[:16]}…" if file.sha256 else ""
    raise DataError(
        f"expected {file.bytes} bytes{hashed}, found {size} bytes",
        where=f"{found.id}, {file.path}",
        remedy="The download was cut short or changed on its way; nothing was kept. Try again.",
        code=f"{_CODE}-61",
    )


def _is_safe(path: str) -> bool:
    """Does the name stay below the folder that it is brought to?"""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and not set(path) & set("\\:\0\n\r")


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
        raise DataError(
            "the owner of this data set wants its terms accepted first",
            where=where,
            remedy="Accept them on its page, and start the workbench with your HF_TOKEN; or choose another.",
            code=_CODE,
        ) from None
    except (RepositoryNotFoundError, HFValidationError):
        raise DataError(
            "there is no such data set on the Hub, or it is private",
            where=where,
            remedy="Write it as hub:owner/name; for a private one, start the workbench with your HF_TOKEN.",
            code=_CODE,
        ) from None
    except (HfHubHTTPError, httpx2.HTTPStatusError) as error:
        what = f"the Hub answered with status {error.response.status_code}"
        raise DataError(what, where=where, remedy="Try again in a few minutes.", code=_CODE) from None
    except (OSError, httpx2.HTTPError, ValueError) as error:
        raise DataError(
            f"no hub can be reached from here ({type(error).__name__})",
            where=where,
            remedy="Use a file, or a sample; for the Hub, check the network, HF_ENDPOINT and proxy settings.",
            code=_CODE,
        ) from None
