"""Which single change would make a signature that does not verify a valid one.

The search goes from near to far: another key, another writing of the signature, the order's amount, a slip in amount or
identifier, another recipe, then everything else the archive holds, then small amounts one by one. It computes at most
CANDIDATES_MAX digests in all. What comes back names the change; a digest or a secret never does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.explanation.counterfactuals.recipes import MESSAGE_MAX_BYTES, claims_of, formulas
from corena_recon.explanation.counterfactuals.slips import (
    CUT_MAX,
    amount_variants,
    amount_writings,
    decimal_shift,
    identifier_variants,
    rewritten_identifiers,
)
from corena_recon.money import exact_value
from corena_recon.signing import DIGEST_BYTES, KeyRing, digests_of, sign
from corena_recon.text import octets_column, octets_of
from corena_recon.vocabulary import PLACEHOLDER_SECRETS

CANDIDATES_MAX: Final = 5_000_000
"""How many digests one explanation computes at most, over all its notifications and keys."""
COMMON_SECRETS: Final = ("secret_key", "SECRET_KEY", "test", "key", "password", "123456", "admin", "null", "undefined")
"""What else is found where a key belongs, besides the placeholders that verifying already tries."""

_STEP_ROWS: Final = 131_072
_ARCHIVE_SHARES: Final = {"amounts": 0.2, "identifiers": 0.25, "pairs": 0.25}
_CUT_MIN_DIGITS: Final = 16
_SLIPS_MAX: Final = 8


class Case(NamedTuple):
    """One notification whose signature does not verify.

    Attributes:
        amount: As posted.
        identifier: As posted.
        signature: As posted.
        fields: Other posted fields by name, ``payment_trx``, ``currency``, ``status``; absent ones left out.
        order_amounts: The amounts of the identifier's orders.
    """

    amount: str
    identifier: str
    signature: str
    fields: Mapping[str, str]
    order_amounts: tuple[Decimal, ...] = ()


class Counterfactual(NamedTuple):
    """The change that would make a signature valid.

    Attributes:
        kind: What would have to change: ``key``, ``weak_key``, ``writing``, ``signature_cut``, ``signature_digits``,
            ``amount``, ``identifier``, both of them (``rewritten``), ``pair`` or ``recipe``.
        origin: Where the other text comes from: ``order``, ``archive``, ``counted``, or a kind of ``variants``.
        key_id: The key of the ring that made the signature.
        weak_secret: The secret that anyone knows, for ``weak_key``; empty for the empty one.
        amount: The other amount.
        identifier: The other identifier.
        places: By how many places the decimal point was moved, where nothing else differs.
        formula: The other recipe.
        writing: How the signature is written, where it is not 64 upper-case hexadecimal digits.
        digits: How many digits of the signature are wrong or missing.
        source: Where the pair stands in the archive or the orders.
        record: Likewise.
    """

    kind: str
    origin: str | None = None
    key_id: str | None = None
    weak_secret: str | None = None
    amount: str | None = None
    identifier: str | None = None
    places: int | None = None
    formula: str | None = None
    writing: str | None = None
    digits: int | None = None
    source: str | None = None
    record: int | None = None


class Archive(Protocol):
    """What the search may ask an archive for; ``evidence.Evidence`` is one."""

    def amounts(self, limit: int) -> pa.Array:
        """Distinct amounts, likeliest first."""

    def identifiers(self, limit: int) -> pa.Array:
        """Identifiers, likeliest first."""

    def pairs(self, limit: int) -> pa.Table:
        """Pairs of ``amount`` and ``identifier`` with their ``source`` and ``record``, likeliest first."""


class Search:
    """The search for one explanation: its cases share the archive's columns and the bound on digests.

    Args:
        keys: The secrets; without them only secrets that anyone knows are tried.
        archive: Where other amounts and identifiers come from.
        case_count: Among how many cases the bound is shared.
        public_keys: Public keys of the merchants, which are no secrets.
        candidates_max: How many digests may be computed.
    """

    def __init__(
        self,
        keys: KeyRing | None,
        archive: Archive,
        case_count: int,
        *,
        public_keys: Iterable[str] = (),
        candidates_max: int = CANDIDATES_MAX,
    ) -> None:
        self._signers = [_Signer(key.secret_bytes(), key_id=key.id) for key in keys or ()]
        known = {signer.secret for signer in self._signers}
        weak = ("", *sorted(PLACEHOLDER_SECRETS), *public_keys, *COMMON_SECRETS)
        self._weak = [_Signer(text.encode(), weak_secret=text) for text in weak if text.encode() not in known]
        self._archive = _Shelf(archive, candidates_max // max(1, len(self._signers)))
        self._candidates_max = candidates_max
        self._cases_left = case_count
        self._left = 0
        self.tried = 0

    def find(self, case: Case) -> Counterfactual | None:
        """The nearest change that makes the case's signature valid; None when none of those tried does."""
        self._left = (self._candidates_max - self.tried) // max(1, self._cases_left)
        self._cases_left -= 1
        if len(octets_of(case.amount)) + len(octets_of(case.identifier)) > MESSAGE_MAX_BYTES:
            return None
        return next((found for found in self._attempts(case) if found is not None), None)

    def _attempts(self, case: Case) -> Iterator[Counterfactual | None]:
        """One attempt after the other, from near to far."""
        wanted = [claim for claim in claims_of(case.signature) if len(claim.octets) == DIGEST_BYTES]
        yield self._slip_of_signature(case)
        for claim in wanted:
            for step in (self._other_key, self._near_amount, self._near_identifier, self._rewritten):
                yield _as_written(step(case, claim.octets), claim.writing)
        yield self._other_recipe(case)
        for claim in wanted:
            for step in (self._known_pair, self._known_amount, self._known_identifier, self._small_amount):
                yield _as_written(step(case, claim.octets), claim.writing)

    def _slip_of_signature(self, case: Case) -> Counterfactual | None:
        """A signature that was right before it was cut or mistyped."""
        digits = case.signature.strip().upper()
        for signer in self._allowed(self._signers, 1):
            expected = sign(signer.secret, case.amount, case.identifier)
            if len(digits) > len(expected) and expected in digits:
                return Counterfactual("writing", key_id=signer.key_id, writing="edges")
            if _CUT_MIN_DIGITS <= len(digits) < len(expected) and (
                expected.startswith(digits) or expected.endswith(digits)
            ):
                missing = len(expected) - len(digits)
                return Counterfactual("signature_cut", key_id=signer.key_id, digits=missing)
            wrong = sum(one != other for one, other in zip(digits, expected, strict=False))
            if len(digits) == len(expected) and 0 < wrong <= _SLIPS_MAX:
                return Counterfactual("signature_digits", key_id=signer.key_id, digits=wrong)
        return None

    def _other_key(self, case: Case, digest: bytes) -> Counterfactual | None:
        signers = [*self._signers, *self._weak, _Signer(octets_of(case.identifier), weak_secret=case.identifier)]
        for signer in self._allowed(signers, 1):
            if bytes.fromhex(sign(signer.secret, case.amount, case.identifier)) == digest:
                kind = "key" if signer.key_id is not None else "weak_key"
                return Counterfactual(kind, key_id=signer.key_id, weak_secret=signer.weak_secret)
        return None

    def _near_amount(self, case: Case, digest: bytes) -> Counterfactual | None:
        if not self._signers:
            return None
        decimals = len(case.amount.partition(".")[2])
        origins = {text: "order" for amount in case.order_amounts for text in amount_writings(amount, decimals)}
        for variant in amount_variants(case.amount):
            origins.setdefault(variant.text, variant.kind)
        origins.pop(case.amount, None)
        texts = list(origins)
        hit = self._hit(digest, texts, [case.identifier], self._signers)
        return None if hit is None else _other_amount(case, texts[hit[0]], origins[texts[hit[0]]], hit[1])

    def _near_identifier(self, case: Case, digest: bytes) -> Counterfactual | None:
        if not self._signers:
            return None
        origins: dict[str, str] = {}
        for variant in identifier_variants(case.identifier):
            origins.setdefault(variant.text, variant.kind)
        origins.pop(case.identifier, None)
        texts = list(origins)
        hit = self._hit(digest, [case.amount], texts, self._signers)
        if hit is None:
            return None
        text = texts[hit[0]]
        return Counterfactual("identifier", origin=origins[text], identifier=text, key_id=hit[1].key_id)

    def _rewritten(self, case: Case, digest: bytes) -> Counterfactual | None:
        """What writers of archives made of the identifier, also where they wrote the amount otherwise as well."""
        origins = {variant.text: variant.kind for variant in rewritten_identifiers(case.identifier)}
        written = [variant.text for variant in amount_variants(case.amount) if variant.kind == "amount_written"]
        amounts = list(dict.fromkeys([case.amount, *written]))
        pairs = [(amount, identifier) for amount in amounts for identifier in origins if identifier != case.identifier]
        hit = self._hit(digest, [amount for amount, _ in pairs], [identifier for _, identifier in pairs], self._signers)
        if hit is None:
            return None
        (amount, identifier), key_id = pairs[hit[0]], hit[1].key_id
        if amount == case.amount:
            return Counterfactual("identifier", origin=origins[identifier], identifier=identifier, key_id=key_id)
        return Counterfactual("rewritten", key_id=key_id, amount=amount, identifier=identifier)

    def _other_recipe(self, case: Case) -> Counterfactual | None:
        claims = {claim.octets: claim.writing for claim in claims_of(case.signature)}
        parts = octets_of(case.amount), octets_of(case.identifier)
        sizes = {len(octets) for octets in claims}
        for signer in (*self._signers, self._weak[0]) if claims else ():
            for notation, digest in formulas(signer.secret, *parts, case.fields, sizes):
                if not self._left:
                    return None
                self._spend(1)
                if digest in claims:
                    is_keyed = "secret" in notation
                    writing = claims[digest] if claims[digest] != "hex" else None
                    if notation == _GATEWAY_RECIPE:
                        return Counterfactual("writing", key_id=signer.key_id, writing=claims[digest])
                    key_id = signer.key_id if is_keyed else None
                    return Counterfactual("recipe", formula=notation, key_id=key_id, writing=writing)
        return None

    def _known_pair(self, case: Case, digest: bytes) -> Counterfactual | None:
        pairs = self._archive.pairs() if self._signers else None
        if pairs is None or not len(pairs):
            return None
        hit = self._hit(digest, pairs["amount"], pairs["identifier"], self._signers)
        if hit is None:
            return None
        pair = pairs.slice(hit[0], 1).to_pylist()[0]
        if pair["identifier"] == case.identifier:
            return _other_amount(case, pair["amount"], "archive", hit[1])
        if pair["amount"] == case.amount:
            return Counterfactual(
                "identifier",
                origin="archive",
                identifier=pair["identifier"],
                key_id=hit[1].key_id,
                source=pair["source"],
                record=pair["record"],
            )
        return Counterfactual(
            "pair",
            amount=pair["amount"],
            identifier=pair["identifier"],
            key_id=hit[1].key_id,
            source=pair["source"],
            record=pair["record"],
        )

    def _known_amount(self, case: Case, digest: bytes) -> Counterfactual | None:
        amounts = self._archive.amounts() if self._signers else ()
        hit = self._hit(digest, amounts, [case.identifier], self._signers)
        return None if hit is None else _other_amount(case, amounts[hit[0]].as_py(), "archive", hit[1])

    def _known_identifier(self, case: Case, digest: bytes) -> Counterfactual | None:
        identifiers = self._archive.identifiers() if self._signers else ()
        hit = self._hit(digest, [case.amount], identifiers, self._signers)
        if hit is None:
            return None
        text = identifiers[hit[0]].as_py()
        return Counterfactual("identifier", origin="archive", identifier=text, key_id=hit[1].key_id)

    def _small_amount(self, case: Case, digest: bytes) -> Counterfactual | None:
        """Amounts from 0.01 upwards, one by one, as far as the bound allows."""
        if not self._signers:
            return None
        decimals = len(case.amount.partition(".")[2]) or 8
        count = self._left // len(self._signers)
        for first in range(1, count + 1, _STEP_ROWS):
            texts = _hundredths(first, min(first + _STEP_ROWS, count + 1), max(2, min(8, decimals)))
            hit = self._hit(digest, texts, [case.identifier], self._signers)
            if hit is not None:
                return _other_amount(case, texts[hit[0]].as_py(), "counted", hit[1])
        return None

    def _hit(
        self, digest: bytes, amounts: _Texts, identifiers: _Texts, signers: Sequence[_Signer]
    ) -> tuple[int, _Signer] | None:
        """The first row and signer whose digest is the wanted one; a column of one row stands for every row."""
        row_count = max(len(amounts), len(identifiers)) if len(amounts) and len(identifiers) else 0
        wanted = np.frombuffer(digest, np.uint8)
        for first in range(0, row_count, _STEP_ROWS):
            rows = min(_STEP_ROWS, row_count - first)
            parts = (_octets(amounts, first, rows), _octets(identifiers, first, rows))
            for signer in signers:
                allowed = min(rows, self._left)
                if not allowed:
                    return None
                self._spend(allowed)
                digests = digests_of(signer.secret, [part.slice(0, allowed) for part in parts])
                hits = np.flatnonzero((digests == wanted).all(axis=1))
                if len(hits):
                    return first + int(hits[0]), signer
        return None

    def _allowed(self, signers: Sequence[_Signer], each: int) -> Iterator[_Signer]:
        for signer in signers:
            if self._left >= each:
                self._spend(each)
                yield signer

    def _spend(self, count: int) -> None:
        self._left -= count
        self.tried += count


