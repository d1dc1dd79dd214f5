"""Token classification: words and their places, windows, findings, and answers in characters."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from tests import tiny_models
from tests.tasks.test_contract import travels
from tests.training.problems import Watcher
from workbench import recipe as recipes
from workbench import tasks
from workbench.artefacts import folders
from workbench.data.profiles.profile import profile_table
from workbench.export import folder as model_folder
from workbench.export.card import About
from workbench.networks.text_encoder import load_encoder, longest
from workbench.networks.token_classifier import TokenClassifier
from workbench.networks.tokens import load_tokenizer
from workbench.prepare.splits import Split, split_table
from workbench.serve import table as answers_to_table
from workbench.serve.predictor import Predictor
from workbench.tasks import resolve as resolving
from workbench.tasks import tagged_words, word_pieces
from workbench.tasks.protocol import LearnerContext, Span
from workbench.tasks.token_fitted import TokenClassifierFitted
from workbench.tasks.token_learner import TokenReader
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train
from workbench.training.rules import plan_from

TASK = tasks.by_name("token-classification")
RECIPE = "task: token-classification\ndata: {source: trips.conll, columns: {tokens: words, tags: marks}}\n"


def rows(*pairs) -> pd.DataFrame:
    cells = [
        [cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False) for cell in pair] for pair in pairs
    ]
    return pd.DataFrame(cells, columns=["tokens", "tags"], dtype=object)


# -- words and places -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentences", "way", "text", "words"),
    [
        (
            [["Hello", "Ada", "."]],
            word_pieces.WORDS_AND_MARKS,
            "(Ada, U.S.) 3.5",
            ["(", "Ada", ",", "U.S", ".", ")", "3.5"],
        ),
        ([["Hello", "Ada,"]], word_pieces.WORDS, "Ada, is\there", ["Ada,", "is", "here"]),
        ([["田中", "は"]], word_pieces.CHARACTERS, "田中は NHK 2005年", ["田", "中", "は", "NHK", "2005", "年"]),
        ([["안녕", "세계", "."]], word_pieces.WORDS_AND_MARKS, "안녕 세계.", ["안녕", "세계", "."]),
    ],
)
def test_plain_text_is_cut_as_the_training_words_suggest(sentences, way, text, words):
    assert word_pieces.way_of(sentences) == way
    given, places = word_pieces.read(text, way)
    assert given == text and [given[start:end] for start, end in places] == words


def test_a_list_of_words_becomes_a_text_in_which_every_word_has_its_place():
    assert word_pieces.read('["Ada", "lives", "."]', word_pieces.WORDS)[0] == "Ada lives ."
    text, places = word_pieces.read('["田中", "は", "New", "York", "へ"]', word_pieces.CHARACTERS)
    assert text == "田中はNew Yorkへ" and [text[start:end] for start, end in places][2:5] == ["は", "New", "York"]
    assert word_pieces.read("[not a list", word_pieces.WORDS)[0] == "[not a list"


def test_truth_has_the_same_entities_in_characters_of_either_text():
    part = rows([["田中", "は", "New", "York"], ["B-PER", "O", "B-LOC", "I-LOC"]])
    (sentence,) = tagged_words.learnt(part, word_pieces.CHARACTERS, ("LOC", "PER"))
    names = tagged_words.tags_of(("LOC", "PER"))
    assert [names[tag] for tag in sentence.tags] == ["B-PER", "I-PER", "O", "B-LOC", "I-LOC"]
    assert tagged_words.entities(part, [sentence.text]) == [[(0, 2, "PER"), (3, 11, "LOC")]]
    assert tagged_words.entities(part, ["田中 は New York"]) == [[(0, 2, "PER"), (5, 13, "LOC")]]


@pytest.mark.parametrize(
    "tags",
    [
        ["B-PER", "I-PER", "B-PER", "O", "B-LOC"],  # IOB2
        ["I-PER", "I-PER", "B-PER", "O", "I-LOC"],  # IOB1
        ["B-PER", "E-PER", "S-PER", "O", "S-LOC"],  # IOBES
        ["B-PER", "L-PER", "U-PER", "O", "U-LOC"],  # BILOU
    ],
)
def test_every_scheme_means_the_same_entities(tags):
    assert word_pieces.entities(tags) == [(0, 1, "PER"), (2, 2, "PER"), (4, 4, "LOC")]


def test_windows_answer_for_every_piece_once_and_never_for_one_at_a_cut():
    for pieces in range(200):
        found = word_pieces.windows(pieces, 16)
        assert [piece for window in found for piece in range(window.own_begin, window.own_end)] == list(range(pieces))
        assert all(window.end - window.begin <= 16 for window in found)
        assert all(window.own_begin - window.begin == 2 for window in found[1:])


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta", "modernbert"])
def test_a_long_text_is_read_in_windows_by_any_encoder_and_words_have_their_first_piece(kind, tmp_path):
    folder = tiny_models.encoder_into(tmp_path / kind, kind)
    encoder, config = load_encoder(folder)
    tokenizer = load_tokenizer(folder)
    network = TokenClassifier(encoder, 32, 3).eval()
    most = min(20, longest(config, tokenizer))
    reader = TokenReader(network, tokenizer, ("X",), word_pieces.WORDS, most, "cpu")
    text = "good xyzq \x01 film " * 30
    read = word_pieces.read(text, reader.way)
    windows = reader.windows([read, ("", []), read])
    assert max(windows.tokens.lengths) == 20
    words = [word for window in windows.words for word in window]
    wanted = [word for word in range(240) if word % 4 != 2]  # a control character has no piece
    assert words == wanted
    for window, (pieces, own) in enumerate(zip(windows.pieces, windows.words, strict=True)):
        ids = windows.tokens.ids[windows.tokens.offsets[window] :][pieces]
        first = {0: "good", 1: "x", 3: "film"}
        assert tokenizer.convert_ids_to_tokens(ids) == [first[word % 4] for word in own]
    predicted = TokenClassifierFitted(reader).predict(pd.DataFrame({"tokens": [text, ""]}))
    assert predicted.texts == (text, "") and predicted.spans[1] == ()


# -- findings ---------------------------------------------------------------------------------------------------

GOOD = [([f"Ada{n}", "sings", "in", "Rome"], ["B-PER", "O", "O", "B-LOC"]) for n in range(80)]


def codes(*extra, base=GOOD):
    parts = [rows(*base[:40], *extra), rows(*base[40:44]), rows(*base[44:])]
    return {finding.code: finding for finding in TASK.check(Split(*parts))}


def test_good_rows_have_no_findings():
    assert codes() == {}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((["a", "b"], ["O"]), "row 41: 2 words have 1 tags"),
        (("[not json", ["O"]), "the tokens, '[not json'"),
        ((["a"], '{"a": 1}'), "the tags, '{\"a\": 1}'"),
        (([1], ["O"]), "the tokens, '[1]'"),
        ((["a"], ["PERSON"]), "'PERSON' is no tag"),
    ],
)
def test_a_row_that_is_no_words_with_tags_blocks_and_is_named(row, said):
    found = codes(row)["CHECK-TAGS"]
    assert found.level == "error" and said in found.what and "row 41" in found.what


def test_case_39_no_tags_but_o_block():
    nothing = [(words, ["O"] * 4) for words, _ in GOOD]
    assert codes(base=nothing)["CHECK-39"].level == "error"


def test_tags_that_break_the_rules_are_counted_and_the_row_is_named():
    found = codes((["so", "Rome"], ["O", "I-LOC"]))["CHECK-IOB"]
    assert found.level == "warning" and "row 41, word 2 ('Rome')" in found.what and "IOB2" in found.what


def test_one_type_only_lone_types_and_types_that_differ_in_case_are_told():
    one = [(words, ["B-PER", "O", "O", "O"]) for words, _ in GOOD]
    assert "'PER'" in codes(base=one)["CHECK-TYPE"].what
    assert "'ORG'" in codes((["UN"], ["B-ORG"]))["CHECK-40"].what
    assert "'LOC' and 'loc'" in codes((["Oslo", "Ulm"], ["B-loc", "B-loc"]))["CHECK-45"].what


def test_case_42_a_type_only_in_test_is_told():
    parts = [rows(*GOOD[:40]), rows(*GOOD[40:44]), rows(*GOOD[44:], (["UN", "EU"], ["B-ORG", "B-ORG"]))]
    assert "'ORG'" in {finding.code: finding for finding in TASK.check(Split(*parts))}["CHECK-42"].what


def test_repeated_empty_and_long_rows_are_counted():
    found = codes(GOOD[40], ([], []), (["word"] * 900, ["O"] * 900))
    assert "1 row of" in found["CHECK-44"].what
    assert "row 42" in found["CHECK-46"].what
    assert "1 text is longer" in found["CHECK-47"].what and "overlap" in found["CHECK-47"].remedy


def test_columns_are_found_by_what_they_hold():
    table = travels().assign(id=[str(number) for number in range(120)])
    named = table.rename(columns={"tokens": "words", "tags": "marks"})
    suggestion = TASK.suits(profile_table(named))
    assert dict(suggestion.columns) == {"tokens": "words", "tags": "marks"} and suggestion.fit > 0.9
    assert TASK.suits(profile_table(table.drop(columns="tags"))).fit == 0
    best = max(tasks.TASKS, key=lambda task: task.suits(profile_table(named)).fit)
    assert best.name == "token-classification"


# -- answers ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(tmp_path_factory, tiny_bert):
    """A model that was trained for a moment and exported."""
    root = tmp_path_factory.mktemp("tokens")
    table = travels().rename(columns={"tokens": "words", "tags": "marks"})
    recipe = recipes.from_yaml(RECIPE + "training: {epochs: 8, batch_size: 16, learning_rate: 0.001}\n")
    prepared = resolving.prepare(resolving.resolve(recipe), table)
    plan = replace(plan_from(TASK.plan(recipe.training, prepared.split, "cpu")), threads=1)
    problem = TASK.learner(prepared.split, LearnerContext(tiny_bert, plan, 5, root / "cache"))
    train(problem, plan, seed=5, checkpoints=Checkpoints(root / "run"), reporter=Watcher())
    fitted, test = problem.fitted(), prepared.split.test
    scores = TASK.score(test, fitted.predict(test))
    about = About("Trips", "trips", "0" * 64, {"train": 1, "validation": 1, "test": 1}, "tiny", "none", scores, scores)
    with folders.new_folder(root, "model") as folder:
        model_folder.write(folder, TASK, recipe, prepared, fitted, about)
    return root / "model"


TEXTS = [
    "Ada went to New York.",
    "  Bob\twill see (Oslo)!",
    "",
    "a\x00b",
    "good " * 300 + "Rome",
    '["Eve", "in", "Rome"]',
]


def test_plain_text_goes_in_and_characters_come_out(exported):
    (found,) = Predictor(exported).predict([{"words": TEXTS[0]}])["prediction"]
    assert found == [
        {"start": 0, "end": 3, "label": "PER", "text": "Ada"},
        {"start": 12, "end": 20, "label": "LOC", "text": "New York"},
    ]


def test_predict_py_answers_as_the_workbench_does(exported, tmp_path):
    given = pd.DataFrame({"words": TEXTS}, dtype=object)
    given.drop(index=3).to_csv(tmp_path / "in.csv", index=False)
    bare = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "predict.py", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]
    done = subprocess.run(command, cwd=exported, env=bare, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        found = [json.loads(row["prediction"]) for row in csv.DictReader(file)]
    wanted = Predictor(exported).predict(given.drop(index=3))
    assert found == wanted["prediction"].tolist()
    answers_to_table.write(tmp_path / "ours.csv", given.drop(index=3), wanted)
    with (tmp_path / "ours.csv").open(encoding="utf-8", newline="") as file:
        assert [json.loads(row["prediction"]) for row in csv.DictReader(file)] == found


def test_the_card_says_what_is_marked(exported):
    card = (exported / "README.md").read_text(encoding="utf-8")
    assert "reads words and marks pieces of it as LOC, PER." in card and "true pieces" in card


def test_the_baseline_knows_phrases_of_training_the_longest_first():
    part = rows(
        (["New", "York", "and", "York", "."], ["B-LOC", "I-LOC", "O", "B-PER", "O"]),
        (["York", "calls"], ["B-PER", "O"]),
    )
    found = TASK.baseline(Split(part, part, part)).predict(pd.DataFrame({"tokens": ["In New York, York and new"]}))
    assert found.spans == ((Span(3, 11, "LOC"), Span(13, 17, "PER")),)


def test_a_head_learns_from_as_many_words_as_fit(tiny_bert, tmp_path, monkeypatch):
    from workbench.tasks import token_learner

    monkeypatch.setattr(token_learner, "MOST_STATES", 50)
    split = split_table(travels(), None, recipes.Split(), 3)
    plan = plan_from(TASK.plan(recipes.Training(method="head"), split, "cpu"))
    problem = TASK.learner(split, LearnerContext(tiny_bert, plan, 5, tmp_path / "cache"))
    assert 30 < len(problem.lengths(0)) <= 50


def test_rare_tags_count_more_and_labels_are_smoothed_where_the_plan_says_so(tiny_bert, tmp_path):
    split = split_table(travels(), None, recipes.Split(), 3)
    plan = plan_from(TASK.plan(recipes.Training(class_weights="balanced", label_smoothing=0.2), split, "cpu"))
    problem = TASK.learner(split, LearnerContext(tiny_bert, plan, 5, tmp_path / "cache"))
    inputs, labels = problem.batch(range(8), 0)
    counts = np.bincount(problem.train.tags, minlength=5)  # the tag I-PER does not occur
    balanced = np.append(len(problem.train.tags) / (4 * counts[:4]), 1)
    weights = torch.tensor(balanced, dtype=torch.float32)
    with torch.no_grad():
        scores = problem.module(inputs.ids, inputs.mask).flatten(0, 1)
        loss, terms = problem.loss((inputs, labels))
    wanted = torch.nn.functional.cross_entropy(
        scores, labels.flatten(), weights, ignore_index=-100, label_smoothing=0.2, reduction="sum"
    )
    assert terms == sum(len(sentence.places) for sentence in problem.train.sentences[:8])
    assert loss.item() == pytest.approx(wanted.item(), rel=1e-5)


def test_words_that_the_model_cannot_read_are_told(tiny_bert, tmp_path):
    said = []

    class Listener(Watcher):
        def event(self, kind, text):
            said.append((kind, text))

    foreign = [(["Ёж", "film"], ["B-PER", "O"])] * 40
    split = Split(rows(*foreign), rows(*foreign[:4]), rows(*foreign[:4]))
    plan = replace(plan_from(TASK.plan(recipes.Training(epochs=1), split, "cpu")), threads=1)
    problem = TASK.learner(split, LearnerContext(tiny_bert, plan, 5, tmp_path / "cache"))
    problem.prepare(Listener(), fresh=True)
    problem.prepare(Listener(), fresh=False)
    ((kind, text),) = said
    assert kind == "remark" and "50% of the words" in text


FIRST = ("Ada", "Ben", "Carla", "David", "Emma", "Felix", "Greta", "Hugo", "Ida", "Jonas", "Klara", "Leon", "Maria")
LAST = ("Smith", "Brown", "Taylor", "Wilson", "Clark", "Lewis", "Walker", "Hall", "Young", "Wright", "Scott", "Baker")
CITIES = (
    "Paris",
    "Berlin",
    "Madrid",
    "Vienna",
    "Oslo",
    "Lisbon",
    "Dublin",
    "Athens",
    "Warsaw",
    "Cairo",
    "Lima",
    "Boston",
)
LINES = (
    "{person} flew to {city} on Monday .",
    "The mayor of {city} met {person} last week .",
    "In {city} , {person} opened a shop , and the weather was fine .",
    "Nobody told {person} that the train from {city} was late .",
    "They like the food in {city} .",
    "{person} said nothing at all .",
)


def letters(first, last, cities, count, seed):
    """Sentences about people and cities of these lists."""
    draw = np.random.default_rng(seed)
    found = []
    for row in range(count):
        words, tags = [], []
        for word in LINES[row % len(LINES)].split():
            names = {"{person}": [draw.choice(first), draw.choice(last)], "{city}": [draw.choice(cities)]}.get(word)
            kind = "PER" if word == "{person}" else "LOC"
            words += names or [word]
            tags += [f"B-{kind}", *[f"I-{kind}"] * (len(names) - 1)] if names else ["O"]
        found.append((words, tags))
    return rows(*found)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "least"), [("full", 0.75), ("head", 0.75)])
def test_names_that_training_never_saw_are_found_by_a_pretrained_model(method, least, minilm, tmp_path):
    train_rows = letters(FIRST[:8], LAST[:8], CITIES[:8], 120, 1)
    held_out = letters(FIRST[:8], LAST[:8], CITIES[:8], 24, 2)
    split = Split(train_rows, held_out, letters(FIRST[8:], LAST[8:], CITIES[8:], 60, 3))
    plan = replace(plan_from(TASK.plan(recipes.Training(method=method, epochs=3), split, "cpu")), threads=1)
    problem = TASK.learner(split, LearnerContext(minilm, plan, 5, tmp_path / "cache"))
    train(problem, plan, seed=5, checkpoints=Checkpoints(tmp_path / "run"), reporter=Watcher())
    baseline = TASK.score(split.test, TASK.baseline(split).predict(split.test)).values["f1"].value
    found = TASK.score(split.test, problem.fitted().predict(split.test)).values["f1"].value
    assert baseline == 0
    assert found >= least, found
