import numpy as np
import pytest
import torch

from tests import tiny_models
from workbench.models import folder as model_folder
from workbench.networks.text_encoder import TextClassifier, load_encoder, longest
from workbench.networks.tokens import Tokens, collate, load_tokenizer, tokenise
from workbench.networks.word_embeddings import PartlyTrained, train_only, whole_state

TEXTS = ["a good film", "the food was awful and the staff was not happy at all", "meal"]


@pytest.fixture(params=tiny_models.KINDS)
def kind_folder(request, tmp_path):
    return tiny_models.encoder_into(tmp_path / request.param, request.param)


def network(folder, labels=3, seed=1):
    encoder, config = load_encoder(folder)
    return TextClassifier(encoder, config.hidden_size, labels, seed), config


def test_every_kind_of_encoder_loads_trains_and_ignores_padding(kind_folder):
    model_folder.check(kind_folder)
    module, config = network(kind_folder)
    tokenizer = load_tokenizer(kind_folder)
    assert longest(config, tokenizer) == 64
    tokens = tokenise(TEXTS, tokenizer, 64)
    module.train()  # without dropout this draws no random numbers
    short = collate(tokens, [0, 2], 16, tokenizer.pad_token_id, "cpu")
    padded = collate(tokens, [0, 2], 48, tokenizer.pad_token_id, "cpu")
    embedded = module.embed(short.ids, short.mask)
    assert embedded.norm(dim=1).detach().numpy() == pytest.approx([1, 1], abs=1e-5)
    torch.testing.assert_close(embedded, module.embed(padded.ids, padded.mask), atol=1e-5, rtol=1e-4)
    module(short.ids, short.mask).sum().backward()
    without = [name for name, parameter in module.named_parameters() if parameter.grad is None]
    assert not without


def test_the_head_depends_on_its_seed_alone(tiny_bert):
    first, second, other = (network(tiny_bert, seed=seed)[0].head.weight for seed in (1, 1, 2))
    assert torch.equal(first, second) and not torch.equal(first, other)


def test_tokens_are_cut_and_kept_by_content(tiny_bert, tmp_path):
    tokenizer = load_tokenizer(tiny_bert)
    tokens = tokenise(TEXTS, tokenizer, 6, tmp_path)
    assert tokens.lengths == [5, 6, 3]
    again = tokenise(TEXTS, tokenizer, 6, tmp_path)
    assert np.array_equal(tokens.ids, again.ids) and len(list((tmp_path / "arrays").iterdir())) == 1
    tokenise(TEXTS, tokenizer, 5, tmp_path)
    tokenise(TEXTS[::-1], tokenizer, 6, tmp_path)
    assert len(list((tmp_path / "arrays").iterdir())) == 3


def test_damaged_tokens_in_the_cache_are_made_again(tiny_bert, tmp_path):
    tokenizer = load_tokenizer(tiny_bert)
    wanted = tokenise(TEXTS, tokenizer, 6, tmp_path)
    next(tmp_path.glob("arrays/*/ids.npy")).write_bytes(b"")
    assert np.array_equal(tokenise(TEXTS, tokenizer, 6, tmp_path).ids, wanted.ids)


def test_batches_are_padded_with_a_mask():
    tokens = Tokens(np.asarray([1, 2, 3, 4, 5], dtype=np.int32), np.asarray([0, 2, 5]))
    batch = collate(tokens, [1, 0], 4, 9, "cpu")
    assert batch.ids.tolist() == [[3, 4, 5, 9], [1, 2, 9, 9]]
    assert batch.mask.tolist() == [[1, 1, 1, 0], [1, 1, 0, 0]]


def test_rows_of_unused_words_stay_and_others_learn_as_in_the_whole_table(kind_folder):
    whole, _ = network(kind_folder)
    partly, _ = network(kind_folder)
    tokenizer = load_tokenizer(kind_folder)
    tokens = tokenise(TEXTS, tokenizer, 64)
    used = np.unique(tokens.ids).astype(np.int64)
    train_only(partly.encoder, used)
    assert any(isinstance(part, PartlyTrained) for part in partly.modules())
    before = {name: tensor.clone() for name, tensor in whole_state(whole).items()}
    batch = collate(tokens, [0, 1, 2], 32, tokenizer.pad_token_id, "cpu")
    for module in (whole, partly):
        optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(module(batch.ids, batch.mask), torch.tensor([0, 1, 2])).backward()
            optimizer.step()
    first, second = whole_state(whole), whole_state(partly)
    assert first.keys() == second.keys() == before.keys()
    for name, tensor in first.items():
        torch.testing.assert_close(second[name], tensor, atol=1e-6, rtol=1e-5)
    name = next(name for name in first if name.endswith(("word_embeddings.weight", "tok_embeddings.weight")))
    unused = np.setdiff1d(np.arange(len(first[name])), used)
    assert torch.equal(second[name][unused], before[name][unused])
    assert not torch.equal(second[name][used], before[name][used])


def test_words_that_no_training_text_has_are_still_read(tiny_bert):
    whole, _ = network(tiny_bert)
    partly, _ = network(tiny_bert)
    train_only(partly.encoder, np.asarray([0, 2, 3]))
    tokenizer = load_tokenizer(tiny_bert)
    batch = collate(tokenise(TEXTS, tokenizer, 64), [0, 1], 32, tokenizer.pad_token_id, "cpu")
    torch.testing.assert_close(partly(batch.ids, batch.mask), whole(batch.ids, batch.mask))


def test_partly_trained_embeddings_stay_on_the_device_of_the_network(tiny_bert):
    """The learner moves the network first; ``meta`` stands for a graphics card."""
    module, _ = network(tiny_bert)
    module.to("meta")
    train_only(module.encoder, np.asarray([0, 2, 3]))
    assert any(isinstance(part, PartlyTrained) for part in module.modules())
    tensors = dict(module.named_parameters()) | dict(module.named_buffers())
    assert {name: tensor.device.type for name, tensor in tensors.items() if tensor.device.type != "meta"} == {}
    ids = torch.zeros((1, 4), dtype=torch.int64, device="meta")
    assert module.encoder.get_input_embeddings()(ids).device.type == "meta"
