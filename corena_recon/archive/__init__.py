"""Archives of notifications: every record becomes one row, or is counted as other traffic."""

from corena_recon.archive.reading import SourceCount, intake_table, read_batches, read_ipns
from corena_recon.archive.records.chain import GENESIS, SOUND, Link, canonical_json, chain_of, link_of
from corena_recon.archive.sources.containers import ByteStream

__all__ = [
    "GENESIS",
    "SOUND",
    "ByteStream",
    "Link",
    "SourceCount",
    "canonical_json",
    "chain_of",
    "intake_table",
    "link_of",
    "read_batches",
    "read_ipns",
]
