"""Every page, opened as a person would: on an empty store, on a full one, and after a failure."""

import pytest

from tests import toy_store
from tests.ui.conftest import shown, with_data
from workbench.recipe import Training
from workbench.services import datasets, models, opening, projects, runs, starting
from workbench.settings import ROOT
from workbench.store.views import State
from workbench.ui.navigation import ICONS, NUMBERED

PAGES = list(ICONS)
PRIMARY = {
    "home": "New project",
    "data": "Use this data",
    "prepare": "Apply preparation",
    "augment": "Apply augmentation",
    "model": "Choose this model",
    "train": "See the results",
    "evaluate": "Use this model",
    "settings": "Save settings",
}


def primaries(test):
    """The labels of the primary buttons that a page shows."""
    found = [button.label for button in test.button if button.proto.type == "primary"]
    found += [popover.proto.popover.label for popover in test.get("popover") if popover.proto.popover.type == "primary"]
    return found


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_on_an_empty_store(empty, page, name):
    test = page(name)
    assert not test.exception
    assert not test.error
    if name in NUMBERED or name == "runs":
        assert "No project is open" in shown(test)
        assert test.page_link[0].label == "Choose a project"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_on_a_full_store(full, page, name):
    test = page(name, project=full.project_id)
    assert not test.exception
    assert not test.error
    assert len(test.title) == 1


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_after_a_failure(full, page, name):
    test = page(name, project=full.failed.project_id)
    assert not test.exception
    if name == "train":
        assert "the data holds one label" in test.error[0].value.replace("\\", "")
    if name in ("evaluate", "use"):
        assert test.page_link[-1].label == "Go to 5 Train"


@pytest.mark.parametrize("name", PRIMARY)
def test_a_page_has_one_primary_action(full, page, name):
    assert primaries(page(name, project=full.project_id)) == [PRIMARY[name]]


def test_home_without_projects_offers_the_sample_first(empty, page):
    assert primaries(page("home")) == ["Open the sample project"]


def test_a_project_without_data_asks_for_them(empty, page):
    project = projects.create(empty, "New")
    assert "Import data" in primaries(page("data", project=project.id))
    for name in NUMBERED[1:]:
        test = page(name, project=project.id)
        assert not test.exception
        assert "Go to" in test.page_link[-1].label


def test_case_83_personal_data_are_masked_until_somebody_asks(empty, page):
    project = projects.create(empty, "Letters")
    rows = "".join(
        f"Please write to person{number}@example.com about parcel {number},ab{number % 2}\n" for number in range(30)
    )
    version = datasets.import_text(empty, project.id, f"text,label\n{rows}", name="letters.csv")
    opening.use_data(empty, projects.draft(empty, project.id), version)
    test = page("data", project=project.id)
    assert test.dataframe[0].value["text"][3] == "Please write to [e-mail address] about parcel 3"
    test.toggle(key="data_personal").set_value(True).run()
    assert "person3@example.com" in test.dataframe[0].value["text"][3]


def test_a_cold_address_opens_its_project_and_its_run(full, page):
    for name in ("train", "evaluate"):
        test = page(name, project=full.project_id, run=full.run.id)
        assert test.query_params["project"] == full.project_id
        assert test.query_params["run"] == full.run.id


def test_the_address_of_a_page_keeps_project_and_run_in_its_links(full, page):
    test = page("data", project=full.project_id)
    steps = [link for link in test.page_link if link.label[:1].isdigit()]
    assert [link.label for link in steps] == [
        "1 Data",
        "2 Prepare",
        "3 Augment",
        "4 Model",
        "5 Train",
        "6 Evaluate",
        "7 Use",
    ]
    for link in steps:
        assert full.project_id in link.proto.query_string
        assert full.run.id in link.proto.query_string


def test_a_locked_step_says_why(empty, page):
    project_id, _ = with_data(empty, "Untrained")
    links = {link.label: link.proto for link in page("data", project=project_id).page_link}
    assert "lock" in links[":gray[6 Evaluate]"].icon
    assert "finished" in links[":gray[6 Evaluate]"].help
    assert "lock" not in links["5 Train"].icon
    assert "No training run yet" in shown(page("evaluate", project=project_id))


def test_pasted_text_is_looked_at_and_imported(empty, page):
    project = projects.create(empty, "Pasted")
    test = page("data", project=project.id)
    test.radio(key="data_kind").set_value("paste").run()
    test.text_area(key="data_text").set_value(
        "text,label\n" + "".join(f"a song about {n} rivers,{'good' if n % 2 else 'bad'}\n" for n in range(18))
    ).run()
    assert not test.exception
    test.button(key="data_import").click().run()
    assert not test.exception
    assert [version.rows for version in datasets.list_datasets(empty, project.id)] == [18]
    assert projects.draft(empty, project.id).recipe.data.columns["label"] == "label"
    assert "Use this data" in primaries(test)


