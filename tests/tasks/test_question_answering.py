"""Question answering: rows and their places, windows, findings, long contexts, and the exported script."""

import csv
import json
import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from tests import tiny_models
from tests.tasks.test_contract import visits
from tests.training.problems import Watcher
from workbench import recipe as recipes
from workbench import tasks
from workbench.artefacts import folders
from workbench.data.profiles.profile import profile_table
from workbench.errors import TrainingError
from workbench.export import folder as model_folder
from workbench.export.card import About
from workbench.jobs.worker_folds import answers_of
from workbench.networks.answer_finder import AnswerFinder
from workbench.networks.text_encoder import load_encoder, longest
from workbench.networks.tokens import load_tokenizer
from workbench.prepare.splits import Split, split_table
from workbench.serve import table as answers_to_table
from workbench.serve.predictor import Predictor
from workbench.tasks import answer_pieces, answered_rows
from workbench.tasks import resolve as resolving
from workbench.tasks.answer_fitted import AnswerFinderFitted
from workbench.tasks.answer_learner import begin_and_end, lessons
from workbench.tasks.answer_reader import AnswerReader
from workbench.tasks.protocol import LearnerContext
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train
from workbench.training.rules import plan_from

TASK = tasks.by_name("question-answering")
RECIPE = """task: question-answering
data: {source: visits.csv, columns: {question: asked, context: about, answer: said}}
"""


def rows(*triples, **more) -> pd.DataFrame:
    table = pd.DataFrame(triples, columns=["question", "context", "answer"], dtype=object)
    return table.assign(**{name: pd.Series(cells, dtype=object) for name, cells in more.items()})


def reader_of(folder, most=64, longest_answer=8, *, may_be_none=True):
    encoder, config = load_encoder(folder)
    network = AnswerFinder(encoder, config.hidden_size).eval()
    tokenizer = load_tokenizer(folder)
    return AnswerReader(network, tokenizer, min(most, longest(config, tokenizer)), longest_answer, may_be_none, "cpu")


# -- rows -------------------------------------------------------------------------------------------------------

CONTEXT = "Rome was not built in Rome, said Rome."


@pytest.mark.parametrize(
    ("answer", "start", "answers", "places"),
    [
        ("Rome", "", "", [0]),  # without a place, the first counts
        ("Rome", "22", "", [22]),
        ("Rome", "24", "", [22]),  # near where it was said
        ("Rome", "33.0", "", [33]),
        (" Rome ", "21", "", [22]),
        ("rome", "0", "", []),
        ("", "", "", []),
        ("", "", '[{"text": "Rome", "answer_start": 33}]', [33]),
        ("Rome", "0", '[{"text": "Rome", "answer_start": 22}, {"text": "built", "answer_start": 13}]', [0, 22, 13]),
        ('{"text": ["built", "Rome"], "answer_start": [13, 33]}', "", "", [13, 33]),
        ('{"text": [], "answer_start": []}', "", "", []),
        ("[built]", "", "", []),
        ("Rome", "99999999999999999999", "", [0]),
    ],
)
def test_answers_are_found_where_they_stand(answer, start, answers, places):
    part = rows(("Where?", CONTEXT, answer), answer_start=[start], answers=[answers])
    (one,) = answered_rows.asked(part)
    assert [place[0] for place in one.places] == places
    assert all(CONTEXT[slice(*place)] in one.accepted for place in one.places)
    assert one.teaches == (bool(places) or answer in ("", '{"text": [], "answer_start": []}'))


# -- windows ----------------------------------------------------------------------------------------------------


def test_every_piece_is_in_a_window_and_every_short_answer_in_one_whole():
    for pieces in range(150):
        found = answer_pieces.windows(pieces, 16, 6)
        assert found[0][0] == 0 and found[-1][1] == pieces
        assert all(end - begin <= 16 for begin, end in found)
        for first in range(max(0, pieces - 5)):
            assert any(begin <= first and first + 6 <= end for begin, end in found)


