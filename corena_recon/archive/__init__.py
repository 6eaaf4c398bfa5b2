"""Archives of notifications: every record becomes one row, or is counted as other traffic."""

from corena_recon.archive.reading import SourceCount, intake_table, read_batches, read_frame, read_ipns
from corena_recon.archive.sources.containers import ByteStream

__all__ = [
    "ByteStream",
    "SourceCount",
    "intake_table",
    "read_batches",
    "read_frame",
    "read_ipns",
]
