"""Archives of notifications: every record becomes one row, or is counted as other traffic."""

from corena_recon.archive.chain_watch import Watched
from corena_recon.archive.reading import (
    Earlier,
    Part,
    SourceCount,
    Taken,
    intake_table,
    parts_of,
    read_batches,
    read_frame,
    read_ipns,
    read_part,
)
from corena_recon.archive.sources.containers import MEMORY_SOURCE, ByteStream, StoredBytes
from corena_recon.archive.sources.places import Place

__all__ = [
    "MEMORY_SOURCE",
    "ByteStream",
    "Earlier",
    "Part",
    "Place",
    "SourceCount",
    "StoredBytes",
    "Taken",
    "Watched",
    "intake_table",
    "parts_of",
    "read_batches",
    "read_frame",
    "read_ipns",
    "read_part",
]
