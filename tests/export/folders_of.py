"""Model folders of small networks that have learned nothing, one for each task that ONNX knows."""

from pathlib import Path

import pandas as pd

from tests import tiny_models
from workbench import tasks
from workbench.artefacts import folders
from workbench.evaluate.panels import Score, Scores
from workbench.export import folder as model_folder
from workbench.export.card import About
from workbench.prepare.prepared import prepare_table
from workbench.prepare.roles import Roles
from workbench.recipe import Data, Recipe, Split
from workbench.tasks.protocol import Fitted

STREETS = pd.DataFrame(
    {
        "area": ["12.5", "", "80", "1e9", "-3", "n/a"] * 10,
        "town": ["Bonn", "Ulm", "", "Bonn", "Köln", "Paris"] * 10,
        "price": [str(number) for number in range(60)],
        "dear": ["yes", "no", "no"] * 20,
    },
    dtype=object,
)


def _written(root: Path, task: str, fitted: Fitted, table: pd.DataFrame, columns: dict[str, str]) -> Path:
    scores = Scores(rows=4, values={"accuracy": Score(value=0.5)})
    about = About("Tiny", "tiny.csv", "ab" * 32, {"train": 4}, "none", "none", scores, scores)
    known = tasks.by_name(task)
    texts = tuple(columns[role.name] for role in known.roles if role.kind in ("text", "tokens"))
    target = next(role.name for role in known.roles if role.target)
    features = tuple(name for name in table.columns if name not in columns.values())
    prepared = prepare_table(table, Roles(columns, texts, target, (), features, True), (), Split(), 7)
    recipe = Recipe(task=task, data=Data(source="tiny.csv", columns=columns))
    with folders.new_folder(root, "model") as staged:
        model_folder.write(staged, known, recipe, prepared, fitted, about)
    return root / "model"


def text_network(root: Path, body: str) -> Path:
    """A network of words of this kind ("lstm", "gru" or "transformer")."""
    from workbench.networks.text_network import Shape, TextNetwork
    from workbench.networks.vocabulary import Vocabulary
    from workbench.tasks.text_network_learner import Trained

    vocabulary = Vocabulary("words", tuple(tiny_models.WORDS))
    network = TextNetwork(Shape(len(vocabulary), 3, body, 2, 16), 1).eval()
    fitted = Trained(network, vocabulary, ("a", "b", "c"), 12, "cpu")
    table = pd.DataFrame({"says": ["good film", "bad day"] * 4, "mood": ["a", "b"] * 4}, dtype=object)
    return _written(root, "text-classification", fitted, table, {"text": "says", "label": "mood"})


def words(root: Path, length: int = 16) -> Path:
    """An encoder that gives words their tags, and reads few word pieces at once."""
    from workbench.networks.text_encoder import load_encoder
    from workbench.networks.token_classifier import TokenClassifier
    from workbench.networks.tokens import load_tokenizer
    from workbench.tasks.token_fitted import TokenClassifierFitted
    from workbench.tasks.token_learner import TokenReader
    from workbench.tasks.word_pieces import WORDS_AND_MARKS

    base = tiny_models.encoder_into(root / "base")
    network = TokenClassifier(load_encoder(base)[0], 32, 5, 3).eval()
    reader = TokenReader(network, load_tokenizer(base), ("PER", "LOC"), WORDS_AND_MARKS, length, "cpu")
    table = pd.DataFrame({"words": ['["Ann"]', '["in", "Ulm"]'] * 4, "tags": ['["B-PER"]', '["O", "B-LOC"]'] * 4})
    columns = {"tokens": "words", "tags": "tags"}
    return _written(root, "token-classification", TokenClassifierFitted(reader), table.astype(object), columns)


def table_network(root: Path, task: str) -> Path:
    """A network for ``STREETS`` that answers with labels or with numbers."""
    import torch

    from workbench.networks.table_mlp import Shape, TableMLP, centre_and_spread
    from workbench.tasks.table_answers import Amounts, Labels
    from workbench.tasks.table_columns import understand
    from workbench.tasks.table_learner import Trained

    target, other = ("price", "dear") if task == "tabular-regression" else ("dear", "price")
    answers = Amounts() if target == "price" else Labels(("no", "yes"))
    columns = understand(STREETS, ["area", "town"]).columns
    network = TableMLP(Shape(len(columns.numbers), columns.flags, columns.sizes, answers.outputs, 2, 16, members=3), 4)
    centre, spread = centre_and_spread(torch.from_numpy(columns.values(STREETS)))
    network.centre.copy_(centre)
    network.spread.copy_(spread)
    network.answer_centre.fill_(30)
    network.answer_spread.fill_(17)
    fitted = Trained(network.eval(), columns, answers, "cpu")
    return _written(root, task, fitted, STREETS.drop(columns=other), {"target": target})
