"""Archives and folders that are hostile, broken or untidy: named with the entry, and nothing is kept of them."""

import os
import stat
import struct
import zipfile

import pytest

from tests.data.packs import Pack, png
from workbench.data.collections.archive import Archive
from workbench.errors import DataError
from workbench.settings import Limits


@pytest.fixture
def pack(tmp_path):
    return Pack(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "cats/../../evil.png",
        "/etc/evil.png",
        "C:\\evil.png",
        "c:evil.png",
        "..\\evil.png",
        "\\\\host\\evil",
    ],
)
def test_case_26_a_name_that_leads_outside_is_refused(pack, name):
    message = pack.zip({"cats/1.png": png(), name: png()}).refused()
    assert message.startswith("ZIP-26 animals.zip, entry '") and "evil" in message and "leads outside" in message


@pytest.mark.parametrize(("kind", "called"), [(stat.S_IFLNK, "symbolic link"), (stat.S_IFCHR, "device")])
def test_case_27_links_and_devices_are_refused(pack, kind, called):
    link = zipfile.ZipInfo("cats/2.png")
    link.create_system, link.external_attr = 3, (kind | 0o777) << 16
    message = pack.zip({"cats/1.png": png(), link: b"/etc/passwd"}).refused()
    assert "ZIP-27 animals.zip, entry 'cats/2.png'" in message and called in message


def test_case_27_links_in_a_folder_are_refused(pack):
    pack.folder({"cats/1.png": png()})
    (pack.path / "cats" / "2.png").symlink_to("/etc/passwd")
    assert "FOLDER-27 animals, file 'cats/2.png'" in pack.refused()
    (pack.path / "cats" / "2.png").unlink()
    (pack.path / "more").symlink_to(pack.path / "cats", target_is_directory=True)
    assert "FOLDER-27 animals, file 'more'" in pack.refused()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_case_27_a_pipe_in_a_folder_is_refused(pack):
    pack.folder({"cats/1.png": png()})
    os.mkfifo(pack.path / "pipe")
    assert "device or another special file" in pack.refused()


def test_case_28_a_bomb_is_stopped_by_what_it_says(pack):
    pack.zip({"bomb.csv": b"text,label\n" + b"a" * 30_000_000}, method=zipfile.ZIP_DEFLATED)
    assert pack.path.stat().st_size < 40_000
    message = pack.refused()
    assert "ZIP-28 animals.zip: it says that it unpacks to more than 100 times its size" in message


def test_case_28_bytes_are_counted_not_believed(pack):
    """The list of entries says 10 bytes; what comes out is counted, and stops where the header says."""
    pack.zip({"bomb.csv": b"text,label\n" + b"a" * 30_000_000}, method=zipfile.ZIP_DEFLATED)
    content = bytearray(pack.path.read_bytes())
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = struct.pack("<I", 10)
    pack.path.write_bytes(content)
    assert "ZIP-23 animals.zip, entry 'bomb.csv': the entry cannot be read: it is damaged" in pack.refused()


def test_case_28_the_stream_is_stopped_at_the_cap(pack, monkeypatch):
    pack.zip({"a.csv": b"text\n" + os.urandom(1 << 16) * 40})
    archive = Archive(pack.path, "a.zip", Limits())
    monkeypatch.setattr(archive, "_limits", Limits(archive_bytes=2_000_000))  # as if the header had said less
    taken = 0
    with pytest.raises(DataError, match=r"ZIP-28 a\.zip, entry 'a\.csv': up to here it unpacks to more than 0\.002 GB"):
        for chunk in archive.chunks(archive.entries[0]):
            taken += len(chunk)
    assert taken <= 2_000_000


def test_case_28_entries_over_each_other_are_refused(pack):
    pack.zip({"a.png": png(), "b.png": png(size=20)})
    content = bytearray(pack.path.read_bytes())
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4) + 42
    content[second : second + 4] = struct.pack("<I", 0)  # the second begins where the first does
    pack.path.write_bytes(content)
    message = pack.refused()
    assert "ZIP-28" in message and "'a.png'" in message and "'b.png'" in message and "over each other" in message


@pytest.mark.parametrize("name", ["more.zip", "deep/more.tar.gz", "more.7z", "MORE.RAR"])
def test_case_28_archives_in_archives_are_refused(pack, name):
    message = pack.zip({"cats/1.png": png(), name: b"PK"}).refused()
    assert f"ZIP-28 animals.zip, entry '{name}'" in message and "archive itself" in message


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_case_28_too_many_files_and_too_many_bytes(pack, kind):
    getattr(pack, kind)({f"cats/{number}.png": png(number) for number in range(6)})
    assert "-28 " in pack.refused(limits=Limits(archive_entries=5)) and "more than 5 files" in pack.said
    assert "-28 " in pack.refused(limits=Limits(archive_bytes=200))


