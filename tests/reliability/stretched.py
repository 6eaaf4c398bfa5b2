"""Archives and exports in which one piece stands over and over: eight times as long takes about as much more time."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final

import corena_recon as cr
from corena_recon.errors import CorenaReconError
from corena_recon.vocabulary import ARCHIVE_FORMS
from tests.archive.differential import TABLES, bases
from tests.archive.mutation import PIECES
from tests.reliability.fuzzed import EXPORTS
from tests.reliability.shop import Figure

_SEED: Final = 19
_SHORT_BYTES: Final = 32 << 10
_LONGER: Final = 8
_SURELY_S: Final = 0.25
_EXPONENT_MAX: Final = 1.5
_TRIES: Final = 3
"""A busy machine may take long once."""
_TOLD_AFTER: Final = 200

Reader = Callable[[bytes], object]


def stretched(_scratch: Path, count: int) -> Figure:
    """A piece over and over at a random place of any form or export, to 32 and to 256 KiB: time against length."""
    failed: list[str] = []
    for number in range(count):
        name, made, reader = _case(number)
        short_s, long_s = _seconds(reader, made(_SHORT_BYTES)), _seconds(reader, made(_SHORT_BYTES * _LONGER))
        for _ in range(_TRIES):
            if not _grows_too_fast(short_s, long_s):
                break
            short_s = max(short_s, _seconds(reader, made(_SHORT_BYTES)))
            long_s = min(long_s, _seconds(reader, made(_SHORT_BYTES * _LONGER)))
        else:
            failed.append(f"{name} {number}: {short_s:.2f} s for 32 KiB and {long_s:.2f} s for 256 KiB")
            print(failed[-1], file=sys.stderr, flush=True)
        if number % _TOLD_AFTER == _TOLD_AFTER - 1:
            print(f"{number + 1:,} of {count:,} cases", file=sys.stderr, flush=True)
    return Figure(count, failed)


def _grows_too_fast(short_s: float, long_s: float) -> bool:
    return long_s > _SURELY_S and math.log(long_s / max(short_s, 1e-6), _LONGER) > _EXPONENT_MAX


def _case(number: int) -> tuple[str, Callable[[int], bytes], Reader]:
    """What is stretched, how it is made of a length, and who reads it."""
    chance = Random(f"{_SEED} {number}")
    name, stored, reader = _SOURCES[number % len(_SOURCES)]
    base = chance.choice(stored())
    place = chance.randrange(len(base) + 1)
    piece = b"".join(chance.choices(PIECES, k=chance.choice((1, 1, 2))))
    if chance.random() < 0.2:
        end = min(len(base), place + chance.choice((8, 30, 200)))
        piece = base[place:end] or piece

    def made(length: int) -> bytes:
        return base[:place] + piece * (length // len(piece)) + base[place:]

    return f"{name}, {piece!r} at {place} of {len(base)}", made, reader


def _seconds(reader: Reader, octets: bytes) -> float:
    began = time.process_time()
    with suppress(CorenaReconError):
        reader(octets)
    return time.process_time() - began


_SOURCES: Final[list[tuple[str, Callable[[], tuple[bytes, ...]], Reader]]] = [
    *((form, lambda form=form: bases(form), cr.read_ipns) for form in ARCHIVE_FORMS if form not in TABLES),
    *((path.name, lambda path=path: (path.read_bytes(),), cr.read_orders) for path in EXPORTS),
]
"""All but files whose damage is within cells."""
