"""The planted cases of a specimen: what is posted, what the shop exports, and what an audit must say of it.

Written out case by case: the verdict and findings of every post, the outcome of every identifier. In
identifiers ``{id}`` stands for the shop's own (CMD-000071) and ``{n}`` for its number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Archive = Literal["ipn-nested.jsonl", "ipn-bodies.txt", "ipn-export.csv", "ipn-envelopes.jsonl"]


def _as_is(text: str) -> str:
    return text


class Post(NamedTuple):
    """One notification of a case, and what verification must say of it.

    Attributes:
        amount: As posted.
        verdict: Expected.
        findings: Expected codes, separated by spaces.
        signature_status: Expected; empty where the record is unreadable.
        signed_amount: What was signed, where that is not the posted amount.
        signed_identifier: What was signed, where that is not the posted identifier.
        key: Id of the signing key; the one in force when empty. A forger's are ``unknown``, ``placeholder``
            and ``empty``.
        trx: Which of the case's transaction ids.
        identifier: As posted.
        fields: Posted fields that differ from an honest notification's; None leaves one out.
        facts: What the envelope says beside the body.
        mangle: From the right signature to the posted one.
        edit: From the record's text to the archived one.
    """

    amount: str
    verdict: str = "accepted"
    findings: str = ""
    signature_status: str = "valid"
    signed_amount: str = ""
    signed_identifier: str = ""
    key: str = ""
    trx: int = 0
    identifier: str = "{id}"
    fields: Mapping[str, str | bytes | None] = {}
    facts: Mapping[str, str] = {}
    mangle: Callable[[str], str | None] = _as_is
    edit: Callable[[str], str] = _as_is


class Order(NamedTuple):
    """One row of the shop's export; ``days_before`` is how long before the first notification it was made."""

    amount: str
    currency: str = "USD"
    status: str = "completed"
    identifier: str = "{id}"
    days_before: int = 0


class Case(NamedTuple):
    """Posts and orders that belong together.

    Attributes:
        name: What is planted.
        archive: Where the posts are archived.
        outcomes: The expected outcome of each identifier.
        orders: Rows of the shop's export.
        posts: In order of arrival.
        period: Whether it happens before or after the live key's rotation, where that matters.
        once: Whether it can be planted only once, because its identifier or text is a constant.
    """

    name: str
    archive: Archive
    outcomes: Mapping[str, str]
    orders: tuple[Order, ...] = ()
    posts: tuple[Post, ...] = ()
    period: Literal["any", "old", "new"] = "any"
    once: bool = False


_NESTED: Final = "ipn-nested.jsonl"
_BODIES: Final = "ipn-bodies.txt"
_EXPORT: Final = "ipn-export.csv"
_ENVELOPES: Final = "ipn-envelopes.jsonl"


def _case(
    name: str,
    archive: Archive,
    outcome: str,
    ordered: str,
    *posts: Post,
    currency: str = "USD",
    status: str = "completed",
) -> Case:
    """A case of one order under the shop's own identifier."""
    return Case(name, archive, {"{id}": outcome}, (Order(ordered, currency, status),), posts)


def _forged(amount: str, findings: str = "signature_invalid", *, key: str = "unknown", trx: int = 0) -> Post:
    return Post(amount, "forged", findings, "invalid", key=key, trx=trx)


def _suspect(amount: str, findings: str, *, key: str = "", trx: int = 0) -> Post:
    return Post(amount, "suspect", findings, key=key, trx=trx)


def _unreadable(edit: Callable[[str], str]) -> Post:
    return Post("15.00000000", "unreadable", signature_status="", edit=edit)


def _second_status(line: str) -> str:
    return line.replace('{"status"', '{"status": "failed", "status"', 1)


def _second_amount(line: str) -> str:
    return "data%5Bamount%5D=5900.00000000&" + line


def _amount_as_number(line: str) -> str:
    return line.replace('"55.50000000"', "55.50")


_MALFORMED_POST: Final = Post(
    "21.00000000", "forged", "signature_malformed", "malformed", mangle=lambda _: "verified-by-phone"
)
_COPIED_POST: Final = Post(
    "480.00000000",
    "forged",
    "signature_copied signature_invalid",
    "invalid",
    signed_amount="12.00000000",
    signed_identifier="{id}",
    trx=1,
    identifier="VOL-{n}",
)
_MARKUP_POST: Final = _forged("63.00000000", "hostile_text signature_invalid")._replace(
    fields={"payment_type": "<img src=x onerror=alert(1)>"}
)

