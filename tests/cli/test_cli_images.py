"""Images from a zip to predictions without a browser: the folders are the labels."""

import shutil
import zipfile
from pathlib import Path

import pytest

from tests import tiny_images


@pytest.fixture
def pictures(tmp_path):
    """A zip with a folder of pictures for each label, a folder of new ones, and a recipe without roles."""
    folder = tmp_path / "pictures"
    (folder / "new").mkdir(parents=True)
    with zipfile.ZipFile(folder / "stripes.zip", "w") as archive:
        for image, label in tiny_images.stripes(80).itertuples(index=False):
            archive.write(image, f"{label}/{Path(image).name}")
    for number, image in enumerate(tiny_images.stripes()["image"].iloc[100:104]):
        shutil.copy(image, folder / "new" / f"{number}.png")
    (folder / "recipe.yaml").write_text(
        "task: image-classification\n"
        "data: {source: stripes.zip}\n"
        "model: {id: scratch/small-cnn}\n"
        "training: {epochs: 4, batch_size: 8}\n"
    )
    return folder


@pytest.mark.slow
def test_from_a_zip_of_images_to_predictions(trained, predicted, pictures):
    scores, model = trained(pictures / "recipe.yaml")
    assert scores["accuracy"] >= 0.75
    assert "pillow==" in (model / "requirements.txt").read_text()
    rows = predicted(model, pictures / "new")
    assert [row["file"] for row in rows] == ["0.png", "1.png", "2.png", "3.png"]
    assert sum(row["prediction"] == ("lying", "standing")[number % 2] for number, row in enumerate(rows)) >= 3
