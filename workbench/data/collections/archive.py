"""Zip archives as collections: nothing in one is believed before it was looked at, and what comes out is counted."""

import lzma
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from workbench.data import encoding
from workbench.data.collections import entry_names
from workbench.data.collections.collection import Damaged, Entry, at, pieces, refuse_too_many
from workbench.data.read_options import Problem
from workbench.errors import DataError
from workbench.settings import Limits

CODE = "ZIP"
_STARTS = (b"PK\x03\x04", b"PK\x05\x06")  # with files, and without any
_NESTED = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".tar", ".7z", ".rar")
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1 | 0x40
_METHODS = {0, 8, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_CALLED = {1: "Shrink", 6: "Implode", 9: "Deflate64", 93: "Zstandard", 95: "XZ", 96: "JPEG", 98: "PPMd"}
_HEADER = 30  # bytes of an entry's own header, without its name
_SMALL = 10_000_000  # bytes for which nobody asks how far they were packed
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # also NotImplementedError
)


def fits(start: bytes) -> bool:
    """Is this a zip archive, judged by the first bytes?"""
    return start.startswith(_STARTS)


class Archive:
    """A zip archive whose names, sizes and kinds of entries have been looked at; its bytes are counted as they come.

    Raises DataError, naming the entry, for whatever could harm: cases 26 to 29 and archives that are locked or broken.
    """

    code = CODE

    def __init__(self, path: Path, name: str, limits: Limits) -> None:
        self.name = name
        self._limits = limits
        self._packed = path.stat().st_size
        self._unpacked = 0
        try:
            self._zip = zipfile.ZipFile(path)
        except (*_DAMAGE, UnicodeError) as error:
            raise DataError(
                f"this is a zip archive that is not whole: its list of entries is damaged ({_reason(error)})",
                where=name,
                remedy="Nothing was imported. It may have been cut off: copy or download it again.",
                code=f"{CODE}-23",
            ) from None
        try:
            self._look(limits)
        except DataError:
            self._zip.close()
            raise

    def _look(self, limits: Limits) -> None:
        infos = self._zip.infolist()
        refuse_too_many(len(infos), CODE, self.name, limits)
        names, self.notes = _names(infos)
        for info, name in zip(infos, names, strict=True):
            entry_names.refuse_outside(name, CODE, self.name)
            _refuse_special(info, f"{self.name}, entry '{entry_names.shown(name)}'")
        _refuse_overlap(infos, names, self.name)
        files = [
            (entry_names.tidy(name) or f"unnamed {place + 1}", place)
            for place, name in enumerate(names)
            if not name.endswith(("/", "\\"))
        ]
        kept = [(name, place) for name, place in files if not entry_names.litter(name)]
        self.ignored = len(files) - len(kept)
        self.problems: tuple[Problem, ...] = entry_names.alike([name for name, _ in kept], CODE, self.name)
        self.entries = tuple(Entry(name, place) for name, place in sorted(kept))
        self._infos = infos
        for entry in self.entries:
            self._refuse_unreadable(entry)
        self._refuse_large(sum(info.file_size for info in infos), "it says that it")

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The entry's bytes. Raises Damaged, and DataError where an archive unpacks to more than it should."""
        info = self._infos[entry.place]
        try:
            with self._zip.open(info) as file:
                for chunk in pieces(file):  # type: ignore[arg-type]
                    self._unpacked += len(chunk)
                    self._refuse_large(self._unpacked, "up to here it", at(self, entry))
                    yield chunk
        except _DAMAGE as error:
            raise Damaged(f"it is damaged in the archive ({_reason(error)})") from None

    @contextmanager
    def path_of(self, entry: Entry) -> Iterator[Path]:
        """The entry unpacked under a name of ours, until the block ends."""
        with tempfile.TemporaryDirectory(prefix="entry-") as folder:
            path = Path(folder) / "entry"
            with path.open("wb") as file:
                for chunk in self.chunks(entry):
                    file.write(chunk)
            yield path

    def _refuse_large(self, unpacked: int, what: str, where: str = "") -> None:
        """Stop what unpacks to far more than it is, or to more than there is room for (case 28)."""
        limits = self._limits
        if unpacked > limits.archive_bytes:
            too_large = f"{what} unpacks to more than {limits.archive_bytes / 1e9:g} GB"
        elif unpacked > max(_SMALL, limits.archive_ratio * self._packed):
            too_large = f"{what} unpacks to more than {limits.archive_ratio} times its size"
        else:
            return
        raise DataError(
            f"{too_large}, as archives do that are made to fill a disk",
            where=where or self.name,
            remedy="Nothing was imported. If you know where it comes from, unpack it yourself and import the folder.",
            code=f"{CODE}-28",
        )

    def _refuse_unreadable(self, entry: Entry) -> None:
        info = self._infos[entry.place]
        if info.flag_bits & _ENCRYPTED:
            what, case = "the entry is protected by a password", "21"
            remedy = "Unpack it with the password, and import the folder or an archive without one."
        elif info.compress_type not in _METHODS:
            method = _CALLED.get(info.compress_type, f"method {info.compress_type}")
            what, case = f"the entry is compressed in a way that is not read here ({method})", "23"
            remedy = "Unpack it, and pack the files with the usual method (Deflate), or import the folder."
        elif entry_names.ending(entry.name) in _NESTED:
            what, case = "the entry is an archive itself, and archives in archives are not opened", "28"
            remedy = "Unpack it, and pack its files directly."
        else:
            return
        raise DataError(what, where=at(self, entry), remedy=f"Nothing was imported. {remedy}", code=f"{CODE}-{case}")


