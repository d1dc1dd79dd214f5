"""Words with tags on every page: from a CoNLL file to marked mistakes and a text in which names are marked."""

import json
import uuid
from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from tests import toy_store
from tests.tasks.test_contract import travels
from tests.ui.conftest import shown
from workbench.recipe import Model, Training
from workbench.services import datasets, projects, recipes, runs
from workbench.services.workbench import Store
from workbench.store.views import RunView, State


@dataclass(frozen=True)
class Trips:
    store: Store
    project_id: str
    run: RunView


def conll() -> str:
    """The sentences as a file: a word a line with its tag, and a blank line between sentences."""
    cells = travels(200).itertuples(index=False)
    pairs = [zip(json.loads(tokens), json.loads(tags), strict=True) for tokens, tags in cells]
    return "\n\n".join("\n".join(f"{word}\t{tag}" for word, tag in sentence) for sentence in pairs) + "\n"


@pytest.fixture(scope="module")
def marked(tmp_path_factory, tiny_bert):
    """A store with one project whose recipe was suggested, and whose run has finished."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("marked") / "store"
        patch.setenv("WORKBENCH_HOME", str(home))
        with toy_store.opened(home, patch) as store:
            project = projects.create(store, "Trips")
            file = home.parent / "trips.conll"
            file.write_text(conll(), encoding="utf-8")
            version = datasets.import_file(store, project.id, file, name="trips", source="trips.conll")
            suggested = recipes.suggest(store, version.id)
            training = Training(epochs=2, batch_size=16, learning_rate=0.001)
            recipe = suggested.model_copy(update={"model": Model(id=str(tiny_bert)), "training": training})
            projects.save_draft(store, projects.draft(store, project.id), recipe=recipe, data_version_id=version.id)
            started = runs.start(store, project.id, recipe, version.id, key=uuid.uuid4().hex)
            yield Trips(store, project.id, toy_store.wait(store, started.id, State.SUCCEEDED))


@pytest.mark.slow
def test_the_suggested_recipe_marks_entities(marked):
    recipe = marked.run.recipe
    assert recipe.task == "token-classification" and dict(recipe.data.columns) == {"tokens": "tokens", "tags": "tags"}
    assert set(marked.run.summary.scores["test"]) == {"f1", "precision", "recall", "macro_f1"}
    assert marked.run.progress.best_metric == "f1"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["data", "prepare", "augment", "model", "train", "evaluate", "use", "runs"])
def test_every_page_opens(marked, page, name):
    test = page(name, project=marked.project_id, run=marked.run.id)
    assert not test.exception
    assert not test.error


@pytest.mark.slow
def test_only_models_that_read_text_and_are_pretrained_are_offered(marked, page):
    said = shown(page("model", project=marked.project_id))
    assert "MiniLM" in said and "LSTM" not in said and "Boosted trees" not in said


@pytest.mark.slow
def test_scores_of_every_type_and_the_mistakes_in_their_texts(marked, page):
    test = page("evaluate", project=marked.project_id, run=marked.run.id)
    headers = [header.value for header in test.header]
    assert {"Every type", "What goes wrong", "Worst mistakes"} <= set(headers)
    table = next(frame.value for frame in test.dataframe if "Type" in frame.value.columns)
    assert table["Type"].tolist() == ["LOC", "PER"]


@pytest.mark.slow
def test_a_text_that_somebody_types_is_marked(marked, page):
    test = page("use", project=marked.project_id, run=marked.run.id)
    test.text_area[-1].set_value("Ada went to Rome.")
    next(button for button in test.button if button.label == "Try").click().run(timeout=60)
    assert not test.exception
    assert any("badge[" in text.value or "Nothing was found" in text.value for text in test.markdown)


def draw() -> None:
    from workbench.evaluate.panels import Mark, MarkedText, MarkedTexts
    from workbench.ui import charts, marked_texts

    text = "Ada_B of [New York](x)\nand <b>"
    true = (Mark(start=0, end=5, label="PER"), Mark(start=9, end=22, label="LOC"))
    charts.panel(
        MarkedTexts(title="Worst mistakes", texts=(MarkedText(row=3, text=text, true=true, predicted=true[:1]),)), "a"
    )
    charts.panel(MarkedTexts(title="Worst mistakes", texts=()), "b")
    piece = {"start": 0, "end": 3, "label": "PER", "text": "Ada"}
    marked_texts.answer([piece], {"tokens": "Ada sings"})
    marked_texts.answer([piece], {"tokens": '["Ada", "sings"]'})
    marked_texts.answer([], {"tokens": "it rains"})


def test_case_76_marked_texts_are_shown_as_they_were_written():
    test = AppTest.from_function(draw).run()
    assert not test.exception
    true, predicted, inside, alone, nothing = (text.value for text in test.markdown)
    assert true == ("**True** :orange-badge[Ada\\_B · PER] of :blue-badge[\\[New York\\]\\(x\\) · LOC] and \\<b\\>")
    assert predicted == "**Predicted** :orange-badge[Ada\\_B · PER] of \\[New York\\]\\(x\\) and \\<b\\>"
    assert inside == ":blue-badge[Ada · PER] sings" and alone == ":blue-badge[Ada · PER]"
    assert "Nothing was found" in nothing and "no mistake" in test.success[0].value
    assert test.caption[0].value == "Row 4"
