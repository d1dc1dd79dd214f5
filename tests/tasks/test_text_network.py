"""Text classification from scratch: words of its own, padding that changes nothing, and a folder that works alone."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from tests.training.problems import Watcher
from workbench import recipe, settings
from workbench.data import reader, tables
from workbench.data.sources import samples
from workbench.errors import ModelError, PackError, TrainingError
from workbench.export.folder import FUNCTIONS
from workbench.models import catalogue, scratch
from workbench.networks.text_network import Shape, TextNetwork
from workbench.networks.vocabulary import FIRST, UNKNOWN, Vocabulary, split
from workbench.prepare.splits import Split, split_table
from workbench.recipe import Training
from workbench.settings import Limits, Settings
from workbench.tasks import text_network_plan
from workbench.tasks.protocol import LearnerContext
from workbench.tasks.text_classification import TASK
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train
from workbench.training.rules import plan_from

BODIES = ("lstm", "gru", "transformer")
TEXTS = ["a good film, really", "an awful meal", "a good book", "an awful day, really"] * 5
ROWS = pd.DataFrame({"text": TEXTS, "label": ["good", "bad"] * 10}, dtype=object)
SPLIT = Split(ROWS[:12], ROWS[12:16], ROWS[16:])


def described(folder: Path, **content) -> Path:
    """A folder with a description of a network."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "text-network", **content}))
    return folder


def learner(model: Path, cache: Path, split=SPLIT, seed=5, **training):
    plan = replace(plan_from(TASK.plan(Training(**training), split, "cpu", model=str(model))), threads=1)
    return TASK.learner(split, LearnerContext(model, plan, seed, cache)), plan


def test_words_that_come_twice_are_known_the_commonest_first():
    known = Vocabulary.learn(["One two, TWO", "two don't three one", "don't"], "words")
    assert known.known == ("two", "don't", "one")
    assert known.encode("Two THREE don’t don't", 9) == [FIRST, UNKNOWN, UNKNOWN, FIRST + 1]
    assert known.encode("one one one", 2) == [FIRST + 2] * 2
    assert known.encode(" \n ", 5) == known.encode("", 5) == [UNKNOWN]
    assert len(known) == FIRST + 3


def test_rare_numbers_are_known_by_their_pattern():
    known = Vocabulary.learn(["call 07946", "call 07123", "24 hours", "24 hours"], "words")
    assert set(known.known) == {"call", "00000", "24", "hours"}
    assert known.encode("call 99999", 9) == known.encode("CALL 07946", 9)
    assert known.encode("25", 9) == [UNKNOWN]


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("Good, isn't it?", "words", ["good", ",", "isn't", "it", "?"]),
        ("हिन्दी में", "words", ["हिन्दी", "में"]),
        ("iPhone很好", "words", ["iphone", "很", "好"]),
        ("good😀😀", "words", ["good", "😀", "😀"]),
        ("很 \n好A", "characters", ["很", " ", "好", "a"]),
    ],
)
def test_what_counts_as_a_word(text, kind, wanted):
    assert list(split(text, kind)) == wanted


@pytest.mark.parametrize(
    ("texts", "asked", "wanted"),
    [
        (["这部电影很好看，我非常喜欢", "房间很小，服务也不好，不会再来"], "auto", "characters"),
        (["the film was good and the book was not", "it is a long day"], "auto", "words"),
        (["12 34", "56"], "auto", "words"),
        (["the film was good and the book was not"], "characters", "characters"),
    ],
)
def test_languages_without_spaces_are_read_by_characters(tmp_path, texts, asked, wanted):
    found = text_network_plan.kind_of_tokens(text_network_plan.settings(described(tmp_path, tokens=asked)), texts)
    assert found.value == wanted and found.reason


