"""Images drawn anew without a browser: from a zip without roles to the errors of new images."""

import shutil
import zipfile
from pathlib import Path

import pytest

from tests import tiny_images


@pytest.mark.slow
def test_from_a_zip_of_images_to_unusual_ones(trained, predicted, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    with zipfile.ZipFile(tmp_path / "stripes.zip", "w") as archive:
        for image, label in tiny_images.stripes(80).itertuples(index=False):
            archive.write(image, f"{label}/{Path(image).name}")
    for number, image in enumerate(tiny_images.stripes()["image"].iloc[100:104]):
        shutil.copy(image, new / f"{number}.png")
    (tmp_path / "recipe.yaml").write_text(
        "task: image-autoencoder\n"
        "data: {source: stripes.zip}\n"
        "model: {id: scratch/autoencoder, settings: {latent: 4, normal: [lying]}}\n"
        "training: {epochs: 20, batch_size: 8}\n"
    )
    scores, model = trained(tmp_path / "recipe.yaml")
    assert scores["reconstruction_error"] < 0.03 and scores["auroc"] > 0.9
    rows = predicted(model, new)
    assert [row["file"] for row in rows] == ["0.png", "1.png", "2.png", "3.png"]
    lying, standing = ([float(row["prediction"]) for row in rows[first::2]] for first in (0, 1))
    assert max(lying) < min(standing)
    assert {float(row["percentile"]) for row in rows[1::2]} == {100.0}
    card = (model / "README.md").read_text(encoding="utf-8")
    assert "how far its copy is off" in card and "Anomaly AUROC" in card
