from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.errors import OptionError
from corena_recon.php.form import PostedBody, http_build_query, read_post
from corena_recon.vocabulary import RECORD_MAX_BYTES, Unreadable
from tests.php.oracle import PostCase, QueryCase, post_table, query_table

if TYPE_CHECKING:
    from corena_recon.php.variables import PostValue

SIGNATURE = "FF78915E48DDE61A5699F41A3A3D28B94A34151B983EB37EFC8182B813B54349"
# The very bytes of the gateway.
IPN = (
    f"status=success&signature={SIGNATURE}&identifier=DFU80XZIKS&data%5Bpayment_trx%5D=AB12CD34EF56"
    "&data%5Bamount%5D=11.00000000&data%5Bpayment_type%5D=checkout&data%5Bcurrency%5D=USD"
).encode()
IPN_FIELDS: dict[bytes, PostValue] = {
    b"status": b"success",
    b"signature": SIGNATURE.encode(),
    b"identifier": b"DFU80XZIKS",
    b"data": {
        b"payment_trx": b"AB12CD34EF56",
        b"amount": b"11.00000000",
        b"payment_type": b"checkout",
        b"currency": b"USD",
    },
}

ORDINARY = {
    "the gateway's": IPN,
    "raw brackets": IPN.replace(b"%5B", b"[").replace(b"%5D", b"]"),
    "lower-case escapes": IPN.replace(b"%5B", b"%5b").replace(b"%5D", b"%5d"),
    "another order": b"&".join(reversed(IPN.split(b"&"))),
    "one bracket raw": IPN.replace(b"%5B", b"["),
    "older generation": IPN
    + b"&data[account_holder]=Jos%C3%A9+Doe&data[charge]=0.3&data[currency][code]=USD".replace(
        b"&data[currency][code]=USD", b""
    ),
    "currency as an array": IPN.replace(b"%5Bcurrency%5D=USD", b"[currency][code]=USD&data[currency][symbol]=%24"),
    "timestamp as an array": IPN + b"&data[payment_timestamp][date]=2021-07-13+12%3A00%3A00.000000",
    "empty value": IPN + b"&data[account_holder]=",
    "value with an equals sign": IPN + b"&data[note]=a=b",
    "other fields": IPN + b"&order.id=5&note=x&database=1&status_code=2&data-x=1&identifiers[]=a&identifiers[]=b",
    "trailing ampersand": IPN + b"&",
    "trailing newline": IPN + b"\r\n",
    "same value twice": IPN + b"&identifier=DFU80XZIKS",
    "key with a dot or a space": IPN + b"&data[a.b]=1&data[a%20b]=2",
    "bytes that are not UTF-8": IPN + b"&data[account_holder]=%FF%FE",
}

# What is added to the gateway's bytes, each a way to make two readers see two things.
POLLUTION = {
    "duplicate": b"&identifier=OTHER",
    "duplicate in another spelling": b"&data[amount]=99.00",
    "duplicate with lower-case escapes": b"&data%5bamount%5d=99.00",
    "duplicate without a value": b"&status",
    "empty duplicate": b"&data[amount]=",
    "duplicate that repeats with another case of escapes": b"&data[amount]=11.0%30000000&data[amount]=12",
    "text after array": b"&data=x",
    "text becomes array": b"&status[x]=success",
    "array below a text": b"&data[amount][x]=99.00",
    "dot": b"&data.amount=99.00",
    "space": b"&data+amount=99.00",
    "text behind a bracket": b"&data[amount]x=99.00",
    "bracket behind a bracket": b"&data[amount]]=99.00",
    "unclosed": b"&data[amount=99.00",
    "doubled opening": b"&data[[amount]=99.00",
    "reversed": b"&data]amount[=99.00",
    "NUL": b"&identifier%00x=OTHER",
    "NUL in brackets": b"&data[amount%00]=99.00",
    "leading space": b"&+identifier=OTHER",
    "leading spaces on an array": b"&%20%20data[amount]=99.00",
    "leading tab": b"&%09identifier=OTHER",
    "leading newline": b"&\nidentifier=OTHER",
    "byte order mark": b"&\xef\xbb\xbfidentifier=OTHER",
    "question mark": b"&?identifier=OTHER",
    "trailing space": b"&identifier+=OTHER",
    "space in brackets": b"&data[+amount]=99.00",
    "append": b"&data[]=99.00",
    "append to a text": b"&identifier[]=OTHER",
    "forbidden key": b"&data[__Host-amount]=99.00",
    "too deep": b"&data" + b"[a]" * 65 + b"=1",
}


