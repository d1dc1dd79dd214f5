from hypothesis import given
from hypothesis import strategies as st

from workbench.training.batches import in_order_of_length, order, padded, parts

lengths = st.lists(st.integers(1, 500), min_size=1, max_size=400)


@given(lengths, st.integers(1, 64), st.integers(0, 2**31 - 1), st.integers(0, 50))
def test_every_sample_comes_once_and_only_one_batch_is_smaller(lengths, size, seed, epoch):
    batches = order(lengths, size, seed=seed, epoch=epoch)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    assert sum(len(batch) < size for batch in batches) <= 1
    assert batches == order(lengths, size, seed=seed, epoch=epoch)


def test_epochs_and_seeds_differ_and_padding_is_saved():
    lengths = [1 + (row * 37) % 200 for row in range(1000)]
    first = order(lengths, 16, seed=1, epoch=0)
    assert first != order(lengths, 16, seed=1, epoch=1)
    assert first != order(lengths, 16, seed=2, epoch=0)
    bucketed = sum(max(lengths[row] for row in batch) * len(batch) for batch in first)
    assert bucketed < 1.1 * sum(lengths)


@given(lengths, st.integers(1, 600))
def test_parts_hold_the_batch_in_order_and_fit(lengths, tokens):
    batch = list(range(len(lengths)))
    found = parts(batch, lengths, tokens)
    assert [row for part in found for row in part] == batch
    longest = max(lengths)
    assert all(len(part) == 1 or len(part) * longest <= tokens for part in found)
    assert parts(batch, lengths, None) == [batch]
    halved = parts(batch, lengths, tokens, halvings=1)
    assert [row for part in halved for row in part] == batch
    assert max(map(len, halved)) <= max(1, max(map(len, found)) // 2 + 1)


def test_longest_first():
    assert in_order_of_length([3, 9, 5], 2) == [[1, 2], [0]]


def test_lengths_are_rounded_up_within_the_limit():
    assert [padded(n, multiple=16, limit=100) for n in (1, 16, 17, 97, 100)] == [16, 16, 32, 100, 100]
