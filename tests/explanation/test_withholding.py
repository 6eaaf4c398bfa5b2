from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.explanation.withholding import SHOWN_DIGITS, Withheld

DIGEST = bytes(range(100, 132))
HEX = DIGEST.hex().upper()
SECRET = "invented-secret-aé"


WITHHELD = Withheld([DIGEST], [SECRET.encode()])


def cut(text: str) -> str:
    return WITHHELD.cut(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("nothing to hide", "nothing to hide"),
        (HEX, f"{HEX[:8]}…"),
        (HEX.lower(), f"{HEX[:8].lower()}…"),
        (f"<{HEX}> ß {HEX.lower()}", f"<{HEX[:8]}…> ß {HEX[:8].lower()}…"),
        (HEX[:8], HEX[:8]),
        (HEX[:9], f"{HEX[:8]}…"),
        (HEX[5:], "…"),
        (HEX[1:20] + "!", "…!"),
        (base64.b64encode(DIGEST).decode(), "…="),
        (base64.urlsafe_b64encode(DIGEST).decode(), "…="),
        (base64.b64encode(HEX.encode()).decode(), "…"),
        (f"key={SECRET};", "key=…;"),
    ],
)
def test_of_a_withheld_signature_the_first_digits_are_left(text: str, shown: str) -> None:
    assert cut(text).rstrip("=") == shown.rstrip("=")


def test_a_signature_with_some_digits_changed_gives_nothing_away() -> None:
    every_eighth = "".join("0" if place % 8 == 7 else digit for place, digit in enumerate(HEX))
    assert Withheld([DIGEST]).cut_signature(every_eighth) == f"{every_eighth[:8]}…"
    assert Withheld([DIGEST]).cut_signature("0" * 64) == "0" * 64


def test_plain_data_is_cut_wherever_it_holds_text() -> None:
    data = {"a": [HEX, (1, HEX)], "b": {"c": HEX, "d": None}}
    assert Withheld([DIGEST]).cut_all(data) == {
        "a": [f"{HEX[:8]}…", [1, f"{HEX[:8]}…"]],
        "b": {"c": f"{HEX[:8]}…", "d": None},
    }


def test_nothing_is_withheld_where_nothing_must_be() -> None:
    assert Withheld([]).cut(HEX) == HEX
    assert Withheld([], [b"1"]).cut("11.00") == "11.00"


@given(before=st.text(max_size=30), after=st.text(max_size=30), start=st.integers(0, 55), length=st.integers(9, 64))
def test_no_run_longer_than_the_first_digits_survives(before: str, after: str, start: int, length: int) -> None:
    shown = cut(before + HEX[start : start + length] + after).upper()
    runs = [HEX[place : place + SHOWN_DIGITS + 1] for place in range(64 - SHOWN_DIGITS)]
    assert not any(run in shown for run in runs)
    assert not re.search(re.escape(HEX[20:40]), shown)