_FORGERIES: Final = (
    _case(
        "tampered_amount",
        _NESTED,
        "paid_on_forgery",
        "1000.00",
        _forged("1000.00000000", key="")._replace(signed_amount="10.00000000"),
    ),
    _case("forged_signature", _BODIES, "paid_on_forgery", "49.90", _forged("49.90000000")),
    _case("junk_beside_genuine", _BODIES, "matched", "64.00", Post("64.00000000"), _forged("64.00000000", trx=1)),
    _case(
        "missing_signature",
        _BODIES,
        "paid_on_forgery",
        "19.00",
        Post("19.00000000", "forged", "signature_missing", "missing", mangle=lambda _: None),
    ),
    _case("malformed_signature", _EXPORT, "paid_on_forgery", "21.00", _MALFORMED_POST),
    _case(
        "lower_case_signature",
        _EXPORT,
        "no_trusted_payment",
        "22.00",
        Post("22.00000000", "suspect", "signature_format", "malformed", mangle=str.lower),
    ),
    Case(
        "copied_signature",
        _EXPORT,
        {"{id}": "matched", "VOL-{n}": "paid_on_forgery"},
        (Order("12.00"), Order("480.00", identifier="VOL-{n}")),
        (Post("12.00000000"), _COPIED_POST),
    ),
    _case(
        "placeholder_key",
        _NESTED,
        "paid_on_forgery",
        "75.00",
        _forged("75.00000000", "signature_invalid weak_key", key="placeholder"),
    ),
    _case(
        "empty_key",
        _BODIES,
        "paid_on_forgery",
        "76.00",
        _forged("76.00000000", "signature_invalid weak_key", key="empty"),
    ),
    Case(
        "boundary_twin",
        _BODIES,
        {"10{n:05d}": "matched", "0{n:05d}": "paid_on_forgery"},
        (Order("25.00", identifier="10{n:05d}"), Order("25.00", identifier="0{n:05d}")),
        (
            Post("25.00000000", identifier="10{n:05d}"),
            Post("25.000000001", "forged", "amount_decimals boundary_twin", trx=1, identifier="0{n:05d}"),
        ),
    ),
)

_REPLAYS: Final = (
    _case(
        "exact_replay",
        _BODIES,
        "matched",
        "33.00",
        Post("33.00000000"),
        Post("33.00000000", "duplicate", "replayed"),
    ),
    _case(
        "replay_edited_trx",
        _ENVELOPES,
        "duplicate_payment",
        "34.00",
        Post("34.00000000"),
        _suspect("34.00000000", "trx_conflict", trx=1),
    ),
    _case(
        "replay_edited_currency",
        _NESTED,
        "matched",
        "35.00",
        Post("35.00000000"),
        _suspect("35.00000000", "currency_unsupported unsigned_conflict")._replace(fields={"currency": "EUR"}),
    ),
    _case(
        "flipped_status",
        _NESTED,
        "no_trusted_payment",
        "36.00",
        _suspect("36.00000000", "status_conflict")._replace(fields={"status": "failed"}),
        _suspect("36.00000000", "status_conflict"),
    ),
    Case(
        "reused_trx",
        _EXPORT,
        {"{id}": "matched", "{id}-B": "no_trusted_payment"},
        (Order("37.00"), Order("38.00", identifier="{id}-B")),
        (
            Post("37.00000000"),
            _suspect("38.00000000", "trx_reused")._replace(identifier="{id}-B"),
        ),
    ),
)

_KEYS: Final = (
    _case(
        "test_key_on_live",
        _ENVELOPES,
        "no_trusted_payment",
        "41.00",
        _suspect("41.00000000", "test_key", key="sandbox"),
    ),
    _case(
        "live_key_on_test",
        _ENVELOPES,
        "no_trusted_payment",
        "42.00",
        _suspect("42.00000000", "live_key_on_test")._replace(facts={"endpoint": "test"}),
    ),
    _case(
        "retired_key",
        _EXPORT,
        "no_trusted_payment",
        "43.00",
        _suspect("43.00000000", "retired_key", key="live-2025"),
    )._replace(period="new"),
    _case(
        "key_before_its_time",
        _ENVELOPES,
        "no_trusted_payment",
        "44.00",
        _suspect("44.00000000", "retired_key", key="live-2026"),
    )._replace(period="old"),
    _case(
        "other_merchant",
        _ENVELOPES,
        "no_trusted_payment",
        "45.00",
        _suspect("45.00000000", "other_merchant", key="partner")._replace(facts={"merchant": "boutique-a"}),
    ),
)

