"""Every kind of change that the search can name, with signatures made by the standard library."""

from __future__ import annotations

import base64
import hashlib
import hmac
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.explanation.counterfactuals.search import CANDIDATES_MAX, Case, Counterfactual, Search, other_splits
from corena_recon.explanation.phrases import say
from corena_recon.languages import LANGUAGES
from corena_recon.text import octets_of, text_of
from tests.making import SECRET, signature

AMOUNT, IDENTIFIER = "1000.00000000", "CMD-000071"
OTHER_SECRET = "invented-other-secret"
RING = cr.KeyRing([cr.Key(id="old", secret=OTHER_SECRET, mode="live"), cr.Key(id="live", secret=SECRET, mode="live")])
PAIRS_SCHEMA = pa.schema(
    [("amount", pa.string()), ("identifier", pa.string()), ("source", pa.string()), ("record", pa.int64())]
)


class Archive:
    """Amounts and identifiers as an archive would give them, and how often it was asked."""

    def __init__(
        self, amounts: list[str] | None = None, identifiers: list[str] | None = None, pairs: list[Any] | None = None
    ) -> None:
        self._amounts, self._identifiers, self._pairs = amounts or [], identifiers or [], pairs or []
        self.asked: list[str] = []

    def amounts(self, limit: int) -> pa.Array:
        self.asked.append("amounts")
        return pa.array(self._amounts[:limit], pa.string())

    def identifiers(self, limit: int) -> pa.Array:
        self.asked.append("identifiers")
        return pa.array(self._identifiers[:limit], pa.string())

    def pairs(self, limit: int) -> pa.Table:
        self.asked.append("pairs")
        rows = [dict(zip(PAIRS_SCHEMA.names, pair, strict=True)) for pair in self._pairs[:limit]]
        return pa.Table.from_pylist(rows, schema=PAIRS_SCHEMA)


def found(
    posted_signature: str,
    *,
    amount: str = AMOUNT,
    identifier: str = IDENTIFIER,
    archive: Archive | None = None,
    keys: cr.KeyRing | None = RING,
    orders: tuple[str, ...] = (),
    candidates_max: int = 400_000,
    **fields: str,
) -> Counterfactual | None:
    search = Search(keys, archive or Archive(), 1, candidates_max=candidates_max)
    change = search.find(Case(amount, identifier, posted_signature, fields, tuple(map(Decimal, orders))))
    assert search.tried <= candidates_max
    return change


AMOUNT_CASES = [
    # the amount that was signed, orders, origin, places
    ("10.00000000", (), "decimal_moved", 2),
    ("100000.00000000", (), "decimal_moved", -2),
    ("100.00", (), "decimal_moved", 1),
    ("250.00000000", ("250",), "order", None),
    ("250", ("250.00",), "order", None),
    ("10.00000000", ("10",), "order", 2),
    ("1001.00000000", (), "digits", None),
    ("9000.00000000", (), "digits", None),
    ("1000.000000001", (), "digits", None),
    ("1000.0", (), "amount_written", None),
    ("1,000.00", (), "amount_written", None),
    ("1000,00", (), "amount_written", None),
    ("1000.000", (), "amount_written", None),
    ("-1000.00000000", (), "sign", None),
    ("37.45000000", (), "counted", None),
]


@pytest.mark.parametrize(("signed", "orders", "origin", "places"), AMOUNT_CASES)
def test_another_amount(signed: str, orders: tuple[str, ...], origin: str, places: int | None) -> None:
    change = found(signature(signed, IDENTIFIER), orders=orders)
    assert change == Counterfactual("amount", origin=origin, key_id="live", amount=signed, places=places)


def test_an_amount_that_was_rounded() -> None:
    change = found(signature("11.01000000", "A"), amount="11.00500000", identifier="A")
    assert change is not None
    assert (change.kind, change.origin, change.amount) == ("amount", "rounded", "11.01000000")


def test_an_amount_elsewhere_in_the_archive() -> None:
    archive = Archive(amounts=["11.00000000", "98765.43210000"])
    change = found(signature("98765.43210000", IDENTIFIER), archive=archive)
    assert change == Counterfactual("amount", origin="archive", key_id="live", amount="98765.43210000")


