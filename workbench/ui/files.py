"""Uploaded files: copied to disk at once, under a name that the server makes; the client's name is only shown."""

import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import streamlit as st
from streamlit.typing import UploadedFile

from workbench.ui.opened import store

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Brought:
    """A file on disk until it is forgotten; ``name`` is what people call it, at home or where it was brought from.

    ``title`` is what its data set is called and ``source`` what a recipe calls it: the name, if they are empty.
    """

    id: str
    name: str
    path: Path
    forget: Callable[[], None]
    title: str = ""
    source: str = ""


def brought(upload: UploadedFile) -> Brought:
    """An uploaded file, copied to disk the first time that it is seen."""
    return Brought(upload.file_id, upload.name, on_disk(upload), lambda: forget(upload))


def on_disk(upload: UploadedFile) -> Path:
    """The uploaded file in the store's uploads folder; copied there the first time that it is seen."""
    copies: dict[str, str] = st.session_state.setdefault("workbench_uploads", {})
    path = Path(copies.get(upload.file_id, ""))
    if upload.file_id not in copies or not path.exists():
        folder = store().settings.uploads
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / uuid.uuid4().hex
        with path.open("wb") as copy:
            shutil.copyfileobj(upload, copy)
        copies[upload.file_id] = str(path)
    return path


def forget(upload: UploadedFile) -> None:
    """Remove the copy of an upload that was imported, or given up."""
    copy = st.session_state.get("workbench_uploads", {}).pop(upload.file_id, None)
    if copy:
        Path(copy).unlink(missing_ok=True)


def once(upload: UploadedFile, use: Callable[[Path], Made]) -> Made:
    """Use an upload and remove its copy, whatever comes of it."""
    try:
        return use(on_disk(upload))
    finally:
        forget(upload)
