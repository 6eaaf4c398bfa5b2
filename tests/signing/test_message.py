"""Vectors: RFC 4231; the gateway family's own call sequence run on PHP (see sample_data/php); OpenSSL."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from corena_recon.signing.keys import Key
from corena_recon.signing.message import is_well_formed, sign, signed_bytes, signing_key
from corena_recon.text import text_of

PHP_VECTORS = [
    ("11.00", "3F4DFEF5C40DDCEDB19FB3D3AA2080BC6D8876B1A0F561FFE045C8B9C02CEA3A"),
    ("11", "34C538B799DF356FBC7E8C062DBB94E7CC7F8EF27BE3949F22F5BA87D16B2708"),
    ("11.00000000", "FF78915E48DDE61A5699F41A3A3D28B94A34151B983EB37EFC8182B813B54349"),
]


@pytest.mark.parametrize(("amount", "signature"), PHP_VECTORS)
def test_the_gateway_s_own_php_gives_these(amount: str, signature: str) -> None:
    assert sign(b"test_secret", amount, "DFU80XZIKS") == signature


def test_rfc_4231_case_2() -> None:
    expected = "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843"
    assert sign(b"Jefe", "what do ya want ", "for nothing?") == expected


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_openssl_agrees_on_bytes_that_are_not_utf_8() -> None:
    message = b"11.00000000caf\xe9\x00"
    printed = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", "k" * 50], input=message, capture_output=True, check=True
    ).stdout
    assert sign(b"k" * 50, "11.00000000", text_of(b"caf\xe9\x00")) == printed.decode().split()[-1].upper()


def test_the_seam_between_amount_and_identifier_leaves_no_trace() -> None:
    assert signed_bytes("11.00", "15001") == signed_bytes("11.001", "5001") == b"11.0015001"


@pytest.mark.parametrize(
    ("signature", "answer"),
    [
        ("A" * 64, True),
        ("0123456789ABCDEF" * 4, True),
        ("a" * 64, False),
        ("A" * 63, False),
        ("A" * 65, False),
        ("A" * 63 + "G", False),
        ("A" * 63 + "\n", False),
        ("Ａ" * 64, False),
        ("", False),
    ],
)
def test_well_formed_is_64_upper_case_hexadecimal_digits(signature: str, answer: bool) -> None:
    assert is_well_formed(signature) is answer


def test_every_key_of_the_ring_is_tried() -> None:
    keys = [Key(id="old", secret="s1", mode="live"), Key(id="new", secret="s2", mode="live")]
    assert signing_key(keys, "1", "A", sign(b"s2", "1", "A")) is keys[1]
    assert signing_key(keys, "1", "A", sign(b"s3", "1", "A")) is None
    assert signing_key(keys, "1", "A", "é") is None
