import csv
import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from tests import tiny_models
from tests.training.problems import Watcher
from workbench import recipe, settings
from workbench.artefacts import packs
from workbench.data.profiles import personal_data
from workbench.data.sources import samples
from workbench.errors import ModelError, PackError, TrainingError
from workbench.networks import tokens
from workbench.networks.text_encoder import SCALE
from workbench.prepare import table_functions, text_functions
from workbench.prepare.splits import Split, split_table
from workbench.recipe import Training
from workbench.tasks import head_problem, heads
from workbench.tasks.label_loss import LabelLoss
from workbench.tasks.protocol import LearnerContext
from workbench.tasks.text_classification import TASK
from workbench.tasks.text_findings import estimated_tokens
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train
from workbench.training.rules import plan_from

TEXTS = ["a good film", "an awful meal, really", "the book was not bad at all", "sad sad sad"] * 5
ROWS = pd.DataFrame({"text": TEXTS, "label": ["good", "bad"] * 10}, dtype=object)
SPLIT = Split(ROWS[:12], ROWS[12:16], ROWS[16:])


def learner(model, cache, split=SPLIT, **training):
    plan = replace(plan_from(TASK.plan(Training(**training), split, "cpu")), threads=1)
    return TASK.learner(split, LearnerContext(model, plan, 5, cache)), plan


def script(folder: Path, monkeypatch):
    """predict.py of an exported folder, imported as it would run there."""
    (folder / "preparation.json").write_text("[]")
    about = json.loads((folder / "workbench.json").read_text())
    (folder / "workbench.json").write_text(json.dumps({"columns": {"text": "review"}} | about))
    for name, content in TASK.export_files(folder).items():
        (folder / name).write_text(content, encoding="utf-8")
    for name in ("text_network", "vocabulary"):
        monkeypatch.setitem(sys.modules, name, importlib.import_module(f"workbench.networks.{name}"))
    for functions in (text_functions, table_functions, personal_data):
        monkeypatch.setitem(sys.modules, functions.__name__.rpartition(".")[2], functions)
    monkeypatch.setitem(sys.modules, "preparation", importlib.import_module("workbench.export.preparation"))
    monkeypatch.setitem(sys.modules, "text_model", imported(folder / "text_model.py"))
    return imported(folder / "predict.py")


def imported(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_every_kind_of_encoder_is_saved_loaded_and_exported(kind, tmp_path, monkeypatch):
    model = tiny_models.encoder_into(tmp_path / "model", kind)
    problem, plan = learner(model, tmp_path / "cache", epochs=1, learning_rate=1e-3)
    train(problem, plan, seed=1, checkpoints=Checkpoints(tmp_path / "run"), reporter=Watcher())
    fitted = problem.fitted()
    wanted = fitted.predict(SPLIT.test).probabilities
    folder = tmp_path / "saved"
    folder.mkdir()
    fitted.save(folder)
    np.testing.assert_allclose(TASK.load(folder).predict(SPLIT.test).probabilities, wanted, atol=1e-5)
    alone = script(folder, monkeypatch).Classifier(folder).probabilities(SPLIT.test["text"].tolist())
    np.testing.assert_allclose(alone, wanted, atol=1e-5)


def test_the_exported_script_says_what_is_wrong_and_answers_texts(tiny_bert, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "saved"
    folder.mkdir()
    learner(tiny_bert, tmp_path / "cache")[0].fitted().save(folder)
    about = json.loads((folder / "workbench.json").read_text()) | {"columns": {"text": "review"}}
    (folder / "workbench.json").write_text(json.dumps(about))
    module = script(folder, monkeypatch)
    (tmp_path / "wrong.csv").write_text("other\n1\n")
    (tmp_path / "long.csv").write_text("review,n\na day,1\na day, good,1\n")
    (tmp_path / "taken.csv").write_text("review,prediction\na day,good\n")
    (tmp_path / "latin.csv").write_bytes("review\ncaf\xe9\n".encode("latin-1"))
    for name, told in (
        ("wrong.csv", "no column 'review'"),
        ("none.csv", "no file"),
        ("long.csv", "row 3 has 3 cells"),
        ("taken.csv", "a column 'prediction' already"),
        ("latin.csv", "not written in UTF-8"),
    ):
        monkeypatch.setattr(sys, "argv", ["predict.py", str(tmp_path / name)])
        with pytest.raises(SystemExit, match=told):
            module.main()
    monkeypatch.setattr(sys, "argv", ["predict.py", "a good day", "a bad day"])
    module.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] in ("good", "bad") for line in lines] == [True, True]