_TEXTS: Final = (
    _case(
        "failed_status",
        _BODIES,
        "no_trusted_payment",
        "51.00",
        Post("51.00000000", "no_payment", fields={"status": "failed"}),
        status="pending",
    ),
    _case("few_decimals", _NESTED, "no_trusted_payment", "52.50", _suspect("52.50", "amount_decimals")),
    _case("leading_zero", _EXPORT, "no_trusted_payment", "53.00", _suspect("053.00000000", "amount_format")),
    _case("zero_amount", _BODIES, "no_trusted_payment", "54.00", _suspect("0.00000000", "amount_not_positive")),
    _case(
        "amount_as_number",
        _NESTED,
        "matched",
        "55.50",
        Post("55.50000000", signature_status="valid_rendered", edit=_amount_as_number),
    ),
    _case(
        "rewritten_amount",
        _BODIES,
        "no_trusted_payment",
        "56.50",
        Post("56.5", "suspect", "amount_decimals amount_rewritten", "valid_rendered", "56.50000000"),
    ),
    Case(
        "long_identifier",
        _NESTED,
        {"{id}-GIFT-WRAPPED": "no_trusted_payment"},
        (Order("57.00", identifier="{id}-GIFT-WRAPPED"),),
        (_suspect("57.00000000", "identifier_too_long")._replace(identifier="{id}-GIFT-WRAPPED"),),
    ),
    _case(
        "duplicate_json_key",
        _NESTED,
        "no_trusted_payment",
        "58.00",
        _suspect("58.00000000", "body_ambiguous")._replace(edit=_second_status),
    ),
    _case(
        "duplicate_form_field",
        _BODIES,
        "no_trusted_payment",
        "5900.00",
        _suspect("59.00000000", "body_ambiguous")._replace(edit=_second_amount),
    ),
    Case(
        "sample_identifier",
        _NESTED,
        {"DFU80XZIKS": "matched"},
        (Order("11.00", identifier="DFU80XZIKS"),),
        (Post("11.00000000", findings="sample_identifier", identifier="DFU80XZIKS"),),
        once=True,
    ),
    _case(
        "unsupported_currency",
        _BODIES,
        "matched",
        "61.00",
        Post("61.00000000", findings="currency_unsupported", fields={"currency": "EUR"}),
        currency="EUR",
    ),
    Case(
        "formula_identifier",
        _EXPORT,
        {"={id}": "matched"},
        (Order("62.00", identifier="={id}"),),
        (Post("62.00000000", findings="hostile_text", identifier="={id}"),),
    ),
    _case("markup", _BODIES, "paid_on_forgery", "63.00", _MARKUP_POST),
    _case(
        "not_utf8",
        _BODIES,
        "matched",
        "65.00",
        Post("65.00000000", findings="encoding", fields={"payment_type": b"pay\xe9"}),
    ),
)

_UNREADABLES: Final = (
    _case("cut_line", _NESTED, "missing_payment", "15.00", _unreadable(lambda line: line[:50])),
    Case("broken_json", _NESTED, {}, posts=(_unreadable(lambda _: '{"status": success}'),)),
    Case("not_an_object", _NESTED, {}, posts=(_unreadable(lambda _: '["success"]'),)),
    _case("cut_body", _BODIES, "missing_payment", "15.00", _unreadable(lambda line: line[:40])),
    Case("no_fields", _BODIES, {}, posts=(_unreadable(lambda _: "hello=world"),)),
    _case("short_row", _EXPORT, "missing_payment", "15.00", _unreadable(lambda line: line[:28])),
)

_SETTLEMENTS: Final = (
    _case("underpaid", _NESTED, "underpaid", "81.00", Post("80.99000000")),
    _case("overpaid", _BODIES, "overpaid", "82.00", Post("82.00000001")),
    _case("missing_payment", _NESTED, "missing_payment", "83.00"),
    _case("missing_payment_unknown_state", _NESTED, "missing_payment", "84.00", status="with the florist"),
    Case("orphan_payment", _NESTED, {"{id}": "orphan_payment"}, posts=(Post("85.00000000"),)),
    _case("currency_mismatch", _BODIES, "currency_mismatch", "86.00", Post("86.00000000"), currency="EUR"),
    _case("split_payment", _NESTED, "matched", "100.00", Post("30.00000000"), Post("70.00000000", trx=1)),
    _case(
        "duplicate_payment",
        _ENVELOPES,
        "duplicate_payment",
        "88.00",
        Post("88.00000000"),
        Post("20.00000000", trx=1),
    ),
    _case("cancelled_but_paid", _EXPORT, "status_conflict", "89.00", Post("89.00000000"), status="cancelled"),
    _case("cancelled_in_french", _NESTED, "status_conflict", "90.00", Post("90.00000000"), status="annulée"),
    _case("open_but_paid", _BODIES, "status_conflict", "91.00", Post("91.00000000"), status="pending"),
    _case("refunded", _NESTED, "refunded", "92.00", Post("92.00000000"), status="refunded"),
    _case("unpaid", _NESTED, "unpaid", "93.00", status="pending"),
    _case("unpaid_cancelled", _NESTED, "unpaid", "94.00", status="cancelled"),
    Case("agreeing_rows", _NESTED, {"{id}": "matched"}, (Order("95.00"),) * 2, (Post("95.00000000"),)),
    Case(
        "disagreeing_rows",
        _BODIES,
        {"{id}": "ambiguous_order"},
        (Order("96.00"), Order("69.00")),
        (Post("96.00000000"),),
    ),
    Case(
        "paid_late",
        _ENVELOPES,
        {"{id}": "matched"},
        (Order("97.00", days_before=40),),
        (Post("97.00000000"),),
    ),
    Case(
        "other_spelling",
        _NESTED,
        {"{id}": "missing_payment", "cmd-{n:06d}": "orphan_payment"},
        (Order("98.00"),),
        (Post("98.00000000", identifier="cmd-{n:06d}"),),
    ),
)

CASES: Final[tuple[Case, ...]] = (*_FORGERIES, *_REPLAYS, *_KEYS, *_TEXTS, *_UNREADABLES, *_SETTLEMENTS)
"""Every planted case; the first stands at CMD-000071."""