def _names(infos: Sequence[zipfile.ZipInfo]) -> tuple[list[str], tuple[str, ...]]:
    """The entries' names, and how they were decoded where the archive does not say (Windows writes its code page)."""
    raw = [None if info.flag_bits & _UTF8_NAME or info.orig_filename.isascii() else _bytes_of(info) for info in infos]
    foreign = [name for name in raw if name is not None]
    if not foreign:
        return [info.orig_filename for info in infos], ()
    sample = b"\n".join(foreign[:2000])
    try:
        b"\n".join(foreign).decode("utf-8")
        found = "utf-8"
    except UnicodeDecodeError:
        found = encoding.suggest(sample)
    names = [
        info.orig_filename if name is None else name.decode(found, errors="replace")
        for info, name in zip(infos, raw, strict=True)
    ]
    title = encoding.TITLES.get(found, found)
    return names, (f"The archive does not say how its {len(foreign):,} foreign names are written; read as {title}.",)


def _bytes_of(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("cp437")  # what zipfile decodes with where nothing is said


def _refuse_special(info: zipfile.ZipInfo, where: str) -> None:
    """Links and devices are no data, and what they point to is not the archive's (case 27)."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise DataError(
            f"the entry is {'a symbolic link' if kind == stat.S_IFLNK else 'a device or another special file'}",
            where=where,
            remedy="Nothing was imported. Pack the files themselves (zip without the option -y).",
            code=f"{CODE}-27",
        )


def _refuse_overlap(infos: Sequence[zipfile.ZipInfo], names: Sequence[str], where: str) -> None:
    """Entries that share their bytes make a small archive unpack to a huge one (case 28)."""
    spans = sorted((info.header_offset, info.compress_size, place) for place, info in enumerate(infos))
    for (start, length, place), (following, _, other) in pairwise(spans):
        if start + _HEADER + length > following:
            raise DataError(
                f"the entries '{entry_names.shown(names[place])}' and '{entry_names.shown(names[other])}' lie over "
                "each other, as in archives that are made to fill a disk",
                where=where,
                remedy="Nothing was imported. Ask where the archive comes from, or pack the files anew.",
                code=f"{CODE}-28",
            )


def _reason(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:120] or type(error).__name__
