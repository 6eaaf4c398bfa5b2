"""The check that machine code must pass before its rows are trusted: the exact readers' rows of the same lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa

from corena_recon.archive.batches import batch_of
from corena_recon.archive.envelopes import from_json
from corena_recon.archive.fast_lines import RunReader
from corena_recon.archive.line_runs import Line, Run
from corena_recon.archive.posting import from_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from corena_recon.archive.line_kernel.loading import LineKernel
    from corena_recon.archive.posting import Posted

_AMOUNTS = ("11.00000000", "0.01", "7", "007.50", "-3.5", "1e3", "99999999999999999999.99999999", "0.000000001", "")
_TIMES = ("2026-01-02T03:04:05Z", "2026-01-02 03:04:05.123456", "1700000000", "2024-02-29T23:59:59+05:30", "soon", "")
_TEXTS = ("CMD-1", "x" * 70, "a b", 'quo"te', "back\\slash", "é漢", "", "%41", "<b>")
_LINES = 99


def reads_rightly(kernel: LineKernel) -> bool:
    """Whether the kernel gives the exact readers' rows of lines of several shapes, ordinary and odd."""
    return _agrees(kernel, from_json, _json_lines()) and _agrees(kernel, from_body, _bodies())


def _agrees(kernel: LineKernel, read_line: Callable[[bytes], Posted], lines: list[bytes]) -> bool:
    reader = RunReader(kernel, lambda line: _entry(read_line, line), read_line, keep_raw=False, worth_learning=1)
    octets = b"".join(line + b"\n" for line in lines)
    batches = reader.read(Run(octets, 0, len(octets)))
    expected = batch_of([(read_line(line), line) for line in lines], keep_raw=False)
    read = pa.concat_tables([batch.table for batch in batches])
    return sum(batch.records for batch in batches) == expected.records and read.equals(expected.table)


def _entry(read_line: Callable[[bytes], Posted], line: Line) -> tuple[Posted, bytes]:
    return read_line(line.octets), line.octets


def _json_lines() -> list[bytes]:
    lines = []
    for number in range(_LINES):
        data = {"payment_trx": f"T{number}", "amount": _AMOUNTS[number % len(_AMOUNTS)], "currency": "USD"}
        posted = {"status": "success", "signature": f"{number:064X}", "identifier": _TEXTS[number % len(_TEXTS)]}
        if number % 2:
            data["charge"] = _AMOUNTS[number % 7]
            posted["received_at"] = _TIMES[number % len(_TIMES)]
        if number % 11 == 0:
            data["note"] = _TEXTS[number % 5]
        lines.append(json.dumps({**posted, "data": data}, ensure_ascii=number % 3 == 0).encode())
    return lines


def _bodies() -> list[bytes]:
    return [
        (
            f"status=success&signature={number:064X}&identifier={('CMD-1', 'a+b', 'x%41', '', 'é')[number % 5]}{number}"
            f"&data%5Bpayment_trx%5D=T{number}&data%5Bamount%5D={_AMOUNTS[number % len(_AMOUNTS)]}"
            f"&data{'[currency]' if number % 2 else '%5Bcurrency%5D'}=USD{'&x=1' if number % 7 == 0 else ''}"
        ).encode()
        for number in range(_LINES)
    ]
