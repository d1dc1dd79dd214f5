"""Findings on the Data page: said, shown with their rows, settled by a button, and labels corrected."""

import io
import time
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.findings.tables import texts
from tests.ui.conftest import shown, with_data
from workbench.services import datasets, findings, opening, projects

PATIENCE = 60.0


@pytest.fixture(scope="module")
def kept():
    """Reports that were made already, by the name of their file: every store has the same letters."""
    return {}


@pytest.fixture
def place(empty, kept):
    """A project with letters: a copy, a contradiction, and an e-mail address."""
    rows = [(text, "ab"[number % 2]) for number, text in enumerate(texts(40))]
    rows += [rows[3], (rows[4][0], "b"), ("mail *me* at jane.doe@example.org", "a")]
    content = "text,label\n" + "\n".join(f"{text},{label}" for text, label in rows)
    project_id, version_id = with_data(empty, "Letters", content)
    folder = empty.settings.cache / "findings"
    folder.mkdir()
    for name, report in kept.items():
        (folder / name).write_bytes(report)
    deadline = time.monotonic() + PATIENCE
    recipe = projects.draft(empty, project_id).recipe
    while findings.report(empty, version_id, recipe) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    kept.update({path.name: path.read_bytes() for path in folder.glob("*.json")})
    return empty, project_id, version_id


def button(test, label):
    return next(button for button in test.button if button.label == label)


def test_findings_are_said_with_a_button_that_settles_them(place, page):
    store, project_id, _ = place
    test = page("data", project=project_id)
    assert "2 of 43 rows repeat the text of an earlier row" in shown(test).replace("\\", "")
    button(test, "Drop duplicates").click().run()
    assert [step.step for step in projects.draft(store, project_id).recipe.prepare] == ["drop-duplicates"]
    assert "Settled by the preparation" in shown(test)
    assert "Added to the preparation." in [toast.value for toast in test.toast]
    assert not test.exception


def test_case_83_rows_with_personal_data_are_shown_masked(place, page):
    _, project_id, _ = place
    test = page("data", project=project_id)
    test.session_state["data_finding_personal-data-email_text_rows"] = True
    test.run()
    tables = [str(table.value) for table in test.dataframe]
    assert any("[e-mail address]" in table for table in tables)
    behind = next(table for table in tables if "[e-mail address]" in table)
    assert "jane.doe" not in behind
    assert "jane" not in shown(test).split("Findings")[1]


def test_corrected_labels_become_a_version_that_is_used(place, page):
    store, project_id, version_id = place
    test = page("data", project=project_id)
    test.session_state["data_finding_contradictions_label_rows"] = True
    test.run()
    assert button(test, "Save 0 corrections as a new version").disabled
    rows = test.session_state["data_finding_contradictions_label_editor_False"]
    test.session_state["data_finding_contradictions_label_editor_False"] = {**rows, "edited_rows": {1: {"label": "a"}}}
    test.run()
    button(test, "Save 1 correction as a new version").click().run()
    used = projects.draft(store, project_id)
    assert used.data_version_id != version_id and used.recipe.data.columns["label"] == "label"
    version = datasets.version(store, used.data_version_id)
    assert (version.number, version.note) == (2, "Relabelled 1 row in 'label'. From version 1.")
    labels = datasets.table(store, version.id)["label"]
    assert labels[41] == "a" and datasets.table(store, version_id)["label"][41] == "b"
    assert not test.exception


def test_wrong_labels_are_looked_for_at_a_click(place, page):
    store, project_id, _ = place
    test = page("data", project=project_id)
    button(test, "Look for wrong labels").click().run()
    assert not test.exception
    assert findings.known_suspects(store, place[2], projects.draft(store, project_id).recipe).judged == 43
    assert "rows the model agrees with the label" in shown(test) or "may be wrong" in shown(test)


def test_another_tabs_change_is_not_overwritten(place, page):
    store, project_id, _ = place
    test = page("data", project=project_id)
    draft = projects.draft(store, project_id)
    projects.save_draft(store, draft, recipe=draft.recipe.model_copy(update={"seed": 99}))
    button(test, "Drop duplicates").click().run()
    assert projects.draft(store, project_id).recipe.seed == 99
    assert not projects.draft(store, project_id).recipe.prepare
    assert button(test, "Show the newer version")


def test_copies_of_images_are_taken_out_in_a_new_version(empty, page, tmp_path):
    chance = np.random.default_rng(2)
    with zipfile.ZipFile(tmp_path / "animals.zip", "w") as archive:
        for number in range(12):
            noise = chance.integers(0, 255, (9, 9, 3), dtype=np.uint8)
            picture = Image.fromarray(noise).resize((60, 60), Image.Resampling.BICUBIC)
            copies = {"": picture} if number else {"": picture, "-small": picture.resize((40, 40))}
            for name, image in copies.items():
                content = io.BytesIO()
                image.save(content, "PNG")
                archive.writestr(f"{['cat', 'dog'][number % 2]}/{number}{name}.png", content.getvalue())
    project = projects.create(empty, "Animals")
    version = datasets.import_file(empty, project.id, tmp_path / "animals.zip", name="animals.zip")
    recipe = opening.use_data(empty, projects.draft(empty, project.id), version).recipe
    deadline = time.monotonic() + PATIENCE
    while findings.report(empty, version.id, recipe) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    test = page("data", project=project.id)
    assert "1 of 13 rows hold an image that looks like one in an earlier row" in shown(test).replace("\\", "")
    button(test, "Take the copies out").click().run()
    used = datasets.version(empty, projects.draft(empty, project.id).data_version_id)
    assert (used.number, used.rows, used.note) == (2, 12, "Took out 1 row. From version 1.")
    assert not test.exception