def other_splits(amount: str, identifier: str, decimals: int) -> list[tuple[str, str]]:
    """The other ways to cut the same signed bytes into a plain amount with so many decimals and an identifier."""
    text = amount + identifier
    splits = []
    for place in range(1, len(text)):
        head, tail = text[:place], text[place:]
        fraction = head.partition(".")[2]
        if place > CUT_MAX or len(fraction) > decimals:
            break
        is_plain = head.replace(".", "", 1).isdecimal() and head.isascii() and head[0] != "." and exact_value(head)
        if is_plain and len(fraction) == decimals and ("." in head) == bool(decimals) and place != len(amount):
            splits.append((head, tail))
    return splits


_GATEWAY_RECIPE: Final = "HMAC-SHA256(secret, amount + identifier)"
_Texts: TypeAlias = Sequence[str] | pa.Array | pa.ChunkedArray


class _Signer:
    """A secret with its name; a plain class, so that nothing prints the secret."""

    __slots__ = ("key_id", "secret", "weak_secret")

    def __init__(self, secret: bytes, *, key_id: str | None = None, weak_secret: str | None = None) -> None:
        self.secret = secret
        self.key_id = key_id
        self.weak_secret = weak_secret


class _Shelf:
    """Columns of the archive, each asked for once."""

    def __init__(self, archive: Archive, rows_max: int) -> None:
        self._archive = archive
        self._rows_max = rows_max
        self._columns: dict[str, pa.Array | pa.Table] = {}

    def amounts(self) -> pa.Array:
        return self._column("amounts")

    def identifiers(self) -> pa.Array:
        return self._column("identifiers")

    def pairs(self) -> pa.Table:
        return self._column("pairs")

    def _column(self, name: str) -> pa.Array | pa.Table:
        if name not in self._columns:
            limit = int(self._rows_max * _ARCHIVE_SHARES[name])
            self._columns[name] = getattr(self._archive, name)(limit)
        return self._columns[name]


