"""HMAC-SHA256 of whole columns, by hashlib and in every way of the compiled core."""

from __future__ import annotations

import hashlib
import hmac
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corena_recon.errors import CorenaReconError, KeyRingError
from corena_recon.native import digests as native_digests
from corena_recon.native import library
from corena_recon.native.digests import WAYS
from corena_recon.signing import bulk as bulk_hmac
from corena_recon.signing.bulk import decode_signatures, digests_of, hmac_sha256, signatures_match
from tests.native.compiled import emulated_core

if TYPE_CHECKING:
    import ctypes
    from pathlib import Path

SECRET = b"invented secret"

# RFC 4231, section 4: key, message, beginning of the digest in hexadecimal (case 5 gives 128 bits of it).
RFC_4231 = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        (
            b"This is a test using a larger than block-size key and a larger than block-size data. "
            b"The key needs to be hashed before being used by the HMAC algorithm."
        ),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]


@pytest.fixture(scope="module", params=["hashlib", *WAYS])
def way(request: pytest.FixtureRequest) -> str:
    """One way to work digests out, for every test."""
    return str(request.param)


@pytest.fixture(scope="module")
def library_of_way(
    way: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ctypes.CDLL | None:
    if way == "hashlib":
        return None
    core = library.opened(library.PATH)
    if core.corena_hmac_knows(WAYS.index(way)):
        return core
    if way == "sha":
        return emulated_core(request.getfixturevalue("core_objects"), tmp_path_factory.mktemp("core"))
    pytest.skip(f"this processor knows no {way}")


@pytest.fixture(autouse=True)
def _one_way(way: str, library_of_way: ctypes.CDLL | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_hmac, "core", lambda: library_of_way)
    monkeypatch.setattr(native_digests, "best_way", lambda _: way)


def sample(byte_count: int, seed: int = 0) -> bytes:
    return hashlib.shake_128(b"%d %d" % (byte_count, seed)).digest(byte_count)


def signed(secret: bytes, message: bytes | None) -> bytes | None:
    return None if message is None else hmac.digest(secret, message, "sha256")


@pytest.mark.parametrize(("secret", "message", "digest"), RFC_4231)
def test_the_vectors_of_rfc_4231(secret: bytes, message: bytes, digest: str) -> None:
    (result,) = hmac_sha256(secret, [message]).to_pylist()
    assert result.hex().startswith(digest)


def test_every_message_length_under_every_key_length() -> None:
    messages = [sample(length) for length in range(301)]
    column = pa.array(messages)
    for key_length in range(201):
        secret = sample(key_length, seed=1)
        assert hmac_sha256(secret, column).to_pylist() == [signed(secret, message) for message in messages]


def test_messages_around_the_longest_of_which_several_are_signed_at_once() -> None:
    lengths = [*range(180, 320), 5_000, 100_000, 0]
    messages = [sample(length) for length in lengths]
    assert hmac_sha256(SECRET, messages).to_pylist() == [signed(SECRET, message) for message in messages]


TEXTS = [
    "",
    "11.00000000DFU80XZIKS",
    None,
    "€" * 40,
    "a" * 55,
    "a" * 56,
    None,
    "a\0b",
    "naïve" * 100,
    "",
    "z",
]


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
    ],
    ids=str,
)
def test_every_arrow_type_whole_sliced_and_chunked(kind: pa.DataType) -> None:
    column = pa.array(TEXTS).cast(kind)
    expected = [signed(SECRET, None if text is None else text.encode()) for text in TEXTS]
    assert hmac_sha256(SECRET, column).to_pylist() == expected
    assert hmac_sha256(SECRET, column[3:9]).to_pylist() == expected[3:9]
    chunked = pa.chunked_array([column[:1], column[1:1], column[1:8], column[8:]])
    assert hmac_sha256(SECRET, chunked).to_pylist() == expected


def test_bytes_that_are_not_text() -> None:
    messages = [b"\xff\xfe", b"\x80" * 64, bytes(range(256))]
    assert hmac_sha256(SECRET, messages).to_pylist() == [signed(SECRET, message) for message in messages]


