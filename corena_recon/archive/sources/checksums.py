"""Whether a compressed source would show that some of its bits were flipped: what has a checksum does."""

from __future__ import annotations

from typing import Final

import pyarrow.parquet as pq

from corena_recon.languages import note

NO_CHECKSUM: Final = note("no_checksum")
"""What is noted of a source that has none."""

_ZSTD_DESCRIPTOR: Final = 4
_ZSTD_CHECKSUM_FLAG: Final = 0b100
_PAGE_SIZES: Final = 3
"""Numbers that a page's header holds before its checksum: its type and its two sizes."""
_NEXT_IS_NUMBER: Final = 0x15
"""How Thrift says that the next field is there, and is a number."""


def zstd_has_checksum(head: bytes) -> bool:
    """Whether the frame that begins so is followed by a checksum of its content."""
    return len(head) <= _ZSTD_DESCRIPTOR or bool(head[_ZSTD_DESCRIPTOR] & _ZSTD_CHECKSUM_FLAG)


def parquet_has_checksum(octets: bytes, metadata: pq.FileMetaData) -> bool:
    """Whether the pages of a Parquet file have checksums, as its first one shows; also where there is none."""
    if not metadata.num_row_groups or not metadata.num_columns:
        return True
    column = metadata.row_group(0).column(0)
    place = min(filter(None, (column.dictionary_page_offset, column.data_page_offset)))
    for _ in range(_PAGE_SIZES):
        if octets[place] != _NEXT_IS_NUMBER:
            return False
        place += 1
        while octets[place] & 0x80:
            place += 1
        place += 1
    return bool(octets[place] == _NEXT_IS_NUMBER)
