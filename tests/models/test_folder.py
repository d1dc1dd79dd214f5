import json
import shutil

import pytest

from workbench.artefacts import folders
from workbench.errors import ModelError
from workbench.models import catalogue
from workbench.models.folder import check, inspect
from workbench.settings import Settings


@pytest.fixture
def folder(tiny_bert, tmp_path):
    return shutil.copytree(tiny_bert, tmp_path / "model")


def refused(folder) -> ModelError:
    with pytest.raises(ModelError) as raised:
        check(folder)
    assert raised.value.remedy
    return raised.value


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_whole_folder_and_its_facts(folder):
    facts = inspect(folder)
    assert (facts.kind, facts.width, facts.layers, facts.limit) == ("bert", 32, 2, 80)
    assert facts.parameters > 10_000 and facts.bytes == (folder / "model.safetensors").stat().st_size
    assert facts.vocabulary == json.loads((folder / "config.json").read_text())["vocab_size"]


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_case_61_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    error = refused(folder)
    assert error.code == "MODEL-61"
    assert name in str(error) or "tokenizer" in str(error)


def test_case_61_a_truncated_file_is_named_with_both_sizes(folder):
    weights = folder / "model.safetensors"
    whole = weights.stat().st_size
    weights.write_bytes(weights.read_bytes()[:-1000])
    error = refused(folder)
    assert error.code == "MODEL-61" and error.where == str(weights)
    assert str(whole) in error.what and str(whole - 1000) in error.what


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64, (20).to_bytes(8, "little") + b"{" * 20])
def test_case_61_what_is_no_safetensors_file_is_refused(folder, content):
    (folder / "model.safetensors").write_bytes(content)
    assert refused(folder).code in ("MODEL-61", "MODEL-71")


def test_case_61_a_header_that_lies_about_sizes_is_refused(folder):
    header = json.dumps({"x": {"dtype": "F32", "shape": [1000, 1000], "data_offsets": [0, 4]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 4)
    assert refused(folder).code == "MODEL-61"


def test_case_61_weights_in_parts_need_every_part(folder):
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model-00001-of-00002.safetensors"}}))
    check(folder)
    index.write_text(json.dumps({"weight_map": {"a": "model-00002-of-00002.safetensors"}}))
    assert "model-00002-of-00002.safetensors" in refused(folder).what
    index.write_text(json.dumps({"weight_map": {"a": "../../secret"}}))
    assert refused(folder).code == "MODEL-61"


def test_case_62_a_tokenizer_of_another_model_is_refused_with_both_sizes(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    size = len(tokenizer["model"]["vocab"])
    tokenizer["model"]["vocab"]["one-too-many"] = size
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    error = refused(folder)
    assert error.code == "MODEL-62"
    assert str(size) in error.what and str(size + 1) in error.what


def test_case_62_an_added_token_without_embedding_is_refused(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["added_tokens"].append({"id": 99_999, "content": "<new>"})
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    assert refused(folder).code == "MODEL-62"


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "tf_model.h5", "model.keras", "model.pkl"])
def test_case_71_other_weights_than_safetensors_are_refused_unopened(folder, name):
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")
    error = refused(folder)
    assert error.code == "MODEL-71" and name in error.what


def test_case_71_a_pickle_that_is_called_safetensors_is_refused(folder):
    (folder / "model.safetensors").write_bytes(b"\x80\x04cos\nsystem\n(S'id'\ntR." * 10)
    assert refused(folder).code == "MODEL-71"


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
@pytest.mark.parametrize(
    "values",
    [
        {"auto_map": {"AutoModel": "evil.Model"}},
        {"text_config": {"deeper": [{"auto_map": {"AutoConfig": "evil.Config"}}]}},
        {"trust_remote_code": True},
        {"vision": {"trust_remote_code": True}},
    ],
)
def test_case_72_code_of_its_own_is_refused_wherever_it_hides(folder, name, values):
    change(folder / name, **values)
    error = refused(folder)
    assert error.code == "MODEL-72" and error.where == str(folder / name)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "t5", "", None, ["bert"]])
def test_case_72_only_known_encoders_are_admitted(folder, kind):
    change(folder / "config.json", model_type=kind)
    assert refused(folder).code == "MODEL-72"


@pytest.mark.parametrize("content", ["", "[]", "null", "{", "[" * 100_000])
def test_a_damaged_config_is_an_error_of_ours(folder, content):
    (folder / "config.json").write_text(content)
    assert refused(folder).code == "MODEL-61"


def test_a_card_counts_bytes_and_training_checks_every_one(folder, tmp_path):
    folders.write_manifest(folder)
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    settings = Settings(tmp_path / "store")
    assert catalogue.card(settings, str(folder)).parameters > 10_000
    with pytest.raises(ModelError, match="expected SHA-256"):
        catalogue.locate(settings, str(folder))
