"""The Hub, played by a small server on this machine that speaks its HTTP interface."""

import json
import shutil

import pytest

from tests.models import hub_stand_in
from workbench.artefacts import folders
from workbench.errors import ModelError
from workbench.models import catalogue, hub
from workbench.settings import Settings


@pytest.fixture
def there(tiny_bert, tmp_path):
    """A hub with a good model, a pickled one, one with code of its own and one that writes texts."""
    good = shutil.copytree(tiny_bert, tmp_path / "good")
    (good / "pytorch_model.bin").write_bytes(b"\x80\x04not to be fetched")
    (good / "modeling_evil.py").write_text("raise SystemExit")
    pickled = shutil.copytree(tiny_bert, tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    foreign = shutil.copytree(tiny_bert, tmp_path / "foreign")
    config = json.loads((foreign / "config.json").read_text())
    (foreign / "config.json").write_text(json.dumps({**config, "nested": {"auto_map": {"AutoModel": "evil.Model"}}}))
    writer = shutil.copytree(tiny_bert, tmp_path / "writer")
    (writer / "config.json").write_text(json.dumps({**config, "model_type": "gpt2"}))
    named = {"good": good, "pickled": pickled, "foreign": foreign, "writer": writer}
    return hub_stand_in.Hub({f"acme/tiny-{name}": folder for name, folder in named.items()})


@pytest.fixture
def address(there, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    with hub_stand_in.serving(there) as served:
        monkeypatch.setenv("HF_ENDPOINT", served)
        yield served


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "store")


def test_search_shows_size_licence_and_languages_of_what_can_be_trained(address):
    cards = {card.id: card for card in hub.search("tiny")}
    assert "hub:acme/tiny-writer" not in cards
    card = cards["hub:acme/tiny-good"]
    assert (card.parameters, card.bytes) == (5000, 20_000)
    assert (card.licence, card.languages, card.present) == ("apache-2.0", ("en", "de"), False)
    assert hub.search("nothing like it") == ()


def test_fetch_brings_weights_and_tokenizer_and_nothing_else(address, there, settings, tiny_bert):
    told = []
    folder = hub.fetch(settings, "hub:acme/tiny-good", lambda text, done: told.append(text))
    names = set(folders.verify(folder))
    assert names == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "pack.json"}
    assert (folder / "model.safetensors").read_bytes() == (tiny_bert / "model.safetensors").read_bytes()
    assert not any("evil" in path or ".bin" in path for path in there.asked)
    assert told[-1] == "hub:acme/tiny-good is ready"
    assert catalogue.locate(settings, "hub:acme/tiny-good") == folder
    (card,) = catalogue.hub_cards(settings)
    assert (card.id, card.licence, card.present) == ("hub:acme/tiny-good", "apache-2.0", True)


def test_what_is_there_is_not_fetched_again(address, there, settings):
    hub.fetch(settings, "hub:acme/tiny-good")
    before = len(there.asked)
    hub.fetch(settings, "hub:acme/tiny-good")
    assert len(there.asked) == before


def test_case_71_pickled_weights_are_refused_before_the_download(address, there, settings):
    with pytest.raises(ModelError, match=r"no model\.safetensors \(only pytorch_model\.bin"):
        hub.fetch(settings, "hub:acme/tiny-pickled")
    assert not any("resolve" in path for path in there.asked)


def test_case_72_a_model_with_code_of_its_own_is_not_kept(address, settings):
    with pytest.raises(ModelError, match="auto_map"):
        hub.fetch(settings, "hub:acme/tiny-foreign")
    assert not catalogue.place(settings, "hub:acme/tiny-foreign").exists()
    assert catalogue.hub_cards(settings) == ()


def test_case_61_weights_that_arrive_changed_are_not_kept(address, there, settings):
    there.damage.add("model.safetensors")
    with pytest.raises(ModelError, match=r"model\.safetensors: expected \d+ bytes with SHA-256"):
        hub.fetch(settings, "hub:acme/tiny-good")
    assert not catalogue.place(settings, "hub:acme/tiny-good").exists()


def test_a_missing_and_a_gated_model_are_said_apart(address, there, settings):
    with pytest.raises(ModelError, match="no such model"):
        hub.fetch(settings, "hub:acme/none")
    there.gated.add("acme/tiny-good")
    with pytest.raises(ModelError, match="terms accepted"):
        hub.fetch(settings, "hub:acme/tiny-good")


def test_without_a_hub_the_message_says_what_to_do(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for attempt in (lambda: hub.search("tiny"), lambda: hub.fetch(settings, "hub:acme/tiny-good")):
        with pytest.raises(ModelError, match=r"no hub can be reached.*starter model"):
            attempt()
