from tests import tiny_models
from workbench.jobs import measurements
from workbench.recipe import Model, Recipe


def key(model: str, seed: int = 0) -> str:
    return measurements.key(Recipe(model=Model(id=model), seed=seed), "data", "cpu")


def test_a_local_model_that_changed_is_measured_again(tmp_path):
    folder = tiny_models.encoder_into(tmp_path / "model")
    before = key(str(folder))
    assert key(str(folder)) == before == key(str(folder), seed=3)
    (folder / "model.safetensors").write_bytes(b"another model")
    assert key(str(folder)) != before
    assert key("starter/minilm-l6") != key(str(tmp_path / "gone"))


def test_another_version_of_the_libraries_is_measured_again(monkeypatch):
    before = key("starter/minilm-l6")
    monkeypatch.setattr(measurements, "version", lambda library: "another")
    assert key("starter/minilm-l6") != before
