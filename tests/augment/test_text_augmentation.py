"""Text augmentation is a pure function of seed, epoch and row; it changes texts only as it says."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.augment import synonyms
from workbench.augment.catalogue import STEPS, augmentation
from workbench.augment.character_noise import CharacterNoise
from workbench.augment.keyboard_typos import NEIGHBOURS, KeyboardTypos
from workbench.augment.letter_case import LetterCase
from workbench.augment.synonym_replacement import SynonymReplacement
from workbench.augment.word_dropout import WordDropout
from workbench.augment.word_insertion import WordInsertion
from workbench.augment.word_swap import WordSwap
from workbench.augment.words import characters, put_together, take_apart
from workbench.errors import RecipeError
from workbench.recipe import Step
from workbench.tasks.resolve import augment_steps

TEXTS = st.one_of(
    st.text(),
    st.text("ab今天 "),
    st.lists(
        st.sampled_from(["the", "cat", "sat", "今", "天", "ไทย", ".", "👩‍👩‍👧", "👍🏽", "שלום", "مرحبا", "é"])
    ).map(" ".join),
)
LIST = "cat: kitten, tom\nthe: a\n天: 日\nsat down: rested"
RATES = st.floats(0, 0.9)
TEN = "one two three four five six seven eight nine ten"
CHINESE = "今天的服务非常好下次还会来"
KINDS = [kind for kind in STEPS if kind.kind == "text"]


def step(kind, rate):
    """The step, with a list where it takes one."""
    return kind(rate=rate, **({"words": LIST} if "words" in kind.model_fields else {}))


def signs(text):
    return sorted("".join(text.split()))


@given(TEXTS)
def test_words_and_gaps_make_the_text(text):
    words, gaps = take_apart(text)
    assert put_together(words, gaps) == text and len(gaps) == len(words) + 1
    assert all(word.strip() for word in words)
    assert "".join(characters(text)) == text


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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("né", ["n", "é"]),
        ("ne\u0301", ["n", "e\u0301"]),
        ("👩‍👩‍👧!", ["👩‍👩‍👧", "!"]),
        ("👍🏽x", ["👍🏽", "x"]),
        ("שָׁ", ["שָׁ"]),
        ("क्षि", ["क्", "षि"]),
    ],
)
def test_what_is_seen_as_one_character_stays_together(text, found):
    assert characters(text) == found


@pytest.mark.parametrize("kind", KINDS)
@given(TEXTS, RATES, st.integers(0, 99), st.integers(0, 9), st.integers(0, 2**40))
def test_the_same_draw_gives_the_same_text(kind, text, rate, seed, epoch, row):
    steps = (WordSwap(rate=0.1), step(kind, min(rate, 0.5)))
    random.seed(1)
    once = augmentation(steps, seed).text(text, epoch, row)
    random.seed(2)
    again = augmentation(tuple(one.model_copy() for one in steps), seed).text
    again("something else", epoch + 1, row)
    assert again(text, epoch, row) == once
    assert bool(once.strip()) == bool(text.strip())


@pytest.mark.parametrize("kind", KINDS)
@given(TEXTS)
def test_a_rate_of_zero_changes_nothing(kind, text):
    assert step(kind, 0).apply(text, random.Random(1)) == text


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not SynonymReplacement])
@pytest.mark.parametrize("text", [TEN, CHINESE])
def test_epochs_and_rows_draw_anew(kind, text):
    if kind is LetterCase and text is CHINESE:
        pytest.skip("Chinese has no capitals")
    augment = augmentation((step(kind, 0.3),), 7).text
    assert len({augment(text, epoch, 0) for epoch in range(10)}) > 5
    assert len({augment(text, 0, row) for row in range(10)}) > 5
    assert len({augmentation((step(kind, 0.3),), seed).text(text, 0, 0) for seed in range(10)}) > 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_of_a_million_characters_takes_no_more_than_its_length(kind):
    start = time.monotonic()
    step(kind, 0.3).apply(f"{TEN} {CHINESE} " * 15_000, random.Random(1))
    assert time.monotonic() - start < 10


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
    assert signs(WordSwap(rate=rate).apply(text, random.Random(seed))) == signs(text)


@given(TEXTS, RATES, st.integers())
def test_insertion_keeps_every_word_in_its_order(text, rate, seed):
    changed = iter(take_apart(WordInsertion(rate=rate).apply(text, random.Random(seed)))[0])
    assert all(word in changed for word in take_apart(text)[0])


def test_insertion_puts_in_synonyms_where_there_are_some():
    insert = WordInsertion(rate=0.9, words="two: zwei\nthree: drei, trois")
    made = {word for seed in range(30) for word in insert.apply("one two three", random.Random(seed)).split()}
    assert made == {"one", "two", "three", "zwei", "drei", "trois"}


def test_insertion_sets_words_off_as_their_neighbours_are():
    made = {WordInsertion(rate=0.9).apply(" ab cd ", random.Random(seed)) for seed in range(20)}
    assert all(text[0] == text[-1] == " " and "  " not in text for text in made)
    assert all(" " not in WordInsertion(rate=0.9).apply(CHINESE, random.Random(seed)) for seed in range(20))


@pytest.mark.parametrize("seed", range(20))
def test_words_do_not_run_together(seed):
    steps = (WordDropout(rate=0.5), WordSwap(rate=0.9), WordInsertion(rate=0.9))
    for one in steps:
        changed = one.apply("iPhone很好use", random.Random(seed))
        assert set(take_apart(changed)[0]) <= {"iPhone", "很", "好", "use"}


def test_the_rate_is_the_share_of_words():
    drop = WordDropout(rate=0.2)
    kept = sum(len(drop.apply(TEN, random.Random(seed)).split()) for seed in range(500))
    assert kept / 5000 == pytest.approx(0.8, abs=0.02)


def test_the_rate_is_the_share_of_characters():
    typo = KeyboardTypos(rate=0.1)
    pairs = [(TEN, typo.apply(TEN, random.Random(seed))) for seed in range(300)]
    changed = sum(one != other for before, after in pairs for one, other in zip(before, after, strict=True))
    assert changed / (300 * len(TEN.replace(" ", ""))) == pytest.approx(0.1, abs=0.01)


def test_typos_hit_neighbouring_keys_in_the_same_case():
    assert set(NEIGHBOURS["g"]) == set("tyfhvb") and "l" in NEIGHBOURS["o"] and "2" in NEIGHBOURS["q"]
    for seed in range(200):
        after = KeyboardTypos(rate=0.5).apply("Good Dog 5", random.Random(seed))
        for one, other in zip("Good Dog 5", after, strict=True):
            assert one == other or other.lower() in NEIGHBOURS[one.lower()]
            assert not one.isupper() or not other.isalpha() or other.isupper()


@given(st.lists(st.sampled_from([*CHINESE, "👍🏽", " ", "ä"])).map("".join), st.integers())
def test_typos_in_other_scripts_exchange_neighbours_and_lose_nothing(text, seed):
    after = KeyboardTypos(rate=0.5).apply(text, random.Random(seed))
    assert signs("".join(characters(after))) == signs(text)
    assert [sign.isspace() for sign in characters(after)] == [sign.isspace() for sign in characters(text)]


@given(TEXTS, st.integers())
def test_exchanged_characters_are_the_same_characters(text, seed):
    assert signs(CharacterNoise(rate=0.5, how="exchange").apply(text, random.Random(seed))) == signs(text)


@given(TEXTS, st.integers())
def test_characters_put_in_come_from_the_text_and_those_left_out_are_in_it(text, seed):
    more = CharacterNoise(rate=0.5, how="put in").apply(text, random.Random(seed))
    less = CharacterNoise(rate=0.5, how="leave out").apply(text, random.Random(seed))
    assert set(more) == set(text) and len(more) >= len(text) >= len(less)
    rest = iter(text)
    assert all(sign in rest for sign in less)
    assert bool(less.split()) == bool(text.split())


def test_only_capitals_change():
    changed = LetterCase(rate=1, to="CAPITALS").apply("Straße, naïve  İ 今天 مرحبا", random.Random(1))
    assert changed == "STRASSE, NAÏVE  İ 今天 مرحبا"
    assert LetterCase(rate=1, to="small letters").apply("Don't STOP", random.Random(1)) == "don't stop"
    assert LetterCase(rate=1, to="Capital first").apply("don't STOP", random.Random(1)) == "Don't Stop"


def test_synonyms_replace_listed_words_as_they_are_capitalised():
    replace = SynonymReplacement(rate=1, words="big: large\na lot: much\nnot big: small")
    said = replace.apply("A LOT of BIG, bigger and Big things; not   big", random.Random(1))
    assert said == "MUCH of LARGE, bigger and Large things; small"


def test_synonyms_in_chinese_are_found_within_the_text():
    assert SynonymReplacement(rate=1, words="漂亮：美丽").apply("她很漂亮。", random.Random(1)) == "她很美丽。"


def test_each_synonym_comes_up():
    replace = SynonymReplacement(rate=1, words="big: large, huge\nbig: great")
    assert {replace.apply("big", random.Random(seed)) for seed in range(50)} == {"large", "huge", "great"}
    none = SynonymReplacement(rate=1)
    assert none.apply(TEN, random.Random(1)) == TEN


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("big: large\nsmall", "line 2 of the list, 'small', is not written like 'big: large, huge'"),
        ("big:", "line 1 of the list, 'big:'"),
        (": large", "line 1"),
        ("big: large\n\n\nsmall - tiny", "line 4"),
        ("a: b\n" * 10_001, "10,001 lines"),
    ],
)
def test_a_list_that_cannot_be_read_names_the_line(words, says):
    with pytest.raises(RecipeError, match=says):
        augment_steps((Step(step="synonyms", words=words),))


@given(st.text(":,, ab今\n*(["))
def test_no_list_is_a_surprise(words):
    try:
        synonyms.read(words)
    except ValueError as error:
        assert "line " in str(error)
    else:
        SynonymReplacement(rate=1, words=words).apply("a b, 今 ab*( [a", random.Random(1))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"step": "word-dropout", "rate": 2}, ["step 1 (word-dropout)", "rate", "0.9", "given: 2"]),
        ({"step": "keyboard-typos", "rat": 0.1}, ["'rat' is not a key here", "did you mean 'rate'"]),
        ({"step": "letter-case", "to": "upper"}, ["to: ", "CAPITALS"]),
        ({"step": "keybord-typos"}, ["no step 'keybord-typos'", "Did you mean 'keyboard-typos'?"]),
    ],
)
def test_wrong_settings_are_named(settings, says):
    with pytest.raises(RecipeError) as refused:
        augment_steps((Step(**settings),))
    assert all(words in str(refused.value) for words in says)