def test_only_the_training_rows_are_learned_from(tmp_path):
    more = SPLIT.validation.assign(text="zebra zebra zebra")
    problem, _ = learner(described(tmp_path / "model"), tmp_path, Split(SPLIT.train, more, more))
    known = problem.fitted().vocabulary.known
    assert "good" in known and "zebra" not in known


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("layers", [1, 2])
def test_padding_changes_nothing(body, layers):
    network = TextNetwork(Shape(20, 3, body, layers, 32), seed=1).eval()
    ids = torch.tensor([[3, 4, 5, 0, 0, 0], [6, 7, 8, 9, 10, 11], [12, 0, 0, 0, 0, 0]])
    with torch.no_grad():
        together = network(ids, (ids != 0).long())
        for row, length in enumerate((3, 6, 1)):
            alone = network(ids[row : row + 1, :length], torch.ones(1, length, dtype=torch.long))
            torch.testing.assert_close(together[row : row + 1], alone, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("body", "cell"), [("lstm", nn.LSTM), ("gru", nn.GRU)])
def test_both_directions_are_those_of_packed_sequences(body, cell):
    recurrent = TextNetwork(Shape(20, 3, body, 1, 32), seed=1).body
    packed = cell(32, 32, batch_first=True, bidirectional=True)
    packed.load_state_dict(
        dict(recurrent.there[0].state_dict())
        | {f"{name}_reverse": weights for name, weights in recurrent.back[0].state_dict().items()}
    )
    states, lengths = torch.randn(3, 7, 32, generator=torch.Generator().manual_seed(2)), torch.tensor([4, 7, 1])
    mask = (torch.arange(7) < lengths[:, None]).long()
    inputs = nn.utils.rnn.pack_padded_sequence(states, lengths, batch_first=True, enforce_sorted=False)
    wanted, _ = nn.utils.rnn.pad_packed_sequence(packed(inputs)[0], batch_first=True)
    torch.testing.assert_close(recurrent(states, mask) * mask[:, :, None], wanted)


@pytest.mark.parametrize("body", BODIES)
def test_every_weight_hangs_on_the_seed(body):
    shape = Shape(20, 3, body, 1, 32)
    torch.manual_seed(1)
    first = TextNetwork(shape, seed=3).state_dict()
    torch.manual_seed(2)
    again, other = TextNetwork(shape, seed=3).state_dict(), TextNetwork(shape, seed=4).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["embedding.weight"], other["embedding.weight"])


def test_a_folder_may_describe_another_size(tmp_path):
    model = described(tmp_path / "mine", body="gru", tokens="characters", layers=2, width=32, dropout=0)
    trained = learner(model, tmp_path)[0].fitted()
    assert trained.vocabulary.kind == "characters"
    assert trained.network.shape == Shape(len(trained.vocabulary), 2, "gru", 2, 32, 0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"body": "rnn"}, "body"),
        ({"layers": 99}, "layers"),
        ({"width": 33}, "width"),
        ({"depth": 3}, "depth"),
        ({"dropout": "much"}, "dropout"),
    ],
)
def test_a_description_that_cannot_be_used_is_named(tmp_path, content, told):
    with pytest.raises(ModelError, match=told) as raised:
        text_network_plan.settings(described(tmp_path, **content))
    assert raised.value.where.endswith("config.json") and raised.value.remedy


def test_texts_without_a_word_that_comes_twice_are_refused(tmp_path):
    rows = pd.DataFrame({"text": [f"{chr(97 + n)}{chr(98 + n)}" for n in range(12)], "label": ["x", "y"] * 6})
    with pytest.raises(TrainingError, match="occurs twice"):
        learner(described(tmp_path / "model"), tmp_path, Split(rows, rows[:0], rows[:0]))


def test_what_is_saved_is_plain_whole_and_no_start_for_another_training(tmp_path):
    fitted = learner(scratch.by_id("scratch/lstm").folder, tmp_path)[0].fitted()
    folder = tmp_path / "saved"
    folder.mkdir()
    fitted.save(folder)
    names = {"config.json", "labels.json", "model.safetensors", "vocabulary.json", "workbench.json"}
    assert {path.name for path in folder.iterdir()} == names
    with pytest.raises(ModelError, match="begin anew"):
        learner(folder, tmp_path)
    for name in names - {"config.json"}:
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        with pytest.raises(ModelError):
            TASK.load(folder)
        (folder / name).write_bytes(content)
    words = json.loads((folder / "vocabulary.json").read_text())
    (folder / "vocabulary.json").write_text(json.dumps(words | {"known": [*words["known"], "more"]}))
    with pytest.raises(ModelError, match="does not belong"):
        TASK.load(folder)


