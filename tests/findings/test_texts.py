"""Personal data (masked, case 83), odd lengths, long texts and other languages are found; what looks like it is not."""

import pytest

from tests.findings.tables import evidence, found, kinds, of_table, of_texts, texts

PERSONAL = {
    "email": "write to jane.doe@example.org today",
    "phone": "call +49 30 901820 or come by",
    "card": "card 4111 1111 1111 1111, thanks",
    "iban": "pay to DE89 3704 0044 0532 0130 00 soon",
    "identity": "her number is 11010519491231002X here",
    "ip": "came from 203.0.113.42 yesterday",
}


@pytest.mark.parametrize(("kind", "text"), PERSONAL.items())
def test_case_83_personal_data_are_counted_and_masked(kind, text):
    there = of_texts([*texts(20), text])
    (finding,) = found(there, f"personal-data-{kind}")
    assert (finding.count, finding.rows, finding.column) == (1, ((20,),), "text") and finding.personal
    assert finding.fix.step.model_dump() == {"step": "hide-personal-data", "columns": ["text"], "how": "mask"}
    assert "•••" in finding.sentence
    pieces = [piece for piece in text.split() if any(sign.isdigit() or sign == "@" for sign in piece)]
    assert not any(piece.strip(",") in finding.sentence for piece in pieces if len(piece) > 3)


@pytest.mark.parametrize(
    "text",
    [
        "order 4111111111111112 has left",
        "our number DE89370400440532013001 is wrong",
        "see 110105194912310021 in the list",
        "at 3 @ 5 pm, meet us @home",
        "version 300.1.2.3 is out",
        "on 2024-01-02 and 12.05.2023 it was 1,234,567.89",
        "the 000-12-3456 and 666-12-3456 forms",
    ],
)
def test_what_only_looks_like_personal_data(text):
    assert not {kind for kind in kinds(of_texts([*texts(20), text])) if kind.startswith("personal-data")}


def test_numbers_that_pass_a_check_by_chance_are_no_cards():
    stamps = [str(1_609_459_200_000 + 977 * number) for number in range(300)]
    assert "personal-data-card" not in kinds(of_table(stamp=stamps))
    written = [f"{text} ref 40{2_345_678_901 + 7919 * number}" for number, text in enumerate(texts(300))]
    assert "personal-data-card" not in kinds(of_texts(written))


def test_a_column_of_phone_numbers():
    phones = [f"138{number:08}" for number in range(10_000_000, 10_000_200)]
    there = evidence({"text": texts(200), "contact": phones}, texts=["text"], features=["contact"])
    (finding,) = found(there, "personal-data-phone")
    assert (finding.column, finding.count) == ("contact", 200)


def test_texts_of_another_length():
    written = [*texts(200), "x", " ".join(texts(60))]
    (finding,) = found(of_texts(written), "text-lengths")
    assert finding.rows == ((200,), (201,))
    varied = [" ".join(texts(1, seed=number, length=3 + number % 40)) for number in range(300)]
    assert "text-lengths" not in kinds(of_texts(varied))


def test_texts_longer_than_the_model_reads():
    written = [*texts(30), " ".join(texts(20)), "好" * 100]
    (finding,) = found(of_texts(written, max_tokens=60), "long-texts")
    assert (finding.count, finding.rows) == (2, ((30,), (31,)))
    assert "long-texts" not in kinds(of_texts(written))
    assert "long-texts" not in kinds(of_texts(written[:30], max_tokens=60))


def test_texts_in_another_language():
    english = "the weather in the city is nice today and we are going to walk along the river with the dog number {}"
    german = "das Wetter in der Stadt ist heute sehr schön und wir gehen mit dem Hund auf die Wiese am Fluss Nummer {}"
    chinese = "今天天气很好我们带着狗一起去河边散步然后回家吃饭看书休息第{}次"
    written = [english.format(number) for number in range(40)]
    assert "languages" not in kinds(of_texts(written))
    mixed = [
        *written,
        *(german.format(number) for number in range(8)),
        *(chinese.format(number) for number in range(6)),
    ]
    (finding,) = found(of_texts(mixed), "languages")
    assert finding.count == 14 and finding.values["main"] == "en"
    assert finding.rows == tuple((row,) for row in range(40, 54))
