"""Questions with answers on every page: from a SQuAD file to mistakes in their contexts and an answer in its place."""

import json
import uuid
from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from tests import toy_store
from tests.tasks.test_contract import visits
from tests.ui.conftest import shown
from workbench.recipe import Model, Training
from workbench.services import datasets, findings, projects, recipes, runs
from workbench.services.workbench import Store
from workbench.store.views import RunView, State


@dataclass(frozen=True)
class Visits:
    store: Store
    project_id: str
    run: RunView


def squad(rows: int = 120) -> str:
    """The visits as a SQuAD file, ten questions an article."""
    articles = []
    for number, row in enumerate(visits(rows).to_dict("records")):
        if number % 10 == 0:
            articles.append({"title": f"Visits {number // 10}", "paragraphs": []})
        answer = {"text": row["answer"], "answer_start": row["context"].find(row["answer"])}
        asked = {"id": f"q{number}", "question": row["question"], "answers": [answer] if row["answer"] else []}
        articles[-1]["paragraphs"].append({"context": row["context"], "qas": [asked]})
    return json.dumps({"version": "v2.0", "data": articles})


@pytest.fixture(scope="module")
def answered(tmp_path_factory, tiny_bert):
    """A store with one project whose recipe was suggested, and whose run has finished."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("answered") / "store"
        patch.setenv("WORKBENCH_HOME", str(home))
        with toy_store.opened(home, patch) as store:
            project = projects.create(store, "Visits")
            file = home.parent / "visits.json"
            file.write_text(squad(), encoding="utf-8")
            version = datasets.import_file(store, project.id, file, name="visits", source="visits.json")
            suggested = recipes.suggest(store, version.id)
            training = Training(epochs=3, batch_size=16, learning_rate=0.003)
            recipe = suggested.model_copy(update={"model": Model(id=str(tiny_bert)), "training": training})
            projects.save_draft(store, projects.draft(store, project.id), recipe=recipe, data_version_id=version.id)
            started = runs.start(store, project.id, recipe, version.id, key=uuid.uuid4().hex)
            yield Visits(store, project.id, toy_store.wait(store, started.id, State.SUCCEEDED))


@pytest.mark.slow
def test_the_suggested_recipe_keeps_articles_together_and_answers(answered):
    recipe = answered.run.recipe
    assert recipe.task == "question-answering" and (recipe.split.method, recipe.split.column) == ("group", "title")
    assert dict(recipe.data.columns) == {
        name: name for name in ("question", "context", "answer", "answer_start", "answers")
    }
    assert set(answered.run.summary.scores["test"]) == {"f1", "exact_match"}
    assert answered.run.progress.best_metric == "f1"


@pytest.mark.slow
def test_questions_about_one_context_are_no_copies_of_each_other(answered):
    version = answered.run.data_version_id
    while (found := findings.report(answered.store, version, answered.run.recipe)) is None:
        pass
    assert not {finding.kind for finding in found.findings} & {"near-duplicates", "leaking-columns", "groups"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["data", "prepare", "augment", "model", "train", "evaluate", "use", "runs"])
def test_every_page_opens(answered, page, name):
    test = page(name, project=answered.project_id, run=answered.run.id)
    assert not test.exception
    assert not test.error


@pytest.mark.slow
def test_only_models_that_read_text_and_are_pretrained_are_offered(answered, page):
    said = shown(page("model", project=answered.project_id))
    assert "MiniLM" in said and "LSTM" not in said and "Boosted trees" not in said


@pytest.mark.slow
def test_scores_by_question_word_and_the_mistakes_in_their_contexts(answered, page):
    test = page("evaluate", project=answered.project_id, run=answered.run.id)
    headers = [header.value for header in test.header]
    assert {"Every question word", "What goes wrong", "Worst mistakes"} <= set(headers)


@pytest.mark.slow
def test_a_question_that_somebody_types_is_answered_in_place(answered, page):
    test = page("use", project=answered.project_id, run=answered.run.id)
    question, context = test.text_area[-2:]
    question.set_value("to which place?")
    context.set_value("Ada will see the film in Rome 7")
    next(button for button in test.button if button.label == "Try").click().run(timeout=60)
    assert not test.exception
    assert any("badge[" in text.value or "finds no answer" in text.value for text in test.markdown)


def draw() -> None:
    from workbench.evaluate.panels import Mark, MarkedText, MarkedTexts
    from workbench.ui import charts, marked_texts

    text = "Ada_B of [New York](x)"
    right = (Mark(start=9, end=22, label="answer"),)
    about = {"asked": "Of *where*?", "accepted": ("[New York](x)", "<b>")}
    texts = (
        MarkedText(row=3, text=text, true=right, predicted=(), **about),
        MarkedText(row=4, text=text, true=(), predicted=right, asked="Why?"),
    )
    charts.panel(MarkedTexts(title="Worst mistakes", texts=texts), "a")
    found = {"prediction": "Ada_B", "prediction_start": 0, "prediction_end": 5, "confidence": 0.75}
    marked_texts.answer_in_place(found, {"question": "Who?", "context": text})
    long = f"{'x ' * 5000}Ada_B{' y' * 5000}"
    far = found | {"prediction_start": 10_000, "prediction_end": 10_005}
    marked_texts.answer_in_place(far, {"question": "Who?", "context": long})
    nothing = {"prediction": "", "prediction_start": 0, "prediction_end": 0, "confidence": 0.5}
    marked_texts.answer_in_place(nothing, {"question": "Who?", "context": text})


def test_case_76_questions_and_answers_are_shown_as_they_were_written():
    test = AppTest.from_function(draw).run()
    assert not test.exception
    question, true, _, _, _, unasked, near, far, nothing = (text.value for text in test.markdown)
    assert question == "**Of \\*where\\*\\?**" and true.endswith(":blue-badge[\\[New York\\]\\(x\\) · answer]")
    assert ":blue-badge" in unasked
    captions = [caption.value for caption in test.caption]
    assert captions == [
        "Row 4",
        "Right: \\[New York\\]\\(x\\) · \\<b\\>",
        "Row 5",
        "Right: there is no answer in this text",
    ]
    assert (
        near.startswith(":blue-badge[Ada\\_B · answer] of ")
        and [metric.value for metric in test.metric] == ["Ada\\_B"] * 2
    )
    assert len(far) < 3000 and far.startswith("… ") and "badge[Ada\\_B · answer]" in far
    assert "finds no answer" in nothing and "50" in nothing