@pytest.mark.parametrize("seed", range(5))
def test_the_best_answer_is_that_of_all_that_can_be_given(seed):
    draw = np.random.default_rng(seed)
    starts, ends, nothing = draw.normal(size=12), draw.normal(size=12), float(draw.normal())
    sums = {
        (first, last): starts[first] + ends[last] for first in range(12) for last in range(first, min(12, first + 4))
    }
    found = answer_pieces.best(starts, ends, nothing, 4)
    assert (found.first, found.last) == max(sums, key=sums.get)
    assert found.margin == pytest.approx(max(sums.values()) - nothing)
    assert found.mass == pytest.approx(np.log(sum(np.exp(list(sums.values())))) - nothing)
    choice = answer_pieces.choose([None, found], may_be_none=True)
    weight = np.exp(found.mass)
    if found.margin > 0:
        assert choice == (1, found.first, found.last, pytest.approx(np.exp(found.margin) / (weight + 1)))
    else:
        assert choice == (None, 0, 0, pytest.approx(1 / (weight + 1)))
    always = answer_pieces.choose([found], may_be_none=False)
    assert always.window == 0 and always.confidence == pytest.approx(np.exp(found.margin) / weight)


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta", "distilbert", "modernbert", "deberta-v2"])
def test_any_encoder_reads_question_and_context_and_points_into_the_context(kind, tmp_path):
    reader = reader_of(tiny_models.encoder_into(tmp_path / kind, kind), most=32)
    question, context = "the story?", "  good xyz \x01 film " * 8
    windows = reader.windows([question, "a", "you"], [context, "", context])
    assert windows.contexts[0].ids is windows.contexts[2].ids
    assert max(windows.lengths) <= 32 and len(windows) == 2 * int((windows.rows == 0).sum()) + 1
    batch = reader.batch(windows, [0])
    tokens = reader.tokenizer.convert_ids_to_tokens(batch.ids[0])
    assert tokens[:6] == ["[CLS]", "the", "story", "?", "[SEP]", "good"]
    assert batch.parts[0].tolist().index(1) == batch.starts[0] == 5
    assert batch.tellable[0, :6].tolist() == [True, False, False, False, False, True]
    asked = pd.DataFrame({"question": [question, "a", "you"], "context": [context, "", context]})
    found = AnswerFinderFitted(reader).predict(asked)
    assert [context[slice(*place)] for place in found.places] == list(found.texts)
    assert all(text == text.strip() for text in found.texts) and found.texts[1] == ""
    together, alone = found.confidence, AnswerFinderFitted(reader).predict(asked.iloc[2:]).confidence
    assert together[2] == pytest.approx(alone[0], rel=1e-4)


def test_windows_to_learn_from_hold_the_answer_and_a_few_do_not(tiny_bert):
    reader = reader_of(tiny_bert)
    context = "film " * 300 + "Rome " + "film " * 300
    place = (context.index("Rome"), context.index("Rome") + 4)
    one = answered_rows.Asked(0, "the place?", context, ("Rome",), (place,))
    none = answered_rows.Asked(1, "the place?", context, (), ())
    lost = answered_rows.Asked(2, "the place?", context, ("Oslo",), ())
    part = lessons(reader, [one, none], seed=3)
    holding = np.flatnonzero(part.first)
    assert 1 <= len(holding) <= 2 and len(part.windows) == len(holding) + 6
    for window in holding:
        begin = part.windows.begins[window]
        lies = part.windows.contexts[0].lies[begin + part.first[window] - 1 : begin + part.last[window]]
        assert (lies[0, 0], lies[-1, 1]) == place
    assert len(lessons(reader, [lost], seed=3).windows) == 0
    everything = lessons(reader, [one, none])
    assert len(everything.windows) == 2 * 15 and set(everything.windows.rows) == {0, 1}


def test_the_loss_is_the_cross_entropy_of_begin_and_end_among_what_can_be_told():
    torch.manual_seed(0)
    scores, places = torch.randn(2, 5, 2), torch.tensor([[3, 4], [0, 0]])
    tellable = torch.tensor([[1, 0, 0, 1, 1], [1, 0, 1, 1, 0]], dtype=torch.bool)
    wanted = 0.0
    for window in range(2):
        for column in range(2):
            told = scores[window, tellable[window], column]
            wanted += float(told.logsumexp(0) - scores[window, places[window, column], column])
    assert float(begin_and_end(scores, tellable, places)) == pytest.approx(wanted, rel=1e-5)