@pytest.mark.parametrize(
    ("messages", "length"),
    [
        ([], 0),
        ((), 0),
        ([None], 1),
        ([None, None], 2),
        (pa.array([]), 0),
        (pa.nulls(3), 3),
        (pa.array([], pa.string()), 0),
        (pa.array(["a", "b"])[2:], 0),
        (pa.chunked_array([], pa.string()), 0),
        (pa.array([None, None], pa.large_string()), 2),
    ],
    ids=["list", "tuple", "none", "nones", "untyped", "nulls", "strings", "slice", "chunks", "null strings"],
)
def test_nothing_to_sign(messages: list[bytes] | pa.Array, length: int) -> None:
    digests = hmac_sha256(SECRET, messages)
    digests.validate(full=True)
    assert digests.type == pa.binary(32)
    assert digests.to_pylist() == [None] * length


@pytest.mark.parametrize(
    ("secret", "messages", "complaint"),
    [
        ("text", [b"a"], "secret is of type str, not bytes"),
        (None, pa.chunked_array([], pa.string()), "secret is of type NoneType, not bytes"),
        (SECRET, "text", "messages of type str"),
        (SECRET, b"bytes", "messages of type bytes"),
        (SECRET, 7, "messages of type int"),
        (SECRET, ["text"], "a message is of type str, not bytes"),
        (SECRET, [b"a", 1], "a message is of type int, not bytes"),
        (SECRET, pa.array([1]), "type int64 cannot be signed .*binary or string"),
        (SECRET, pa.chunked_array([[1.5]]), "type double cannot be signed"),
        (SECRET, pa.array([b"abc"], pa.binary(3)), r"type fixed_size_binary\[3\] cannot be signed"),
    ],
)
def test_other_types_are_refused(secret: bytes, messages: list[bytes], complaint: str) -> None:
    with pytest.raises(CorenaReconError, match=complaint):
        hmac_sha256(secret, messages)


def test_a_complaint_never_holds_the_secret() -> None:
    with pytest.raises(KeyRingError) as caught:
        hmac_sha256("s3cr3t", [b"a"])  # type: ignore[arg-type]
    assert "s3cr3t" not in str(caught.value)


def test_work_is_shared_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_hmac, "_ROWS_PER_STEP", 7)
    messages = [None if number % 11 == 3 else sample(number) for number in range(150)]
    expected = [signed(SECRET, message) for message in messages]
    column = pa.array(messages)
    assert hmac_sha256(SECRET, column).to_pylist() == expected
    chunked = pa.chunked_array([column[:20], column[20:]])
    assert hmac_sha256(SECRET, chunked).to_pylist() == expected


def test_two_threads_do_not_disturb_each_other() -> None:
    batches = [[sample(number % 130, seed=batch) for number in range(3_000)] for batch in range(4)]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda batch: hmac_sha256(SECRET, pa.array(batch)), batches))
    for batch, result in zip(batches, results, strict=True):
        assert result.to_pylist() == [signed(SECRET, message) for message in batch]


cells = st.one_of(st.none(), st.binary(max_size=80), st.binary(min_size=500, max_size=600))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells, cells), max_size=40), st.binary(max_size=140), st.data())
def test_parts_are_joined_without_a_separator(
    rows: list[tuple[bytes | None, ...]], secret: bytes, data: st.DataObject
) -> None:
    """CONTRACT 1: signed bytes = amount text + identifier, no separator."""
    columns = [pa.array([row[part] for row in rows], pa.binary()) for part in range(3)]
    expected = [bytes(32) if None in row else signed(secret, b"".join(filter(None, row))) for row in rows]
    assert list(map(bytes, digests_of(secret, columns))) == expected
    chosen = data.draw(st.lists(st.sampled_from(range(len(rows))))) if rows else []
    digests = digests_of(secret, columns, np.array(chosen, np.int64))
    assert list(map(bytes, digests)) == [expected[row] for row in chosen]


@pytest.mark.parametrize("rows", [[-1], [3], [0, 1, 1 << 40]])
def test_rows_that_do_not_exist(rows: list[int]) -> None:
    with pytest.raises(IndexError, match="numbered from 0 to 2"):
        digests_of(SECRET, [pa.array(["a", "b", "c"])], np.array(rows))


def test_parts_of_different_lengths() -> None:
    with pytest.raises(ValueError, match="one length"):
        digests_of(SECRET, [pa.array(["a"]), pa.array(["a", "b"])])


