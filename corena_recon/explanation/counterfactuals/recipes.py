"""Signatures made by another recipe than the gateway's: which wrong formula gives the one that was posted.

The formulas are those that integrations get wrong: parts in another order or with a separator, a plain hash of secret
and data, another digest, another encoding. A formula is named in its own notation, the same in every language.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus, urlencode

from corena_recon.text import octets_of

MESSAGE_MAX_BYTES: Final = 1024
"""Amount and identifier together; nothing that long is an accident, and nothing longer is searched."""

_DIGESTS: Final = ("sha256", "md5", "sha1", "sha512", "sha384", "sha224", "sha3_256")
_SIZES: Final = {name: hashlib.new(name, usedforsecurity=False).digest_size for name in _DIGESTS}
_DIGEST_BYTES: Final = frozenset(_SIZES.values())
_SEPARATORS: Final = ("|", ".", ":", ",", "-", " ", "&", "_", ";", "/", "+", "*", "#", "~", "=", "\n", "\t", "||", "::")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+", re.ASCII)
_PREFIX = re.compile(r"(?:sha256=|sha-256=|hmac-sha256[ =:]|sha1=|v1=|0x)", re.IGNORECASE)


class Claim(NamedTuple):
    """The digest that a posted signature may spell.

    Attributes:
        octets: The digest's bytes.
        writing: How it is spelt: ``hex``, ``lower``, ``edges`` (blanks, quotes or a prefix around), ``base64`` or
            ``base64_of_hex``.
    """

    octets: bytes
    writing: str


class Formula(NamedTuple):
    """A way to make a signature.

    Attributes:
        notation: The formula, as in ``HMAC-SHA256(secret, identifier + amount)``.
        digest: The digest it gives.
    """

    notation: str
    digest: bytes


def claims_of(signature: str) -> list[Claim]:
    """The digests that a posted signature may spell, likeliest first, of those that have a digest's length."""
    claims: list[Claim] = []
    bare = _PREFIX.sub("", signature.strip().strip("\"'"), count=1).strip()
    if _HEX.fullmatch(bare):
        plain = "hex" if bare == bare.upper() else "lower"
        claims.append(Claim(bytes.fromhex(bare), plain if bare == signature else "edges"))
    for octets in _base64_readings(bare):
        claims.append(Claim(octets, "base64"))
        text = octets.decode("latin-1")
        if _HEX.fullmatch(text):
            claims.append(Claim(bytes.fromhex(text), "base64_of_hex"))
    return [claim for claim in claims if len(claim.octets) in _DIGEST_BYTES]


def formulas(
    secret: bytes,
    amount: bytes,
    identifier: bytes,
    fields: Mapping[str, str],
    sizes: Collection[int] = _DIGEST_BYTES,
) -> Iterator[Formula]:
    """Every wrong formula with its digest, the gateway's own recipe over the same parts first.

    Args:
        secret: The key.
        amount: The amount as posted.
        identifier: The identifier as posted.
        fields: The other posted fields by name: ``payment_trx``, ``currency``, ``status``; absent ones left out.
        sizes: Of digests that are wanted, in bytes.
    """
    if len(amount) + len(identifier) > MESSAGE_MAX_BYTES:
        return
    constructions = [made for size, made in _CONSTRUCTIONS if size in sizes]
    messages = list(_messages(amount, identifier, fields))
    for notation, message in messages:
        for construction, digest in constructions:
            yield Formula(construction.format(message=notation), digest(secret, message))
    for name, derived in _derived_secrets(secret) if _SIZES["sha256"] in sizes else ():
        yield Formula(f"HMAC-SHA256({name}, {messages[0][0]})", hmac.digest(derived, messages[0][1], "sha256"))
    yield from _with_secret_between(secret, amount, identifier, sizes)


def _base64_readings(text: str) -> Iterator[bytes]:
    if not text.isascii() or len(text) > 256:
        return
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    for alphabet in (None, b"-_"):
        try:
            yield base64.b64decode(padded, altchars=alphabet, validate=True)
        except (binascii.Error, ValueError):
            continue


def _hash(name: str) -> Callable[[bytes], bytes]:
    made = getattr(hashlib, name)
    return lambda message: made(message, usedforsecurity=False).digest()


def _hmac(name: str) -> Callable[[bytes, bytes], bytes]:
    return lambda secret, message: hmac.digest(secret, message, name)


def _secret_first(name: str) -> Callable[[bytes, bytes], bytes]:
    hashed = _hash(name)
    return lambda secret, message: hashed(secret + message)


def _secret_last(name: str) -> Callable[[bytes, bytes], bytes]:
    hashed = _hash(name)
    return lambda secret, message: hashed(message + secret)


def _without_secret(name: str) -> Callable[[bytes, bytes], bytes]:
    hashed = _hash(name)
    return lambda _secret, message: hashed(message)


def _title(name: str) -> str:
    return name.upper().replace("_", "-")


def _constructions() -> Iterator[tuple[int, tuple[str, Callable[[bytes, bytes], bytes]]]]:
    """Each with the size of what it gives; a construction of all digests before the next."""
    for notation, made in (
        ("HMAC-{title}(secret, {{message}})", _hmac),
        ("{title}(secret + {{message}})", _secret_first),
        ("{title}({{message}} + secret)", _secret_last),
        ("{title}({{message}})", _without_secret),
    ):
        yield from ((_SIZES[name], (notation.format(title=_title(name)), made(name))) for name in _DIGESTS)
    hashed = _hash("sha256")
    yield _SIZES["sha256"], ("HMAC-SHA256({message}, secret)", lambda key, text: hmac.digest(text, key, "sha256"))
    yield _SIZES["sha256"], ("SHA256(SHA256(secret + {message}))", lambda key, text: hashed(hashed(key + text)))


