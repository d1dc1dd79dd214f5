"""Texts that are nearly the same are found, look-alikes are not, and the exact similarity has the last word."""

import itertools
import random

import numpy as np
import pytest

from workbench.data.likeness import near_duplicates
from workbench.data.likeness.near_duplicates import groups

LETTER = "Please send the invoice for March to our new address in Hamburg"
WORDS = ["river", "stone", "lamp", "winter", "paper", "glass", "orange", "music", "window", "garden", "silver"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LETTER, LETTER + "!!"),
        (LETTER, LETTER.upper()),
        (LETTER, LETTER.replace("March", "Mrach")),
        (LETTER, "  " + LETTER.replace(" ", "\n ")),
        (LETTER, LETTER.replace(" new", "")),
        ("我们的新地址在汉堡市中心请把三月份的发票寄到这里", "我们的新地址在汉堡市中心请把三月份发票寄到这里"),
        ("ＡＢＣ shop, open now", "abc shop, open now"),
        ("明日は雨が降るので傘を持って行きましょう", "明日は雨が降るので、傘を持って行きましょう"),
    ],
)
def test_small_changes_are_near_duplicates(one, other):
    assert groups(["something else entirely", one, "not at all like the others", other]) == [[1, 3]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LETTER, "Please send the parcel for Anna to her old flat in Vienna"),
        ("I love this film", "I loathe that song"),
        ("今天天气很好我们去公园", "今天股市大跌投资者担心"),
        ("ok", "okay, see you later"),
        ("", "   "),
    ],
)
def test_look_alikes_are_not(one, other):
    assert groups([one, other]) == []


def test_groups_grow_over_several_texts_in_order():
    texts = ["unrelated words stand here", LETTER, LETTER + ".", "more of those words, unrelated", LETTER + " now"]
    assert groups(texts) == [[1, 2, 4]]
    assert groups([*texts, *texts]) == [[0, 5], [1, 2, 4, 6, 7, 9], [3, 8]]


def test_only_equal_texts_at_similarity_one():
    assert groups([LETTER, LETTER + "!", LETTER.lower()], similarity=1) == [[0, 2]]


def test_similarity_is_the_share_of_common_shingles():
    texts = ["abcdefgh", "abcdefgx"]

    def shingles(text):
        padded = text + "\0\0\0"
        return {padded[place : place + 4] for place in range(len(text))}

    expected = len(shingles(texts[0]) & shingles(texts[1])) / len(shingles(texts[0]) | shingles(texts[1]))
    assert near_duplicates.similarities(texts, np.array([0]), np.array([1])) == pytest.approx([expected])


@pytest.mark.parametrize("similarity", [0.5, 0.7, 0.9])
def test_as_good_as_comparing_every_pair(similarity):
    chance = random.Random(5)
    texts = []
    for _ in range(150):
        words = chance.choices(WORDS, k=chance.randint(4, 12))
        texts.append(" ".join(words))
        while chance.random() < 0.5:
            words[chance.randrange(len(words))] = chance.choice(WORDS)
            texts.append(" ".join(words))
    forms = [near_duplicates.normal(text) for text in texts]
    left, right = np.array(list(itertools.combinations(range(len(texts)), 2))).T
    alike = near_duplicates.similarities(forms, left, right) >= similarity
    wanted = {frozenset(pair) for pair in zip(left[alike].tolist(), right[alike].tolist(), strict=True)}
    found = groups(texts, similarity)
    together = {frozenset(pair) for group in found for pair in itertools.combinations(group, 2)}
    assert len(wanted) > 10
    assert len(wanted & together) >= 0.99 * len(wanted)
    assert {place for group in found for place in group} <= {place for pair in wanted for place in pair}


def test_odd_characters_do_no_harm():
    odd = ["a\0b\0c", "\ud800 lone surrogate", "𠀀𠀁𠀂𠀃", "x", "é" * 5000]
    assert groups([*odd, *odd, "\0", "\0"]) == [[place, place + len(odd)] for place in range(len(odd))]


def test_a_band_that_all_share_stays_cheap():
    chance = random.Random(9)
    codes = [chance.randrange(10**8, 10**9) for _ in range(3000)]
    texts = [f"Your order {code} was shipped today and will arrive soon, thank you" for code in codes]
    assert groups(texts, similarity=0.95) == []
