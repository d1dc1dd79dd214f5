"""The formats in which a model is taken away: one file each, and one line here."""

from workbench.errors import ModelError
from workbench.export.formats.bf16 import BF16
from workbench.export.formats.folder import FOLDER
from workbench.export.formats.format import Format as Format
from workbench.export.formats.onnx import ONNX
from workbench.export.formats.onnx_int8 import ONNX_INT8

FORMATS = (FOLDER, ONNX, ONNX_INT8, BF16)


def by_name(name: str) -> Format:
    """The format of that name. Raises ModelError."""
    found = next((format for format in FORMATS if format.name == name), None)
    if found is None:
        known = ", ".join(format.name for format in FORMATS)
        raise ModelError(f"there is no format '{name}'", remedy=f"Choose one of: {known}.")
    return found