def _other_amount(case: Case, text: str, origin: str, signer: _Signer) -> Counterfactual:
    value = exact_value(text)
    if value is not None and value in case.order_amounts:
        origin = "order"
    return Counterfactual(
        "amount", origin=origin, amount=text, places=decimal_shift(case.amount, text), key_id=signer.key_id
    )


def _as_written(found: Counterfactual | None, writing: str) -> Counterfactual | None:
    """The change, with how the signature is written where the gateway never writes it so."""
    if found is None or writing == "hex":
        return found
    return found._replace(kind="writing" if found.kind == "key" else found.kind, writing=writing)


def _hundredths(first: int, end: int, decimals: int) -> pa.Array:
    """The amounts from ``first`` to ``end`` hundredths, the end left out, as texts."""
    numbers = np.arange(first, end)
    whole = pa.array(numbers // 100).cast(pa.string())
    fraction = pc.utf8_lpad(pa.array(numbers % 100).cast(pa.string()), 2, "0")
    return pc.binary_join_element_wise(whole, pc.utf8_rpad(fraction, decimals, "0"), ".")


def _octets(texts: _Texts, first: int, rows: int) -> pa.Array:
    """A piece of a column as exact bytes; a column of one row is repeated."""
    if isinstance(texts, pa.Array | pa.ChunkedArray):
        piece = texts.slice(first, rows)
        return octets_column(piece.combine_chunks() if isinstance(piece, pa.ChunkedArray) else piece)
    if len(texts) == 1:
        return pa.repeat(pa.scalar(octets_of(texts[0]), pa.binary()), rows)
    return pa.array([octets_of(text) for text in texts[first : first + rows]], pa.binary())