UPPER_HEX = "0123456789ABCDEF"
signatures = st.one_of(
    st.none(),
    st.text(UPPER_HEX, min_size=64, max_size=64),
    st.text(UPPER_HEX, min_size=62, max_size=66),
    st.text(UPPER_HEX + "abcdefgG/:@`\0 é", min_size=60, max_size=64),
    st.tuples(st.text(UPPER_HEX, min_size=63, max_size=63), st.characters(max_codepoint=255)).map("".join),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(signatures, max_size=30), st.integers(0, 5))
def test_a_signature_is_64_upper_case_hexadecimal_digits(texts: list[str | None], skipped: int) -> None:
    expected = [text is not None and re.fullmatch("[0-9A-F]{64}", text) is not None for text in texts[skipped:]]
    digests, well_formed = decode_signatures(pa.array(texts, pa.string())[skipped:])
    assert well_formed.tolist() == expected
    assert list(map(bytes, digests)) == [
        bytes.fromhex(text) if good and text else bytes(32)
        for text, good in zip(texts[skipped:], expected, strict=True)
    ]


def test_every_character_at_every_place_of_a_signature() -> None:
    good = UPPER_HEX.encode() * 4
    texts = [good[:place] + bytes([octet]) + good[place + 1 :] for place in range(64) for octet in range(256)]
    _, well_formed = decode_signatures(pa.array(texts, pa.binary()))
    assert well_formed.tolist() == [octet in UPPER_HEX.encode() for _ in range(64) for octet in range(256)]


def test_signatures_are_compared_row_by_row() -> None:
    amounts = pa.array(["11.00000000", "11.00000000", "12.5", None, "1", "7"])
    identifiers = pa.array(["DFU80XZIKS", "DFU80XZIKS", "ID", "ID", None, "A"])
    genuine = hmac.digest(SECRET, b"11.00000000DFU80XZIKS", "sha256").hex().upper()
    other = hmac.digest(SECRET, b"7A", "sha256").hex().upper()
    forged = "0" + genuine[1:] if genuine[0] != "0" else "1" + genuine[1:]
    claimed, _ = decode_signatures(pa.array([genuine, forged, genuine, "0" * 64, None, other]))
    parts = [amounts, identifiers]
    assert signatures_match(SECRET, parts, claimed).tolist() == [True, False, False, False, False, True]
    rows = np.array([5, 3, 0, 0, 1])
    assert signatures_match(SECRET, parts, claimed, rows).tolist() == [True, False, True, True, False]
    assert not signatures_match(b"another secret", parts, claimed).any()
    assert signatures_match(SECRET, parts, claimed, np.array([], np.int64)).tolist() == []
    with pytest.raises(ValueError, match="6 digests of 32 bytes"):
        signatures_match(SECRET, parts, claimed[:3])


def test_the_signature_of_the_documentation_s_example() -> None:
    """GATEWAY 1.2: what the gateway family's own code signs with the secret ``test_secret``."""
    claimed, well_formed = decode_signatures(
        pa.array(
            [
                "3F4DFEF5C40DDCEDB19FB3D3AA2080BC6D8876B1A0F561FFE045C8B9C02CEA3A",
                "34C538B799DF356FBC7E8C062DBB94E7CC7F8EF27BE3949F22F5BA87D16B2708",
                "FF78915E48DDE61A5699F41A3A3D28B94A34151B983EB37EFC8182B813B54349",
            ]
        )
    )
    parts = [pa.array(["11.00", "11", "11.00000000"]), pa.array(["DFU80XZIKS"] * 3)]
    assert well_formed.all()
    assert signatures_match(b"test_secret", parts, claimed).all()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_openssl_gives_the_same_digests(tmp_path: Path) -> None:
    for length in (0, 21, 55, 56, 300):
        secret, message = sample(length // 2 + 1, seed=2), sample(length)
        (tmp_path / "message").write_bytes(message)
        command = [
            "openssl",
            "dgst",
            "-sha256",
            "-mac",
            "HMAC",
            "-macopt",
            f"hexkey:{secret.hex()}",
            "-binary",
        ]
        run = subprocess.run([*command, tmp_path / "message"], capture_output=True, check=True)
        assert hmac_sha256(secret, [message]).to_pylist() == [run.stdout]
