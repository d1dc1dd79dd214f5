"""Data sets of the Hugging Face Hub: their files are listed, one table is fetched, no script of theirs is run."""

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workbench.artefacts import hub
from workbench.artefacts.hub import HUB
from workbench.data.formats import parquet_join
from workbench.errors import DataError
from workbench.settings import Limits

Progress = Callable[[str, float | None], None]

_CODE = "HUB"
_DATA_SET = hub.Wanted(
    kind="dataset",
    noun="data set",
    error=DataError,
    code=_CODE,
    damaged=f"{_CODE}-61",
    missing="Write it as hub:owner/name; for a private one, start the workbench with your HF_TOKEN.",
    offline="a file, or a sample",
)
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
    with hub.plain_errors(_DATA_SET, f"{HUB}{name}"):
        info = HfApi(endpoint=hub.endpoint()).dataset_info(name, files_metadata=True, timeout=hub.SECONDS)
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
    part = _chosen(found, name)
    _room(found, part, into, limits)
    with tempfile.TemporaryDirectory(dir=into, prefix="hub-") as temporary, hub.plain_errors(_DATA_SET, found.id):
        done, brought = 0, []
        for file in part.files:
            if progress:
                title = f"Downloading {PurePosixPath(file.path).name} ({file.bytes / 1e6:.1f} MB)"
                progress(title, done / max(part.bytes, 1))
            path = hub.download(
                _DATA_SET,
                found.id,
                file.path,
                Path(temporary),
                revision=found.revision,
                size=file.bytes,
                sha256=file.sha256,
            )
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


def _is_safe(path: str) -> bool:
    """Does the name stay below the folder that it is brought to?"""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and not set(path) & set("\\:\0\n\r")
