"""One audit in shares: each reads some sources and sorts rows by who must meet, then each bucket is judged whole."""

from corena_recon.shards.bucket import POSITION, BucketOf, BucketPlan, KnownKey, votes_of
from corena_recon.shards.gathering import Gathering, in_order
from corena_recon.shards.homes import EDGES_MAX, EDGES_SCHEMA, SHARED_MARKS, Homes, homes_of, shared_marks
from corena_recon.shards.parcels import Parcel, Parcels, batch_of, packed, parcel_of, rows_in
from corena_recon.shards.share import SHARE_KINDS, Share, SharePlan, seed_of, share_of
from corena_recon.shards.tasks import (
    Batches,
    Judging,
    Moving,
    NumberedPart,
    Sharing,
    Voting,
    keys_at,
    marks_in_parcels,
    votes_in,
)
from corena_recon.shards.travelling import ORDER_BASE, ROW, bucket_of, order_rows, order_schema, row_number
from corena_recon.shards.work import (
    FinishedShare,
    Shard,
    ShareWriter,
    WorkFolder,
    require_each_once,
    shard_numbers,
    work_path,
)

__all__ = [
    "EDGES_MAX",
    "EDGES_SCHEMA",
    "ORDER_BASE",
    "POSITION",
    "ROW",
    "SHARED_MARKS",
    "SHARE_KINDS",
    "Batches",
    "BucketOf",
    "BucketPlan",
    "FinishedShare",
    "Gathering",
    "Homes",
    "Judging",
    "KnownKey",
    "Moving",
    "NumberedPart",
    "Parcel",
    "Parcels",
    "Shard",
    "Share",
    "SharePlan",
    "ShareWriter",
    "Sharing",
    "Voting",
    "WorkFolder",
    "batch_of",
    "bucket_of",
    "homes_of",
    "in_order",
    "keys_at",
    "marks_in_parcels",
    "order_rows",
    "order_schema",
    "packed",
    "parcel_of",
    "require_each_once",
    "row_number",
    "rows_in",
    "seed_of",
    "shard_numbers",
    "share_of",
    "shared_marks",
    "votes_in",
    "votes_of",
    "work_path",
]