_CONSTRUCTIONS: Final = tuple(_constructions())


def _messages(amount: bytes, identifier: bytes, fields: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    yield "amount + identifier", amount + identifier
    yield "identifier + amount", identifier + amount
    for separator in _SEPARATORS:
        shown = json.dumps(separator)
        yield f"amount + {shown} + identifier", amount + separator.encode() + identifier
        yield f"identifier + {shown} + amount", identifier + separator.encode() + amount
    yield "amount", amount
    yield "identifier", identifier
    yield from _documents(amount, identifier)
    yield from _with_fields({"amount": amount, "identifier": identifier}, fields)


def _documents(amount: bytes, identifier: bytes) -> Iterator[tuple[str, bytes]]:
    """Amount and identifier as JSON and as a query string."""
    values = {"amount": amount.decode("latin-1"), "identifier": identifier.decode("latin-1")}
    for order in (("amount", "identifier"), ("identifier", "amount")):
        for comma, colon in ((",", ":"), (", ", ": ")):
            for is_number in (False, True):
                notation = _json({"amount": "…", "identifier": "…"}, order, comma, colon, is_number=is_number)
                document = _json(values, order, comma, colon, is_number=is_number)
                yield f"JSON {notation}", document.encode("latin-1")
        query = urlencode({name: values[name].encode("latin-1") for name in order})
        yield "URL-encoded " + "&".join(f"{name}=…" for name in order), query.encode()
    yield "amount + rawurlencode(identifier)", amount + quote(identifier, safe="").encode()
    yield "amount + urlencode(identifier)", amount + quote_plus(identifier).encode()


def _json(values: Mapping[str, str], order: Sequence[str], comma: str, colon: str, *, is_number: bool) -> str:
    members = {name: json.dumps(values[name], ensure_ascii=False) for name in order}
    if is_number:
        members["amount"] = values["amount"]
    return "{" + comma.join(f'"{name}"{colon}{member}' for name, member in members.items()) + "}"


_FIELD_ORDERS: Final[tuple[tuple[str, ...], ...]] = (
    ("amount", "payment_trx"),
    ("payment_trx", "amount"),
    ("amount", "identifier", "payment_trx"),
    ("amount", "payment_trx", "identifier"),
    ("payment_trx", "amount", "identifier"),
    ("identifier", "payment_trx"),
    ("payment_trx",),
    ("amount", "currency", "identifier", "payment_trx"),
    ("amount", "currency", "identifier"),
    ("amount", "identifier", "currency"),
    ("amount", "currency"),
    ("identifier", "amount", "currency"),
    ("status", "amount", "identifier"),
    ("amount", "identifier", "status"),
    ("status", "identifier", "amount"),
)
"""Field lists of the gateway's relatives: the older one signs amount, currency, identifier and transaction id."""


def _with_fields(signed: Mapping[str, bytes], fields: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    known = {**signed, **{name: octets_of(text) for name, text in fields.items() if text and len(text) <= 256}}
    for order in _FIELD_ORDERS:
        if all(name in known for name in order):
            yield " + ".join(order), b"".join(known[name] for name in order)


def _with_secret_between(secret: bytes, amount: bytes, identifier: bytes, sizes: Collection[int]) -> Iterator[Formula]:
    wanted = [(_title(name), _hash(name)) for name in _DIGESTS if _SIZES[name] in sizes]
    named = {"secret": secret, "amount": amount, "identifier": identifier}
    orders: Sequence[tuple[str, str, str]] = (
        ("amount", "identifier", "secret"),
        ("identifier", "amount", "secret"),
        ("secret", "amount", "identifier"),
        ("secret", "identifier", "amount"),
        ("amount", "secret", "identifier"),
        ("identifier", "secret", "amount"),
    )
    for order in orders:
        for separator in ("", *_SEPARATORS):
            joined = separator.encode().join(named[name] for name in order)
            notation = f" + {json.dumps(separator)} + ".join(order) if separator else " + ".join(order)
            yield from (Formula(f"{title}({notation})", hashed(joined)) for title, hashed in wanted)


def _derived_secrets(secret: bytes) -> Iterator[tuple[str, bytes]]:
    text = secret.decode("latin-1")
    if _HEX.fullmatch(text):
        yield "unhex(secret)", bytes.fromhex(text)
    for octets in _base64_readings(text):
        yield "base64_decode(secret)", octets
    yield "hex(secret)", secret.hex().encode()
    yield "upper(hex(secret))", secret.hex().upper().encode()
    yield "base64(secret)", base64.b64encode(secret)
    yield "SHA256(secret)", hashlib.sha256(secret).digest()
    yield "hex(SHA256(secret))", hashlib.sha256(secret).hexdigest().encode()
    yield "hex(MD5(secret))", hashlib.md5(secret, usedforsecurity=False).hexdigest().encode()
    yield "upper(secret)", secret.upper()
    yield "lower(secret)", secret.lower()
    for end in ("\n", "\r\n", " ", "\t", "\0"):
        yield f"secret + {json.dumps(end)}", secret + end.encode()
    for edge in ('"', "'", " ", "\ufeff"):
        yield f"{json.dumps(edge)} around secret", edge.encode() + secret + edge.encode()
        yield f"{json.dumps(edge)} + secret", edge.encode() + secret
