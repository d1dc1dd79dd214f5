"""Source archives of packages without a wheel: fetched as files, since pip would run their code to look into them."""

import os
import re
import ssl
import subprocess
import sys
import tarfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

_SECONDS = 60.0  # without an answer
_CHUNK = 1 << 20
_CERTIFICATES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def download(package: str, version: str, bytes: int, folder: Path) -> Path:
    """The archive in ``folder``: found through pip, with all its settings, then fetched; no more than ``bytes`` of it.

    Whether it is the right one, its hash must say. Raises OSError when it cannot be had.
    """
    link = _link(package, version)
    if urlsplit(link).scheme not in ("https", "http", "file"):
        raise OSError(f"the index offers no archive of {package}=={version}")
    given = next((os.environ[name] for name in _CERTIFICATES if os.environ.get(name)), None)
    target = folder / f"{package}-{version}.tar.gz"
    web = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=given))
    with urllib.request.build_opener(web).open(link, timeout=_SECONDS) as source, target.open("wb") as file:
        left = bytes
        while left > 0 and (chunk := source.read(min(left, _CHUNK))):
            left -= file.write(chunk)
    return target


@contextmanager
def opened(archive: Path) -> Iterator[Callable[[str], IO[bytes]]]:
    """What opens the archive's members by their paths. Raises OSError for one that is no plain file."""
    with tarfile.open(archive) as tar:

        def open_member(path: str) -> IO[bytes]:
            found = tar.extractfile(path)
            if found is None:
                raise OSError(f"'{path}' is no file in {archive.name}")
            return found

        yield open_member


def _link(package: str, version: str) -> str:
    """Where the archive is, as pip tells when it is asked to say everything."""
    command = [sys.executable, "-m", "pip", "index", "versions", package, "-vvv", "--no-input"]
    told = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    links = [link.rstrip(",") for link in re.findall(r"Found link ([^\s#]+)", told.stdout)]
    return next((link for link in links if link.endswith(f"/{package}-{version}.tar.gz")), "")
