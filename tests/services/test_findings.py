"""Findings of a project's data: made once, kept, settled through the recipe, and never in the way when they fail."""

import time
from dataclasses import replace

import pyarrow as pa
import pytest

from tests import toy_store
from tests.findings.tables import texts
from workbench.data import tables
from workbench.errors import DataError, RecipeError
from workbench.findings import child, looking
from workbench.findings.evidence import Question
from workbench.recipe import Data, Recipe, Split, Step
from workbench.services import datasets, findings, projects
from workbench.services.findings import Finding, Fix, Report, Suspects
from workbench.settings import Limits

PATIENCE = 60.0


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A store with a project and its letters: of two kinds, three copied, five with the wrong label."""
    wanted = [f"meeting notes {text}" for text in texts(60, seed=1)]
    unwanted = [f"cheap pills offer {text}" for text in texts(60, seed=2)]
    rows = [(text, "ham") for text in wanted] + [(text, "spam") for text in unwanted]
    rows[:5] = [(text, "spam") for text, _ in rows[:5]]
    rows += [rows[70], (rows[71][0] + " now", "spam"), ("write to jane.doe@example.org", "ham")]
    content = "text,label\n" + "\n".join(f"{text},{label}" for text, label in rows)
    with pytest.MonkeyPatch.context() as patch, toy_store.opened(tmp_path_factory.mktemp("letters"), patch) as store:
        yield store, datasets.import_text(store, projects.create(store, "Mail").id, content, name="letters.csv")


@pytest.fixture
def store(there):
    return there[0]


@pytest.fixture
def version(there):
    return there[1]


def recipe(*steps, **more):
    data = Data(source="letters.csv", columns={"text": "text", "label": "label"})
    return Recipe(data=data, prepare=tuple(Step(step=step) for step in steps), **more)


def waited(store, version, recipe):
    deadline = time.monotonic() + PATIENCE
    while (report := findings.report(store, version.id, recipe)) is None:
        assert time.monotonic() < deadline, findings.progress(store, version.id, recipe)
        time.sleep(0.05)
    return report


def test_a_report_is_made_in_the_background_and_kept(store, version, monkeypatch):
    started = time.monotonic()
    assert findings.report(store, version.id, recipe()) is None
    assert time.monotonic() - started < 0.5
    report = waited(store, version, recipe())
    kinds = [finding.kind for finding in report.findings]
    assert {"exact-duplicates", "near-duplicates", "personal-data-email"} <= set(kinds)
    assert (70, 120) in report.alike and (71, 121) in report.alike
    monkeypatch.setattr(looking, "ask", None)  # whoever looks again fails
    assert findings.report(store, version.id, recipe("lowercase")) == report
    monkeypatch.undo()
    for kept in (store.settings.cache / "findings").iterdir():
        kept.write_text("damaged")
    assert waited(store, version, recipe()).findings == report.findings


@pytest.fixture
def asked(monkeypatch):
    """Every question that is asked; nothing is found."""
    questions = []

    def ask(request, progress):
        questions.append(request.question)
        return looking.Line(report=Report(()))

    monkeypatch.setattr(looking, "ask", ask)
    return questions


def test_the_recipe_says_what_is_asked(store, version, asked):
    for one in (Recipe(), recipe(training={"max_length": 8}), Recipe(task="unheard-of")):
        waited(store, version, one)
    assert asked == [
        Question(texts=("text",), features=("label",), reads_features=False),
        Question(texts=("text",), target="label", reads_features=False, max_tokens=8),
    ]


def test_columns_that_are_left_out_do_not_tell_the_quick_model(store, version, monkeypatch):
    asked = []

    def ask(request, progress):
        asked.append(request.question.features)
        return looking.Line(suspects=Suspects((), 0))

    monkeypatch.setattr(looking, "ask", ask)
    data = Data(source="letters.csv", columns={"target": "label"})
    table = Recipe(task="tabular-classification", data=data)
    fix = wanting("drop-columns", columns=["text"]).fix
    for one in (table, findings.apply(table, fix)):
        findings.suspect_labels(store, version.id, one, lambda share: None)
    assert asked == [("text",), ()]


def test_case_44_duplicates_that_cross_the_split_are_counted_until_they_are_dropped(store, version):
    report = waited(store, version, recipe())
    shares = [recipe(seed=seed) for seed in range(12)]
    crossing = [findings.crossing(store, version.id, one, report) for one in shares]
    assert any(crossing) and all(one is None or one.count <= 2 for one in crossing)
    seed = next(seed for seed, found in enumerate(crossing) if found)
    settled = findings.apply(recipe(seed=seed), crossing[seed].fix)
    assert findings.crossing(store, version.id, settled, report) is None
    assert not findings.settled(settled, crossing[seed])  # it was asked of rows as they are prepared


def test_a_table_that_needs_too_much_is_told_and_can_be_tried_again(store, version, monkeypatch):
    long = recipe(training={"max_length": 9})
    monkeypatch.setattr(store, "settings", replace(store.settings, limits=Limits(reader_seconds=0.01)))
    with pytest.raises(DataError, match=r"took more than 0.01 seconds.*training works without this"):
        waited(store, version, long)
    monkeypatch.undo()
    with pytest.raises(DataError, match="took more than"):
        findings.report(store, version.id, long)
    findings.again(store, version.id, long)
    assert "long-texts" in [finding.kind for finding in waited(store, version, long).findings]


def test_a_child_without_memory_is_told(tmp_path):
    large = pa.table({"text": [f"{number} " * 150_000 for number in range(100, 400)]})
    tables.write_table(tmp_path / tables.TABLE, large, pa.array(range(300), pa.int64()))
    request = looking.Request("report", tmp_path, "large.csv", Question(("text",)), Limits(reader_bytes=300_000_000))
    with pytest.raises(DataError, match=r"FILE-LIMIT large.csv.*more memory than the limit of 300 MB"):
        looking.ask(request, lambda share: None)


def test_looking_for_suspect_labels_can_be_stopped(store, version):
    class Stopped(Exception):
        """What a page raises when somebody pressed Stop."""

    def stop(share):
        raise Stopped

    with pytest.raises(Stopped):
        findings.suspect_labels(store, version.id, recipe(), stop)
    assert findings.known_suspects(store, version.id, recipe()) is None


def test_suspect_labels_come_with_the_right_one(store, version):
    told = []
    found = findings.suspect_labels(store, version.id, recipe(), told.append)
    first = found.rows[:5]
    assert len({suspect.row for suspect in first} & set(range(5))) >= 4
    assert {(suspect.given, suspect.suggested) for suspect in first} == {("spam", "ham")}
    assert [suspect.score for suspect in found.rows] == sorted(suspect.score for suspect in found.rows)
    assert found.judged == 123 and found.agreement > 0.9
    assert told == sorted(told) and told[-1] == 1
    assert findings.known_suspects(store, version.id, recipe()) == found
    assert findings.known_suspects(store, version.id, Recipe()) is None


def test_labels_that_cannot_be_judged_are_told(store, version):
    version = datasets.import_text(
        store, version.project_id, "text,label\n" + "a b c,x\n" * 9 + "d,y\n", name="few.csv"
    )
    with pytest.raises(
        DataError, match=r'DATA-03 column "label": 1 label has enough rows with something to read.*at least 5 rows each'
    ):
        findings.suspect_labels(store, version.id, recipe(), lambda share: None)


def wanting(step, **settings):
    return Finding("some", "warning", "", {}, 1, fix=Fix("", step=Step.model_validate({"step": step, **settings})))


def test_a_fix_takes_its_place_among_the_steps():
    before = recipe("normalise-whitespace", "drop-duplicates")
    fix = wanting("merge-labels", labels={"Pos": "pos"}).fix
    after = findings.apply(before, fix)
    assert [step.step for step in after.prepare] == ["merge-labels", "normalise-whitespace", "drop-duplicates"]
    last = findings.apply(after, wanting("drop-near-duplicates", similarity=0.7).fix)
    assert [step.step for step in last.prepare][-1] == "drop-near-duplicates"
    assert before == recipe("normalise-whitespace", "drop-duplicates")


def test_a_step_that_is_there_grows():
    one, other = wanting("drop-labels", labels=["a"]), wanting("drop-labels", labels=["b", "a"])
    grown = findings.apply(findings.apply(recipe(), one.fix), other.fix)
    assert grown.prepare == (Step(step="drop-labels", labels=["a", "b"]),)
    assert findings.settled(grown, one) and findings.settled(grown, other)
    assert not findings.settled(findings.apply(recipe(), one.fix), other)
    merged = findings.apply(recipe(), wanting("merge-labels", labels={"Pos": "pos"}).fix)
    assert not findings.settled(merged, wanting("merge-labels", labels={"Neg": "neg"}))
    stricter = wanting("drop-duplicates", by="text")
    chosen = Recipe(prepare=(Step(step="drop-duplicates", by="text and label"),))
    assert not findings.settled(chosen, stricter)
    assert findings.apply(chosen, stricter.fix).prepare == (stricter.fix.step,)
    assert findings.settled(recipe("drop-duplicates"), wanting("drop-duplicates", by="text and label"))
    assert not findings.settled(recipe("drop-near-duplicates"), wanting("drop-near-duplicates", similarity=0.6))
    hashed = Recipe(prepare=(Step(step="hide-personal-data", columns=["text"], how="hash"),))
    assert findings.settled(hashed, wanting("hide-personal-data", columns=["text"], how="mask"))
    everywhere = recipe("hide-personal-data")
    assert findings.settled(everywhere, wanting("hide-personal-data", columns=["text"], how="mask"))


def test_every_fix_is_a_step_that_preparation_knows(store, version):
    for finding in waited(store, version, recipe()).findings:
        if finding.fix and finding.fix.step:
            changed = findings.apply(recipe(), finding.fix)
            assert findings.settled(changed, finding)
            assert datasets.prepared(store, changed, version.id)
    with pytest.raises(RecipeError, match="no step 'drop-everything'"):
        findings.apply(recipe(), wanting("drop-everything").fix)


def test_a_split_can_be_a_fix():
    finding = Finding("groups", "warning", "", {}, 1, fix=Fix("", split={"method": "group", "column": "person"}))
    changed = findings.apply(recipe(split=Split(train=0.6, validation=0.2, test=0.2)), finding.fix)
    assert (changed.split.method, changed.split.column, changed.split.train) == ("group", "person", 0.6)
    assert findings.settled(changed, finding) and not findings.settled(recipe(), finding)


def test_of_a_large_table_some_rows_are_looked_at(tmp_path, monkeypatch):
    many = pa.table({"text": [f"{number} {text}" for number, text in enumerate(texts(1000))]})
    tables.write_table(tmp_path / tables.TABLE, many, pa.array(range(5, 1005), pa.int64()))
    monkeypatch.setattr(child, "_ROWS", 300)
    there = child.evidence(tmp_path, Question(("text",)))
    assert there.rows == list(range(5, 1005, 4)) and there.profile.rows == 250
    assert there.texts[1].startswith("4 ")
    monkeypatch.undo()
    assert len(child.evidence(tmp_path, Question(("text",))).rows) == 1000
