"""The networks that read images: EfficientNet-Lite0 gives what the original gives, the small CNN hangs on its seed."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from workbench.models import folder as model_folder
from workbench.models import scratch
from workbench.networks.efficientnet_lite import WIDTH, EfficientNetLite
from workbench.networks.small_cnn import SmallCnn


@pytest.fixture(scope="module")
def lite0(efficientnet) -> EfficientNetLite:
    model_folder.check(efficientnet, "image")
    network = EfficientNetLite()
    network.load_state_dict(load_file(efficientnet / "model.safetensors"))
    return network.eval()


def waves(side: int) -> torch.Tensor:
    """An image that is the same on every machine."""
    line = np.sin(np.linspace(0, 12, side))
    return torch.from_numpy(np.stack([np.outer(line, line), np.outer(line, line**2), np.outer(line**2, line)])).float()


def test_features_are_those_of_the_original(lite0):
    """Figures from efficientnet-lite-pytorch 0.1.0 with the same weights, whose maps differed by 0.0 exactly."""
    with torch.no_grad():
        found = lite0(waves(224)[None])
    assert found.shape == (1, WIDTH)
    largest = found[0].topk(4)
    assert largest.indices.tolist() == [71, 900, 1116, 1259]
    assert largest.values.tolist() == pytest.approx([5.8233, 5.2283, 5.1614, 4.8689], rel=1e-3)
    assert found.sum().item() == pytest.approx(226.670, rel=1e-3)


@pytest.mark.parametrize("side", [224, 96, 64])
def test_maps_equal_those_of_the_original_package_where_it_is_installed(lite0, side):
    original = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet.from_name("efficientnet-lite0").eval()
    original.load_state_dict(lite0.state_dict(), strict=False)
    with torch.no_grad():
        images = waves(side)[None]
        torch.testing.assert_close(lite0.maps(images), original.extract_features(images))


def test_every_weight_of_the_small_cnn_hangs_on_its_seed():
    torch.manual_seed(1)
    first = SmallCnn((8, 16), seed=3).state_dict()
    torch.manual_seed(2)
    again, other = SmallCnn((8, 16), seed=3).state_dict(), SmallCnn((8, 16), seed=4).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["stages.0.first.weight"], other["stages.0.first.weight"])


@pytest.mark.parametrize("side", [1, 7, 28, 64])
def test_the_small_cnn_reads_images_of_any_side(side):
    network = SmallCnn((8, 16, 32)).eval()
    assert network(torch.zeros(2, 3, side, side)).shape == (2, 32)


def test_networks_from_scratch_are_as_large_as_their_cards_say():
    for network in scratch.NETWORKS:
        assert model_folder.check(network.folder, network.kind) == {}
    small = SmallCnn((32, 64, 128, 256))
    assert sum(weights.numel() for weights in small.parameters()) == scratch.by_id("scratch/small-cnn").parameters
