"""The plain files that make an exported model for tables usable without the workbench."""

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from workbench.tasks import table_learner

_TASKS = Path(__file__).parent
_NETWORK = {"table_model.py": "table_predict_network.py", "table_mlp.py": "../networks/table_mlp.py"}
_QUICK = {"table_model.py": "table_predict_quick.py", "table_blend.py": "table_blend.py"}


def files(folder: Path) -> Mapping[str, str]:
    """The script, what it loads for the kind of model that was saved in ``folder``, and what has to be installed.

    Raises ModelError when no model for tables was saved there.
    """
    quick = table_learner.is_quick(folder)
    needed = ("numpy", "scikit-learn", "scipy", "skops") if quick else ("torch", "safetensors")
    sources = {"predict.py": "table_predict.py", **(_QUICK if quick else _NETWORK)}
    versions = ((name, metadata.version(name).partition("+")[0]) for name in needed)
    return {
        **{name: (_TASKS / source).read_text(encoding="utf-8") for name, source in sources.items()},
        "requirements.txt": "".join(f"{name}=={version}\n" for name, version in versions),
    }
