"""A whole exported model, untrained and small, as a run would leave it."""

from pathlib import Path

import pandas as pd

from tests import tiny_models


def exported(root: Path, name: str = "model", labels: tuple[str, ...] = ("ham", "spam"), text: str = "message") -> Path:
    """Write the model folder below ``root``; its one column is called ``text``."""
    from workbench.artefacts import folders
    from workbench.evaluate.panels import Score, Scores
    from workbench.export import folder as model_folder
    from workbench.export.card import About
    from workbench.networks.text_encoder import TextClassifier, load_encoder
    from workbench.networks.tokens import load_tokenizer
    from workbench.prepare.normalise_whitespace import NormaliseWhitespace
    from workbench.prepare.prepared import prepare_table
    from workbench.prepare.roles import Roles
    from workbench.prepare.strip_html import StripHtml
    from workbench.recipe import Data, Model, Recipe, Split, Step
    from workbench.tasks.text_classification import TASK, TextClassifierFitted
    from workbench.tasks.text_learner import Encoded

    base = tiny_models.encoder_into(root / "base")
    network, _ = load_encoder(base)
    encoded = Encoded(TextClassifier(network, 32, len(labels), 5).eval(), load_tokenizer(base), labels, 32, "cpu")
    steps = (StripHtml(), NormaliseWhitespace())
    table = pd.DataFrame({text: ["a", "b", "c", "d"] * 2, "kind": ["ham", "spam"] * 4}, dtype="str")
    roles = Roles({"text": text, "label": "kind"}, ("text",), "label")
    prepared = prepare_table(table, roles, steps, Split(), 7)
    recipe = Recipe(
        data=Data(source="messages.csv", columns={"text": text, "label": "kind"}),
        prepare=tuple(Step(step=step.step) for step in steps),
        model=Model(id=str(base)),
    )
    scores = Scores(
        rows=40,
        values={"macro_f1": Score(value=0.91, low=0.8, high=0.97), "accuracy": Score(value=0.95)},
        per_class={label: {"precision": 0.9, "recall": 0.8, "f1": 0.85, "support": 20} for label in labels},
    )
    baseline = Scores(rows=40, values={"macro_f1": Score(value=0.7), "accuracy": Score(value=0.75)})
    about = About(
        name="Spam <img src=x onerror=alert(1)>",
        data="messages.csv (version 1)",
        data_sha256="ab" * 32,
        rows={"train": 320, "validation": 40, "test": 40},
        base="starter/minilm-l6",
        base_licence="Apache-2.0",
        scores=scores,
        baseline=baseline,
    )
    with folders.new_folder(root, name) as staged:
        model_folder.write(staged, TASK, recipe, prepared, TextClassifierFitted(encoded), about)
    return root / name
