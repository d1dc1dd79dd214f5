"""Names of files in archives and folders: which lead outside, which are litter, which cannot be told apart."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from workbench.data.read_options import Problem
from workbench.errors import DataError

_UNTIDY = re.compile(r"\\|//|(^|/)\.?(/|$)")
_DRIVE = re.compile(r"[A-Za-z]:")
_LITTER = {".ds_store", "thumbs.db", "desktop.ini"}  # what file managers leave behind
_ABOUT = ("readme", "read_me", "license", "licence", "copying", "changelog")
_SHOWN = 120


def refuse_outside(name: str, code: str, where: str) -> None:
    """Raise DataError for a name that leads out of its archive: absolute, with a drive, or upwards (case 26)."""
    path = name.replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path) or ".." in path.split("/"):
        raise DataError(
            "the entry's name leads outside the archive, which may be an attack",
            where=f"{where}, entry '{shown(name)}'",
            remedy="Nothing was imported. Ask where the archive comes from, or pack the files anew.",
            code=f"{code}-26",
        )


def litter(name: str) -> bool:
    """Is this something that a file manager left behind (case 30)?"""
    *folders, last = name.casefold().split("/")
    return "__macosx" in folders or last in _LITTER or last.startswith("._")


def tidy(name: str) -> str:
    """The name with "/" between folders, and without characters that no cell may hold."""
    if name.isprintable() and not _UNTIDY.search(name):
        return name
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    return "".join("\N{REPLACEMENT CHARACTER}" if _unfit(character) else character for character in "/".join(parts))


def shown(name: str) -> str:
    """The name as a message holds it: cut in the middle where it is very long."""
    name = tidy(name)
    return name if len(name) <= _SHOWN else f"{name[: _SHOWN // 2]}…{name[-_SHOWN // 2 :]}"


def ending(name: str) -> str:
    """The name's last part from its dot on, in lower case: ".png"."""
    return PurePosixPath(name).suffix.lower()


def alike(names: Iterable[str], code: str, where: str) -> tuple[Problem, ...]:
    """Names that differ only in case, of which some systems keep but one (case 29).

    Both files are taken. Raises DataError for a name that comes twice, for nobody knows which file is meant.
    """
    places: dict[str, list[tuple[int, str]]] = {}
    for place, name in enumerate(names, 1):
        places.setdefault(unicodedata.normalize("NFC", name).casefold(), []).append((place, name))
    several = [group for group in places.values() if len(group) > 1]
    for group in several:
        first: dict[str, int] = {}
        for place, name in group:
            if name in first:
                raise DataError(
                    f"the name comes twice, as file {first[name]:,} and as file {place:,} of the archive",
                    where=f"{where}, entry '{shown(name)}'",
                    remedy="Nothing was imported. Give each file a name of its own, and pack them anew.",
                    code=f"{code}-29",
                )
            first[name] = place
    if not several:
        return ()
    one, other = several[0][0][1], several[0][1][1]
    more = f" ({len(several):,} such pairs)" if len(several) > 1 else ""
    return (
        Problem(
            level="warning",
            code=f"{code}-29",
            where=where,
            what=f"the names '{shown(one)}' and '{shown(other)}' differ only in case or accents{more}",
            remedy="Both files are taken. On Windows and macOS one would have replaced the other.",
            count=len(several),
        ),
    )


def counted(names: Iterable[str], kind: Callable[[str], str] = ending) -> str:
    """How many names there are of each kind, the most frequent first: "12 of .png, 1 of .txt"."""
    tally: dict[str, int] = {}
    for name in names:
        tally[kind(name)] = tally.get(kind(name), 0) + 1
    ranked = sorted(tally.items(), key=lambda item: (-item[1], item[0]))
    listed = [f"{count:,} {f'of {name[:20]}' if name else 'without an ending'}" for name, count in ranked[:6]]
    return ", ".join([*listed, *(["…"] if len(ranked) > 6 else [])])


def _unfit(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def is_about(name: str) -> bool:
    """Does a text only tell about the files that it lies beside (README, LICENSE)?"""
    return name.rpartition("/")[2].lower().partition(".")[0] in _ABOUT
