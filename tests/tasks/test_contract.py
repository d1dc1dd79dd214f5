"""What every task promises, whatever it is about: check, plan, train, stop, resume identically, score, save, load,
predict raw rows. A new task adds one case to ``CASES``."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests import tiny_images, toy
from tests.training.problems import Killed, Watcher, same
from workbench import recipe, tasks
from workbench.augment.catalogue import Augmentation, augmentation
from workbench.augment.colour_jitter import ColourJitter
from workbench.augment.mixup import Mixup
from workbench.augment.number_noise import NumberNoise
from workbench.augment.rotate import Rotate
from workbench.augment.row_mixup import RowMixup
from workbench.data.profiles.profile import ColumnProfile, TableProfile
from workbench.export.folder import FUNCTIONS
from workbench.models import scratch
from workbench.prepare.splits import Split, split_table
from workbench.recipe import Training
from workbench.tasks.protocol import (
    AnswerPredictions,
    ImagePredictions,
    LabelPredictions,
    LearnerContext,
    NumberPredictions,
    Predictions,
    SpanPredictions,
    Task,
)
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train
from workbench.training.rules import plan_from

GOOD = ["good", "great", "lovely", "happy", "fine"]
BAD = ["bad", "awful", "terrible", "sad", "poor"]


def reviews(rows: int = 120) -> pd.DataFrame:
    """Texts whose mood is in one word, beside words that say nothing."""
    draw = np.random.default_rng(1)
    texts, labels = [], []
    for row in range(rows):
        label = ("praise", "blame")[row % 2]
        word = draw.choice(GOOD if label == "praise" else BAD)
        filler = draw.choice(["the book", "a film on a day", "the staff and the room", "it was not long"])
        texts.append(f"{filler} is {word} {row}")
        labels.append(label)
    return pd.DataFrame({"text": texts, "label": labels}, dtype=object)


def rated() -> pd.DataFrame:
    """The reviews with how much they praise, a number that is not in the text."""
    table = reviews()
    draw = np.random.default_rng(3)
    praise = np.where(table["label"] == "praise", 40.0, 20.0) + draw.normal(size=len(table))
    return pd.DataFrame({"text": table["text"], "target": [f"{value:.2f}" for value in praise]}, dtype=object)


def travels(rows: int = 120) -> pd.DataFrame:
    """Words and tags: people at the beginning, places of one word or two at the end."""
    draw = np.random.default_rng(4)
    tokens, tags = [], []
    for row in range(rows):
        name, place = draw.choice(["Ada", "Bob", "Eve", "Max"]), draw.choice(["Rome", "Oslo", "New York"])
        between = draw.choice(["went to", "was so happy in", "will see"]).split()
        words = [name, *between, *place.split(), "." if row % 3 else "!", str(row)]
        inside = ["I-LOC"] * (len(place.split()) - 1)
        tokens.append(json.dumps(words))
        tags.append(json.dumps(["B-PER", *["O"] * len(between), "B-LOC", *inside, "O", "O"]))
    return pd.DataFrame({"tokens": tokens, "tags": tags}, dtype=object)


def visits(rows: int = 120) -> pd.DataFrame:
    """Questions about who went where; every third context says nothing about the place that is asked for."""
    draw = np.random.default_rng(6)
    table = []
    for row in range(rows):
        name, place = draw.choice(["Ada", "Bob", "Eve", "Max"]), draw.choice(["Rome", "Oslo", "New York"])
        context = f"{name} will see the film in {place} {row}" if row % 3 else f"so {name} was not happy at all {row}"
        answer = place if row % 3 else ""
        table.append({"question": f"{draw.choice(['to which', 'the'])} place?", "context": context, "answer": answer})
    return pd.DataFrame(table, dtype=object)


def plants(rows: int = 160) -> pd.DataFrame:
    """Heights, some unknown, and colours that tell how much a plant yields; beside numbers that say nothing."""
    draw = np.random.default_rng(2)
    height, noise = draw.normal(50, 20, rows), draw.normal(size=rows)
    colour = draw.choice(["red", "green", "blue", ""], rows)
    crop = (height - 50) / 20 + 1.5 * (colour == "red") - 1.0 * (colour == "")
    cells = {"height": [f"{value:.3f}" for value in height], "noise": [f"{value:.3f}" for value in noise]}
    table = pd.DataFrame({"target": [f"{value:.4f}" for value in crop], **cells, "colour": colour}, dtype=object)
    table.loc[draw.choice(rows, 6), "height"] = ""
    return table


def kinds_of_plants() -> pd.DataFrame:
    table = plants()
    return table.assign(target=np.where(table["target"].astype(float) > 0.2, "rich", "poor"))


def odd_cells() -> list[str]:
    return ["", " ", "\U0001f600" * 500, "a\x00b", "\ud83d half", "1e400", "-1e300"]


@dataclass(frozen=True)
class Case:
    """``good`` is a score that the task betters on its rows; ``model`` None stands for a tiny encoder of texts; ``odd``
    are seven cells that it has to answer too; ``model_id`` is given where the plan hangs on the model."""

    task: Task
    table: Callable[[], pd.DataFrame]
    training: Training
    needs_model: bool = True
    augment: Augmentation | None = None
    model: Path | None = None
    good: tuple[str, float] = ("macro_f1", 0.6)
    odd: Callable[[], list[str]] = odd_cells
    model_id: str | None = None
    spoilt: str | None = None  # the role whose cells are emptied to leave nothing to learn from; else the target is one

    @property
    def target(self) -> str:
        return next(role.name for role in self.task.roles if role.target)

    @property
    def classes(self) -> str | None:
        return next((role.name for role in self.task.roles if role.target and role.kind == "category"), None)


def answers(predicted: Predictions) -> np.ndarray:
    """What was predicted, one row of numbers a row."""
    if isinstance(predicted, AnswerPredictions):
        return np.column_stack([np.array(predicted.places).reshape(-1, 2), predicted.confidence])
    if isinstance(predicted, ImagePredictions):
        return np.column_stack([predicted.errors, predicted.codes])
    if isinstance(predicted, SpanPredictions):
        return np.array([[len(spans), sum(span.start + 7 * span.end for span in spans)] for spans in predicted.spans])
    return predicted.values[:, None] if isinstance(predicted, NumberPredictions) else predicted.probabilities


def drop_a_word(text: str, epoch: int, row: int) -> str:
    words = text.split()
    del words[(epoch * 7 + row) % len(words)]
    return " ".join(words)


TEXT = tasks.by_name("text-classification")
AMOUNTS = tasks.by_name("text-regression")
TABLE, NUMBERS = tasks.by_name("tabular-classification"), tasks.by_name("tabular-regression")
NETWORK = scratch.by_id("scratch/table-mlp").folder
BEST = scratch.by_id("scratch/best-of").folder
MIXED = augmentation((NumberNoise(), RowMixup()), seed=5)
IMAGES = tasks.by_name("image-classification")
DRAWING = tasks.by_name("image-autoencoder")
TOKENS = tasks.by_name("token-classification")
ANSWERS = tasks.by_name("question-answering")
CHANGED = augmentation((Rotate(), ColourJitter(), Mixup(chance=0.5)), seed=5)
CASES = {
    "text-full": Case(TEXT, reviews, Training(epochs=2, batch_size=16, learning_rate=1e-3, checkpoint_steps=4)),
    "text-full-augmented": Case(
        TEXT,
        reviews,
        Training(epochs=2, batch_size=16, learning_rate=1e-3, checkpoint_steps=4, precision="bf16"),
        augment=Augmentation(text=drop_a_word),
    ),
    **{
        f"text-{name}": Case(
            TEXT,
            reviews,
            Training(epochs=2, batch_size=16, learning_rate=3e-3, checkpoint_steps=4),
            augment=Augmentation(text=drop_a_word) if name == "gru" else None,
            model=scratch.by_id(f"scratch/{name}").folder,
            model_id=f"scratch/{name}",
        )
        for name in ("lstm", "gru", "transformer")
    },
    "text-head": Case(TEXT, reviews, Training(method="head", epochs=8, batch_size=16, checkpoint_steps=4)),
    "text-lora": Case(
        TEXT,
        reviews,
        Training(method="lora", epochs=2, batch_size=16, checkpoint_steps=4, activation_checkpointing=True),
    ),
    "text-head-augmented": Case(
        TEXT,
        reviews,
        Training(method="head", epochs=8, batch_size=16),
        augment=Augmentation(text=drop_a_word),
    ),
    "text-numbers-full": Case(
        AMOUNTS,
        rated,
        Training(epochs=2, batch_size=16, learning_rate=1e-3, checkpoint_steps=4),
        augment=Augmentation(text=drop_a_word),
        good=("r2", 0.6),
    ),
    "text-numbers-head": Case(AMOUNTS, rated, Training(method="head", epochs=8, batch_size=16), good=("r2", 0.1)),
    "table-labels": Case(
        TABLE, kinds_of_plants, Training(epochs=12, learning_rate=0.01, checkpoint_steps=4), model=NETWORK
    ),
    "table-labels-augmented": Case(
        TABLE,
        kinds_of_plants,
        Training(epochs=12, learning_rate=0.01, checkpoint_steps=4),
        augment=MIXED,
        model=NETWORK,
    ),
    "table-numbers": Case(NUMBERS, plants, Training(epochs=12, learning_rate=0.01), model=NETWORK, good=("r2", 0.6)),
    "table-numbers-augmented": Case(
        NUMBERS, plants, Training(epochs=12, learning_rate=0.01), augment=MIXED, model=NETWORK, good=("r2", 0.5)
    ),
    "quick-labels": Case(TABLE, kinds_of_plants, Training(), model=BEST, model_id="scratch/best-of"),
    "quick-numbers": Case(
        NUMBERS, plants, Training(), model=BEST, model_id="scratch/best-of", augment=MIXED, good=("r2", 0.6)
    ),
    "images-full": Case(
        IMAGES,
        tiny_images.stripes,
        Training(epochs=2, batch_size=16, checkpoint_steps=4),
        model=tiny_images.network(),
        odd=tiny_images.odd,
    ),
    "images-full-augmented": Case(
        IMAGES,
        tiny_images.stripes,
        Training(epochs=2, batch_size=16, learning_rate=1e-3, checkpoint_steps=4),
        augment=CHANGED,
        model=tiny_images.untrained(),
        odd=tiny_images.odd,
    ),
    "images-last-blocks": Case(
        IMAGES,
        tiny_images.stripes,
        Training(method="last-blocks", last_blocks=1, epochs=2, batch_size=16, checkpoint_steps=4),
        model=tiny_images.network(),
        odd=tiny_images.odd,
    ),
    "images-head": Case(
        IMAGES,
        tiny_images.stripes,
        Training(method="head", epochs=8, batch_size=16),
        augment=CHANGED,
        model=tiny_images.network(),
        odd=tiny_images.odd,
    ),
    **{
        f"images-{name}": Case(
            DRAWING,
            tiny_images.stripes,
            Training(epochs=2, batch_size=16, checkpoint_steps=4),
            augment=CHANGED if name == "vae" else None,
            model=tiny_images.autoencoder(name),
            good=("reconstruction_error", 0.065),  # the mean image has 0.088
            odd=tiny_images.odd,
            spoilt="image",
        )
        for name in ("autoencoder", "vae")
    },
    "tokens-full": Case(
        TOKENS, travels, Training(epochs=2, batch_size=16, learning_rate=1e-3, checkpoint_steps=4), good=("f1", 0.8)
    ),
    "tokens-staged": Case(
        TOKENS,
        travels,
        Training(method="staged", epochs=2, batch_size=16, learning_rate=1e-3, ema=0.5),
        good=("f1", 0.8),
    ),
    "tokens-head": Case(TOKENS, travels, Training(method="head", epochs=4), good=("f1", 0.6)),
    "answers-full-augmented": Case(
        ANSWERS,
        visits,
        Training(epochs=2, batch_size=16, learning_rate=2e-3, checkpoint_steps=4),
        augment=Augmentation(text=drop_a_word),
        good=("f1", 0.6),
    ),
    "answers-head": Case(ANSWERS, visits, Training(method="head", epochs=4, batch_size=16), good=("f1", 0.3)),
    "toy": Case(toy.TASK, reviews, Training(epochs=4, checkpoint_steps=4), needs_model=False),
}


@pytest.fixture(params=CASES)
def case(request) -> Case:
    return CASES[request.param]


@pytest.fixture
def split(case) -> Split:
    return split_table(case.table(), case.classes, recipe.Split(train=0.6, validation=0.2, test=0.2), 3)


@pytest.fixture
def learn(case, split, tiny_bert, tmp_path):
    """Train in the folder ``name``; again with the same name to resume."""

    def run(name: str, watcher: Watcher | None = None, **changes):
        plan = replace(
            plan_from(case.task.plan(case.training, split, "cpu", model=case.model_id)), threads=1, **changes
        )
        model = case.model or (tiny_bert if case.needs_model else None)
        context = LearnerContext(model, plan, 5, tmp_path / "cache", case.augment)
        problem = case.task.learner(split, context)
        checkpoints = Checkpoints(tmp_path / name)
        return train(problem, plan, seed=5, checkpoints=checkpoints, reporter=watcher or Watcher()), problem

    return run


def last(folder: Path):
    return Checkpoints(folder).latest().tensors["model"]


def test_it_says_what_it_is(case):
    task = case.task
    assert task.name and task.title and task.summary.endswith(".") and task.icon
    assert task.metrics[0] == task.headline
    assert sum(role.target for role in task.roles) <= 1
    assert all(metric.definition for metric in task.metrics)


def test_good_rows_have_no_errors_and_every_auto_gets_a_value_and_a_reason(case, split):
    assert not [finding for finding in case.task.check(split) if finding.level == "error"]
    facts = case.task.plan(Training(), split, "cpu", model=case.model_id)
    assert all(fact.value != "auto" and fact.reason for fact in facts.values())
    plan_from(facts)


def test_rows_without_a_choice_are_an_error_with_a_remedy(case, split):
    name, cell = (case.spoilt, "") if case.spoilt else (case.target, split.train[case.target].iloc[0])
    one = [part.assign(**{name: cell}) for part in (split.train, split.validation, split.test)]
    findings = [finding for finding in case.task.check(Split(*one)) if finding.level == "error"]
    assert findings and all(finding.what and finding.remedy and finding.code for finding in findings)


def test_it_learns_scores_saves_loads_and_predicts_the_same(case, split, learn, tmp_path):
    outcome, problem = learn("run", epochs=12)
    fitted = problem.fitted()
    predicted = fitted.predict(split.test)
    if isinstance(predicted, LabelPredictions):
        assert predicted.probabilities.sum(axis=1) == pytest.approx(np.ones(len(split.test)))
    scores = case.task.score(split.test, predicted)
    assert scores.rows == len(split.test)
    name, bound = case.good
    metric = next(metric for metric in case.task.metrics if metric.name == name)
    assert (scores.values[name].value - bound) * (1 if metric.higher_is_better else -1) > 0
    assert set(scores.values) <= {metric.name for metric in case.task.metrics}
    assert outcome.best_score == pytest.approx(
        case.task.score(split.validation, fitted.predict(split.validation)).values[problem.headline[0]].value, abs=0.1
    )
    folder = tmp_path / "saved"
    folder.mkdir()
    fitted.save(folder)
    loaded = case.task.load(folder).predict(split.test)
    pd.testing.assert_frame_equal(loaded.table(split.test.index), predicted.table(split.test.index), atol=1e-6)
    alone = case.task.load(folder).predict(split.test.iloc[:1])
    np.testing.assert_allclose(answers(alone), answers(predicted)[:1], atol=1e-5)
    assert not [path for path in folder.rglob("*") if path.suffix in (".pt", ".bin", ".pkl", ".pickle")]
    baseline = case.task.baseline(split).predict(split.test)
    assert case.task.score(split.test, baseline).rows == len(split.test)
    assert case.task.score(split.test, predicted, baseline).values.keys() == scores.values.keys()


def test_no_rows_and_odd_rows_are_answered(case, learn):
    fitted = learn("run", epochs=1)[1].fitted()
    cells = case.odd()
    names = [name for name in case.table().columns if name != case.target]
    odd = pd.DataFrame(dict.fromkeys(names, cells), dtype=object, index=[9, 8, 7, 6, 5, 4, 3])
    assert np.isfinite(answers(fitted.predict(odd))).all()
    assert list(fitted.predict(odd).table(odd.index).index) == [9, 8, 7, 6, 5, 4, 3]
    assert len(fitted.predict(odd.iloc[:0]).table(odd.iloc[:0].index)) == 0


def test_killed_and_resumed_ends_with_the_same_weights(case, learn, tmp_path):
    learn("whole")
    for after in (2, 7):
        with pytest.raises(Killed):
            learn(f"killed-{after}", Watcher(kill=True, after=after))
        learn(f"killed-{after}")
        assert same(last(tmp_path / f"killed-{after}"), last(tmp_path / "whole"))


def test_stop_keeps_a_model_and_pause_goes_on(case, split, learn, tmp_path):
    outcome, problem = learn("stopped", Watcher(ask="stop", after=3))
    assert outcome.stopped_early and len(answers(problem.fitted().predict(split.test))) == len(split.test)
    learn("whole")
    outcome, _ = learn("paused", Watcher(ask="pause", after=6))
    assert outcome.paused
    learn("paused")
    assert same(last(tmp_path / "paused"), last(tmp_path / "whole"))


def test_importing_tasks_imports_nothing_heavy():
    code = (
        "import sys, workbench.tasks as t; [x.plan for x in t.TASKS]; "
        "heavy = {'torch', 'transformers', 'datasets', 'sklearn', 'scipy', 'streamlit', 'sqlalchemy'}; "
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_training_and_tasks_run_without_streamlit_and_sqlalchemy():
    code = (
        "import sys; sys.modules['streamlit'] = sys.modules['sqlalchemy'] = None; "
        "import workbench.training.loop, workbench.training.checkpoints, workbench.tasks.text_learner, "
        "workbench.tasks.image_learner, workbench.networks.image_encoder, "
        "workbench.training.machine, workbench.networks.text_encoder, workbench.training.estimate"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def column(name, kind, distinct, mean):
    return ColumnProfile(name, kind, 0, distinct, mean, int(mean * 3), (), {})


def test_text_and_label_are_found_with_a_reason():
    columns = (column("id", "id", 100, 4), column("body", "text", 98, 80), column("stars", "number", 5, 1))
    suggestion = TEXT.suits(TableProfile(100, columns))
    assert dict(suggestion.columns) == {"text": "body", "label": "stars"} and suggestion.fit > 0.5
    assert "'body'" in suggestion.reason and "'stars'" in suggestion.reason
    assert TEXT.suits(TableProfile(100, columns[:2])).fit == 0
    assert TEXT.suits(TableProfile(0, ())).fit == 0


def part(*rows):
    return pd.DataFrame([dict(zip(("text", "label"), row, strict=True)) for row in rows], columns=["text", "label"])


MANY = [(f"text {n}", ("a", "b")[n % 2]) for n in range(80)]


def codes(train, validation, test):
    return {finding.code: finding for finding in TEXT.check(Split(part(*train), part(*validation), part(*test)))}


def test_case_39_one_class_blocks():
    found = codes([("x", "a"), ("y", "a")], [("z", "a")], [("w", "a")])["CHECK-39"]
    assert found.level == "error" and "'a'" in found.what and "at least 2" in found.what


def test_case_40_a_class_with_one_sample_is_named():
    assert "'lonely'" in codes([*MANY[:40], ("x", "lonely")], MANY[40:44], MANY[44:])["CHECK-40"].what


def test_case_42_a_label_only_in_test_blocks():
    found = codes(MANY[:40], MANY[40:44], [*MANY[44:], ("x", "new"), ("y", "new")])["CHECK-42"]
    assert found.level == "error" and "'new'" in found.what and "Split again" in found.remedy


def test_case_44_duplicates_across_splits_are_counted():
    assert "2 rows" in codes(MANY[:40], MANY[:1], [*MANY[40:], MANY[1]])["CHECK-44"].what


def test_case_45_labels_that_differ_in_case_are_named():
    found = codes([*MANY[:40], ("x", "A "), ("y", "A ")], MANY[40:44], MANY[44:])["CHECK-45"]
    assert "'A '" in found.what and "'a'" in found.what


def test_case_46_empty_texts_are_counted():
    assert "1 text is empty" in codes([*MANY[:40], (" ", "a")], MANY[40:44], MANY[44:])["CHECK-46"].what


def test_case_46_nothing_but_empty_texts_blocks():
    empty = [(" ", ("a", "b")[n % 2]) for n in range(40)]
    assert codes(empty, empty[:4], empty)["CHECK-46"].level == "error"


def test_good_rows_have_no_findings():
    assert codes(MANY[:40], MANY[40:44], MANY[44:]) == {}


def test_the_exported_script_answers_as_the_workbench_does(tiny_bert, tmp_path):
    """predict.py beside the files of an exported folder, in a process that cannot see the workbench."""
    import csv
    import json

    split = split_table(reviews(), "label", recipe.Split(), 3)
    plan = replace(plan_from(TEXT.plan(Training(epochs=1, learning_rate=1e-3), split, "cpu")), threads=1)
    problem = TEXT.learner(split, LearnerContext(tiny_bert, plan, 5, tmp_path / "cache"))
    train(problem, plan, seed=5, checkpoints=Checkpoints(tmp_path / "run"), reporter=Watcher())
    folder = tmp_path / "exported"
    folder.mkdir()
    fitted = problem.fitted()
    fitted.save(folder)
    about = json.loads((folder / "workbench.json").read_text()) | {"columns": {"text": "review", "label": "mood"}}
    (folder / "workbench.json").write_text(json.dumps(about))
    step = {"function": "lowercase", "column": "review", "settings": {}, "into": None}
    (folder / "preparation.json").write_text(json.dumps([step]))
    for room, name in FUNCTIONS:
        (folder / name).write_text(resources.files(room).joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")
    for name, content in TEXT.export_files(folder).items():
        (folder / name).write_text(content, encoding="utf-8")
    texts = ["A GOOD, happy day", 'awful; "quoted"\nnew line', ""]
    with (tmp_path / "in.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["review", "n"], *[[text, 1] for text in texts]])

    command = [sys.executable, str(folder / "predict.py"), "in.csv", "--out", "out.csv"]
    out = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wanted = fitted.predict(pd.DataFrame({"text": [text.lower() for text in texts]}, dtype=object))
    assert [row["prediction"] for row in rows] == wanted.predicted
    assert [row["review"] for row in rows] == texts and rows[0]["n"] == "1"
    found = [[float(row[f"probability_{label}"]) for label in wanted.labels] for row in rows]
    np.testing.assert_allclose(found, wanted.probabilities, atol=1e-5)
