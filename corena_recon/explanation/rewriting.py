"""Whether notifications that no key verifies would, as they were before a writer of archives changed them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corena_recon.explanation.counterfactuals.slips import archived_identifiers, written_amounts
from corena_recon.signing import KeyRing, digests_of
from corena_recon.text import octets_column


class Signed(NamedTuple):
    """What a notification says that it signs.

    Attributes:
        amount: As archived.
        identifier: As archived.
        signature: Of 64 hexadecimal digits.
    """

    amount: str
    identifier: str
    signature: str


def rewritten_in(refused: Iterable[Signed], ring: KeyRing) -> Counter[str]:
    """How many of these verify once one slip of the archive's writer is undone, by the slip.

    Args:
        refused: Notifications that no key of the ring verifies.
        ring: The keys.
    """
    return Counter(slip for one in refused if (slip := _slip_of(one, ring)) is not None)


def _slip_of(refused: Signed, ring: KeyRing) -> str | None:
    origins = {(amount, identifier): slip for slip, amount, identifier in _before(refused)}
    if not origins:
        return None
    amounts, identifiers = zip(*origins, strict=True)
    parts = [octets_column(pa.array(texts, pa.string())) for texts in (amounts, identifiers)]
    wanted = np.frombuffer(bytes.fromhex(refused.signature), np.uint8)
    found = [np.flatnonzero((digests_of(key.secret_bytes(), parts) == wanted).all(axis=1)) for key in ring]
    hits = [int(places[0]) for places in found if len(places)]
    return [*origins.values()][min(hits)] if hits else None


def _before(refused: Signed) -> Iterator[tuple[str, str, str]]:
    """What may have been posted, the likeliest last: a text that several slips make is told by the last of them."""
    amount, identifier, _ = refused
    slips, written = [*archived_identifiers(identifier)], written_amounts(amount)
    yield from (("amount_written", other, one.text) for other in written for one in slips)
    yield from (("amount_written", other, identifier) for other in written)
    yield from ((one.kind, amount, one.text) for one in slips)