IDENTIFIER_CASES = [
    # the identifier that was signed, origin
    ("cmd-000071", "identifier_case"),
    (" CMD-000071", "identifier_spaces"),
    ("CMD-000071\n", "identifier_spaces"),
    ("CMD-71", "identifier_zeros"),
    ("CMD-00000071", "identifier_zeros"),
    ("CMD_000071", "identifier_form"),
    ("#CMD-000071", "identifier_form"),
    ("CMD-000017", "identifier_character"),
    ("CMD-000071X", "identifier_character"),
    ("000071", "identifier_cut"),
    ("CMD", "identifier_cut"),
    ("CMD-000999", "identifier_neighbour"),
]


@pytest.mark.parametrize(("signed", "origin"), IDENTIFIER_CASES)
def test_another_identifier(signed: str, origin: str) -> None:
    change = found(signature(AMOUNT, signed))
    assert change == Counterfactual("identifier", origin=origin, key_id="live", identifier=signed)


ARCHIVED_CASES = [
    # the identifier that was signed, how the archive has it, origin
    ("O'Brien", r"O\'Brien", "identifier_slashes"),
    ('12" "A"', r"12\" \"A\"", "identifier_slashes"),
    (r"A\B", r"A\\B", "identifier_slashes"),
    ("Tom & Co", "Tom &amp; Co", "identifier_entities"),
    ("été <1>", "&eacute;t&eacute; &lt;1&gt;", "identifier_entities"),
    ("O'B & C", "O&amp;#039;B &amp;amp; C", "identifier_entities"),
    ("Tom &amp; Co", "Tom & Co", "identifier_entities"),
    ("CMD é 上", "CMD%20%C3%A9%20%E4%B8%8A", "identifier_percent"),
    ("CMD é/1", "CMD+%C3%A9%2F1", "identifier_percent"),
    ("CMD%20%C3%A9", "CMD é", "identifier_percent"),
    ("CMD É-\U0001f600", r"CMD \u00c9-\ud83d\ude00", "identifier_escapes"),
    ("ÉTÉ-7", "u00c9Tu00c9-7", "identifier_escapes"),
    ("Gâteau €5", "GÃ¢teau â‚¬5", "identifier_encoding"),
    ("Été", text_of("Été".encode("latin-1")), "identifier_encoding"),
    (text_of("Été €".encode("cp1252")), "Été €", "identifier_encoding"),
]


@pytest.mark.parametrize(("signed", "archived", "origin"), ARCHIVED_CASES)
def test_what_the_writer_of_an_archive_changes(signed: str, archived: str, origin: str) -> None:
    posted = hmac.new(SECRET.encode(), AMOUNT.encode() + octets_of(signed), "sha256").hexdigest().upper()
    change = found(posted, identifier=archived)
    assert change == Counterfactual("identifier", origin=origin, key_id="live", identifier=signed)
    for lang in LANGUAGES:
        assert say(f"origin_{origin}", lang)


@pytest.mark.parametrize(
    ("signed", "archived", "amount"),
    [
        ("O'Brien", r"O\'Brien", "1249.5"),  # WordPress, and a column of numbers
        ("Tom & Co", "Tom &amp; Co", "1249,50"),
        ("ÉTÉ-7", "u00c9Tu00c9-7", "1249.50"),
        ("O'B & C", r"O\&#039;B &amp; C", "1249.5"),
        ("O'B & C", r"O\&#039;B &amp; C", "1249.50000000"),
    ],
)
def test_what_writers_of_archives_change_together(signed: str, archived: str, amount: str) -> None:
    change = found(signature("1249.50000000", signed), amount=amount, identifier=archived)
    assert change is not None
    assert change.identifier == signed
    is_amount_posted = amount == "1249.50000000"
    kind, other = ("identifier", None) if is_amount_posted else ("rewritten", "1249.50000000")
    assert (change.kind, change.amount, change.key_id) == (kind, other, "live")


@pytest.mark.parametrize("archived", ["1249,5", "1 249,50", "1.249,50", "1249,50000000", "1\u202f249,5"])
def test_an_amount_in_the_notation_of_a_spreadsheet(archived: str) -> None:
    change = found(signature("1249.50000000", IDENTIFIER), amount=archived)
    assert change == Counterfactual("amount", origin="amount_written", key_id="live", amount="1249.50000000")


def test_an_identifier_elsewhere_in_the_archive() -> None:
    archive = Archive(identifiers=["A", "WHOLLY-OTHER"])
    change = found(signature(AMOUNT, "WHOLLY-OTHER"), archive=archive)
    assert change == Counterfactual("identifier", origin="archive", key_id="live", identifier="WHOLLY-OTHER")