def test_the_exported_script_reads_ordinary_tables(tiny_bert, tmp_path, monkeypatch):
    """Tabs, a text of more than 131,072 characters, a short row, names and cells that look like formulas (case 77)."""
    folder = tmp_path / "saved"
    folder.mkdir()
    learner(tiny_bert, tmp_path / "cache")[0].fitted().save(folder)
    about = json.loads((folder / "workbench.json").read_text()) | {"columns": {"text": "review"}}
    (folder / "workbench.json").write_text(json.dumps(about))
    module = script(folder, monkeypatch)
    long = "good day " * 20_000
    (tmp_path / "in.tsv").write_text(f"review\t=1+1\n{long}\t-2\n\na, bad day\n")
    monkeypatch.setattr(sys, "argv", ["predict.py", str(tmp_path / "in.tsv"), "--out", str(tmp_path / "out.csv")])
    module.main()
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    assert header[:4] == ["review", "'=1+1", "prediction", "confidence"]
    assert [row[:2] for row in rows] == [[long, "'-2"], ["a, bad day", ""]]
    (tmp_path / "in.tsv").write_text("review\n")
    module.main()
    assert (tmp_path / "out.csv").read_text().splitlines() == ["review"]


def test_a_saved_model_of_another_kind_or_with_code_is_refused_before_it_is_loaded(tiny_bert, tmp_path):
    """Case 72 for what is served or imported, not only for what is trained."""
    folder = tmp_path / "saved"
    folder.mkdir()
    learner(tiny_bert, tmp_path / "cache")[0].fitted().save(folder)
    TASK.load(folder)
    config = json.loads((folder / "config.json").read_text())
    for change in ({"model_type": "gpt2"}, {"auto_map": {"AutoModel": "evil.Model"}}):
        (folder / "config.json").write_text(json.dumps(config | change))
        with pytest.raises(ModelError) as raised:
            TASK.load(folder)
        assert raised.value.code == "MODEL-72"


def test_the_saved_configuration_is_that_of_the_pretrained_model(tiny_bert, tmp_path):
    """Dropout is off while we train; whoever trains the exported model elsewhere gets the model's own."""
    fitted = learner(tiny_bert, tmp_path / "cache")[0].fitted()
    folder = tmp_path / "saved"
    folder.mkdir()
    fitted.save(folder)
    before, after = (json.loads((place / "config.json").read_text()) for place in (tiny_bert, folder))
    dropouts = {name: value for name, value in before.items() if "drop" in name}
    assert 0.1 in dropouts.values() and {name: after[name] for name in dropouts} == dropouts
    TASK.load(folder).save(folder)
    assert json.loads((folder / "config.json").read_text())["hidden_dropout_prob"] == 0.1


def test_a_saved_model_that_lost_a_file_is_a_model_error(tiny_bert, tmp_path):
    fitted = learner(tiny_bert, tmp_path / "cache")[0].fitted()
    for name in ("labels.json", "workbench.json", "model.safetensors"):
        folder = tmp_path / name
        folder.mkdir()
        fitted.save(folder)
        (folder / name).unlink()
        with pytest.raises(ModelError):
            TASK.load(folder)


def test_without_a_model_there_is_a_remedy(tmp_path):
    with pytest.raises(TrainingError, match="Choose a pretrained model"):
        learner(None, tmp_path)


def test_an_unsafe_model_is_refused_before_it_is_loaded(tiny_bert, tmp_path):
    model = tiny_models.encoder_into(tmp_path / "model")
    config = json.loads((model / "config.json").read_text()) | {"auto_map": {"AutoModel": "evil.Model"}}
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError) as raised:
        learner(model, tmp_path)
    assert raised.value.code == "MODEL-72"


def test_features_are_computed_once(tiny_bert, tmp_path):
    cache = tmp_path / "cache"
    first, _ = learner(tiny_bert, cache, method="head")
    first.prepare(Watcher(), fresh=True)
    written = {path: path.stat().st_mtime_ns for path in cache.rglob("features.npy")}
    assert len(written) == 2  # training and validation rows
    again, _ = learner(tiny_bert, cache, method="head")
    again.prepare(Watcher(), fresh=True)
    assert written == {path: path.stat().st_mtime_ns for path in cache.rglob("features.npy")}
    np.testing.assert_array_equal(first.features[0], again.features[0])
    other, _ = learner(tiny_bert, cache, method="head", max_length=6)
    other.prepare(Watcher(), fresh=True)
    assert len(list(cache.rglob("features.npy"))) == 4


