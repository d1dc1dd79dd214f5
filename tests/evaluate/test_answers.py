"""Scores of answers: equal to SQuAD's own script on random texts; scripts without spaces; what is shown."""

import collections
import re
import string

import numpy as np
import pytest

from workbench.evaluate import answer_words, answers
from workbench.evaluate.answers import Given, Question

WORDS = (
    "the",
    "a",
    "An",
    "Denver",
    "denver,",
    "Broncos",
    "24–10",
    "(NFL)",
    "U.S.",
    "theatre",
    "“golden”",
    "É",
    "\u00a0",
    "x",
)


# The functions of SQuAD 2.0's evaluate-v2.0.py (P. Rajpurkar and others), as they stand there but for their names.
def official_normal(text):
    def remove_articles(text):
        regex = re.compile(r"\b(a|an|the)\b", re.UNICODE)
        return re.sub(regex, " ", text)

    def remove_punctuation(text):
        exclude = set(string.punctuation)
        return "".join(ch for ch in text if ch not in exclude)

    return " ".join(remove_articles(remove_punctuation(text.lower())).split())


def official_f1(gold, predicted):
    gold_toks = official_normal(gold).split() if gold else []
    pred_toks = official_normal(predicted).split() if predicted else []
    common = collections.Counter(gold_toks) & collections.Counter(pred_toks)
    num_same = sum(common.values())
    if len(gold_toks) == 0 or len(pred_toks) == 0:
        return int(gold_toks == pred_toks)
    if num_same == 0:
        return 0
    precision = 1.0 * num_same / len(pred_toks)
    recall = 1.0 * num_same / len(gold_toks)
    return (2 * precision * recall) / (precision + recall)


def official_scores(golds, predicted):
    kept = [gold for gold in golds if official_normal(gold)] or [""]
    exact = max(int(official_normal(gold) == official_normal(predicted)) for gold in kept)
    return exact, max(official_f1(gold, predicted) for gold in kept)


def phrase(draw, most=5):
    return draw.choice(["", " ", "  "]).join(draw.choice(WORDS, draw.integers(0, most))) or " ".join(
        draw.choice(WORDS, draw.integers(0, most))
    )


@pytest.mark.parametrize("seed", range(20))
def test_every_number_is_that_of_squads_own_script(seed):
    draw = np.random.default_rng(seed)
    differ = set()
    for _ in range(200):
        right, given = [phrase(draw) for _ in range(draw.integers(0, 4))], phrase(draw)
        exact, f1 = official_scores(right, given)
        assert answer_words.exact(right, given) == exact
        assert answer_words.f1(right, given) == pytest.approx(f1)
        differ.add((exact, 0 < f1 < 1))
    assert len(differ) == 3  # exact ones, others that share words, and others


@pytest.mark.parametrize(
    ("right", "given", "exact", "f1"),
    [
        ("北京大学", "北京", 0, 2 / 3),
        ("北京大学。", "北京大学", 1, 1),
        ("2008年8月", "2008年", 0, 2 / 3),
        ("東京 タワー", "東京タワー", 1, 1),
        ("《红楼梦》", "红楼梦", 1, 1),
    ],
)
def test_text_without_spaces_counts_by_characters(right, given, exact, f1):
    assert answer_words.exact([right], given) == exact
    assert answer_words.f1([right], given) == pytest.approx(f1)


def asked(row, question, context, *right):
    places = tuple((context.index(text), context.index(text) + len(text)) for text in right)
    return Question(row, question, context, right, places)


TEXT = "Ada Lovelace was born in London in 1815 and wrote the first program."
ASKED = [
    asked(4, "Who was born in London?", TEXT, "Ada Lovelace", "Lovelace"),
    asked(5, "When was she born?", TEXT, "1815"),
    asked(6, "What did she write?", TEXT, "the first program"),
    asked(7, "Which colour was it?", TEXT),
    asked(8, "Where?", TEXT, "London"),
]
GIVEN = [Given("Lovelace", 4, 12), Given("in 1815", 32, 39), Given("London", 25, 31), Given("Ada", 0, 3), Given("")]


def test_scores_kinds_of_mistakes_and_what_is_marked():
    scores = answers.score(ASKED, GIVEN, [Given("")] * 5)
    assert scores.rows == 5
    assert scores.values["exact_match"].value == pytest.approx(0.2)
    assert scores.values["f1"].value == pytest.approx((1 + 2 / 3) / 5, rel=1e-6)
    assert scores.values["f1"].low <= scores.values["f1"].value <= scores.values["f1"].high
    assert scores.values["f1"].difference_low is not None
    mistakes = next(panel for panel in scores.panels if panel.title == "What goes wrong")
    assert [count for _, count in mistakes.rows] == [1, 1, 1, 1]
    worst = scores.panels[-1].texts
    assert [text.row for text in worst] == [6, 7, 8, 5]
    assert worst[1].accepted == () and worst[1].true == () and worst[1].asked == "Which colour was it?"
    assert [worst[0].text[mark.start : mark.end] for mark in (*worst[0].true, *worst[0].predicted)] == [
        "the first program",
        "London",
    ]
    assert answers.quick([one.accepted for one in ASKED], [one.text for one in GIVEN]) == {
        name: pytest.approx(scores.values[name].value) for name in answers.NAMES
    }


def test_questions_are_grouped_by_their_first_question_word():
    rows = [asked(row, f"And how many {row}?", TEXT, "1815") for row in range(6)]
    rows += [asked(9, "Why?", TEXT, "London"), asked(10, "Name it", TEXT, "London")]
    bars = answers.score(rows, [Given("1815")] * 8).panels[1]
    assert bars.categories == ("how many", "other")
    assert bars.series["Exact match"] == (1, 0)


def test_of_a_long_context_the_part_around_the_answer_is_shown():
    context = "x " * 5000 + "Rome" + " y" * 100_000 + "Oslo" + " z" * 5000
    near = answers.score([asked(1, "Where?", context, "Rome")], [Given("")]).panels[-1].texts[0]
    (mark,) = near.true
    assert len(near.text) < 1000 and near.text[mark.start : mark.end] == "Rome" and near.text.startswith("… ")
    start = context.index("Oslo")
    far = answers.score([asked(1, "Where?", context, "Rome")], [Given("Oslo", start, start + 4)]).panels[-1].texts[0]
    (mark,) = far.predicted
    assert len(far.text) < 1000 and far.text[mark.start : mark.end] == "Oslo" and far.true == ()


def test_no_questions_have_no_scores():
    assert answers.score([], []).rows == 0 and answers.quick([], []) == {}