def test_case_47_a_context_of_a_million_characters_is_answered_within_bounds(tiny_bert):
    reader = reader_of(tiny_bert)
    words = "ж" * 95 + " "
    context = words * 5000 + "Rome " + words * 5500
    assert len(context) > 1_000_000
    tracemalloc.start()
    found = AnswerFinderFitted(reader).predict(pd.DataFrame({"question": ["the place?"], "context": [context]}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert context[slice(*found.places[0])] == found.texts[0] and np.isfinite(found.confidence).all()
    assert peak < 60_000_000
    baseline = TASK.baseline(Split(*[rows(("the place?", "we see Rome now", "Rome"), ("a?", "b c", "b"))] * 3))
    (text,) = baseline.predict(pd.DataFrame({"question": ["the place?"], "context": [context]})).texts
    assert text in context


# -- findings ---------------------------------------------------------------------------------------------------

GOOD = [
    (f"Where is {n}?", f"I think {n} is in {('Rome', 'Oslo')[n % 2]} now", ("Rome", "Oslo")[n % 2]) for n in range(80)
]


def codes(*extra, base=GOOD, test=()):
    parts = [rows(*base[:40], *extra), rows(*base[40:44]), rows(*base[44:], *test)]
    return {finding.code: finding for finding in TASK.check(Split(*parts))}


def test_good_rows_have_no_findings():
    assert codes() == {}


def test_answers_that_are_not_in_their_context_are_counted_and_the_row_is_named():
    found = codes(("Where?", "Ada is in Rome", "rome"))["CHECK-ANSWER"]
    assert found.level == "warning" and "1 of 81 answers is not in its context" in found.what
    assert "'rome' in row 41" in found.what
    wrong = codes(base=[(question, context, "nowhere") for question, context, _ in GOOD])
    assert list(wrong) == ["CHECK-ANSWER", "CHECK-39"] and wrong["CHECK-ANSWER"].level == "error"


def test_case_39_no_answers_or_one_only_block():
    assert codes(base=[(question, context, "") for question, context, _ in GOOD])["CHECK-39"].level == "error"
    only = codes(base=[(question, f"{context} so", "so") for question, context, _ in GOOD])["CHECK-39"]
    assert only.level == "error" and "'so'" in only.what


def test_case_42_questions_without_an_answer_in_test_only_are_told():
    assert "1 question of" in codes(test=[("Why?", "because", "")])["CHECK-42"].what
    assert "CHECK-42" not in codes(("Why?", "because", ""), test=[("Why?", "as it is", "")])


def test_case_44_contexts_that_training_has_seen_suggest_a_group_split():
    found = codes(test=[("What?", GOOD[0][1], "Rome")])["CHECK-44"]
    assert "1 of 41 questions" in found.what and "method: group" in found.remedy


def test_case_46_a_missing_question_or_context_is_named():
    assert "row 41, which has no question" in codes((" ", "in Rome", "Rome"))["CHECK-46"].what
    assert "row 41, which has no context" in codes(("Where?", "", ""))["CHECK-46"].what


def test_case_47_long_contexts_are_told():
    found = codes(("Where?", "word " * 20_000 + "Rome", "Rome"))["CHECK-47"]
    assert "row 41" in found.what and "27,0" in found.what


def test_columns_are_found_by_their_names_and_titles_are_kept_together():
    squad = visits().assign(id=[str(number) for number in range(120)], title=[f"T{n // 10}" for n in range(120)])
    squad = squad.assign(answer_start="5", answers="[]")
    suggestion = TASK.suits(profile_table(squad))
    assert dict(suggestion.columns) == {
        name: name for name in ("question", "context", "answer", "answer_start", "answers")
    }
    assert suggestion.together == "title"
    hub = squad.drop(columns=["answer", "answer_start", "title"]).rename(columns={"context": "Passage"})
    suggestion = TASK.suits(profile_table(hub))
    assert dict(suggestion.columns) == {"question": "question", "context": "Passage", "answer": "answers"}
    assert suggestion.together is None  # no two rows share a context
    assert TASK.suits(profile_table(squad.drop(columns="context"))).fit == 0
    assert max(tasks.TASKS, key=lambda task: task.suits(profile_table(squad)).fit) is TASK


def test_empty_answers_stay_and_what_belongs_to_them_is_not_read():
    table = rows(*GOOD[:12], ("Why?", "because", ""), answers=["[]"] * 13)
    recipe = recipes.from_yaml(
        "task: question-answering\nprepare: [{step: normalise-whitespace}, {step: drop-duplicates}]\n"
        "data: {source: a, columns: {question: question, context: context, answer: answer, answers: answers}}\n"
    )
    again = pd.concat(
        [table, table.assign(context="other " + table["context"], answers="[ ]"), table.assign(answers="")]
    )
    prepared = resolving.prepare(resolving.resolve(recipe), again.reset_index(drop=True))
    parts = (prepared.split.train, prepared.split.validation, prepared.split.test)
    assert sum(map(len, parts)) == 26 and sum(int((part["answer"] == "").sum()) for part in parts) == 2


# -- answers ----------------------------------------------------------------------------------------------------

NAMES = {"question": "asked", "context": "about", "answer": "said"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory, tiny_bert):
    """A model that was trained for a moment and exported."""
    root = tmp_path_factory.mktemp("answers")
    recipe = recipes.from_yaml(RECIPE + "training: {epochs: 4, batch_size: 16, learning_rate: 0.003}\n")
    prepared = resolving.prepare(resolving.resolve(recipe), visits().rename(columns=NAMES))
    plan = replace(plan_from(TASK.plan(recipe.training, prepared.split, "cpu")), threads=1)
    problem = TASK.learner(prepared.split, LearnerContext(tiny_bert, plan, 5, root / "cache"))
    train(problem, plan, seed=5, checkpoints=Checkpoints(root / "run"), reporter=Watcher())
    fitted, test = problem.fitted(), prepared.split.test
    scores = TASK.score(test, fitted.predict(test))
    about = About(
        "Visits", "visits", "0" * 64, {"train": 1, "validation": 1, "test": 1}, "tiny", "none", scores, scores
    )
    with folders.new_folder(root, "model") as folder:
        model_folder.write(folder, TASK, recipe, prepared, fitted, about)
    return root / "model"


def test_raw_questions_go_in_and_answers_with_their_places_come_out(exported):
    about = "so Ada will see the film in New York 7"
    (found,) = Predictor(exported).predict([{"asked": "to which place?", "about": about}]).to_dict("records")
    assert found["prediction"] == "New York" == about[found["prediction_start"] : found["prediction_end"]]
    assert 0.5 < found["confidence"] <= 1
    (none,) = (
        Predictor(exported)
        .predict([{"asked": "the place?", "about": "so Ada was not happy at all 3"}])
        .to_dict("records")
    )
    assert (none["prediction"], none["prediction_start"], none["prediction_end"]) == ("", 0, 0)


def test_predict_py_answers_as_the_workbench_does(exported, tmp_path):
    long = "good film " * 200 + "Bob will see the film in Oslo 4" + " good film" * 100
    given = pd.DataFrame(
        [
            ("the place?", "Ada will see the film in Rome 9"),
            ("the place? " * 30, long),
            ("to which\nplace?", '  "Eve", so  '),
            ("", ""),
            ("the", "été ж"),
        ],
        columns=["asked", "about"],
        dtype=object,
    )
    given.to_csv(tmp_path / "in.csv", index=False)
    bare = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "predict.py", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]
    done = subprocess.run(command, cwd=exported, env=bare, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    wanted = Predictor(exported).predict(given)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["prediction"] for row in found] == wanted["prediction"].tolist()
    assert [int(row["prediction_start"]) for row in found] == wanted["prediction_start"].tolist()
    np.testing.assert_allclose([float(row["confidence"]) for row in found], wanted["confidence"], atol=1e-5)
    answers_to_table.write(tmp_path / "ours.csv", given, wanted)
    with (tmp_path / "ours.csv").open(encoding="utf-8", newline="") as file:
        assert [row["prediction"] for row in csv.DictReader(file)] == wanted["prediction"].tolist()


def test_answers_that_were_kept_are_judged_again_with_those_of_other_folds(exported, tmp_path):
    given = visits(12)[["question", "context"]].rename(columns=NAMES)
    table = Predictor(exported).predict(given)
    table.to_parquet(tmp_path / "kept.parquet")
    kept = answers_of(pd.read_parquet(tmp_path / "kept.parquet"))
    pd.testing.assert_frame_equal(kept.table(table.index), table)


def test_the_folder_asks_for_questions_and_contexts_only_and_the_card_says_what_comes_out(exported):
    about = json.loads((exported / "workbench.json").read_text(encoding="utf-8"))
    assert about["inputs"] == ["question", "context"] and about["may_be_none"] is True
    card = (exported / "README.md").read_text(encoding="utf-8")
    assert "reads asked, about and answers with a piece of a text" in card and "Exact match" in card


def test_a_head_learns_from_as_many_places_as_fit(tiny_bert, tmp_path, monkeypatch):
    from workbench.tasks import answer_head

    monkeypatch.setattr(answer_head, "MOST_STATES", 200)
    split = split_table(visits(), None, recipes.Split(), 3)
    plan = plan_from(TASK.plan(recipes.Training(method="head"), split, "cpu"))
    problem = TASK.learner(split, LearnerContext(tiny_bert, plan, 5, tmp_path / "cache"))
    assert 100 < problem.train.windows.places.sum() <= 200
    assert problem.prepare(Watcher(), fresh=True) is None
    batch = problem.batch(range(4), 0)
    loss, terms = problem.loss(batch)
    windows = problem.train.windows
    inputs = problem.reader.batch(windows, range(4))
    with torch.no_grad():
        scores = problem.reader.network(inputs.ids, inputs.mask, inputs.parts)
    told = np.stack([problem.train.first[:4], problem.train.last[:4]], axis=1)
    places = torch.from_numpy(np.where(told > 0, np.asarray(inputs.starts)[:, None] + told - 1, 0))
    assert terms == 8 and loss.item() == pytest.approx(begin_and_end(scores, inputs.tellable, places).item(), rel=1e-3)


def test_too_few_word_pieces_at_once_are_refused(tiny_bert, tmp_path):
    split = split_table(visits(), None, recipes.Split(), 3)
    plan = plan_from(TASK.plan(recipes.Training(max_length=16), split, "cpu"))
    with pytest.raises(TrainingError, match="16 word pieces"):
        TASK.learner(split, LearnerContext(tiny_bert, plan, 5, tmp_path / "cache"))


def test_a_model_that_always_had_an_answer_always_gives_one(tiny_bert, tmp_path):
    answered = visits()[lambda table: table["answer"] != ""].reset_index(drop=True)
    split = split_table(answered, None, recipes.Split(), 3)
    plan = plan_from(TASK.plan(recipes.Training(), split, "cpu"))
    fitted = TASK.learner(split, LearnerContext(tiny_bert, plan, 5, tmp_path / "cache")).fitted()
    assert fitted.reader.may_be_none is False and all(fitted.predict(split.test).texts)


@pytest.mark.parametrize("method", ["lora", "last-blocks"])
def test_a_part_of_the_encoder_can_learn_too(method, tiny_bert, tmp_path):
    split = split_table(visits(), None, recipes.Split(), 3)
    training = recipes.Training(method=method, epochs=1, batch_size=16, learning_rate=0.002)
    plan = replace(plan_from(TASK.plan(training, split, "cpu")), threads=1)
    problem = TASK.learner(split, LearnerContext(tiny_bert, plan, 5, tmp_path / "cache"))
    before = problem.validate()["loss"]
    train(problem, plan, seed=5, checkpoints=Checkpoints(tmp_path / "run"), reporter=Watcher())
    fitted = problem.fitted()
    assert problem.validate()["loss"] < before
    (tmp_path / "kept").mkdir()
    fitted.save(tmp_path / "kept")
    kept = TASK.load(tmp_path / "kept").predict(split.test)
    np.testing.assert_allclose(kept.confidence, fitted.predict(split.test).confidence, atol=1e-5)


def test_a_method_that_answers_no_questions_is_refused_and_not_offered(tiny_bert, tmp_path):
    split = split_table(visits(), None, recipes.Split(), 3)
    facts = TASK.plan(recipes.Training(method="staged"), split, "cpu")
    assert "staged" not in facts["method"].options
    with pytest.raises(TrainingError, match="'staged'"):
        TASK.learner(split, LearnerContext(tiny_bert, plan_from(facts), 5, tmp_path / "cache"))


@pytest.mark.parametrize("method", ["full", "head"])
def test_words_that_the_model_cannot_read_are_told(method, tiny_bert, tmp_path):
    said = []

    class Listener(Watcher):
        def event(self, kind, text):
            said.append((kind, text))

    foreign = rows(*[(f"who {n}", "\u0401\u0436 and film", ("film", "and")[n % 2]) for n in range(40)])
    split = Split(foreign, foreign[:4], foreign[:4])
    plan = replace(plan_from(TASK.plan(recipes.Training(method=method, epochs=1), split, "cpu")), threads=1)
    problem = TASK.learner(split, LearnerContext(tiny_bert, plan, 5, tmp_path / "cache"))
    problem.prepare(Listener(), fresh=True)
    problem.prepare(Listener(), fresh=False)
    ((kind, text),) = said
    assert kind == "remark" and "33% of the words" in text
