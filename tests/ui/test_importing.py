"""An import beside the page: its progress, its end wherever one is, its failure, and how it is cancelled."""

import threading

import pytest

from tests.ui.conftest import shown
from workbench.data.progress import Progress
from workbench.errors import DataError
from workbench.services import datasets, projects
from workbench.settings import ROOT
from workbench.ui import importing


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Here every import is seen."""
    monkeypatch.setattr(importing, "_UNSEEN", 0.0)


class SlowImport:
    """Stands in for the import of pasted text, which goes on when the test says so; Cancel reaches it as in truth."""

    def __init__(self, monkeypatch):
        self.may_end = threading.Event()
        self.ended = threading.Event()
        self.problem = None
        self._import = datasets.import_text
        monkeypatch.setattr(datasets, "import_text", self)

    def __call__(self, *given, progress, **named):
        try:
            while not self.may_end.wait(0.02):
                progress(Progress(0.25, 1200, 75.0))
            if self.problem:
                raise self.problem
            return self._import(*given, progress=progress, **named)
        finally:
            self.ended.set()


@pytest.fixture
def slow(monkeypatch):
    slow = SlowImport(monkeypatch)
    yield slow
    slow.may_end.set()


@pytest.fixture
def begun(empty, page, slow):
    """A page on which an import was begun, and its project."""
    project = projects.create(empty, "Slow")
    test = page("data", project=project.id)
    test.radio(key="data_kind").set_value("paste").run()
    rows = "".join(f"a song about {n} rivers,{'good' if n % 2 else 'bad'}\n" for n in range(18))
    test.text_area(key="data_text").set_value("text,label\n" + rows).run()
    test.button(key="data_import").click().run()
    assert not test.exception
    return test, project


def wait(slow):
    """Until the import's thread is gone."""
    assert slow.ended.wait(60)
    for thread in threading.enumerate():
        if thread.name == "import":
            thread.join(60)


def test_a_long_import_shows_how_far_it_is_and_its_end_is_found(begun, slow, empty):
    test, project = begun
    while "1,200 rows" not in str(test.get("progress")[0].proto.text):
        test.run()
    (bar,) = test.get("progress")
    assert bar.proto.value == 25 and "Importing Pasted text · 1,200 rows · 1:15 min left" in bar.proto.text
    assert "data_import" not in [button.key for button in test.button]
    assert datasets.list_datasets(empty, project.id) == []
    slow.may_end.set()
    wait(slow)
    test.run()
    assert not test.exception and "data_cancel" not in [button.key for button in test.button]
    assert [version.rows for version in datasets.list_datasets(empty, project.id)] == [18]
    assert projects.draft(empty, project.id).data_version_id is not None


def test_an_import_goes_on_while_one_looks_at_another_page(begun, slow, empty):
    test, project = begun
    test.switch_page(str(ROOT / "pages" / "home.py")).run()
    slow.may_end.set()
    wait(slow)
    test.switch_page(str(ROOT / "pages" / "data.py"))
    test.query_params["project"] = project.id
    test.run()
    assert not test.exception
    assert projects.draft(empty, project.id).data_version_id is not None


def test_a_cancelled_import_leaves_nothing(begun, slow, empty):
    test, project = begun
    said = shown(test.button(key="data_cancel").click().run())
    wait(slow)
    said += shown(test.run())
    assert not test.exception
    assert "cancelled; nothing of it was kept" in said
    assert datasets.list_datasets(empty, project.id) == []
    assert test.button(key="data_import")


def test_a_failed_import_says_why(begun, slow, empty):
    test, project = begun
    slow.problem = DataError("there is no room", where="songs.csv", remedy="Make room.", code="FILE-52")
    slow.may_end.set()
    wait(slow)
    test.run()
    assert not test.exception
    assert "there is no room" in test.error[0].value and "Make room" in test.error[0].value
    assert projects.draft(empty, project.id).data_version_id is None


def test_a_mistake_of_ours_is_not_hidden(begun, slow):
    test, _project = begun
    slow.problem = ZeroDivisionError("a mistake")
    slow.may_end.set()
    wait(slow)
    test.run()
    assert "ZeroDivisionError" in shown(test) or test.exception
