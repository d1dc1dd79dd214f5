"""Personal data are found by their form and their check digits; what only looks alike stays."""

import itertools
import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.profiles.personal_data import KINDS, find, hide_personal_data
from workbench.prepare.hide_personal_data import HidePersonalData
from workbench.prepare.prepared import clean_table
from workbench.prepare.roles import Roles
from workbench.recipe import Split

REAL = {
    "card": ["4111 1111 1111 1111", "4012888888881881", "5500-0000-0000-0004", "378282246310005", "6011000990139424"],
    "iban": [
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "GB82 WEST 1234 5698 7654 32",
        "FR14 2004 1010 0505 0001 3M02 606",
        "NO93 8601 1117 947",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
        "BE68 5390 0754 7034",
    ],
    "identity": ["11010519491231002X", "11010519491231002x", "440524188001010014", "078-05-1120"],
    "phone": [
        "+49 30 901820",
        "+49 (0)30 901820",
        "+33 1 23 45 67 89",
        "+1-202-555-0143",
        "(202) 555-0143",
        "202-555-0143",
        "13812345678",
        "010-6552 9988",
        "030 901820",
    ],
    "ip": ["192.168.0.1", "8.8.8.8", "10.0.0.1"],
    "email": ["ann@example.org", "ann.b+songs@mail.example.co.uk", "李雷@例子.中国"],
}
LOOK_ALIKE = [
    "4111 1111 1111 1112",  # a card whose last digit is wrong
    "4012888888881882",
    "1700000000000",  # milliseconds since 1970
    "9780306406157",  # an ISBN
    "DE88370400440532013000",
    "GB82 WEST 1234 5698 7654 33",
    "DE8937040044053201300",  # an IBAN with a digit too few
    "ZZ89370400440532013000",  # no such country
    "110105194912310021",  # an identity number whose check is X
    "11010519491331002X",  # born in month 13
    "000-12-3456",
    "666-12-3456",
    "900-12-3456",
    "123-00-4567",
    "123-45-0000",
    "2026-11-22",
    "12.5.2026",
    "3.14159265358979",
    "256.1.1.1",
    "1.2.3",
    "0.0.0.0",
    "version 10.4",
    "1,234,567,890",
    "-13812345678.5",
    "a@b",
    "@handle",
    "3 + 4 = 7",
    "order 123456",
]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in REAL.items() for value in values])
@pytest.mark.parametrize("around", ["{}", "Call {} now", "({})", "is it {}?", "号码：{}。", "{}, please", "{} CALL ME"])
def test_what_is_personal_is_found_at_its_place(kind, value, around):
    text = around.format(value)
    (found,) = find(text)
    assert (found.kind, text[found.start : found.end]) == (kind, value)


@pytest.mark.parametrize("value", LOOK_ALIKE)
def test_what_only_looks_alike_stays(value):
    assert find(f"see {value} there") == []
    assert hide_personal_data(value) == value


@pytest.mark.parametrize("value", REAL["card"] + REAL["iban"] + REAL["identity"][:1])
def test_one_wrong_digit_is_noticed(value):
    """All of these checks see any single wrong digit."""
    for place, sign in enumerate(value):
        if sign.isdigit() and place > 3:
            wrong = value[:place] + str((int(sign) + 1) % 10) + value[place + 1 :]
            assert [found.kind for found in find(wrong) if found.kind in ("card", "iban", "identity")] == []


def test_several_in_one_text_are_found_in_order_and_once():
    text = "ann@example.org or +49 30 901820, card 4111 1111 1111 1111, from 10.0.0.1 (ann@example.org)"
    assert [found.kind for found in find(text)] == ["email", "phone", "card", "ip", "email"]
    assert [found.kind for found in find(text, ["ip", "card"])] == ["card", "ip"]


def test_the_three_ways_of_hiding():
    text = "write to ann@example.org or bob@example.org, not ann@example.org"
    assert hide_personal_data(text) == "write to [e-mail address] or [e-mail address], not [e-mail address]"
    assert hide_personal_data(text, how="drop") == "write to  or , not "
    first, second, third = [part[:14] for part in hide_personal_data(text, how="hash", salt="s").split("[")[1:]]
    assert first == third != second and first.startswith("email ")
    assert hide_personal_data(text, how="hash", salt="other") != hide_personal_data(text, how="hash", salt="s")
    assert hide_personal_data(text, kinds=["phone"]) == text


@given(st.text(alphabet="0123456789 -+().@abXDE\n号", max_size=80), st.sampled_from(["mask", "hash", "drop"]))
def test_any_text_keeps_what_is_not_hidden(text, how):
    found = find(text)
    assert all(one.kind in KINDS and text[one.start : one.end].strip() for one in found)
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))
    hidden = hide_personal_data(text, how=how)
    if not found:
        assert hidden == text
    ends = [0, *(one.end for one in found)]
    starts = [*(one.start for one in found), len(text)]
    for end, start in zip(ends, starts, strict=True):
        assert text[end:start] in hidden


@pytest.mark.parametrize("piece", ["a.", "1 ", "0123 ", "+1", "A1", "a@b.", "9-", "(202) "])
def test_a_long_text_takes_no_time(piece):
    started = time.perf_counter()
    find(piece * (200_000 // len(piece)))
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("how", "hidden"), [("mask", "mail [e-mail address]"), ("drop", "mail "), ("hash", "mail [email ")]
)
def test_case_83_personal_data_are_hidden_in_every_column_that_is_read(how, hidden):
    table = pd.DataFrame(
        {"body": ["mail ann@example.org", "plain"], "phone": ["+49 30 901820", ""], "label": ["ann@example.org", "b"]},
        dtype="str",
    )
    roles = Roles({"text": "body", "label": "label"}, ("text",), "label", features=())
    cleaned = clean_table(table, roles, [HidePersonalData(how=how, salt="s")], Split(), 7)
    assert cleaned.rows["body"][0].startswith(hidden) and "ann" not in cleaned.rows["body"][0]
    assert "901820" not in cleaned.rows["phone"][0]
    assert cleaned.rows.loc[1, ["body", "phone"]].tolist() == ["plain", ""]
    assert cleaned.rows["label"].tolist() == table["label"].tolist()
    assert cleaned.report[0].cells_changed == 2
    chosen = clean_table(table, roles, [HidePersonalData(columns=("phone",), how=how)], Split(), 7)
    assert chosen.rows["body"].tolist() == table["body"].tolist() and "901820" not in chosen.rows["phone"][0]