def test_amount_and_identifier_of_another_record() -> None:
    archive = Archive(pairs=[("7.00000000", "A", "ipn.jsonl", 3), ("8.00000000", "B", "orders.csv", 4)])
    change = found(signature("8.00000000", "B"), archive=archive)
    assert change == Counterfactual(
        "pair", key_id="live", amount="8.00000000", identifier="B", source="orders.csv", record=4
    )


def test_the_same_amount_of_another_record_is_one_change() -> None:
    archive = Archive(pairs=[(AMOUNT, "WHOLLY-OTHER", "ipn.jsonl", 3)])
    change = found(signature(AMOUNT, "WHOLLY-OTHER"), archive=archive)
    assert change is not None
    assert (change.kind, change.identifier, change.record) == ("identifier", "WHOLLY-OTHER", 3)


@pytest.mark.parametrize(
    ("secret", "weak_secret"),
    [("", ""), ("YOUR_SECRET_KEY", "YOUR_SECRET_KEY"), ("secret_key", "secret_key"), (IDENTIFIER, IDENTIFIER)],
)
@pytest.mark.parametrize("keys", [RING, None])
def test_a_key_that_anyone_knows(secret: str, weak_secret: str, keys: cr.KeyRing | None) -> None:
    change = found(signature(AMOUNT, IDENTIFIER, secret), keys=keys)
    assert change == Counterfactual("weak_key", weak_secret=weak_secret)


def test_a_public_key() -> None:
    search = Search(RING, Archive(), 1, public_keys=["pro_public"])
    change = search.find(Case(AMOUNT, IDENTIFIER, signature(AMOUNT, IDENTIFIER, "pro_public"), {}))
    assert change == Counterfactual("weak_key", weak_secret="pro_public")


def test_a_weak_secret_that_a_ring_holds_is_named_by_its_key_alone() -> None:
    ring = cr.KeyRing([cr.Key(id="live", secret="password", mode="live")])
    assert found(signature(AMOUNT, IDENTIFIER, "password"), keys=ring) == Counterfactual("key", key_id="live")


def test_another_key_of_the_ring() -> None:
    assert found(signature(AMOUNT, IDENTIFIER, OTHER_SECRET)) == Counterfactual("key", key_id="old")


def hmac_of(message: str, digest: str = "sha256", secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), message.encode(), digest).hexdigest().upper()


def hash_of(message: str, digest: str = "sha256") -> str:
    return hashlib.new(digest, message.encode()).hexdigest().upper()


