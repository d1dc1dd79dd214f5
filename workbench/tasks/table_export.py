"""The plain files that make an exported network for tables usable without the workbench."""

from collections.abc import Mapping
from importlib import metadata, resources
from pathlib import Path


def files() -> Mapping[str, str]:
    """The script, the network that it loads, and what has to be installed for both."""
    network = resources.files("workbench.networks").joinpath("table_mlp.py")
    versions = ((name, metadata.version(name).partition("+")[0]) for name in ("torch", "safetensors"))
    return {
        "predict.py": Path(__file__).with_name("table_predict.py").read_text(encoding="utf-8"),
        "table_mlp.py": network.read_text(encoding="utf-8"),
        "requirements.txt": "".join(f"{name}=={version}\n" for name, version in versions),
    }
