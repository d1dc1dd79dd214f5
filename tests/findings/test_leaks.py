"""What gives the label away is found on held-out rows; strong measurements of real data sets are no leaks."""

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from tests.findings.tables import evidence, found, of_table, of_texts, texts

LEAKS = {
    "the answer in other words": lambda answers, chance: [f"{'A' if answer == 'yes' else 'B'}7" for answer in answers],
    "a number behind it": lambda answers, chance: [
        f"{(answer == 'yes') * 5 + chance.random():.3f}" for answer in answers
    ],
    "rows in the order of the answer": lambda answers, chance: [
        str(place) for place in np.argsort(np.argsort([answer == "yes" for answer in answers], kind="stable"))
    ],
    "filled afterwards": lambda answers, chance: ["moved away" if answer == "yes" else "" for answer in answers],
    "with a few mistakes": lambda answers, chance: [answer if chance.random() < 0.985 else "no" for answer in answers],
}


@pytest.fixture
def chance():
    return np.random.default_rng(11)


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_a_column_that_gives_the_answer_away(leak, chance):
    answers = chance.choice(["yes", "no"], 600).tolist()
    weak = [f"{(answer == 'yes') * 1.5 + chance.normal():.3f}" for answer in answers]
    there = of_table(weak=weak, leak=leak(answers, chance), noise=texts(600, length=1), answer=answers)
    (finding,) = found(there, "leaking-columns")
    assert finding.column == "leak" and finding.level == "warning"
    assert finding.fix.step.model_dump() == {"step": "drop-columns", "columns": ["leak"]}


def frame(loaded):
    measured = dict(zip(map(str, loaded.feature_names), loaded.data.T.tolist(), strict=True))
    return {name: list(map(str, values)) for name, values in measured.items()} | {
        "answer": list(map(str, loaded.target))
    }


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_real_measurements_are_no_leaks(name, chance):
    columns = frame(getattr(datasets, f"load_{name}")())
    assert found(of_table(**columns), "leaking-columns") == []
    columns["copy"] = [f"class {answer}" for answer in columns["answer"]]
    assert [finding.column for finding in found(of_table(**columns), "leaking-columns")] == ["copy"]


def test_rows_of_one_person_belong_together(chance):
    people = [f"P{person:03}" for person in range(150) for _ in range(4)]
    answers = [["yes", "no"][int(person[1:]) % 2] for person in people]
    order = chance.permutation(600)
    there = of_table(person=[people[at] for at in order], answer=[answers[at] for at in order])
    (finding,) = found(there, "groups")
    assert finding.fix.split == {"method": "group", "column": "person"}
    assert found(there, "leaking-columns") == []


def test_a_number_that_follows_the_answer(chance):
    price = chance.lognormal(10, 1, 300)
    columns = {"tax": price * 0.19 + 1, "area": price * chance.lognormal(0, 0.3, 300), "answer": price}
    there = of_table(measured=True, **{name: [f"{value:.4f}" for value in values] for name, values in columns.items()})
    (finding,) = found(there, "leaking-columns")
    assert finding.column == "tax"


def test_texts_that_say_their_label(chance):
    labels = chance.choice(["sport", "politics", "culture"], 300).tolist()
    tagged = [f"{text} #{label.upper()}" for text, label in zip(texts(300), labels, strict=True)]
    (finding,) = found(of_texts(tagged, labels), "label-in-text")
    assert finding.count == 300 and finding.column == "text"
    chinese = chance.choice(["体育", "财经"], 300).tolist()
    told = [f"今天的{label}新闻{number}" for number, label in enumerate(chinese)]
    assert found(of_texts(told, chinese), "label-in-text")


def test_labels_in_texts_by_chance_are_no_leak(chance):
    labels = chance.choice(["river", "stone", "lamp"], 300).tolist()
    assert found(of_texts(texts(300), labels), "label-in-text") == []
    topical = [
        f"{label} {text}" if number % 8 == 0 else text.replace(label, "")
        for number, (text, label) in enumerate(zip(texts(300), labels, strict=True))
    ]
    assert found(of_texts(topical, labels), "label-in-text") == []
    assert found(of_texts([f"{label} 1" for label in labels], ["0", "1"] * 150), "label-in-text") == []


def test_few_rows_prove_nothing():
    frame = pd.DataFrame({"a": ["1", "2"] * 5, "answer": ["x", "y"] * 5})
    there = evidence(frame, features=["a"], target="answer")
    assert found(there, "leaking-columns") == []
