"""Augmentation is a pure function of seed, epoch and row; it changes texts only as it says."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.augment.catalogue import STEPS, augmenter
from workbench.augment.word_dropout import WordDropout
from workbench.augment.word_swap import WordSwap
from workbench.augment.words import put_together, take_apart

TEXTS = st.one_of(
    st.text(),
    st.text("ab今天 "),
    st.lists(st.sampled_from(["the", "cat", "sat", "今", "天", "ไทย", "."])).map(" ".join),
)
RATES = st.floats(0, 0.9)
TEN = "one two three four five six seven eight nine ten"


@given(TEXTS)
def test_words_and_gaps_make_the_text(text):
    words, gaps = take_apart(text)
    assert put_together(words, gaps) == text and len(gaps) == len(words) + 1
    assert all(word.strip() for word in words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't stop  me now", ["Don't", "stop", "me", "now"]),
        ("今天很好 ok!", ["今", "天", "很", "好", "ok!"]),
        ("iPhone很好用", ["iPhone", "很", "好", "用"]),
        ("한국어 단어", ["한국어", "단어"]),
        ("", []),
    ],
)
def test_what_a_word_is(text, words):
    assert take_apart(text)[0] == words


@given(TEXTS, RATES, RATES, st.integers(0, 99), st.integers(0, 9), st.integers(0, 10**6))
def test_the_same_draw_gives_the_same_text(text, dropout, swap, seed, epoch, row):
    steps = (WordDropout(rate=dropout), WordSwap(rate=swap))
    random.seed(1)
    once = augmenter(steps, seed)(text, epoch, row)
    random.seed(2)
    again = augmenter(tuple(step.model_copy() for step in steps), seed)
    again("something else", epoch + 1, row)
    assert again(text, epoch, row) == once


@given(TEXTS, RATES, st.integers())
def test_dropout_leaves_words_out_and_changes_none(text, rate, seed):
    before = take_apart(text)[0]
    changed = WordDropout(rate=rate).apply(text, random.Random(seed))
    kept = take_apart(changed)[0]
    rest = iter(before)
    assert all(word in rest for word in kept)  # a part of the words, in their order
    assert bool(kept) == bool(before)


@given(TEXTS, RATES, st.integers())
def test_swap_keeps_every_word(text, rate, seed):
    swapped = WordSwap(rate=rate).apply(text, random.Random(seed))
    assert sorted("".join(swapped.split())) == sorted("".join(text.split()))


@pytest.mark.parametrize("seed", range(20))
def test_words_do_not_run_together(seed):
    changed = [step.apply("iPhone很好use", random.Random(seed)) for step in (WordDropout(rate=0.5), WordSwap(rate=0.9))]
    assert all(set(take_apart(text)[0]) <= {"iPhone", "很", "好", "use"} for text in changed)


@pytest.mark.parametrize("kind", STEPS)
def test_a_rate_of_zero_changes_nothing(kind):
    assert kind(rate=0).apply(TEN, random.Random(1)) == TEN


@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("text", [TEN, "今天的服务非常好下次还会来"])
def test_epochs_and_rows_draw_anew(kind, text):
    augment = augmenter((kind(rate=0.3),), 7)
    assert len({augment(text, epoch, 0) for epoch in range(10)}) > 5
    assert len({augment(text, 0, row) for row in range(10)}) > 5


def test_the_rate_is_the_share_of_words():
    step = WordDropout(rate=0.2)
    kept = sum(len(step.apply(TEN, random.Random(seed)).split()) for seed in range(500))
    assert kept / 5000 == pytest.approx(0.8, abs=0.02)


def test_no_steps_are_no_augmentation():
    assert augmenter((), 7) is None


@pytest.mark.parametrize("kind", STEPS)
def test_every_step_explains_itself(kind):
    assert kind.title and kind.summary.endswith(".") and kind.icon
    assert all(field.title and field.description for name, field in kind.model_fields.items() if name != "step")