def test_a_wrong_file_is_refused_by_row_and_with_a_remedy(empty, page):
    project = projects.create(empty, "Upload")
    test = page("data", project=project.id)
    test.file_uploader(key="data_file").upload("rows<b>.csv", b'text,label\n"never closed,x\nmore,y\n').run()
    assert not test.exception
    assert "row" in test.error[0].value
    assert test.button(key="data_import").disabled
    assert datasets.list_datasets(empty, project.id) == []


def test_an_upload_is_on_disk_at_once_under_a_name_of_ours(empty, page):
    project = projects.create(empty, "Upload")
    test = page("data", project=project.id)
    content = "text,label\n" + "".join(f"song {n} of many,{'good' if n % 2 else 'bad'}\n" for n in range(40))
    test.file_uploader(key="data_file").upload("../../évil;rm -rf.csv", content.encode()).run()
    copies = list(empty.settings.uploads.iterdir())
    assert [len(copy.name) for copy in copies] == [32]
    test.button(key="data_import").click().run()
    assert not test.exception
    assert list(empty.settings.uploads.iterdir()) == []
    assert datasets.list_datasets(empty, project.id)[0].rows == 40


def test_preparation_is_previewed_and_applied(empty, page):
    project_id, _ = with_data(empty, "Prepare")
    test = page("prepare", project=project_id)
    test.toggle(key="prepare_drop-duplicates").set_value(True).run()
    assert not test.exception
    assert "Rows that go" in shown(test)
    test.slider(key="prepare_train").set_value(60).run()
    test.button(key="prepare_apply").click().run()
    recipe = projects.draft(empty, project_id).recipe
    assert [step.step for step in recipe.prepare] == ["drop-duplicates"]
    assert recipe.split.train == 0.6
    assert "prepare" in projects.draft(empty, project_id).reviewed
    assert test.title[0].value == "3 Augment"


def test_augmentation_shows_draws_of_a_row(empty, page):
    project_id, _ = with_data(empty, "Augment")
    test = page("augment", project=project_id)
    test.toggle(key="augment_word-dropout").set_value(True).run()
    test.slider(key="augment_word-dropout_rate").set_value(0.5).run()
    assert "Epoch 4" in shown(test)
    assert "red-background" in shown(test)
    test.button(key="augment_next").click().run()
    test.button(key="augment_apply").click().run()
    step = projects.draft(empty, project_id).recipe.augment[0]
    assert (step.step, step.model_dump()["rate"]) == ("word-dropout", 0.5)


def test_case_66_a_start_in_each_of_two_tabs_makes_one_run(empty, page, monkeypatch):
    monkeypatch.setattr(starting, "ensure_supervisor", lambda store: None)
    project_id, _ = with_data(empty, "Twice")
    first, second = page("train", project=project_id), page("train", project=project_id)
    first.button(key="train_start").click().run()
    second.button(key="train_start").click().run()
    assert not first.exception and not second.exception
    assert len(runs.list_runs(empty, project_id)) == 1
    assert second.query_params["run"] == first.query_params["run"]  # the second tab shows what the first started


def test_case_67_a_second_tab_is_shown_the_difference(empty, page):
    project_id, _ = with_data(empty, "Tabs")
    first, second = page("prepare", project=project_id), page("prepare", project=project_id)
    first.slider(key="prepare_train").set_value(60).run()
    first.button(key="prepare_apply").click().run()
    second.slider(key="prepare_train").set_value(90).run()
    second.button(key="prepare_apply").click().run()
    assert "split" in second.error[0].value and "theirs 0\\.6" in second.error[0].value
    assert projects.draft(empty, project_id).recipe.split.train == 0.6
    second.button(key="prepare_newer").click().run()
    assert not second.error
    assert second.slider(key="prepare_train").value == 60


def test_case_69_a_page_whose_project_was_deleted_says_so_with_a_way_out(empty, page):
    project_id, _ = with_data(empty, "Gone")
    open_page = page("prepare", project=project_id)
    projects.move_to_bin(empty, project_id)
    open_page.run()
    for test in (open_page, page("train", project=project_id), page("data", project="0" * 32)):
        assert not test.exception
        assert "Project deleted" in shown(test)
        assert test.page_link[-1].label == "Go to Home"


def test_a_run_that_was_deleted_gives_way_to_the_latest(full, page):
    test = page("train", project=full.project_id, run="f" * 32)
    assert not test.exception
    assert "does not exist any more" in test.info[0].value
    assert test.query_params["run"] == full.run.id


def test_case_76_markup_in_names_and_cells_is_shown_as_it_was_written(full, page):
    home = page("home")
    headings = [header.value for header in home.header]
    assert r"Reviews \*of\* \<b\>songs\<\/b\>" in headings
    data = page("data", project=full.project_id)
    cells = data.dataframe[0].value
    assert cells["text"].str.contains("<img src=x onerror=alert(1)>", regex=False).any()
    for name in PAGES:
        test = page(name, project=full.project_id)
        for kind in ("markdown", "caption", "header", "error", "warning", "info", "success"):
            for element in test.get(kind):
                assert "<img" not in str(element.value).replace(r"\<", ""), (name, element.value)
                assert "](http" not in str(element.value), (name, element.value)
                assert not element.proto.allow_html if hasattr(element.proto, "allow_html") else True


