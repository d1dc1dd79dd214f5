"""The plain files that make an exported model for texts usable without the workbench."""

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from workbench.models import folder as model_folder
from workbench.tasks import text_network_plan

_TASKS = Path(__file__).parent
_ENCODER = {"text_model.py": "text_predict_encoder.py"}
_NETWORK = {
    "text_model.py": "text_predict_network.py",
    "text_network.py": "../networks/text_network.py",
    "vocabulary.py": "../networks/vocabulary.py",
}


def files(folder: Path, script: str = "text_classification_predict.py") -> Mapping[str, str]:
    """The ``script``, what it loads for the kind of model that was saved in ``folder``, and what has to be installed.

    Raises ModelError when no model for texts was saved there.
    """
    own = model_folder.kind(folder) == text_network_plan.KIND
    sources = {"predict.py": script, **(_NETWORK if own else _ENCODER)}
    needed = ("torch", "safetensors") if own else ("torch", "transformers")
    versions = ((name, metadata.version(name).partition("+")[0]) for name in needed)
    return {
        **{name: (_TASKS / source).read_text(encoding="utf-8") for name, source in sources.items()},
        "requirements.txt": "".join(f"{name}=={version}\n" for name, version in versions),
    }
