from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from tests import toy_store
from workbench.recipe import Data
from workbench.services import datasets, projects, runs
from workbench.services.workbench import Store
from workbench.settings import ROOT
from workbench.store.views import RunView, State
from workbench.ui import importing

ROWS = [
    ("praise", "what a lovely song <img src=x onerror=alert(1)> ![x](http://evil.example/x.png)"),
    ("complaint", "nobody answered for a week :red[angry] [link](http://evil.example)"),
]
CSV = "text,label\n" + "\n".join(
    f'"{text} {"abcd"[n % 4] * (n % 9)}",{label}' for n in range(60) for label, text in ROWS
)


@dataclass(frozen=True)
class Full:
    """A store with a project whose run has finished, and another project whose run failed."""

    store: Store
    project_id: str
    run: RunView
    failed: RunView


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty store that the pages open."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "store"))
    with toy_store.opened(tmp_path / "store", monkeypatch) as store:
        yield store


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A store with something in it, made once for all tests of a module."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("full") / "store"
        patch.setenv("WORKBENCH_HOME", str(home))
        with toy_store.opened(home, patch) as store:
            project_id, version_id = with_data(store, "Reviews *of* <b>songs</b>")
            started = toy_store.start(store, (project_id, version_id), epochs=3)
            one_label = with_data(store, "Broken", CSV.replace("complaint", "praise"))
            failed = toy_store.start(store, one_label, epochs=3)
            run = toy_store.wait(store, started.id, State.SUCCEEDED)
            failed = toy_store.wait(store, failed.id, State.FAILED)
            yield Full(store, project_id, run, failed)


def with_data(store, name, csv=CSV):
    """A project with an imported table and a draft of the toy task: its id and its data version's."""
    project = projects.create(store, name)
    version = datasets.import_text(store, project.id, csv, name="songs <b>.csv")
    recipe = toy_store.recipe(epochs=3).model_copy(
        update={"data": Data(source=version.source, columns={"text": "text", "label": "label"})}
    )
    projects.save_draft(store, projects.draft(store, project.id), recipe=recipe, data_version_id=version.id)
    return project.id, version.id


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """An import ends before the page is shown again, however busy the machine is."""
    monkeypatch.setattr(importing, "_UNSEEN", 60.0)


@pytest.fixture
def page():
    """Opens a page as a browser would, from a cold address."""

    def opened(name, **address):
        test = AppTest.from_file(str(ROOT / "workbench" / "ui" / "main.py"), default_timeout=60)
        for key, value in address.items():
            test.query_params[key] = value
        test.run()
        if name != "home":
            test.switch_page(str(ROOT / "pages" / f"{name}.py"))
            for key, value in address.items():
                test.query_params[key] = value
            test.run()
        return test

    return opened


def shown(test):
    """Everything that a page says, in one text."""
    kinds = ("title", "header", "markdown", "caption", "text", "error", "warning", "info", "success", "metric", "code")
    parts = [str(element.value) for kind in kinds for element in test.get(kind)]
    return "\n".join(parts)


def state(store, run_id):
    return runs.get(store, run_id).state
