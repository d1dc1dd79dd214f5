"""The page offers what fits the task, sets strengths at once, and shows a row under many draws."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests import toy_store
from tests.augment import toys
from tests.toy import TASK
from workbench import tasks
from workbench.augment import previewing
from workbench.errors import DataError
from workbench.recipe import Data, Recipe, Step
from workbench.services import datasets, projects
from workbench.settings import ROOT

TEXTS = "text,label\n" + "".join(f"the sea is wide and 今天很好 {n},{'ab'[n % 2]}\n" for n in range(40))
NUMBERS = "size,eggs,colour,label\n" + "".join(
    f"{n / 3:.2f},{n % 5},{('red', 'blue')[n % 2]},{'owl' if n % 4 else 'jay'}\n" for n in range(60)
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with tasks that read texts, images and numbers, made once for all tests."""
    home = tmp_path_factory.mktemp("pages") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(home))
        with toy_store.opened(home, patch) as store:
            patch.setattr(tasks, "TASKS", (*tasks.TASKS, toys.IMAGES, toys.NUMBERS))
            yield store


def photographs(path, count=24):
    """A zip with two folders of images, each with another gradient."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            across, down = np.meshgrid(np.linspace(0, 255, 64), np.linspace(0, 255, 48))
            values = np.stack([across, down, np.full_like(across, 10 * number)], axis=2).astype(np.uint8)
            content = io.BytesIO()
            Image.fromarray(values).save(content, "PNG")
            archive.writestr(f"{('cats', 'dogs')[number % 2]}/{number}.png", content.getvalue())


def opened(store, task, version, columns, augment=()):
    """The page of a project with that recipe."""
    recipe = Recipe(task=task.name, data=Data(source=version.source, columns=columns), augment=augment)
    draft = projects.draft(store, version.project_id)
    projects.save_draft(store, draft, recipe=recipe, data_version_id=version.id)
    test = AppTest.from_file(str(ROOT / "workbench" / "ui" / "main.py"), default_timeout=60)
    test.query_params["project"] = version.project_id
    test.run()
    test.switch_page(str(ROOT / "pages" / "augment.py"))
    test.query_params["project"] = version.project_id
    test.run()
    assert not test.exception
    return test


def said(test):
    return "\n".join(str(part.value) for kind in ("markdown", "caption", "text", "warning") for part in test.get(kind))


def imported(store, csv, name):
    made = projects.create(store, f"{name} {len(projects.list_projects(store))}")
    return datasets.import_text(store, made.id, csv, name=name)


def with_texts(store, *augment):
    return opened(store, TASK, imported(store, TEXTS, "sea"), {"text": "text", "label": "label"}, augment)


@pytest.fixture
def texts(store):
    return with_texts(store)


@pytest.fixture
def birds(store):
    return opened(store, toys.NUMBERS, imported(store, NUMBERS, "birds"), {"label": "label"})


def strength(test):
    return test.segmented_control(key="augment_strength")


def test_a_strength_switches_on_what_comes_first_and_sets_every_slider(store, texts):
    assert strength(texts).value is None and "Switch a step on" in said(texts)
    strength(texts).set_value("gentle").run()
    assert (
        texts.toggle(key="augment_word-dropout").value and texts.slider(key="augment_word-dropout_rate").value == 0.05
    )
    assert not texts.toggle(key="augment_letter-case").value
    assert strength(texts).value == "gentle" and "Epoch 4" in said(texts)
    texts.toggle(key="augment_letter-case").set_value(True).run()
    strength(texts).set_value("strong").run()
    assert texts.slider(key="augment_word-dropout_rate").value == 0.2
    assert texts.slider(key="augment_letter-case_rate").value == 0.5
    texts.slider(key="augment_letter-case_rate").set_value(0.45).run()
    assert strength(texts).value is None  # no longer one of the three
    texts.button(key="augment_apply").click().run()
    assert not texts.exception and texts.title[0].value == "4 Model"
    draft = projects.draft(store, "".join(texts.query_params["project"]))
    steps = {step.step: step.model_dump() for step in draft.recipe.augment}
    assert steps["letter-case"]["rate"] == 0.45 and steps["word-swap"]["rate"] == 0.2


def test_a_step_that_is_on_says_what_would_hurt_and_chinese_is_marked_by_characters(texts):
    assert "shouting matters" not in said(texts)
    texts.toggle(key="augment_letter-case").set_value(True).run()
    assert "shouting matters" in said(texts)
    texts.toggle(key="augment_word-dropout").set_value(True)
    texts.run()
    texts.slider(key="augment_word-dropout_rate").set_value(0.5).run()
    marked = [part.value for part in texts.markdown if "red-background" in part.value]
    assert marked and not any("~~今天很好~~" in part for part in marked)


def test_a_list_of_synonyms_is_written_in_lines_and_a_mistake_is_shown_as_such(texts):
    texts.toggle(key="augment_synonyms").set_value(True).run()
    texts.slider(key="augment_synonyms_rate").set_value(1.0).run()
    texts.text_area(key="augment_synonyms_words").set_value("sea: ocean").run()
    assert ":green-background[ocean]" in said(texts)
    texts.text_area(key="augment_synonyms_words").set_value("sea").run()
    assert not texts.exception and "line 1 of the list, 'sea'" in texts.error[0].value.replace("\\", "")
    texts.button(key="augment_apply").click().run()
    assert texts.title[0].value == "3 Augment"


def test_numbers_are_shown_among_the_others_and_smote_says_what_it_adds(birds):
    assert not [toggle for toggle in birds.toggle if toggle.key == "augment_word-dropout"]
    birds.toggle(key="augment_number-noise").set_value(True).run()
    birds.toggle(key="augment_row-mixup").set_value(True).run()
    birds.toggle(key="augment_smote").set_value(True).run()
    birds.slider(key="augment_smote_ratio").set_value(1.0).run()
    assert not birds.exception and birds.get("plotly_chart")
    assert "SMOTE adds 24 training rows" in said(birds)
    birds.slider(key="augment_smote_neighbours").set_value(20).run()
    assert "Too few rows for 20 neighbours: jay" in said(birds)
    birds.multiselect(key="augment_numbers").set_value(["size"]).run()
    birds.button(key="augment_next").click().run()
    assert not birds.exception and birds.get("plotly_chart")


def captions(test):
    return [image.proto.imgs[0].caption for image in test.image]


def test_images_are_drawn_by_a_process_of_its_own(store, tmp_path):
    photographs(tmp_path / "pets.zip")
    version = datasets.import_file(store, projects.create(store, "Pets").id, tmp_path / "pets.zip", name="pets.zip")
    steps = (Step(step="rotate", degrees=30), Step(step="mixup", chance=1))
    test = opened(store, toys.IMAGES, version, {"image": "image", "label": "label"}, steps)
    captions = [image.proto.imgs[0].caption for image in test.image]
    assert len(captions) == 12 and captions[0].endswith("as it is") and captions[11].startswith("Epoch 11")
    assert any("% of it" in caption for caption in captions)
    test.toggle(key="augment_mixup").set_value(False)
    test.toggle(key="augment_rotate").set_value(False).run()
    assert len(test.image) == 1 and "Switch a step on" in said(test)


def test_the_process_draws_what_training_sees(tmp_path):
    import torch

    from workbench.augment.catalogue import augmentation
    from workbench.augment.flip import Flip

    values = np.random.default_rng(1).integers(0, 255, (32, 48, 3), dtype=np.uint8)
    values = np.array(Image.fromarray(values[::8, ::8]).resize((48, 32), Image.Resampling.BICUBIC))
    Image.fromarray(values).save(tmp_path / "a.png")
    steps = [Flip(across=0.5, down=0.5)]
    pictures = previewing.draws(tmp_path / "a.png", 5, [step.model_dump() for step in steps], 7, [None] * 6)
    image = torch.from_numpy(values).permute(2, 0, 1)[None].float() / 255
    for epoch, picture in enumerate(pictures[1:]):
        drawn = np.array(Image.open(io.BytesIO(picture.jpeg)), dtype=float)
        wanted = augmentation(steps, 7).images.apply(image, [5], epoch)[0][0].permute(1, 2, 0).numpy() * 255
        assert np.abs(drawn - wanted).mean() < 8  # JPEG
    assert len({picture.jpeg for picture in pictures}) > 2


def test_an_image_that_cannot_be_read_is_named_and_the_process_goes_on(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"AUGMENT-04 bad\.png: .*cannot be read"):
        previewing.draws(tmp_path / "bad.png", 5, [{"step": "flip"}], 7, [None])
    Image.new("RGB", (9, 9)).save(tmp_path / "good.png")
    assert len(previewing.draws(tmp_path / "good.png", 5, [{"step": "flip"}], 7, [None])) == 2


def test_a_process_that_ended_is_started_again(tmp_path):
    Image.new("RGB", (9, 9)).save(tmp_path / "good.png")
    previewing.draws(tmp_path / "good.png", 5, [{"step": "flip"}], 7, [None])
    previewing._DRAWER._process.kill()
    assert len(previewing.draws(tmp_path / "good.png", 5, [{"step": "flip"}], 7, [None])) == 2


def test_the_recipes_own_settings_are_shown(store):
    test = with_texts(store, Step(step="keyboard-typos", rate=0.06))
    assert test.slider(key="augment_keyboard-typos_rate").value == 0.06 and strength(test).value == "strong"
