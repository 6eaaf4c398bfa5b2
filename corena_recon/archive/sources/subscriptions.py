"""Events of CloudWatch's subscriptions: objects that hold a document of log entries, compressed and in base64."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Final

from corena_recon.vocabulary import EXPANSION_MAX_RATIO, RECORD_MAX_BYTES

_EVENT: Final = re.compile(rb'\{\s*+"awslogs"\s*+:\s*+\{\s*+"data"\s*+:\s*+"(H4sI[A-Za-z0-9+/]*+={0,2})"\s*+\}\s*+\}')
_BEGINS: Final = re.compile(rb'[\s\[]*+\{\s*+"awslogs"\s*+:\s*+\{\s*+"data"\s*+:\s*+"H4sI')
_BETWEEN: Final = b" \t\r\n,[]"
_GZIP_WINDOW_BITS: Final = 31


def without_subscriptions(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks; where they are such events, the document in each as a line, and as it is what cannot be opened."""
    # Nothing is read before the first block is asked for: a digest may be looked for until then.
    for first in blocks:
        read = chain((first,), blocks)
        yield from _documents(read) if _BEGINS.match(first) else read


def _documents(blocks: Iterator[bytes]) -> Iterator[bytes]:
    pending = b""
    for block in blocks:
        # To search again from the start of a long event would take longer with every block.
        is_open = b"}" not in block and len(pending) < RECORD_MAX_BYTES
        pending += block
        if is_open:
            continue
        position = 0
        for event in _EVENT.finditer(pending):
            yield from _line(pending[position : event.start()])
            yield from _line(_document(event))
            position = event.end()
        pending = pending[position:]
        if len(pending) > RECORD_MAX_BYTES:
            yield pending
            pending = b""
    yield from _line(pending)


def _line(text: bytes) -> Iterator[bytes]:
    text = text.strip(_BETWEEN)
    if text:
        yield text + b"\n"


def _document(event: re.Match[bytes]) -> bytes:
    """The document in an event; the event itself where it is damaged or expands beyond what a record may be."""
    try:
        packed = base64.b64decode(event[1], validate=True)
        unpacking = zlib.decompressobj(_GZIP_WINDOW_BITS)
        document = unpacking.decompress(packed, min(RECORD_MAX_BYTES, EXPANSION_MAX_RATIO * len(packed)))
    except (ValueError, zlib.error):
        return event[0]
    return document if unpacking.eof and b"\n" not in document else event[0]
