"""The settings of a run: each method asks for what is its own, and only for that."""

from tests.ui.conftest import with_data
from workbench.recipe import Training
from workbench.services import projects

OWN = {"last-blocks": {"last_blocks", "layer_decay"}, "lora": {"lora_rank", "lora_alpha"}, "staged": {"layer_decay"}}


def test_each_method_asks_for_what_is_its_own(empty, page):
    project_id, _ = with_data(empty, "Methods")
    draft = projects.draft(empty, project_id)
    change = {"task": "text-classification", "training": Training()}
    projects.save_draft(empty, draft, recipe=draft.recipe.model_copy(update=change))
    test = page("train", project=project_id)
    for method, own in OWN.items():
        test.radio(key="train_method").set_value(method).run()
        assert not test.exception
        asked = {one.key.removeprefix("train_") for one in test.number_input}
        assert asked & set.union(*OWN.values()) == own
    test.radio(key="train_method").set_value("lora").run()
    test.number_input(key="train_lora_rank").set_value(32).run()
    assert test.number_input(key="train_lora_alpha").placeholder == "Automatic: 64"
    assert test.selectbox(key="train_lora_targets").value == "auto"
    assert test.toggle(key="train_activation_checkpointing").value is False
