"""Modules of the workbench that exported models carry, as plain files that import one another by their names alone."""

import re
from importlib import resources

_OURS = re.compile(r"^from workbench\.[\w.]*\b(\w+) import ", re.MULTILINE)


def carried(room: str, name: str) -> str:
    """The source of the module ``name`` (without ".py") of the package ``room``."""
    source = resources.files(room).joinpath(f"{name}.py").read_text(encoding="utf-8")
    return _OURS.sub(r"from \1 import ", source)