@pytest.mark.parametrize("case", post_table(), ids=lambda case: case.name)
def test_post_is_php_s(case: PostCase) -> None:
    # PHP sees no header where none was sent; the archive's "unknown" is another thing.
    posted = read_post(case.posted.body, case.posted.content_type or b"")
    assert repr(posted.fields) == repr(case.post)


@pytest.mark.parametrize("body", ORDINARY.values(), ids=ORDINARY.keys())
def test_honest_body_is_not_ambiguous(body: bytes) -> None:
    posted = read_post(body)
    assert not posted.ambiguous
    assert posted.problem is None
    assert posted.fields[b"identifier"] == b"DFU80XZIKS"


def test_gateway_s_own_bytes() -> None:
    assert read_post(IPN) == PostedBody(IPN_FIELDS, False, None)


@pytest.mark.parametrize("tail", POLLUTION.values(), ids=POLLUTION.keys())
def test_parameter_pollution_is_ambiguous(tail: bytes) -> None:
    assert read_post(IPN + tail).ambiguous
    assert read_post(tail.removeprefix(b"&") + b"&" + IPN).ambiguous


@pytest.mark.parametrize(
    ("body", "content_type", "problem"),
    [
        (b"", None, Unreadable.EMPTY_BODY),
        (b"", b"application/json", Unreadable.EMPTY_BODY),
        (IPN, None, None),
        (IPN, "application/x-www-form-urlencoded; charset=utf-8", None),
        (IPN, b"Application/X-WWW-Form-Urlencoded", None),
        (IPN, b" application/x-www-form-urlencoded\r\n", None),
        (IPN, b"", Unreadable.CONTENT_TYPE),
        (IPN, b"text/plain", Unreadable.CONTENT_TYPE),
        (IPN, "application/json", Unreadable.CONTENT_TYPE),
        (IPN, b"multipart/form-data", Unreadable.CONTENT_TYPE),
        (IPN, b"multipart/form-data; boundary=XB", Unreadable.CONTENT_TYPE),
        (IPN + b"&x=" + b"1" * (RECORD_MAX_BYTES - len(IPN) - 3), None, None),
        (IPN + b"&x=" + b"1" * (RECORD_MAX_BYTES - len(IPN) - 2), None, Unreadable.BODY_LIMIT),
    ],
)
def test_problem(body: bytes, content_type: bytes | str | None, problem: Unreadable | None) -> None:
    posted = read_post(body, content_type)
    assert posted.problem is problem
    assert bool(posted.fields) is (problem is None)


@pytest.mark.parametrize(
    ("body", "is_lost", "is_ambiguous"),
    [
        # 1001 variables are kept: these are numbers 995 to 1001, and 996 to 1002.
        (b"x=1&" * 994 + IPN, False, False),
        (b"x=1&" * 995 + IPN, True, True),
        (b"&" * 1001 + IPN, True, True),
        # Behind a complete notification nothing is lost, but another value makes readers differ.
        (IPN + b"&x=1" * 2000, False, False),
        (IPN + b"&x=1" * 2000 + b"&identifier=DFU80XZIKS", False, False),
        (IPN + b"&x=1" * 2000 + b"&identifier=OTHER", False, True),
        (IPN + b"&x=1" * 2000 + b"&%69dentifier=OTHER", False, True),
        (IPN + b"&x=1" * 2000 + b"&data[charge]=1", True, True),
        (IPN + b"&x=1" * 2000 + b"&%61=1" * 10_000 + b"&identifier=OTHER", False, True),
        # A name beyond 64 levels deletes its whole variable.
        (IPN + b"&data" + b"[a]" * 65 + b"=1", True, True),
        (IPN + b"&data" + b"[a]" * 64 + b"=1", False, False),
        (IPN + b"&x" + b"[a]" * 65 + b"=1", False, False),
    ],
)
def test_limits(body: bytes, is_lost: bool, is_ambiguous: bool) -> None:
    posted = read_post(body)
    assert posted.problem is (Unreadable.BODY_LIMIT if is_lost else None)
    assert posted.ambiguous is is_ambiguous


