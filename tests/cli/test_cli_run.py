"""run, show, export, predict: a whole path without a browser, with a toy in the place of the pretrained model."""

import csv
import os
import signal
import subprocess
import sys
import time

import pytest

from tests import toy_store
from workbench.services import projects, runs
from workbench.settings import ROOT
from workbench.store.views import State


def test_from_a_recipe_to_predictions(command, toys, tmp_path):
    said = command("run", toys / "recipe.yaml", "--project", "Toys", "--json", cwd=tmp_path)
    assert said.code == 0, said
    about = said.json
    assert about["state"] == "SUCCEEDED"
    assert 0 <= about["scores"]["test"]["accuracy"] <= 1
    assert 0 <= about["scores"]["test"]["macro_f1"] <= 1
    assert 0 <= about["baseline"]["test"]["macro_f1"] <= 1
    assert about["train_seconds"] > 0
    assert about["samples_per_second"] > 0
    assert about["peak_memory_mb"] > 0
    assert len(said.out.splitlines()) == 1

    shown = command("show", about["run_id"], "--json").json
    assert {key: shown[key] for key in ("run_id", "state", "scores")} == {
        key: about[key] for key in ("run_id", "state", "scores")
    }
    assert shown["recipe"]["data"]["source"] == "toys.csv"
    text = command("show", about["run_id"]).out
    assert "SUCCEEDED" in text
    assert "task: toy-letters" in text

    model = tmp_path / "model"
    exported = command("export", about["run_id"], "--format", "folder", "--out", model, "--json").json
    assert exported["path"] == str(model)
    table = tmp_path / "in.csv"
    table.write_text('id,body\n00501,the otter swims\n7,"=1+1, wine"\n')
    out = tmp_path / "out.csv"
    assert command("predict", model, table, "--out", out, "--json").json["rows"] == 2
    with out.open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["id"], first["body"]) == ("00501", "the otter swims")
    assert second["body"] == "'=1+1, wine"
    assert first["prediction"] in toy_store.WORDS
    assert {"confidence", "probability_rivers", "probability_wine"} <= set(first)


def test_a_file_that_is_there_already_is_not_imported_again(command, toys, store):
    imported = command("import", toys / "toys.csv", "--project", "Toys", "--json").json
    assert command("run", toys / "recipe.yaml", "--project", "Toys").code == 0
    (run,) = runs.list_runs(store, projects.by_name(store, "Toys").id)
    assert run.data_version_id == imported["data_version_id"]


def test_a_run_that_fails_tells_why_and_is_exit_code_1(command, toys):
    said = command("run", toys / "recipe.yaml", "--json", TOY_FAIL="1")
    assert said.code == 1
    assert said.json["state"] == "FAILED"
    assert "nobody foresaw this" in said.json["reason"]
    assert "Traceback" not in said.err


def test_ctrl_c_leaves_the_run_going(toys, store):
    process, run = _started(store, toys)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"python -m workbench show {run.id}" in told
    assert toy_store.wait(store, run.id, State.SUCCEEDED)


def test_it_follows_a_worker_that_was_killed_and_resumed(toys, store):
    process, run = _started(store, toys)
    toy_store.wait_until(store, run.id, lambda seen: seen.progress.step >= 6)
    workers = toy_store.processes(store, "workbench.jobs.worker")
    assert workers
    for worker in workers:
        worker.kill()
    process.communicate(timeout=120)
    assert process.returncode == 0
    done = runs.get(store, run.id)
    assert done.state is State.SUCCEEDED
    told = toy_store.told(store, run.id)
    assert sum(text.startswith("Started") for text in told) == 2, told


def _started(store, toys):
    """A slow run, started by the command line, that has made its first steps."""
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", "run", str(toys / "recipe.yaml"), "--project", "Toys"],
        cwd=ROOT,
        env={**os.environ, "TOY_DELAY": "0.3"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + toy_store.PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        project = projects.by_name(store, "Toys")
        run = runs.latest(store, project.id) if project else None
        if run and run.progress.step >= 2:
            return process, run
        time.sleep(0.05)
    raise AssertionError("the run did not start")


def test_a_recipe_with_folds_prints_mean_and_spread(command, toys):
    recipe = toys / "recipe.yaml"
    recipe.write_text(recipe.read_text() + "split: {method: folds, folds: 2}\n")
    said = command("run", recipe, "--json")
    assert said.code == 0, said
    about = said.json
    accuracies = [fold["scores"]["test"]["accuracy"] for fold in about["folds"]]
    assert len(accuracies) == 2
    assert about["scores"]["test"]["accuracy"] == pytest.approx(sum(accuracies) / 2)
    assert about["spread"]["test"]["accuracy"] == pytest.approx(abs(accuracies[0] - accuracies[1]) / 2**0.5)
    text = command("show", about["run_id"]).out
    assert "mean of 2 folds" in text and "±" in text
    assert f"fold 2: SUCCEEDED  {about['folds'][1]['run_id']}" in text
    refused = command("export", about["run_id"], "--out", toys / "model")
    assert refused.code == 2 and "Its folds have a model each" in refused.err
