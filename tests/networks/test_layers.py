"""The layers that a picture of a network shows are those that it has."""

import json

import pytest

from workbench.models import scratch
from workbench.networks.layers import BUILDERS, layers
from workbench.services.layers import WITHOUT, has_layers

DATA = {"side": 32, "channels": 1, "numbers": 5, "categories": [3, 9], "labels": 3}
NETWORKS = [network for network in scratch.NETWORKS if has_layers(network.id)]


def config(network):
    usual = network.settings().model_dump() if network.settings else {}
    return {**usual, **json.loads((network.folder / "config.json").read_text())}


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.id)
def test_every_weight_of_a_linear_or_convolving_layer_is_in_the_picture(network):
    module, _ = BUILDERS[config(network)["model_type"]](
        {key: value for key, value in config(network).items() if key != "model_type"}, DATA
    )
    shown = sum(layer.weights for layer in layers(config(network), DATA))
    every = sum(parameter.numel() for parameter in module.parameters())
    assert 0.98 * every < shown <= every  # what normalises has a few, and is told with the layer before


def test_what_has_no_layers_has_no_picture():
    assert {config(network)["model_type"] for network in scratch.NETWORKS} == {*BUILDERS, *WITHOUT}
    assert not has_layers("scratch/boosted-trees") and not has_layers("starter/minilm-l6")


def test_an_autoencoder_narrows_to_its_code_and_widens_again():
    found = layers({**config(scratch.by_id("scratch/autoencoder")), "latent": 8}, DATA)
    sizes = [layer.shape[-1] for layer in found]
    assert sizes == [16, 8, 4, 8, 1024, 8, 16, 32]
    assert [layer.kind for layer in found][3] == "code"
