"""Who comes next: runs that wait can be moved (that their order outlives every process: test_kills)."""

import json

import pytest

from tests import toy_folds, toy_store
from workbench.cli.main import main
from workbench.errors import JobError, NotFound
from workbench.jobs import devices, order, queue, supervisor
from workbench.services import fold_runs, runs, turns
from workbench.store.records import SlotRow
from workbench.store.session import Store


@pytest.fixture
def place(store, monkeypatch):
    """A project and its data, in a store where nobody works."""
    monkeypatch.setattr(supervisor, "ensure", lambda settings: None)
    devices.register(store)
    return toy_store.project(store)


def started(store, place, count, device="auto"):
    recipe, made = toy_store.recipe(), []
    with store.session() as session:
        for _ in range(count):
            number = len(runs_of(store)) + len(made)
            key = f"{place[0]}-{number}"
            made.append(runs._queue(session, store, *place[:1], recipe, place[1], key=key, name="", device=device))
    return made


def runs_of(store):
    return [turn.run.id for turn in turns.queue(store)]


def test_a_run_that_waits_is_moved_past_those_of_other_projects(store, place):
    a, b, c = started(store, place, 3)
    (other,) = started(store, toy_store.project(store, "Other"), 1)
    assert runs_of(store) == [a, b, c, other]
    turns.move(store, other, "first")
    turns.move(store, a, "down")
    for _ in range(3):
        turns.move(store, c, "up")
    turns.move(store, a, "last")
    assert [(turn.run.id, turn.place, turn.project) for turn in turns.queue(store)] == [
        (c, 1, "Toy"), (other, 2, "Other"), (b, 3, "Toy"), (a, 4, "Toy")
    ]  # fmt: skip
    for end in ("first", "up"):
        turns.move(store, c, end)  # it is the first already
    turns.move(store, a, "down")
    assert runs_of(store) == [c, other, b, a]
    assert [toy_folds.begin(store).job_id] == [c]
    assert [(turn.run.id, turn.place, turn.device) for turn in turns.queue(store)][:2] == [
        (c, 0, "cpu"),
        (other, 1, "auto"),
    ]
    with pytest.raises(JobError, match="does not wait"):
        turns.move(store, c, "first")
    with pytest.raises(NotFound):
        turns.move(Store(store.settings, owner="somebody else"), b, "first")
    assert turns.queue(Store(store.settings, owner="somebody else")) == []


def test_a_run_in_folds_moves_with_its_folds_and_shows_as_one(store, place):
    (before,) = started(store, place, 1)
    parent = toy_folds.queue_folds(store, place, folds=2)
    assert runs_of(store) == [before, parent]
    order.move(store, fold_runs.of(store, parent)[1].id, "first")  # any of them stands for all
    first = toy_folds.begin(store)
    assert first.job_id == fold_runs.of(store, parent)[0].id
    assert [(turn.run.id, turn.place) for turn in turns.queue(store)] == [(first.job_id, 0), (parent, 1), (before, 2)]
    turns.move(store, parent, "last")
    toy_folds.end(store, first)
    assert toy_folds.begin(store).job_id == before


def test_a_run_for_the_processor_trains_beside_one_for_the_graphics_card(store, place):
    with store.session() as session:
        session.add(SlotRow(name="cuda:0", title="A GPU", job_id=None))
    first, second = started(store, place, 2, device="cuda:0")
    (other,) = started(store, toy_store.project(store, "Other"), 1, device="cpu")
    assert [toy_folds.begin(store).job_id for _ in range(2)] == [first, other]
    assert queue.lease(store) is None
    assert [(turn.run.id, turn.place, turn.device) for turn in turns.queue(store)] == [
        (other, 0, "cpu"), (first, 0, "cuda:0"), (second, 1, "cuda:0")
    ]  # fmt: skip


def test_the_command_tells_the_order_and_changes_it(store, place, monkeypatch, capsys):
    monkeypatch.setenv("WORKBENCH_HOME", str(store.settings.home))
    a, b = started(store, place, 2)
    assert main(["queue", "--first", b, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["queue"]
    assert [(line["run_id"], line["place"], line["project"], line["state"]) for line in told] == [
        (b, 1, "Toy", "QUEUED"), (a, 2, "Toy", "QUEUED")
    ]  # fmt: skip
    assert main(["queue", "--up", a]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith(f"  1. {a}  Toy: Run 1  QUEUED")
    assert main(["queue", "--up", "nobody"]) == 2
