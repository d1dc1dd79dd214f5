"""Archives and folders made for tests, and what comes of reading them."""

import csv
import io
import shutil
import warnings
import zipfile

import pytest
from PIL import Image

from workbench.data import reader
from workbench.data.read_options import ReadOptions
from workbench.data.tables import read_table
from workbench.errors import DataError
from workbench.settings import Limits


def png(number=0, size=9, format="PNG"):
    """A small image; each number gives another one."""
    content = io.BytesIO()
    Image.new("RGB", (size, size), (number * 20 % 256, number // 12, 100)).save(content, format)
    return content.getvalue()


class Pack:
    """An archive or a folder to read, under a name of ours; ``name`` is what people call it."""

    def __init__(self, folder):
        self.path = folder / "upload"
        self.into = folder / "into"
        self.into.mkdir()
        self.name = ""
        self.said = ""

    def zip(self, files, *, name="animals.zip", method=zipfile.ZIP_STORED, plain_names=False):
        """``files`` maps names (or ZipInfos) to contents. ``plain_names``: nothing says how names are written."""
        self.name = name
        with zipfile.ZipFile(self.path, "w", method) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about names that come twice
            for entry, content in files.items() if isinstance(files, dict) else files:
                info = entry if isinstance(entry, zipfile.ZipInfo) else _Plain(entry) if plain_names else entry
                if isinstance(info, str) and ("\\" in info or ":" in info):
                    info = zipfile.ZipInfo(info)
                if isinstance(info, zipfile.ZipInfo):
                    info.compress_type = method
                archive.writestr(info, content)
        return self

    def folder(self, files, *, name="animals"):
        self.name = name
        if self.path.is_dir():
            shutil.rmtree(self.path)
        self.path.unlink(missing_ok=True)
        self.path.mkdir()
        for entry, content in files.items():
            path = self.path / entry
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def preview(self, head=50, **options):
        return reader.look(self.path, self.name, ReadOptions(**options), Limits(), head=head)

    def take(self, *, set_aside=False, limits=None, **options):
        shutil.rmtree(self.into)
        self.into.mkdir()
        return reader.take(
            self.path, self.name, ReadOptions(**options), limits or Limits(), self.into, set_aside=set_aside
        )

    def table(self, **rest):
        self.take(**rest)
        return read_table(self.into)

    def refused(self, **rest):
        with pytest.raises(DataError) as caught:
            self.take(**rest)
        assert not (self.into / "table.parquet").exists()
        assert caught.value.remedy and caught.value.code
        self.said = str(caught.value)
        return self.said

    def stored(self):
        """The image files of the last import."""
        return sorted((self.into / "images").rglob("*.*"))

    def rejects(self):
        with (self.into / "rejects.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))


class _Plain(zipfile.ZipInfo):
    """An entry whose name is written as bytes of code page 437, and nothing said about it."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("cp437"), self.flag_bits & ~0x800
