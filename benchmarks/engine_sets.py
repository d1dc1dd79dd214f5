"""The rows that ``benchmarks.engine`` learns from: real texts and images, divided the same way for every arm."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

SETS = ("sms-spam", "reviews-zh", "libraries", "animals", "digits")
IMAGES = ("animals", "digits")
STARTERS = {"text": "starter/minilm-l6", "image": "starter/efficientnet-lite0"}
LIBRARIES = (
    *("numpy", "pandas", "sklearn", "scipy", "torch", "transformers"),
    *("sqlalchemy", "plotly", "streamlit", "pydantic", "PIL", "pyarrow"),
)
PROJECT = "Benchmark: engine"


@dataclass(frozen=True)
class Parts:
    """Columns ``text`` or ``image`` (a file), and ``label``; a quarter as many validation rows as training rows."""

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame


def kind(name: str) -> str:
    """What the set is of: "text" or "image"."""
    return "image" if name in IMAGES else "text"


def starter(kind: str) -> Path:
    """The pretrained model that all arms begin with."""
    from workbench import settings
    from workbench.services import models
    from workbench.services.workbench import open_workbench

    return models.folder(open_workbench(settings.read()), STARTERS[kind])


def divided(name: str, seed: int, rows: int, most: int) -> Parts:
    """``rows`` training rows and ``most`` test rows or fewer, drawn by ``seed``; labels are as frequent in every part
    as in the whole."""
    from sklearn.model_selection import train_test_split

    table = libraries() if name == "libraries" else sample(name)
    table = table[table["label"].map(table["label"].value_counts()) >= 8]
    test = min(most, len(table) - rows - rows // 4)
    learning, tested = train_test_split(table, test_size=test, stratify=table["label"], random_state=seed)
    learning, _ = train_test_split(learning, train_size=rows + rows // 4, stratify=learning["label"], random_state=seed)
    train, validation = train_test_split(learning, train_size=rows, stratify=learning["label"], random_state=seed)
    return Parts(*(part.reset_index(drop=True) for part in (train, validation, tested)))


@cache
def sample(name: str) -> pd.DataFrame:
    """All rows of a sample of the workbench, without copies, as a worker reads them."""
    from workbench import settings
    from workbench.jobs import worker_load
    from workbench.recipe import Data, Recipe, Step
    from workbench.services import datasets, projects
    from workbench.services.workbench import open_workbench

    store = open_workbench(settings.read())
    project = projects.by_name(store, PROJECT) or projects.create(store, PROJECT)
    version = datasets.import_sample(store, project.id, f"sample/{name}")
    of = kind(name)
    steps = () if of == "image" else (Step(step="drop-empty"), Step(step="drop-duplicates"))
    columns = {of: of, "label": "label"}
    recipe = Recipe(
        task=f"{of}-classification", data=Data(source=f"sample/{name}", columns=columns), prepare=steps, seed=0
    )
    split = worker_load.load(store, recipe, version.id).split
    return pd.concat([split.train, split.validation, split.test])[[of, "label"]]


@cache
def libraries(most: int = 400) -> pd.DataFrame:
    """The first paragraphs of documented functions and classes; the library's own name is left out of them."""
    found = []
    for library in LIBRARIES:
        spec = find_spec(library)
        assert spec and spec.origin
        texts: dict[str, None] = {}
        for path in sorted(Path(spec.origin).parent.rglob("*.py")):
            for text in _documented(path):
                words = " ".join(text.split("\n\n")[0].split()).replace(library, "it")[:400]
                if len(words) >= 60:
                    texts[words] = None
        chosen = np.random.default_rng(0).permutation(list(texts))[:most]
        found += [(str(text), library) for text in chosen]
    return pd.DataFrame(found, columns=["text", "label"]).drop_duplicates("text")


def _documented(path: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings(action="ignore"):  # of what newer Pythons say of older code
            tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError:  # templates, and what tests of parsers read
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and (text := ast.get_docstring(node)):
            yield text