def test_case_29_a_name_that_comes_twice_is_refused(pack):
    message = pack.zip([("cats/1.png", png(1)), ("dogs/1.png", png(2)), ("cats/1.png", png(3))]).refused()
    assert "ZIP-29 animals.zip, entry 'cats/1.png': the name comes twice, as file 1 and as file 3" in message


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_case_29_names_that_differ_in_case_are_both_named_and_both_taken(pack, kind):
    getattr(pack, kind)({"cats/A.png": png(1), "cats/a.png": png(2), "dogs/b.png": png(3)})
    problem = next(found for found in pack.preview().problems if found.code.endswith("-29"))
    assert problem.level == "warning" and "'cats/A.png' and 'cats/a.png'" in problem.what
    assert pack.table()["file"].tolist() == ["cats/A.png", "cats/a.png", "dogs/b.png"]
    assert len(pack.stored()) == 3


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_case_30_litter_is_ignored_and_counted(pack, kind):
    litter = ["__MACOSX/cats/._1.png", ".DS_Store", "cats/.DS_Store", "cats/Thumbs.db", "cats/._1.png"]
    getattr(pack, kind)({"cats/1.png": png(1), "dogs/1.png": png(2), **dict.fromkeys(litter, b"x")})
    assert any(note.startswith("Ignored") and note.endswith(": 5.") for note in pack.take().notes)
    assert pack.table()["label"].tolist() == ["cats", "dogs"]


def test_case_31_bad_long_and_reserved_names_are_stored_by_hash(pack):
    names = [
        "CON.png",
        "a/" + "x" * 300 + ".png",
        "a/tab\tand\x01.png",
        "a/dot. .png",
        "a/<&>|?*.png",
        "a/-rf;ls.png",
        "AUX/1.png",
    ]
    table = pack.zip({name: png(number) for number, name in enumerate(names)}).table()
    assert len(table) == len(names) == len(pack.stored())
    assert all(path.name == f"{path.stem}.png" and len(path.stem) == 64 for path in pack.stored())
    assert "a/tab\N{REPLACEMENT CHARACTER}and\N{REPLACEMENT CHARACTER}.png" in table["file"].tolist()


def test_a_locked_archive_is_refused(pack):
    pack.zip({"cats/1.png": png()})
    content = bytearray(pack.path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    pack.path.write_bytes(content)
    assert "ZIP-21 animals.zip, entry 'cats/1.png': the entry is protected by a password" in pack.refused()


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_an_archive_that_was_cut_off_is_refused(pack, share):
    pack.zip({f"cats/{number}.png": png(number) for number in range(5)})
    content = pack.path.read_bytes()
    pack.path.write_bytes(content[: max(8, int(len(content) * share))])
    assert "ZIP-23 animals.zip: this is a zip archive that is not whole" in pack.refused()


def test_a_damaged_entry_is_set_aside(pack):
    pack.zip({f"cats/{number}.png": png(number) for number in range(3)})
    content = bytearray(pack.path.read_bytes())
    place = content.index(b"cats/1.png") + 40
    content[place] ^= 0xFF
    pack.path.write_bytes(content)
    assert "IMG-32 animals.zip, entry 'cats/1.png': it is damaged in the archive (Bad CRC-32" in pack.refused()
    assert pack.table(set_aside=True)["file"].tolist() == ["cats/0.png", "cats/2.png"]
    assert pack.rejects()[1][:2] == ["2", pack.rejects()[1][1]] and pack.rejects()[1][-1] == "cats/1.png"


def test_a_compression_that_is_not_known_is_named(pack):
    pack.zip({"cats/1.png": png()})
    content = bytearray(pack.path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(mark) + place] = 9
    pack.path.write_bytes(content)
    message = pack.refused()
    assert "ZIP-23 animals.zip, entry 'cats/1.png'" in message and "(Deflate64)" in message


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_usual_compressions_are_read(pack, method):
    files = {f"{label}/{number}.png": png(number) for label in ("cats", "dogs") for number in range(2)}
    assert len(pack.zip(files, method=method).table()) == 4


def test_zip64_is_read(pack):
    with zipfile.ZipFile(pack.path, "w") as archive:
        for number in range(3):
            with archive.open(f"cats/{number}.png", "w", force_zip64=True) as file:
                file.write(png(number))
    pack.name = "animals.zip"
    assert len(pack.table()) == 3


def test_names_of_a_windows_code_page_are_decoded(pack):
    """As Windows writes them: GBK bytes, and no word about it."""
    names = ["小猫/白色的小猫.png", "小狗/黑色的小狗.png", "小狗/院子里的狗.png"]
    pack.zip({name.encode("gbk").decode("cp437"): png(number) for number, name in enumerate(names)}, plain_names=True)
    table = pack.table()
    assert sorted(table["file"]) == sorted(names) and set(table["label"]) == {"小猫", "小狗"}
    assert any("GB18030" in note for note in pack.take().notes)


def test_names_in_utf8_without_a_word_about_it(pack):
    pack.zip({"Kätzchen/ü.png".encode().decode("cp437"): png()}, plain_names=True)
    assert pack.table()["file"].tolist() == ["Kätzchen/ü.png"]


def test_nothing_at_all(pack):
    assert "ZIP-04 animals.zip: it holds no files: no rows" in pack.zip({}).refused()
    assert (
        "FOLDER-04 animals: it holds no images, tables or texts (2 of .exe, 1 without an ending)"
        in pack.folder({"a.exe": b"", "b.exe": b"", "LICENSE": b""}).refused()
    )


def test_an_ending_that_says_otherwise_is_told(pack):
    pack.zip({"cats/1.png": png(1), "dogs/1.png": png(2)}, name="animals.csv")
    assert "The name ends in .csv, but the content is: zip archive" in pack.preview().notes[0]