RECIPES = [
    ("HMAC-SHA256(secret, identifier + amount)", hmac_of(IDENTIFIER + AMOUNT)),
    *(
        (f'HMAC-SHA256(secret, amount + "{mark}" + identifier)', hmac_of(f"{AMOUNT}{mark}{IDENTIFIER}"))
        for mark in "|.:,-&"
    ),
    ('HMAC-SHA256(secret, identifier + "|" + amount)', hmac_of(f"{IDENTIFIER}|{AMOUNT}")),
    ("HMAC-SHA256(secret, amount)", hmac_of(AMOUNT)),
    ("HMAC-SHA256(secret, identifier)", hmac_of(IDENTIFIER)),
    ("HMAC-MD5(secret, amount + identifier)", hmac_of(AMOUNT + IDENTIFIER, "md5")),
    ("HMAC-SHA1(secret, amount + identifier)", hmac_of(AMOUNT + IDENTIFIER, "sha1")),
    ("HMAC-SHA512(secret, amount + identifier)", hmac_of(AMOUNT + IDENTIFIER, "sha512")),
    ("HMAC-SHA3-256(secret, amount + identifier)", hmac_of(AMOUNT + IDENTIFIER, "sha3_256")),
    ("SHA256(secret + amount + identifier)", hash_of(SECRET + AMOUNT + IDENTIFIER)),
    ("SHA256(amount + identifier + secret)", hash_of(AMOUNT + IDENTIFIER + SECRET)),
    ("MD5(secret + identifier + amount)", hash_of(SECRET + IDENTIFIER + AMOUNT, "md5")),
    ("SHA256(amount + identifier)", hash_of(AMOUNT + IDENTIFIER)),
    ('SHA256(amount + "|" + identifier + "|" + secret)', hash_of(f"{AMOUNT}|{IDENTIFIER}|{SECRET}")),
    ('MD5(secret + ":" + amount + ":" + identifier)', hash_of(f"{SECRET}:{AMOUNT}:{IDENTIFIER}", "md5")),
    (
        'HMAC-SHA256(secret, JSON {"amount":"…","identifier":"…"})',
        hmac_of(f'{{"amount":"{AMOUNT}","identifier":"{IDENTIFIER}"}}'),
    ),
    (
        'HMAC-SHA256(secret, JSON {"identifier": "…", "amount": …})',
        hmac_of(f'{{"identifier": "{IDENTIFIER}", "amount": {AMOUNT}}}'),
    ),
    (
        "HMAC-SHA256(secret, URL-encoded amount=…&identifier=…)",
        hmac_of(f"amount={AMOUNT}&identifier={IDENTIFIER}"),
    ),
    ("HMAC-SHA256(hex(secret), amount + identifier)", hmac_of(AMOUNT + IDENTIFIER, secret=SECRET.encode().hex())),
    (
        "HMAC-SHA256(hex(SHA256(secret)), amount + identifier)",
        hmac_of(AMOUNT + IDENTIFIER, secret=hash_of(SECRET).lower()),
    ),
    ('HMAC-SHA256(secret + "\\n", amount + identifier)', hmac_of(AMOUNT + IDENTIFIER, secret=SECRET + "\n")),
    ("HMAC-SHA256(amount + identifier, secret)", hmac_of(SECRET, secret=AMOUNT + IDENTIFIER)),
    (
        "HMAC-SHA256(secret, amount + currency + identifier + payment_trx)",
        hmac_of(f"{AMOUNT}USD{IDENTIFIER}AB12CD34EF56"),
    ),
    ("HMAC-SHA256(secret, amount + payment_trx)", hmac_of(f"{AMOUNT}AB12CD34EF56")),
    ("HMAC-SHA256(secret, status + amount + identifier)", hmac_of(f"success{AMOUNT}{IDENTIFIER}")),
]


@pytest.mark.parametrize(("formula", "posted"), RECIPES, ids=[formula for formula, _ in RECIPES])
def test_another_recipe(formula: str, posted: str) -> None:
    change = found(posted, currency="USD", payment_trx="AB12CD34EF56", status="success")
    key_id = "live" if "secret" in formula else None
    assert change == Counterfactual("recipe", formula=formula, key_id=key_id)


def test_a_recipe_in_base64() -> None:
    posted = base64.b64encode(hashlib.md5((SECRET + AMOUNT + IDENTIFIER).encode()).digest()).decode()
    assert found(posted) == Counterfactual(
        "recipe", formula="MD5(secret + amount + identifier)", key_id="live", writing="base64"
    )


VALID = signature(AMOUNT, IDENTIFIER)
DIGEST = bytes.fromhex(VALID)
WRITINGS = [
    (VALID.lower(), "lower"),
    (VALID.capitalize(), "lower"),
    (f" {VALID}\n", "edges"),
    (f'"{VALID}"', "edges"),
    (f"sha256={VALID.lower()}", "edges"),
    (f"0x{VALID}", "edges"),
    (f"{VALID}{VALID[:4]}", "edges"),
    (base64.b64encode(DIGEST).decode(), "base64"),
    (base64.urlsafe_b64encode(DIGEST).decode().rstrip("="), "base64"),
    (base64.b64encode(VALID.encode()).decode(), "base64_of_hex"),
    (base64.b64encode(VALID.lower().encode()).decode(), "base64_of_hex"),
]


@pytest.mark.parametrize(("posted", "writing"), WRITINGS)
def test_another_writing_of_the_signature(posted: str, writing: str) -> None:
    assert found(posted) == Counterfactual("writing", key_id="live", writing=writing)


def test_a_tampered_amount_in_lower_case_says_both() -> None:
    change = found(signature("10.00000000", IDENTIFIER).lower())
    assert change is not None
    assert (change.kind, change.amount, change.writing) == ("amount", "10.00000000", "lower")


@pytest.mark.parametrize(
    ("posted", "kind", "digits"),
    [
        (VALID[:63], "signature_cut", 1),
        (VALID[:32], "signature_cut", 32),
        (VALID[1:], "signature_cut", 1),
        (VALID[:63] + ("0" if VALID[63] != "0" else "1"), "signature_digits", 1),
        (("0" if VALID[0] != "0" else "1") + VALID[1:], "signature_digits", 1),
    ],
)
def test_a_signature_that_was_cut_or_mistyped(posted: str, kind: str, digits: int) -> None:
    assert found(posted) == Counterfactual(kind, key_id="live", digits=digits)


