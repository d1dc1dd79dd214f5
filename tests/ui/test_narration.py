import numpy as np
import pytest
from sqlalchemy import delete

from tests.evaluate import drawn_curves
from tests.ui.conftest import shown
from workbench.services import projects, runs
from workbench.store.records import MetricRow, RunRow


@pytest.fixture
def told(full):
    """Makes the finished run one that told a drawn curve."""

    def tell(kind, seed=0):
        whole = drawn_curves.KINDS[kind](np.random.default_rng(seed))
        ends = {round(one.epoch * len(whole.at) / whole.epochs): one for one in whole.validations}
        with full.store.session() as session:
            session.execute(delete(MetricRow).where(MetricRow.run_id == full.run.id))
            row = session.get_one(RunRow, full.run.id)
            chosen = {"epochs": whole.epochs, "learning_rate": whole.learning_rate}
            row.plan = {**row.plan, **{key: {"value": value, "reason": ""} for key, value in chosen.items()}}
            for step, (at, loss, rate) in enumerate(zip(whole.at, whole.losses, whole.rates, strict=True), 1):
                values = {"loss": loss, "learning_rate": rate}
                if step in ends:
                    values |= {"validation_loss": ends[step].loss, "validation_accuracy": ends[step].score}
                session.add(MetricRow(run_id=full.run.id, step=step, epoch=at, values=values))
        return whole

    return tell


@pytest.mark.parametrize("name", ["train", "runs"])
def test_the_curves_are_read_where_they_are_shown(full, page, told, name, monkeypatch):
    told("rate-too-low")
    if name == "runs":
        from workbench.ui import compare

        monkeypatch.setattr(compare, "table", lambda here, found: [run for run in found if run.id == full.run.id])
    test = page(name, project=full.project_id, run=full.run.id)
    assert not test.exception
    assert "The learning rate is too low" in shown(test)
    assert "Training loss" in shown(test)
    assert test.button(key=f"{name}_try_{full.run.id}").label.startswith("Try with learning rate")


def test_trying_opens_the_settings_with_the_change_and_starts_nothing(full, page, told):
    whole = told("rate-too-low")
    before = [run.id for run in runs.list_runs(full.store, full.project_id)]
    test = page("train", project=full.project_id, run=full.run.id)
    test.button(key=f"train_try_{full.run.id}").click().run()
    assert not test.exception
    higher = test.number_input(key="train_learning_rate").value
    assert higher > 2 * whole.learning_rate
    assert projects.draft(full.store, full.project_id).recipe.training.learning_rate == higher
    assert [run.id for run in runs.list_runs(full.store, full.project_id)] == before


def test_what_no_setting_cures_has_a_link(full, page, told):
    told("noisy-labels", 1)
    assert "Wrong labels suspected" in shown(page("train", project=full.project_id, run=full.run.id))
