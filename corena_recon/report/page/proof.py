"""What a reader's browser needs to compute every signature again, packed.

A row is the signed bytes, where the amount ends in them, the first half of the signature, and which key made it. Of a
signature that no key made there is a row for each writing of the amount that verifying tries. Half of an HMAC is what
RFC 2104 lets a reader compare; nobody can post it as a signature.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.money import exact_value, renderings
from corena_recon.tables.columns import decoded, whole
from corena_recon.text import octets_column, printable
from corena_recon.vocabulary import SignatureStatus, Verdict

PROVEN_MAX: Final = 131_072
"""Of how many notifications a page holds the signatures; of more, those of exceptions and a sample."""
PROOF_COLUMNS: Final = (
    *("source", "record", "identifier", "signature", "amount_text", "amount_rendering", "unreadable"),
    *("signature_status", "key_id", "verdict"),
)
HELD_BYTES: Final = 16
"""How much of a signature the page holds."""

_OF_NO_KEY: Final = 0xFFFF
_OTHER_WRITING: Final = 0xFFFE
"""Instead of a key: the row before, with the amount written otherwise."""
_LENGTH_MAX: Final = 256
"""Of an amount or identifier, in bytes; the gateway's are shorter by far, and strangers shall not fill the page."""
_WHOLE: Final = re.compile("[0-9A-Fa-f]{64}")
_DOUBTED: Final = pa.array([Verdict.FORGED.value, Verdict.SUSPECT.value])

Parts = Callable[[], Iterable[pa.Table]]
"""The notifications in parts and in order, with PROOF_COLUMNS; asked for twice."""


class Proof(NamedTuple):
    """What the page holds of signatures.

    Attributes:
        total: How many notifications can be read.
        held: How many of them the page holds.
        exceptions: How many of those are of exceptions.
        silent: How many of those that are held have no signature that could be compared.
        too_long: How many of them are too long.
        seed: What the sample was drawn by; None where there is none.
        block: What the script reads; plain values, ready for JSON.
    """

    total: int
    held: int
    exceptions: int
    silent: int
    too_long: int
    seed: int | None
    block: dict[str, Any]


def proof_of(parts: Parts, exceptional: pa.Array, inputs: Mapping[str, str | None], key_ids: Sequence[str]) -> Proof:
    """The proof of a report's notifications.

    Args:
        parts: The notifications.
        exceptional: The identifiers of exceptions.
        inputs: The digests of what was read, which a sample is drawn by.
        key_ids: Every key that any notification was verified with.
    """
    masks = [_masks(part, exceptional) for part in parts()]
    readable, of_exceptions = (
        np.concatenate([mask[place] for mask in masks] or [np.zeros(0, bool)]) for place in (0, 1)
    )
    total = int(readable.sum())
    seed = None if total <= PROVEN_MAX else _seed_of(inputs)
    held = readable if seed is None else _sampled(readable, of_exceptions, seed)
    packing = _Packing(key_ids)
    first = 0
    for part in parts():
        packing.add(part.filter(pa.array(held[first : first + len(part)])))
        first += len(part)
    return Proof(
        total,
        int(held.sum()),
        int((held & of_exceptions).sum()),
        packing.silent,
        packing.too_long,
        seed,
        packing.block(),
    )


def _masks(part: pa.Table, exceptional: pa.Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    rows = decoded(part)
    readable = rows["unreadable"].is_null()
    doubted = pc.is_in(whole(rows["verdict"]), _DOUBTED)
    own = pc.is_in(whole(rows["identifier"]).cast(pa.string()), exceptional)
    of_exceptions = pc.and_(readable, pc.or_(doubted, own))
    return np.asarray(whole(readable)), np.asarray(whole(of_exceptions))


def _seed_of(inputs: Mapping[str, str | None]) -> int:
    """Nobody can choose it without choosing other inputs."""
    said = json.dumps(sorted(str(digest) for digest in inputs.values())).encode()
    return int.from_bytes(hashlib.sha256(said).digest()[:4], "big")


def _sampled(readable: NDArray[np.bool_], of_exceptions: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    """Exceptions first, then others, each in an order that the seed gives."""
    turns = _mixed(np.arange(len(readable), dtype=np.uint64) + np.uint64(seed << 32))
    order = np.lexsort((turns, ~of_exceptions, ~readable))
    held = np.zeros(len(readable), bool)
    held[order[:PROVEN_MAX]] = True
    return held


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers that look random, the same in every version: the finish of splitmix64."""
    with np.errstate(over="ignore"):
        mixed = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))


class _Packing:
    """Rows as they are packed, added a part at a time."""

    def __init__(self, key_ids: Sequence[str]) -> None:
        self.silent = self.too_long = 0
        self._keys = {key_id: place for place, key_id in enumerate(key_ids)}
        self._sources: dict[str, int] = {}
        self._runs: list[list[int]] = []
        self._places: list[int] = []
        self._lengths: list[tuple[int, int]] = []
        self._halves: list[bytes] = []
        self._messages: list[bytes] = []

    def add(self, part: pa.Table) -> None:
        """Packs notifications that can be read."""
        rows = decoded(part)
        columns = [rows[name].to_pylist() for name in ("source", "record", "key_id", "signature_status", "signature")]
        signed = pc.coalesce(whole(rows["amount_rendering"]), whole(rows["amount_text"])).cast(pa.string())
        octets = [octets_column(column).to_pylist() for column in (signed, whole(rows["identifier"]).cast(pa.string()))]
        for source, record, key, status, signature, amount, identifier in zip(*columns, *octets, strict=True):
            half = _half_of(signature) if key is not None or status == SignatureStatus.INVALID else None
            if half is None:
                self.silent += 1
            elif max(len(amount), len(identifier)) > _LENGTH_MAX:
                self.too_long += 1
            else:
                self._begin(source, record)
                place = _OF_NO_KEY if key is None else self._keys[key]
                self._pack(place, half, amount, identifier)
                for other in _other_writings(amount) if key is None else ():
                    self._pack(_OTHER_WRITING, half, other, identifier)

    def block(self) -> dict[str, Any]:
        """What the script reads: columns, one after another, in little-endian order."""
        octets = b"".join(
            [
                np.array(self._places, "<u2").tobytes(),
                np.array(self._lengths, "<u2").reshape(-1, 2).tobytes(),
                *self._halves,
                *self._messages,
            ]
        )
        return {
            "rows": len(self._places),
            "keys": [printable(key) for key in self._keys],
            "sources": [printable(source) for source in self._sources],
            "runs": self._runs,
            "octets": b64encode(octets).decode("ascii"),
        }

    def _begin(self, source: str, record: int) -> None:
        place = self._sources.setdefault(source, len(self._sources))
        last = self._runs[-1] if self._runs else None
        if last is not None and last[0] == place and last[1] + last[2] == record:
            last[2] += 1
        else:
            self._runs.append([place, record, 1])

    def _pack(self, place: int, half: bytes, amount: bytes, identifier: bytes) -> None:
        self._places.append(place)
        self._lengths.append((len(amount), len(identifier)))
        self._halves.append(half)
        self._messages.append(amount + identifier)


def _half_of(signature: str | None) -> bytes | None:
    """The first half of a signature, also where it was only written in an unusual way; None where it is none."""
    digits = (signature or "").strip()
    return bytes.fromhex(digits)[:HELD_BYTES] if _WHOLE.fullmatch(digits) else None


def _other_writings(amount: bytes) -> Iterator[bytes]:
    value = exact_value(amount.decode("ascii")) if amount.isascii() else None
    for text in [] if value is None else renderings(value):
        if text.encode() != amount:
            yield text.encode()