@pytest.mark.parametrize("posted", ["", "verified-by-phone", "0" * 64, "FF" * 32, "\0" * 64, "é" * 64, "=" * 44])
@pytest.mark.parametrize("keys", [RING, None])
def test_nothing_fits_what_nobody_signed(posted: str, keys: cr.KeyRing | None) -> None:
    assert found(posted, keys=keys, candidates_max=20_000) is None


def test_without_keys_nothing_that_needs_a_secret_is_tried() -> None:
    archive = Archive(amounts=["10.00000000"])
    assert found(signature("10.00000000", IDENTIFIER), keys=None, archive=archive) is None
    assert not archive.asked


def test_the_bound_holds_over_all_cases_and_the_archive_is_asked_once() -> None:
    archive = Archive(amounts=[f"{count}.5" for count in range(50_000)], identifiers=["A"] * 50_000)
    search = Search(RING, archive, 5, candidates_max=100_000)
    for case in range(5):
        assert search.find(Case(f"{case}.00000000", IDENTIFIER, "0" * 64, {})) is None
        assert search.tried <= 100_000 * (case + 1) // 5
    assert search.tried > 90_000
    assert sorted(archive.asked) == ["amounts", "identifiers", "pairs"]
    assert CANDIDATES_MAX == 5_000_000


@pytest.mark.parametrize("candidates_max", [0, 1, 2, 3, 100])
def test_a_small_bound_is_no_error(candidates_max: int) -> None:
    found("0" * 64, candidates_max=candidates_max)


@pytest.mark.parametrize(
    ("amount", "identifier"),
    [
        ("9" * 100_000, "A"),
        ("1.00", "A" * 1_000_000),
        ("1E5", "A"),
        ("\udcff", "\x00"),
        ("NaN", "٣"),
        ("١", "A"),
        ("", ""),
    ],
)
def test_hostile_cases_end_soon(amount: str, identifier: str) -> None:
    assert found("0" * 64, amount=amount, identifier=identifier, candidates_max=50_000) is None


def test_bytes_that_are_not_utf_8_are_signed_exactly() -> None:
    identifier = text_of(b"caf\xe9")
    posted = hmac.new(SECRET.encode(), b"10.00000000caf\xe9", "sha256").hexdigest().upper()
    change = found(posted, identifier=identifier)
    assert change is not None
    assert change.amount == "10.00000000"
    assert octets_of(identifier) == b"caf\xe9"


SPLITS = [
    # amount, identifier, usual decimals, other splits
    ("25.000000001", "000099", 8, [("25.00000000", "1000099")]),
    ("11.00", "15001", 3, [("11.001", "5001")]),
    ("11.001", "5001", 2, [("11.00", "15001")]),
    ("11.00", "15001", 2, []),
    ("11.00", "CMD-1", 8, []),
    ("1", "1.00000000ABC", 8, [("11.00000000", "ABC")]),
]


@pytest.mark.parametrize(("amount", "identifier", "decimals", "splits"), SPLITS)
def test_other_splits(amount: str, identifier: str, decimals: int, splits: list[tuple[str, str]]) -> None:
    assert other_splits(amount, identifier, decimals) == splits


def test_other_splits_of_whole_amounts_are_all_that_digits_allow() -> None:
    assert other_splits("11", "1234", 0) == [("1", "11234"), ("111", "234"), ("1112", "34"), ("11123", "4")]


@given(
    whole=st.integers(0, 10**6),
    fraction=st.text("0123456789", min_size=8, max_size=8),
    identifier=st.text("0123456789ABC-", min_size=2, max_size=20),
    moved=st.integers(1, 5),
)
def test_a_moved_boundary_is_always_moved_back(whole: int, fraction: str, identifier: str, moved: int) -> None:
    """ "11.00"+"15001" and "11.001"+"5001" are the same signed bytes."""
    amount = f"{whole}.{fraction}"
    moved = min(moved, len(identifier) - 1)
    forged = amount + identifier[:moved], identifier[moved:]
    is_zero = Decimal(amount) == 0
    assert other_splits(*forged, 8) == ([] if is_zero else [(amount, identifier)])
