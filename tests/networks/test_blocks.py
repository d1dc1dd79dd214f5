"""Encoders by their blocks: what is found of each kind, frozen, adapted and folded again."""

import pytest
import torch

from tests import tiny_images, tiny_models
from workbench.networks import adapters, blocks
from workbench.networks.efficientnet_lite import EfficientNetLite
from workbench.networks.image_encoder import ImageClassifier, load_encoder
from workbench.networks.text_encoder import TextClassifier
from workbench.networks.text_encoder import load_encoder as load_text_encoder

IDS = torch.tensor([[2, 9, 12, 30, 3], [2, 40, 41, 3, 0]])
MASK = (IDS > 0).long()


@pytest.fixture(params=tiny_models.KINDS)
def network(request, tmp_path):
    encoder, config = load_text_encoder(tiny_models.encoder_into(tmp_path / request.param, request.param))
    return TextClassifier(encoder, config.hidden_size, 3, 1)


def test_encoders_of_texts_have_their_layers_in_order_and_adapters_fold_into_them(network):
    found = blocks.blocks(network.encoder)
    kind = network.encoder.config.model_type
    assert len(found) == (0 if kind == "albert" else 2)
    levels = blocks.by_depth(network.encoder)
    assert len(levels) == len(found) + 1
    assert sorted(map(id, network.encoder.parameters())) == sorted(id(weight) for level in levels for weight in level)

    before, names = network(IDS, MASK), [name for name, _ in network.named_parameters()]
    every = adapters.targets(network.encoder, "all")
    attention = adapters.targets(network.encoder, "attention")
    assert set(attention) < set(every) and len(every) >= 4
    parts = adapters.add(network.encoder, attention, 4, 8.0, seed=3)
    torch.testing.assert_close(network(IDS, MASK), before)
    learning = [weight for weight in network.encoder.parameters() if weight.requires_grad]
    assert {id(weight) for part in parts for weight in part.parameters()} == set(map(id, learning))
    with torch.no_grad():
        for weight in learning:
            weight.add_(0.1)
    changed = network(IDS, MASK)
    assert not torch.allclose(changed, before, atol=1e-3)
    adapters.fold(network.encoder)
    torch.testing.assert_close(network(IDS, MASK), changed, atol=1e-4, rtol=1e-4)
    assert [name for name, _ in network.named_parameters()] == names


def test_adapters_begin_alike_for_one_seed(tmp_path):
    def first(seed):
        encoder, _ = load_text_encoder(tiny_models.encoder_into(tmp_path / "bert"))
        torch.rand(1)  # nothing that was drawn before counts
        (weight,) = adapters.add(encoder, adapters.targets(encoder, "attention"), 4, 8.0, seed)[0].parameters()
        return weight

    assert torch.equal(first(3), first(3)) and not torch.equal(first(3), first(4))


@pytest.mark.parametrize("kind", ["vit", "swin", "convnext", "resnet"])
def test_encoders_of_images_have_blocks_that_can_be_frozen(kind, tmp_path):
    encoder, reading = load_encoder(tiny_images.encoder_into(tmp_path / kind, kind), 0)
    network = ImageClassifier(encoder, reading, 3)
    found = blocks.blocks(encoder)
    assert len(found) >= 2
    encoder.requires_grad_(False)
    for module in (found[-1], *blocks.behind(encoder)):
        module.requires_grad_(True)
    network(torch.rand(2, 3, 32, 32)).sum().backward()
    learnt = [weight for weight in encoder.parameters() if weight.grad is not None]
    assert learnt and all(weight.requires_grad for weight in learnt)
    assert id(learnt[0]) in {id(weight) for weight in found[-1].parameters()}


def test_stages_run_one_after_the_other_are_the_network():
    torch.manual_seed(0)
    encoder = EfficientNetLite().eval()
    assert [len(stage) for stage in blocks.blocks(encoder)] == [1, 2, 2, 3, 3, 4, 1]
    assert blocks.behind(encoder) == [encoder._conv_head, encoder._bn1]
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        for stages in (0, 3, 5, 7):
            torch.testing.assert_close(encoder.behind(encoder.before(images, stages), stages), encoder(images))
