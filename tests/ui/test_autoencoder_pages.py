"""Images drawn anew on every page: settings and layers on Model, copies on Evaluate, one's own image on Use."""

import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import tiny_images, toy_store
from tests.ui.conftest import shown
from workbench.recipe import Model, Training
from workbench.services import datasets, projects, recipes, runs
from workbench.services.workbench import Store
from workbench.store.views import RunView, State

TASK = "image-autoencoder"


@dataclass(frozen=True)
class Drawn:
    store: Store
    project_id: str
    run: RunView


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A store with one project of labelled images, in which a VAE has learned from those whose stripes lie."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("drawn") / "store"
        patch.setenv("WORKBENCH_HOME", str(home))
        with toy_store.opened(home, patch) as store:
            project = projects.create(store, "Stripes")
            file = home.parent / "stripes.zip"
            with zipfile.ZipFile(file, "w") as archive:
                for image, label in tiny_images.stripes(80).itertuples(index=False):
                    archive.write(image, f"{label}/{Path(image).name}")
            version = datasets.import_file(store, project.id, file, name="stripes", source="stripes.zip")
            found = {task.name: suggestion for task, suggestion in recipes.fits(store, version.id)}[TASK]
            suggested = recipes.suggest(store, version.id)
            recipe = recipes.for_task(
                suggested, TASK, suggested.data.model_copy(update={"columns": dict(found.columns)})
            ).model_copy(
                update={
                    "model": Model(id="scratch/vae", settings={"latent": 4, "normal": ["lying"]}),
                    "training": Training(epochs=3, batch_size=8),
                }
            )
            projects.save_draft(store, projects.draft(store, project.id), recipe=recipe, data_version_id=version.id)
            started = runs.start(store, project.id, recipe, version.id, key=uuid.uuid4().hex)
            yield Drawn(store, project.id, toy_store.wait(store, started.id, State.SUCCEEDED))


@pytest.mark.slow
def test_the_run_was_judged_by_what_is_normal(drawn):
    summary = drawn.run.summary
    assert set(summary.scores["test"]) == {"reconstruction_error", "auroc"} == set(summary.baseline["test"])
    assert drawn.run.progress.best_metric == "reconstruction_error"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["data", "prepare", "augment", "model", "train", "evaluate", "use", "runs"])
def test_every_page_opens(drawn, page, name):
    test = page(name, project=drawn.project_id, run=drawn.run.id)
    assert not test.exception
    assert not test.error


@pytest.mark.slow
def test_the_settings_of_the_network_are_kept_in_the_recipe_and_its_layers_shown(drawn, page):
    test = page("model", project=drawn.project_id)
    assert "EfficientNet" not in shown(test) and "Small CNN" not in shown(test)
    assert test.slider(key="model_scratch/vae_latent").value == 4
    assert test.multiselect(key="model_scratch/vae_normal").value == ["lying"]
    test.toggle(key="model_layers").set_value(True).run(timeout=60)
    assert not test.exception and "KL divergence" in shown(test)
    assert "What the image is squeezed into" in "".join(element.proto.body for element in test.get("html"))
    test.slider(key="model_scratch/vae_latent").set_value(8).run()
    next(button for button in test.button if button.label == "Choose this model").click().run(timeout=60)
    recipe = projects.draft(drawn.store, drawn.project_id).recipe
    assert recipe.model == Model(id="scratch/vae", settings={"latent": 8, "normal": ["lying"]})


@pytest.mark.slow
def test_copies_and_invented_images_are_shown(drawn, page):
    test = page("evaluate", project=drawn.project_id, run=drawn.run.id)
    headers = [header.value for header in test.header]
    assert headers[-3:] == ["Most unusual images", "Images and their copies", "Invented images"]
    assert {"All measures", "How far copies are off", "Map of the images", "By label"} <= set(headers)
    assert "Worst mistakes" not in headers
    assert len(test.image) == 8 * 2 * 2 + 24  # of eight test rows, two panels of pairs


@pytest.mark.slow
def test_an_image_of_ones_own_is_drawn_anew(drawn, page):
    test = page("use", project=drawn.project_id, run=drawn.run.id)
    content = Path(tiny_images.stripes()["image"].iloc[90]).read_bytes()
    test.file_uploader[0].upload("mine.png", content)
    next(button for button in test.button if button.label == "Try").click().run(timeout=60)
    assert not test.exception
    assert "Reconstruction error" in [metric.label for metric in test.metric]
    assert len(test.image) == 3  # the upload, what the model saw of it, and the copy
