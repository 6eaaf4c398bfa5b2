"""What the core must show before it is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corena_recon.native.checking import agrees_with_python, signs_rightly
from corena_recon.native.digests import WAYS
from corena_recon.native.library import PATH, opened
from tests.native.compiled import Slip, emulated_core, slipped_core

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("way", WAYS)
def test_the_core_agrees_with_python_in_every_way(way: str, core_objects: Path, tmp_path: Path) -> None:
    library = opened(PATH)
    assert agrees_with_python(library)
    if not library.corena_hmac_knows(WAYS.index(way)):
        if way != "sha":
            pytest.skip(f"this processor knows no {way}")
        library = emulated_core(core_objects, tmp_path)
    assert signs_rightly(library, way)


SLIPS = {
    "a constant": Slip("sha256.c", "0x428a2f98", "0x428a2f99"),
    "the padding": Slip("hmac.c", "0x80;", "0x81;"),
    "the outer length": Slip("hmac.c", "SHA256_BLOCK_BYTES + SHA256_DIGEST_BYTES)}", "SHA256_DIGEST_BYTES)}"),
    "the inner length": Slip("hmac.c", "8 * (SHA256_BLOCK_BYTES + message", "8 * (message"),
    "the last letter": Slip("hmac.c", "letter < 6", "letter < 7"),
    "a nibble": Slip("hmac.c", "both >> 8", "both >> 7"),
    "characters that are not ASCII": Slip("hmac.c", "typedef uint8_t octets ", "typedef int8_t octets "),
    "a mark": Slip("marks.c", "product >> 64", "product >> 63"),
    "a short cell": Slip("marks.c", "last << 8", "last << 7"),
    "a long cell": Slip("marks.c", "place < last_place", "place <= last_place"),
    "rows of one slot": Slip("marks.c", "&& marks[other] == mark", ""),
    "the largest amounts": Slip("decimals.c", "MAX_INTEGER_DIGITS = 20", "MAX_INTEGER_DIGITS = 21"),
    "the twentieth digit": Slip("decimals.c", "(unsigned)last_digit", "0"),
    "a sign": Slip("decimals.c", "is_negative ? -magnitude", "is_negative ? magnitude"),
    "a last zero": Slip("decimals.c", "DECIMALS && digit)", "DECIMALS)"),
    "rows of no mark": Slip("marks.c", "if (mark == 0)", "if (mark == 1)"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_core_that_errs_is_not_trusted(slip: str, core_objects: Path, tmp_path: Path) -> None:
    assert not agrees_with_python(slipped_core(core_objects, tmp_path, SLIPS[slip]))
