"""What is said before a run starts of time, memory and disk, and the buttons that make it fit."""

import pytest

from tests.ui.conftest import shown, with_data
from workbench.jobs import measurements
from workbench.recipe import Training
from workbench.services import estimates, projects
from workbench.training.estimate import Estimate
from workbench.training.rules import Fact
from workbench.ui import what_fits

FACTS = {
    "method": Fact("full", "", ("full", "head")),
    "epochs": Fact(2, ""),
    "batch_size": Fact(16, ""),
    "max_length": Fact(48, ""),
    "activation_checkpointing": Fact(False, ""),
}


def test_the_mildest_change_comes_first_and_none_that_changes_nothing():
    ways = what_fits.smaller(Training(), FACTS)
    assert [(way.key, way.value) for way in ways] == [
        ("batch_size", 8), ("max_length", 32), ("activation_checkpointing", True), ("method", "head")
    ]  # fmt: skip
    least = Training(batch_size=1, max_length=32, activation_checkpointing=True, method="head")
    assert what_fits.smaller(least, FACTS) == []
    assert what_fits.smaller(Training(), {"epochs": Fact(2, ""), "method": Fact("full", "", ("full",))}) == []


@pytest.fixture
def measured(empty, monkeypatch):
    """A project whose recipe has been measured, as needing all the memory there is."""
    project_id, _version = with_data(empty, "Large")
    draft = projects.draft(empty, project_id)
    known = Estimate("full", 2.0, 60.0, 3.0, 1.0, 10**15, 10**6, 10**6, 10**6, 3, 50, halvings=1)
    measurements.write(empty.settings, estimates._measurement(empty, draft), known)
    return project_id


def test_what_does_not_fit_is_changed_by_one_click(measured, page):
    test = page("train", project=measured)
    assert not test.exception
    assert "Epochs end after 1:02 min · 2:02 min · 3:02 min" in shown(test)
    assert "1/2 of its rows are computed at once" in test.info[0].value
    assert test.number_input(key="train_batch_size").value is None  # automatic: 8
    test.button(key="train_fit_batch_size").click().run()
    assert not test.exception
    assert test.number_input(key="train_batch_size").value == 4
