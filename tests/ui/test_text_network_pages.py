"""A network for texts from scratch is picked on Model, and Train asks it for no method."""

from tests.ui.conftest import shown, with_data
from workbench.services import projects, recipes


def test_a_network_from_scratch_is_picked_and_asked_for_epochs_but_no_method(empty, page):
    project_id, version_id = with_data(empty, "Songs")
    recipe = recipes.suggest(empty, version_id)
    assert recipe.task == "text-classification"
    projects.save_draft(empty, projects.draft(empty, project_id), recipe=recipe, data_version_id=version_id)
    test = page("model", project=project_id)
    assert not test.exception and "Small Transformer" in shown(test)
    next(button for button in test.button if button.key == "model_pick_scratch/lstm").click().run(timeout=60)
    next(button for button in test.button if button.key == "model_choose").click().run(timeout=60)
    assert projects.draft(empty, project_id).recipe.model.id == "scratch/lstm"
    test = page("train", project=project_id)
    assert not test.exception and not test.error
    assert not [radio for radio in test.radio if radio.key == "train_method"]
    assert [widget for widget in test.number_input if widget.key == "train_epochs"]
    assert "of the texts fit into" in shown(test) or "Every text fits into" in shown(test)
