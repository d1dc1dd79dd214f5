"""Images on their way to a model: in requests, in folders, archives and tables, made what training images were."""

import base64
import csv
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests import tiny_images
from workbench.cli.main import main
from workbench.errors import DataError
from workbench.serve import process
from workbench.serve.predictor import Predictor


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_images.exported(tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="module")
def predictor(model):
    return Predictor(model)


def written(image: Image.Image, kind: str = "PNG", **more) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def picture(width: int = 20, height: int = 10) -> Image.Image:
    draw = np.random.default_rng(3)
    return Image.fromarray(draw.integers(0, 256, (height, width, 3)).astype(np.uint8))


def test_the_content_of_an_image_is_answered_as_its_file_is(predictor, tmp_path):
    content = written(picture())
    (tmp_path / "x.png").write_bytes(content)
    text = base64.b64encode(content).decode()
    sent = predictor.predict([{"image": text}, {"image": f"data:image/png;base64,{text}"}])
    table = predictor.predict(pd.DataFrame({"image": [str(tmp_path / "x.png")]}, index=[7]), "x.csv")
    assert table.index.tolist() == [7] and list(table.columns)[:2] == ["prediction", "confidence"]
    for row in sent.to_dict("records"):
        assert row == table.iloc[0].to_dict()


def test_preparation_travels_with_the_model(predictor):
    """The model's images were padded to squares, and so is a new one before it is scaled."""
    wide, square = picture(), Image.new("RGB", (20, 20))
    square.paste(wide, (0, 5))
    first, second = predictor.predict([{"image": base64.b64encode(written(one)).decode()} for one in (wide, square)])[
        "confidence"
    ]
    assert first == pytest.approx(second)


def test_images_are_normalised_as_at_an_import(predictor):
    """Turned upright, transparency on white, 16 bits rescaled."""
    image = picture(12, 12)
    turned = Image.Exif()
    turned[0x0112] = 6
    layers = image.convert("RGBA")
    deep = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    pairs = [
        (written(image.transpose(Image.Transpose.ROTATE_90), exif=turned), written(image)),
        (written(layers), written(image)),
        (written(deep), written(image.convert("L"))),
    ]
    for odd, plain in pairs:
        found = predictor.predict([{"image": base64.b64encode(one).decode()} for one in (odd, plain)])
        assert found["confidence"][0] == pytest.approx(found["confidence"][1], abs=1e-5)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("/etc/hostname", "base64"),
        ("not base64!", "base64"),
        ("", "no image"),
        (base64.b64encode(b"no image at all").decode(), "no image of a kind that is read"),
        (base64.b64encode(written(picture())[:200]).decode(), "damaged or cut off"),
    ],
)
def test_case_32_a_row_without_an_image_is_named(predictor, cell, words):
    good = base64.b64encode(written(picture())).decode()
    with pytest.raises(DataError, match=words) as raised:
        predictor.predict([{"image": good}, {"image": cell}])
    assert raised.value.where == "rows[1].image" and raised.value.remedy


def test_case_33_an_image_of_too_many_pixels_is_refused(model):
    from workbench.settings import Limits

    small = Predictor(model, limits=Limits(pixels=100))
    with pytest.raises(DataError, match="the limit is"):
        small.predict([{"image": base64.b64encode(written(picture())).decode()}])


def test_the_model_server_answers_images(model, tmp_path):
    running = process.start(model, tmp_path / "server.log")
    try:
        (answer,) = process.ask(running.port, [{"image": base64.b64encode(written(picture())).decode()}])
    finally:
        process.stop(running)
    assert answer["prediction"] in ("lying", "standing") and 0.5 <= answer["confidence"] <= 1


@pytest.mark.parametrize("kind", ["folder", "zip", "table"])
def test_predict_answers_every_image(model, predictor, tmp_path, monkeypatch, capsys, kind):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "store"))
    folder = tmp_path / "new"
    folder.mkdir()
    images = {f"{number}.png": picture(10 + number, 9) for number in range(3)}
    for name, image in images.items():
        image.save(folder / name)
    given = folder
    if kind == "zip":
        given = tmp_path / "new.zip"
        with zipfile.ZipFile(given, "w") as archive:
            for name in images:
                archive.write(folder / name, name)
    if kind == "table":
        given = folder / "rows.csv"
        given.write_text("image,n\n0.png,4\n2.png,5\n", encoding="utf-8")
    assert main(["predict", str(model), str(given), "--out", str(tmp_path / "out.csv"), "--json"]) == 0
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [row["image"] if kind == "table" else row["file"] for row in rows]
    assert names == (["0.png", "2.png"] if kind == "table" else sorted(images))
    wanted = predictor.predict(pd.DataFrame({"image": [str(folder / name) for name in names]}))
    assert [row["prediction"] for row in rows] == wanted["prediction"].tolist()
    assert [float(row["confidence"]) for row in rows] == pytest.approx(wanted["confidence"].tolist())
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rows"] == len(rows)


def test_a_row_that_names_no_file_is_named_itself(predictor, tmp_path):
    with pytest.raises(DataError, match="No such file") as raised:
        predictor.predict(pd.DataFrame({"image": [str(tmp_path / "none.png")]}, index=[41]), "rows.csv")
    assert raised.value.where == "rows.csv, row 42, column 'image'"
