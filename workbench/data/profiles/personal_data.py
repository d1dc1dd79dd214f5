"""Personal data in texts: found by their form and their check digits, and hidden; standard library only, because
exported models carry this file.

Check digits: payment cards by Luhn (ISO/IEC 7812-1), IBAN by modulus 97 (ISO 13616), Chinese resident identity
numbers by modulus 11-2 (GB 11643-1999). A form alone is not enough where a check exists, so that order numbers stay.
"""

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

KINDS = {  # stored name: what people call it
    "email": "e-mail address",
    "phone": "phone number",
    "card": "payment card number",
    "iban": "bank account (IBAN)",
    "identity": "identity number",
    "ip": "IP address",
}
_FORMS = (  # the most telling first: what one of them took is no longer looked at by the others
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?![\w-])")),
    ("iban", re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")),
    ("identity", re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])")),  # Chinese resident identity number
    ("identity", re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")),  # US social security number
    ("card", re.compile(r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d-])")),
    ("ip", re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")),
    ("phone", re.compile(r"(?<![\d.,/+-])\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,4}(?![\d-])")),
    (
        "phone",
        re.compile(r"(?<![\d.,/-])\(\d{3}\) ?\d{3}[ .-]\d{4}(?![\d-])|(?<![\d.,/-])\d{3}[-.]\d{3}[-.]\d{4}(?![\d-])"),
    ),
    ("phone", re.compile(r"(?<!\d)(?<!\d[.,-])1[3-9]\d{9}(?![.,]?\d)")),  # Chinese mobile
    ("phone", re.compile(r"(?<![\d.,/-])0\d{2,5}[ /-]?\d{3,4}[ -]?\d{3,4}(?![\d-])")),
)
_QUICK = re.compile(r"@|\d{3}|\d\.\d|\+\d")  # a text without any of these holds no personal data
_IBAN_LENGTHS = {  # by country: the SWIFT registry of ISO 13616
    country: int(length)
    for country, length in re.findall(
        r"(..)(\d\d)",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 "
        "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
        "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 "
        "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 "
        "YE30",
    )
}


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of personal data: its kind, and where it stands in the text (from ``start`` to before ``end``)."""

    kind: str
    start: int
    end: int


def find(text: str, kinds: Sequence[str] = ()) -> list[Found]:
    """What looks like personal data, in the order of the text; only of these ``kinds`` when any are given."""
    if not _QUICK.search(text):
        return []
    found: list[Found] = []
    taken = bytearray(len(text))
    for kind, form in _FORMS:
        for match in form.finditer(text):
            end = match.start() + _LENGTHS[kind](match.group())
            if end > match.start() and not any(taken[match.start() : end]):
                found.append(Found(kind, match.start(), end))
                taken[match.start() : end] = b"\1" * (end - match.start())
    return sorted((one for one in found if not kinds or one.kind in kinds), key=lambda one: one.start)


def hide_personal_data(text: str, *, how: str = "mask", salt: str = "", kinds: Sequence[str] = ()) -> str:
    """The text without personal data.

    ``how`` is "mask" ("[e-mail address]"), "hash" ("[email 3f9a0c12]": the first 8 hexadecimal digits of SHA-256 over
    salt and value, so that the same value stays recognisable) or "drop" (nothing in its place).
    """
    return "".join(_pieces(text, how, salt, kinds))


def _pieces(text: str, how: str, salt: str, kinds: Sequence[str]) -> Iterator[str]:
    end = 0
    for found in find(text, kinds):
        yield text[end : found.start]
        if how == "mask":
            yield f"[{KINDS[found.kind]}]"
        elif how == "hash":
            value = text[found.start : found.end]
            yield f"[{found.kind} {hashlib.sha256((salt + value).encode()).hexdigest()[:8]}]"
        end = found.end
    yield text[end:]


def _card(text: str) -> bool:
    digits = [int(sign) for sign in text if sign.isdigit()]
    if len(set(digits)) < 2 or digits[0] not in (2, 3, 4, 5, 6):
        return False
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _iban(text: str) -> int:
    """How many of the characters, blanks included, are the account's; words in capitals may follow it."""
    wanted, end = _IBAN_LENGTHS.get(text[:2], 0), 0
    compact = ""
    while len(compact) < wanted and end < len(text):
        compact += text[end].strip()
        end += 1
    if len(compact) < wanted or not wanted or text[end : end + 1].strip():
        return 0
    return end * (int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1)


def _identity(text: str) -> bool:
    if "-" in text:  # these ranges were never given to anybody
        area, group, serial = text.split("-")
        return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(weight * int(digit) for weight, digit in zip(weights, text[:17], strict=True))
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return "10X98765432"[total % 11] == text[17].upper()


def _address(text: str) -> bool:
    try:
        return not ipaddress.IPv4Address(text).is_unspecified
    except ValueError:
        return False


def _phone(text: str) -> bool:
    return 7 <= sum(sign.isdigit() for sign in text) <= 15


def _whole(check: Callable[[str], bool]) -> Callable[[str], int]:
    """All characters, or none where the check fails."""
    return lambda text: len(text) * check(text)


_LENGTHS: dict[str, Callable[[str], int]] = {  # how many characters of what has the form are the value; 0: none
    "email": _whole(lambda text: ".." not in text),
    "phone": _whole(_phone),
    "card": _whole(_card),
    "iban": _iban,
    "identity": _whole(_identity),
    "ip": _whole(_address),
}
FUNCTIONS: dict[str, Callable[..., str]] = {"hide_personal_data": hide_personal_data}