def test_a_project_goes_to_the_bin_and_comes_back(empty, page):
    project_id, _ = with_data(empty, "Binned")
    test = page("home")
    test.button(key=f"home_delete_{project_id}").click().run()
    assert [project.id for project in projects.list_projects(empty, binned=True)] == [project_id]
    test.button(key="home_undo_button").click().run()
    assert not test.exception
    assert [project.id for project in projects.list_projects(empty)] == [project_id]


def test_a_project_is_imported_from_its_export(empty, page, tmp_path):
    project_id, _ = with_data(empty, "Travels")
    archive = projects.export_project(empty, project_id, tmp_path / "travels.zip")
    test = page("home")
    test.file_uploader(key="home_file").upload("travels.zip", archive.read_bytes())
    next(button for button in test.button if button.label == "Import this file").click().run()
    assert not test.exception
    assert len(projects.list_projects(empty)) == 2
    assert list(empty.settings.uploads.iterdir()) == []


def test_a_damaged_export_is_refused_and_nothing_is_made(empty, page):
    test = page("home")
    test.file_uploader(key="home_file").upload("travels.zip", b"PK no zip")
    next(button for button in test.button if button.label == "Import this file").click().run()
    assert not test.exception
    assert "ZIP" in test.error[0].value
    assert projects.list_projects(empty) == []


def test_a_project_is_made_on_home(empty, page):
    test = page("home")
    test.text_input(key="home_name").set_value("My reviews")
    next(button for button in test.button if button.label == "Create project").click().run()
    assert not test.exception
    assert projects.by_name(empty, "My reviews") is not None
    assert test.title[0].value == "1 Data"


def test_a_name_that_is_taken_is_said_plainly(empty, page):
    projects.create(empty, "Taken")
    test = page("home")
    test.text_input(key="home_name").set_value("Taken")
    next(button for button in test.button if button.label == "Create project").click().run()
    assert not test.exception
    assert "exists already" in test.error[0].value


def test_a_run_shows_its_recipe_its_sentence_and_its_log(full, page):
    test = page("train", project=full.project_id)
    text = shown(test)
    assert "task: toy-letters" in text
    assert "What the curves say" in text
    assert "Finished" in text


def test_notes_and_the_bin_of_runs(full, page):
    test = page("runs", project=full.project_id)
    assert test.dataframe[0].value["State"].tolist() == ["Finished"]
    assert 0 <= test.dataframe[0].value["Test Accuracy"].iloc[0] <= 1


def test_settings_are_saved(empty, page):
    test = page("settings")
    test.radio(key="settings_device").set_value("cpu")
    test.button(key="settings_save").click().run()
    assert not test.exception
    from workbench.services.workbench import preferences

    assert preferences(empty).device == "cpu"


def test_a_new_run_with_other_settings_keeps_the_old_one(full, page):
    test = page("train", project=full.project_id)
    test.button(key="train_leave").click().run()
    assert not test.exception
    test.number_input(key="train_epochs").set_value(1).run()
    test.button(key="train_start").click().run()
    assert not test.exception
    started = runs.latest(full.store, full.project_id)
    assert started.id != full.run.id
    assert started.recipe.training.epochs == 1
    toy_store.wait(full.store, started.id, State.SUCCEEDED)


def test_pages_are_thin():
    for path in (ROOT / "pages").glob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert 15 <= len(lines) <= 100, path.name
        assert "task ==" not in path.read_text(encoding="utf-8")


def test_settings_of_another_run_are_left_without_starting_it(full, page, monkeypatch):
    monkeypatch.setattr(starting, "ensure_supervisor", lambda store: None)
    test = page("train", project=full.project_id)
    test.button(key="train_leave").click().run()
    assert test.button(key="train_start")
    test.button(key="train_leave").click().run()
    assert not test.exception
    assert "Learning curves" in shown(test)


def test_automatic_values_are_those_of_the_chosen_method(empty, page):
    project_id, _ = with_data(empty, "Method")
    draft = projects.draft(empty, project_id)
    change = {"task": "text-classification", "training": Training()}
    projects.save_draft(empty, draft, recipe=draft.recipe.model_copy(update=change))
    test = page("train", project=project_id)
    full_epochs = test.number_input(key="train_epochs").placeholder
    test.radio(key="train_method").set_value("head").run()
    assert not test.exception
    assert test.number_input(key="train_epochs").placeholder != full_epochs


def test_a_model_goes_into_the_bin_and_comes_back(full, page):
    page("use", project=full.project_id).button(key="use_bin").click().run()
    assert "No model yet" in shown(page("use", project=full.project_id))
    binned = models.finished(full.store, full.project_id, binned=True)[0]
    page("runs", project=full.project_id).button(key=f"runs_restore_{binned.id}").click().run()
    assert models.finished(full.store, full.project_id)[0].id == binned.id
