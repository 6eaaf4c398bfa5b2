"""The steps of an audit as engines run them, on whatever machine: batches of Arrow in, batches of parcels out.

A step knows no secret: it reads the keys where it runs. Run again or twice, it gives the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from corena_recon.archive import Part
from corena_recon.judgement import Profile, Votes
from corena_recon.shards.bucket import BucketOf, BucketPlan, votes_of
from corena_recon.shards.homes import Homes
from corena_recon.shards.parcels import Parcel, Parcels, batch_of, packed, parcel_of, rows_in
from corena_recon.shards.share import Share, SharePlan
from corena_recon.signing import KeyRing
from corena_recon.tables.engine import connect
from corena_recon.tables.spool import temporary_folder

Batches = Iterator[pa.RecordBatch]

ENGINE_MARKS_SCHEMA: Final = pa.schema([("mark", pa.int64()), ("fold", pa.int64()), ("holds", pa.bool_())])
"""Marks where there are no numbers without a sign."""


class NumberedPart(NamedTuple):
    """A part of the archive, its place in it, and how many records of its source stand before it."""

    number: int
    part: Part
    first_record: int = 0


class Sharing(NamedTuple):
    """Reads, checks and marks what a task is given: ``rows`` by bucket, ``marks``, and the ``facts`` of its share.

    Attributes:
        plan: What is the same for all tasks.
        keys: The path of the key ring on every machine; the environment of each when None.
        parts: What of the archive some batches are.
    """

    plan: SharePlan
    keys: str | None
    parts: Callable[[Batches], Iterator[NumberedPart]]

    def __call__(self, batches: Batches) -> Batches:
        """What a share writes, of the parts that the batches are."""
        with connect() as connection:
            share = Share(self.plan, keys_at(self.keys), connection)
            yield from packed(self._read(share, batches))
            yield _told("facts", 0, share.facts())

    def _read(self, share: Share, batches: Batches) -> Iterator[tuple[str, int, pa.Table] | None]:
        for number, part, first_record in self.parts(batches):
            yield from share.read(number, part, first_record=first_record)
            yield None


def keys_at(path: str | None) -> KeyRing:
    """The keys as the machine at hand has them: those of a file, or of its environment."""
    return KeyRing.from_env() if path is None else KeyRing.of(path)


def marks_in_parcels(batches: Batches) -> Batches:
    """The marks in parcels of them, with ENGINE_MARKS_SCHEMA."""
    for batch in batches:
        for octets in batch.column("octets"):
            table = rows_in(octets.as_py())
            bits = [pa.array(table[name].to_numpy().view(np.int64)) for name in ("mark", "fold")]
            yield from pa.table([*bits, table["holds"]], schema=ENGINE_MARKS_SCHEMA).to_batches()


class Moving(NamedTuple):
    """Parcels as they are, but for rows whose home is in another bucket."""

    homes: Homes

    def __call__(self, batches: Batches) -> Batches:
        """Parcels of rows and orders."""
        for batch in batches:
            for parcel in (Parcel(**row) for row in batch.to_pylist()):
                table = rows_in(parcel.octets)
                homes = self.homes.of(*(table[name].to_numpy() for name in ("fold", "row")))
                if (homes == parcel.bucket).all():
                    yield batch_of([parcel])
                    continue
                for home in np.unique(homes).tolist():
                    yield batch_of([parcel_of(parcel.kind, home, table.filter(pa.array(homes == home)))])


class Voting(NamedTuple):
    """How many notifications of each bucket speak for which decimals, as ``votes``; it is given whole buckets."""

    plan: BucketPlan

    def __call__(self, batches: Batches) -> Batches:
        """The votes of the buckets that the parcels are of."""
        for bucket, parcels in _by_bucket(batches):
            votes = votes_of(self.plan, parcels.tables("rows", bucket))
            yield _told("votes", bucket, [[key, decimals, count] for (key, decimals), count in votes.items()])


def votes_in(parcels: Iterator[Parcel]) -> Votes:
    """The votes of all buckets."""
    votes = Votes()
    for parcel in parcels:
        votes.update({(key, decimals): count for key, decimals, count in parcel.told()})
    return votes


class Judging(NamedTuple):
    """The ``notifications``, the ``results`` and the ``account`` of each bucket; it is given whole buckets."""

    plan: BucketPlan
    profile: Profile

    def __call__(self, batches: Batches) -> Batches:
        """What the buckets give that the parcels are of."""
        for bucket, parcels in _by_bucket(batches):
            with BucketOf(self.plan, parcels.tables("rows", bucket)) as one:
                given = one.judged(self.profile, parcels.tables("orders", bucket))
                yield from packed((kind, bucket, table) for kind, table in given)
                facts = {"account": one.account.as_facts(), "paid": one.paid.tolist(), "counts": one.counts}
            yield _told("account", bucket, facts)


def _told(kind: str, bucket: int, facts: Any) -> pa.RecordBatch:  # noqa: ANN401
    return batch_of([Parcel(kind, bucket, 0, 0, json.dumps(facts).encode())])


def _by_bucket(batches: Batches) -> Iterator[tuple[int, Parcels]]:
    """The parcels of each bucket that the task has, on this machine's disk, in whatever order they come."""
    with temporary_folder() as folder:
        parcels = Parcels(folder)
        for batch in batches:
            for row in batch.to_pylist():
                parcels.add(Parcel(**row))
        for bucket in sorted({bucket for _, bucket in parcels.kept()}):
            yield bucket, parcels