def test_features_and_tokens_of_another_version_are_not_believed(tiny_bert, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    learner(tiny_bert, cache, method="head")[0].prepare(Watcher(), fresh=True)
    monkeypatch.setattr(head_problem, "version", lambda library: f"another {library}")
    monkeypatch.setattr(tokens, "version", lambda library: f"another {library}")
    learner(tiny_bert, cache, method="head")[0].prepare(Watcher(), fresh=True)
    assert len(list(cache.rglob("features.npy"))) == 4 == len(list(cache.rglob("ids.npy")))


@pytest.mark.parametrize("method", ["full", "head"])
def test_features_can_be_interrupted_and_nothing_is_half_done(tiny_bert, tmp_path, method):
    rows = pd.concat([ROWS] * 30, ignore_index=True)
    split = Split(rows[:500], rows[500:550], rows[550:])
    if method == "full":
        split = Split(rows[:500].assign(label=[str(n % 5) for n in range(500)]), rows[500:550], rows[550:])
    problem, plan = learner(tiny_bert, tmp_path / "cache", split, method=method)
    watcher = Watcher(ask="cancel", after=0)
    outcome = train(problem, plan, seed=1, checkpoints=Checkpoints(tmp_path / "run"), reporter=watcher)
    assert outcome.cancelled and outcome.step == 0
    assert not list(tmp_path.rglob("features.npy"))


def test_validation_rows_with_an_unknown_label_do_not_break_training(tiny_bert, tmp_path):
    odd = Split(SPLIT.train, SPLIT.validation.assign(label=["good", "bad", "new", "good"]), SPLIT.test)
    problem, plan = learner(tiny_bert, tmp_path / "cache", odd, epochs=1)
    outcome = train(problem, plan, seed=1, checkpoints=Checkpoints(tmp_path / "run"), reporter=Watcher())
    assert outcome.best_score is not None


def test_lengths_are_guessed_without_a_tokenizer():
    assert 5 <= estimated_tokens("a good film") <= 7
    assert estimated_tokens("这部电影很好看") == 9
    assert estimated_tokens("") == 2


def test_a_head_starts_from_the_solution_of_its_problem(tmp_path):
    """Features that point much the same way: small steps take hundreds of epochs to where solving goes at once."""
    from sklearn.linear_model import LogisticRegression

    draw = np.random.default_rng(2)
    labels = draw.integers(0, 3, 600)
    features = 1 + 0.1 * draw.normal(size=(600, 24))
    features[np.arange(600), labels] += 0.06
    features = (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float32)
    head = torch.nn.Linear(24, 3)
    heads.start_from_solution(head, features * np.float32(SCALE), labels, (10.0,), lambda: 0.0, LabelLoss())
    wanted = LogisticRegression(C=10.0, max_iter=2000, tol=1e-8).fit(features.astype(float) * SCALE, labels)

    def objective(weight, bias) -> float:
        scores = torch.from_numpy(features).double() * SCALE @ torch.as_tensor(weight).double().T + torch.as_tensor(
            bias
        )
        losses = torch.nn.functional.cross_entropy(scores, torch.from_numpy(labels), reduction="sum")
        return float(losses) + float((weight**2).sum()) / 20

    found = objective(head.weight.detach(), head.bias.detach())
    assert found == pytest.approx(objective(wanted.coef_, wanted.intercept_), rel=1e-3)

    tried = []

    def loss() -> float:  # validation rows that like the second strength best
        tried.append(head.weight.detach().clone())
        return (3.0, 1.0, 2.0)[len(tried) - 1]

    heads.start_from_solution(head, features * np.float32(SCALE), labels, (0.03, 0.3, 3.0), loss, LabelLoss())
    assert torch.equal(head.weight, tried[1])
    assert tried[0].norm() < tried[1].norm() < tried[2].norm()


@pytest.fixture(scope="session")
def sms() -> pd.DataFrame:
    sample = samples.by_id("sample/sms-spam")
    try:
        folder = packs.fetch(settings.read(), sample.pack)
    except PackError as error:
        pytest.skip(f"the sample is not here: {error}")
    lines = (folder / sample.file).read_text(encoding="utf-8").splitlines()
    table = pd.DataFrame([line.split("\t", 1) for line in lines], columns=["label", "text"], dtype=object)
    return table.drop_duplicates("text")


@pytest.mark.parametrize(("method", "least"), [("full", 0.9), ("head", 0.88)])
def test_the_starter_model_learns_spam_from_a_few_hundred_messages(minilm, sms, tmp_path, method, least):
    few = sms.groupby("label", group_keys=False).head(120).sample(frac=1, random_state=1)
    split = split_table(few, "label", recipe.Split(train=0.6, validation=0.1, test=0.3), 1)
    problem, plan = learner(
        minilm, tmp_path, split, method=method, precision="bf16", **{"epochs": 2} if method == "full" else {}
    )
    train(problem, plan, seed=1, checkpoints=Checkpoints(tmp_path / "run"), reporter=Watcher())
    assert TASK.score(split.test, problem.fitted().predict(split.test)).values["macro_f1"].value > least