def test_rules_know_words_and_what_begins_with_nothing(tmp_path):
    model = described(tmp_path)
    facts = TASK.plan(Training(method="head"), SPLIT, "cpu", model=str(model))
    assert "method" not in facts and plan_from(facts).method == "full"
    assert facts["tokens"].value == "words" and "words" in facts["max_length"].reason
    many = pd.concat([ROWS] * 500, ignore_index=True)
    more = TASK.plan(Training(), Split(many, ROWS, ROWS), "cpu", model=str(model))
    assert more["epochs"].value < facts["epochs"].value


def test_they_are_offered_to_text_classification_alone():
    offered = {card.id for card in catalogue.scratch_cards("text-classification")}
    assert {"scratch/lstm", "scratch/gru", "scratch/transformer"} <= offered
    assert not [card for card in catalogue.scratch_cards("token-classification") if card.reads == "text"]


@pytest.mark.parametrize("body", ["lstm", "transformer"])
def test_the_exported_script_answers_as_the_workbench_does(body, tmp_path):
    """predict.py beside the files of an exported folder, in a process that sees neither workbench nor transformers."""
    problem, plan = learner(scratch.by_id(f"scratch/{body}").folder, tmp_path / "cache", epochs=2)
    train(problem, plan, seed=5, checkpoints=Checkpoints(tmp_path / "run"), reporter=Watcher())
    fitted, folder = problem.fitted(), tmp_path / "exported"
    folder.mkdir()
    fitted.save(folder)
    about = json.loads((folder / "workbench.json").read_text()) | {"columns": {"text": "review", "label": "mood"}}
    (folder / "workbench.json").write_text(json.dumps(about))
    (folder / "preparation.json").write_text("[]")
    for room, name in FUNCTIONS:
        (folder / name).write_text(resources.files(room).joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")
    for name, content in TASK.export_files(folder).items():
        (folder / name).write_text(content, encoding="utf-8")
    assert [line.partition("==")[0] for line in (folder / "requirements.txt").read_text().split()] == [
        "torch",
        "safetensors",
    ]
    (folder / "transformers.py").write_text("raise ImportError")
    texts = ["A GOOD, happy day", 'awful; "quoted"\nnew line', "", "好" * 300]
    with (tmp_path / "in.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["review", "n"], *[[text, 1] for text in texts]])
    command = [sys.executable, str(folder / "predict.py"), "in.csv", "--out", "out.csv"]
    bare = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wanted = fitted.predict(pd.DataFrame({"text": texts}, dtype=object))
    assert [row["prediction"] for row in rows] == wanted.predicted
    found = [[float(row[f"probability_{label}"]) for label in wanted.labels] for row in rows]
    np.testing.assert_allclose(found, wanted.probabilities, atol=1e-5)


def sample(name: str, folder: Path) -> pd.DataFrame:
    """The rows of a sample, duplicates dropped, by their roles; skipped where it cannot be had."""
    found = samples.by_id(name)
    folder.mkdir()
    try:
        with samples.files(Settings(settings.read().home), found) as path:
            reader.take(path, found.id, found.options, Limits(), folder, set_aside=False)
    except PackError as error:
        pytest.skip(f"the sample is not here: {error}")
    table = tables.read_table(folder)
    named = pd.DataFrame({role: table[column] for role, column in found.columns.items()}, dtype=object)
    return named[named["text"].str.strip() != ""].drop_duplicates("text")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rows", "model", "least"),
    [("sample/sms-spam", 5_000, "lstm", 0.95), ("sample/reviews-zh", 5_000, "lstm", 0.74)],
)
def test_real_texts_are_learned_from_nothing(name, rows, model, least, tmp_path):
    """Every value left to the rules; docs/training.md has the figures of all three bodies."""
    table = sample(name, tmp_path / "table")
    some = table.sample(min(rows, len(table)), random_state=1)
    parts = split_table(some, "label", recipe.Split(), 1)
    problem, plan = learner(scratch.by_id(f"scratch/{model}").folder, tmp_path / "cache", parts, seed=1)
    train(problem, plan, seed=1, checkpoints=Checkpoints(tmp_path / "run"), reporter=Watcher())
    scores = TASK.score(parts.test, problem.fitted().predict(parts.test)).values
    assert scores["macro_f1"].value > least
