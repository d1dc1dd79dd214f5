"""The command line as a person meets it: a process with a store of its own, read through its streams."""

import csv
import os
from pathlib import Path

import pytest

from tests import cli_process, toy_store
from tests.cli_said import Said
from workbench.settings import ROOT


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The store of these commands; toy runs are possible, and no process is left behind."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "store"))
    with toy_store.opened(tmp_path / "store", monkeypatch) as opened:
        yield opened


@pytest.fixture
def command(store):
    def run(*words: object, cwd: Path = ROOT, **environment: str) -> Said:
        variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        return cli_process.run(list(map(str, words)), cwd, variables)

    return run


@pytest.fixture
def trained(command, tmp_path):
    """Runs a recipe to its end; the scores on test rows, and the folder that its model was exported to."""

    def train(recipe: Path) -> tuple[dict[str, float], Path]:
        said = command("run", recipe, "--json")
        assert said.code == 0 and said.json["state"] == "SUCCEEDED", said
        model = tmp_path / "model"
        assert command("export", said.json["run_id"], "--format", "folder", "--out", model).code == 0
        return said.json["scores"]["test"], model

    return train


@pytest.fixture
def predicted(command, tmp_path):
    """Lets a model answer about a file or folder; its table, row by row."""

    def predict(model: Path, about: Path) -> list[dict[str, str]]:
        out = tmp_path / "predicted.csv"
        said = command("predict", model, about, "--out", out, "--json")
        assert said.code == 0, said
        with out.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert said.json["rows"] == len(rows)
        return rows

    return predict


@pytest.fixture
def toys(tmp_path):
    """A folder with a table and a recipe that names it relative to itself."""
    folder = tmp_path / "toys"
    folder.mkdir()
    rows = [
        f"{toy_store.WORDS[label]} {'abc'[number % 3] * (number % 7)},{label}"
        for number in range(80)
        for label in [list(toy_store.WORDS)[number % 2]]
    ]
    (folder / "toys.csv").write_text("\n".join(["body,kind", *rows]) + "\n")
    (folder / "recipe.yaml").write_text(
        "task: toy-letters\n"
        "data: {source: toys.csv, columns: {text: body, label: kind}}\n"
        "training: {epochs: 3, batch_size: 8, learning_rate: 0.01, checkpoint_steps: 5}\n"
    )
    return folder