def exact_names(fields: dict[bytes, Any], prefix: bytes = b"") -> dict[bytes, bytes]:
    names: dict[bytes, bytes] = {}
    for key, value in fields.items():
        name = b"%b[%b]" % (prefix, key) if prefix else key
        names.update(exact_names(value, name) if isinstance(value, dict) else {name: value})
    return names


simple_names = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_]{0,8}(\[[a-z0-9_]{1,6}\]){0,3}", fullmatch=True)


@given(st.dictionaries(simple_names, st.binary(max_size=12), min_size=1, max_size=9))
def test_simple_names_read_as_every_reader_reads_them(values: dict[str, bytes]) -> None:
    names = set(values)
    # A name that leads through another's text would be a clash.
    if any(other != name and other.startswith(name + "[") for name in names for other in names):
        return
    body = urlencode(values).encode()
    posted = read_post(body)
    assert not posted.ambiguous
    assert exact_names(posted.fields) == {name.encode(): value for name, value in values.items()}


names_that_mix = st.lists(
    st.sampled_from(["status", "data", "[", "]", "amount", ".", " ", "\0", "a", "[amount]", "%", "+", "=", "&"]),
    max_size=6,
).map("".join)


@given(st.lists(st.tuples(names_that_mix, st.sampled_from(["", "1", "2", "a b"])), max_size=6))
def test_unambiguous_means_that_plain_readers_agree(pairs: list[tuple[str, str]]) -> None:
    """CONTRACT 2: where PHP's and a plain reading differ, the notification is ambiguous."""
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()
    posted = read_post(body)
    if posted.ambiguous:
        return
    roots = ("status", "identifier", "signature", "data")
    mine = {name: value for name, value in exact_names(posted.fields).items() if name.decode().split("[")[0] in roots}
    plain = parse_qsl(body.decode(), keep_blank_values=True)
    for reading in (dict(plain), dict(reversed(plain))):
        theirs = {
            name.encode(): value.encode()
            for name, value in reading.items()
            if name in roots or name.startswith(tuple(f"{root}[" for root in roots))
        }
        assert theirs == mine


@given(st.binary(max_size=60), st.sampled_from([None, b"multipart/form-data; boundary=a"]))
def test_any_bytes_are_read(body: bytes, content_type: bytes | None) -> None:
    posted = read_post(body, content_type)
    assert (posted.problem is Unreadable.EMPTY_BODY) is (body == b"")


@pytest.mark.parametrize("case", query_table(), ids=lambda case: case.name)
def test_query_is_php_s(case: QueryCase) -> None:
    assert http_build_query(case.array) == case.query


@pytest.mark.parametrize("amount", ["11.00", "11.00000000", "0.1", "1E+3"])
def test_decimal_is_written_as_its_own_text(amount: str) -> None:
    assert http_build_query({"amount": Decimal(amount)}) == b"amount=" + quote_plus(amount).encode()


@pytest.mark.parametrize("value", [11.0, object(), {1, 2}, "\ud800"])
def test_value_without_an_exact_text_is_refused(value: Any) -> None:
    with pytest.raises(OptionError, match="customer%5Bamount%5D"):
        http_build_query({"customer": {"amount": value}})


query_values = st.recursive(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.binary(min_size=1),
    lambda inner: st.dictionaries(st.from_regex(r"[a-z_]{1,5}", fullmatch=True), inner, min_size=1, max_size=3),
    max_leaves=8,
)


def as_bytes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.encode(): as_bytes(inner) for key, inner in value.items()}
    return value.encode() if isinstance(value, str) else value


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,5}", fullmatch=True), query_values, min_size=1, max_size=4))
def test_what_is_written_is_read_back(array: dict[str, Any]) -> None:
    posted = read_post(http_build_query(array))
    assert posted == PostedBody(as_bytes(array), False, None)
