"""Worlds: test and live are two, and merchants number their orders alike.

An audit is of one mode, and of one merchant where that is said. Anybody can make test payments, with whatever they
like in the fields that are not signed: nothing of another world pays, or changes what is said of this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.schemas import INSTANT
from corena_recon.signing import Key
from corena_recon.tables.columns import Flags, few_rows, flags, whole
from corena_recon.vocabulary import Mode, SignatureStatus, Verdict

ELSEWHERE: Final = pa.field("is_elsewhere", pa.bool_())
"""Whether a notification is a genuine one of another world."""

_VERIFIED: Final = pa.array([SignatureStatus.VALID.value, SignatureStatus.VALID_RENDERED.value])


class World(NamedTuple):
    """What an audit is of, and whose keys its ring holds.

    Attributes:
        mode: Of the audit, and of what does not say.
        merchant: Whose audit it is; None where it is of all merchants.
        ring: Mode and merchant of each key by its id.
    """

    mode: str
    merchant: str | None
    ring: Mapping[str, Mapping[str, str | None]]

    @classmethod
    def of(cls, ring: Mapping[str, Mapping[str, str | None]], mode: str | None, merchant: str | None) -> World:
        """The world of an audit: live, unless it is said or the ring holds test keys alone."""
        is_test = bool(ring) and all(key["mode"] == Mode.TEST for key in ring.values())
        return cls(mode or (Mode.TEST if is_test else Mode.LIVE).value, merchant, ring)

    def with_best_keys(self, checked: pa.Table, namesakes: Iterable[tuple[Key, ...]]) -> pa.Table:
        """The notifications, each with the label of its secret that fits it best: same rows, same order.

        Of several that fit endpoint, moment and merchant in as many ways it is the first.

        Args:
            checked: With ``key_id, endpoint, merchant, received_at``.
            namesakes: What ``KeyRing.namesakes`` gives.
        """
        for keys in namesakes:
            key_id = whole(checked["key_id"])
            names = key_id.dictionary.to_pylist()
            places = np.array([names.index(key.id) for key in keys], key_id.type.index_type.to_pandas_dtype())
            rows = np.flatnonzero(np.isin(np.asarray(pc.fill_null(key_id.indices, -1)), places))
            its = few_rows(checked.select(["endpoint", "merchant", "received_at"]), rows)
            misfits = np.array([self._misfits(its, key) for key in keys])
            indices = np.array(pc.fill_null(key_id.indices, -1))
            indices[rows] = places[misfits.argmin(axis=0)]
            best = pa.DictionaryArray.from_arrays(pa.array(indices, mask=indices < 0), key_id.dictionary)
            checked = checked.set_column(checked.schema.get_field_index("key_id"), "key_id", best)
        return checked

    def _misfits(self, notifications: pa.Table, key: Key) -> NDArray[np.int64]:
        """In how many ways the key is not the one for each notification."""
        endpoint, merchant, arrival = (whole(notifications[name]) for name in ("endpoint", "merchant", "received_at"))
        ways = [pc.not_equal(pc.coalesce(endpoint, pa.scalar(self.mode)), key.mode.value)]
        if key.merchant is not None:
            ways.append(pc.not_equal(pc.coalesce(merchant, pa.scalar(self.merchant, pa.string())), key.merchant))
        if key.valid_from is not None:
            ways.append(pc.less(arrival, pa.scalar(key.valid_from, INSTANT)))
        if key.valid_until is not None:
            ways.append(pc.greater(arrival, pa.scalar(key.valid_until, INSTANT)))
        counts: NDArray[np.int64] = np.sum([flags(way) for way in ways], axis=0, dtype=np.int64)
        return counts

    def is_elsewhere(self, checked: pa.Table) -> Flags:
        """Which notifications are genuine, but those of another world, and arrived as such.

        One that a key of another world signed and that arrived in this one is not: that is what findings say of it.

        Args:
            checked: With ``signature_status, key_id, endpoint, merchant``.
        """
        nobody: Flags = np.zeros(len(checked), bool)
        if self.merchant is None and all(key["mode"] == self.mode for key in self.ring.values()):
            return nobody
        key_id = whole(checked["key_id"].cast(pa.string()))
        key_mode, key_merchant = (
            pa.array([key[name] for key in self.ring.values()], pa.string()).take(
                pc.index_in(key_id, pa.array(self.ring, pa.string()))
            )
            for name in ("mode", "merchant")
        )
        endpoint, merchant = (whole(checked[name]) for name in ("endpoint", "merchant"))
        other_mode = pc.and_(pc.not_equal(key_mode, self.mode), pc.equal(endpoint, key_mode))
        is_verified = pc.is_in(whole(checked["signature_status"].cast(pa.string())), _VERIFIED)
        arrived_right = pc.and_(
            pc.equal(key_mode, pc.coalesce(endpoint, pa.scalar(self.mode))),
            pc.fill_null(pc.equal(key_merchant, pc.coalesce(merchant, pa.scalar(self.merchant, pa.string()))), True),
        )
        is_other = pc.fill_null(other_mode, False)
        if self.merchant is not None:
            whose = pc.coalesce(key_merchant, merchant)
            is_other = pc.or_(is_other, pc.fill_null(pc.not_equal(whose, self.merchant), False))
        return flags(pc.fill_null(pc.and_(pc.and_(is_verified, is_other), arrived_right), False))


def is_told_elsewhere(verified: pa.Table) -> Flags:
    """Which notifications are of another world as far as verdicts tell: what else is said of one may hide it.

    Args:
        verified: With ``signature_status, key_id, endpoint, merchant, verdict``.
    """
    cells = (pc.fill_null(whole(verified[name].cast(pa.string())), "") for name in ("key_id", "endpoint", "merchant"))
    place = pc.binary_join_element_wise(*cells, "\0")
    told = pc.unique(place.filter(pc.equal(whole(verified["verdict"].cast(pa.string())), Verdict.OTHER_MODE.value)))
    is_verified = pc.is_in(whole(verified["signature_status"].cast(pa.string())), _VERIFIED)
    return flags(pc.and_(is_verified, pc.is_in(place, told)))
