"""What is done to what is read: it grows meanwhile, or is made to take long."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import corena_recon as cr
from corena_recon.errors import CorenaReconError
from tests.making import ipn, jsonl
from tests.making import ring as ring_of_tests
from tests.reliability.shop import Figure


def growing(scratch: Path, count: int) -> Figure:
    """An archive is appended to while it is audited; the next audit, with the report before, has every line once."""
    failed: list[str] = []
    keys = ring_of_tests()
    for number in range(count):
        archive = scratch / f"{number}.jsonl"
        lines = [jsonl(ipn(f"A{place}")) for place in range(300)]
        archive.write_bytes(b"".join(lines[:100]))

        def append(archive: Path = archive, lines: list[bytes] = lines) -> None:
            with archive.open("ab") as file:
                for line in lines[100:]:
                    half = len(line) // 2
                    for piece in (line[:half], line[half:]):
                        file.write(piece)
                        file.flush()

        writer = threading.Thread(target=append)
        writer.start()
        first = cr.audit(archive, keys=keys, out=scratch / f"first {number}")
        writer.join()
        again = cr.audit(archive, keys=keys, out=scratch / f"again {number}", previous=scratch / f"first {number}")
        read = first.summary["intake"]
        if read["records"] != read["notifications"] + read["unreadable"] + read["other"] or read["unreadable"] > 1:
            failed.append(f"audit {number}: {read}")
        found = sorted(again.notifications["identifier"].to_list())
        if found != sorted(f"A{place}" for place in range(300)):
            failed.append(f"audit {number}: {len(found)} of 300 are in the next report")
    return Figure(count, failed)


class Shape(NamedTuple):
    """Something to read that has a length: how it is made, how it is read, and its greatest length."""

    made: Callable[[int], bytes]
    read: Callable[[bytes], object]
    length_max: int


_MIB = 1 << 20
_COLUMNS_MAX = 16_384
_BODY = "status=success&signature=" + "0" * 64 + "&identifier=A&data[amount]=11.00"
_LOG_LINE = '127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "POST /ipn HTTP/1.1" 200 2 "-" "curl" "{}"\n'


_HTML_HEAD = "<tr><td>order_id</td><td>total</td></tr>"
_PRINTED_HEAD = """\
Array
(
    [status] => success
    [identifier] => A
    [data] => Array
        (
            [amount] => 11.00
        )

"""


def _archive(octets: bytes) -> object:
    return cr.read_ipns(octets)


def _orders(octets: bytes) -> object:
    return cr.read_orders(octets)


def _repeated(piece: str, length: int) -> str:
    return piece * (length // len(piece))


def _line(piece: str, *, before: str = "", behind: str = "") -> Callable[[int], bytes]:
    """A record that is long by a piece that repeats in it, among two that are not."""

    def made(length: int) -> bytes:
        plain = before + behind + "\n"
        return (plain + before + _repeated(piece, length) + behind + "\n" + plain).encode()

    return made


def _table(
    separator: str, start: str = "", row_start: str = "", row_end: str = "\n", end: str = ""
) -> Callable[[int], bytes]:
    """Orders of as many columns as the length."""

    def made(length: int) -> bytes:
        names = ["order_id", "total", *(f"c{place}" for place in range(length - 2))]
        rows = [names, *([f"{number}", "11.00", *("x" for _ in names[2:])] for number in range(3))]
        return (start + "".join(row_start + separator.join(row) + row_end for row in rows) + end).encode()

    return made


def _one_name(length: int) -> bytes:
    return ("order_id,total" + ",c" * length + "\n" + ("A,11" + ",x" * length + "\n") * 3).encode()


SHAPES = {
    "jsonl text": Shape(
        _line("x", before='{"status":"success","identifier":"A","data":{"amount":"1","n":"', behind='"}}'),
        _archive,
        8 * _MIB,
    ),
    "jsonl escapes": Shape(
        _line('\\\\"', before='{"status":"success","identifier":"A","data":{"amount":"1","n":"', behind='"}}'),
        _archive,
        8 * _MIB,
    ),
    "jsonl names": Shape(
        _line('"a":1,', before='{"status":"success","identifier":"A",', behind='"data":{"amount":"1"}}'),
        _archive,
        8 * _MIB,
    ),
    "jsonl lists": Shape(
        _line("[],", before='{"status":"success","identifier":"A","n":[', behind='1],"data":{"amount":"1"}}'),
        _archive,
        8 * _MIB,
    ),
    "form fields": Shape(_line("&a=b", before=_BODY), _archive, 8 * _MIB),
    "form escapes": Shape(_line("%41", before=_BODY + "&n="), _archive, 8 * _MIB),
    "form brackets": Shape(_line("[", before=_BODY + "&n="), _archive, 8 * _MIB),
    "nginx quotes": Shape(
        lambda n: (
            _LOG_LINE.format(_BODY) + _LOG_LINE.format(_BODY + _repeated('" ', n)) + _LOG_LINE.format(_BODY)
        ).encode(),
        _archive,
        8 * _MIB,
    ),
    "nginx escapes": Shape(
        lambda n: (
            _LOG_LINE.format(_BODY) + _LOG_LINE.format(_BODY + _repeated("\\x22", n)) + _LOG_LINE.format(_BODY)
        ).encode(),
        _archive,
        8 * _MIB,
    ),
    "log braces": Shape(_line("{", before="[2026-01-01 00:00:00] local.INFO: ipn " + _BODY + " "), _archive, 8 * _MIB),
    "log quotes": Shape(_line('"', before="[2026-01-01 00:00:00] local.INFO: ipn " + _BODY + " "), _archive, 8 * _MIB),
    "log blanks": Shape(
        _line(" ", before="[2026-01-01 00:00:00] local.INFO: ipn " + _BODY, behind="x"), _archive, 8 * _MIB
    ),
    "csv quotes": Shape(
        lambda n: ('status,signature,identifier,amount,n\nsuccess,,A,11.00,"' + _repeated('""', n) + '"\n').encode(),
        _archive,
        8 * _MIB,
    ),
    "csv columns": Shape(
        lambda n: (
            "status,signature,identifier,amount"
            + "".join(f",c{i}" for i in range(n))
            + "\n"
            + ("success,,A,11.00" + ",x" * n + "\n") * 3
        ).encode(),
        _archive,
        _COLUMNS_MAX,
    ),
    "sql values": Shape(
        _line(
            "('1','success','A','11.00'),",
            before="INSERT INTO `ipn` (`id`,`status`,`identifier`,`amount`) VALUES ",
            behind="('2','success','B','1');",
        ),
        _archive,
        8 * _MIB,
    ),
    "php print_r": Shape(
        lambda n: (_PRINTED_HEAD + _repeated("    [n] => x\n", n) + ")\n").encode(),
        _archive,
        8 * _MIB,
    ),
    "orders csv": Shape(_table(","), _orders, _COLUMNS_MAX),
    "orders of one name": Shape(_one_name, _orders, _COLUMNS_MAX),
    "orders tsv": Shape(_table("\t"), _orders, _COLUMNS_MAX),
    "orders html": Shape(
        _table("</td><td>", "<html><body><table>", "<tr><td>", "</td></tr>", "</table></body></html>"),
        _orders,
        _COLUMNS_MAX,
    ),
    "orders cell": Shape(
        lambda n: f'order_id,total,note\n1,11,"{_repeated(chr(34) * 2, n)}"\n2,11,\n'.encode(), _orders, 8 * _MIB
    ),
    "html cell": Shape(
        lambda n: f"<table>{_HTML_HEAD}<tr><td>1</td><td>11{_repeated('&amp;', n)}</td></tr></table>".encode(),
        _orders,
        8 * _MIB,
    ),
    "html open tags": Shape(
        lambda n: f"<table>{_HTML_HEAD}<tr><td>1</td><td>11{_repeated('<', n)}".encode(),
        _orders,
        8 * _MIB,
    ),
}
"""Every record up to 8 MiB, and every table up to 16,384 columns."""

_SURELY_S = 0.25
_EXPONENT_MAX = 1.5
_GIVEN_UP_S = 20.0


def quadratic(_scratch: Path, count: int) -> Figure:
    """Time against length, of what is four times as long each time, up to the count of the greatest length's parts."""
    failed = []
    for name, shape in SHAPES.items():
        before_s, length = 0.0, max(shape.length_max * count // 1024, 16) // 64
        while length <= shape.length_max * count // 1024:
            took_s = _seconds(shape, length)
            if before_s > _SURELY_S / 4 and took_s > _SURELY_S and math.log(took_s / before_s, 4) > _EXPONENT_MAX:
                failed.append(f"{name}: {before_s:.2f} s for {length // 4:,} and {took_s:.2f} s for {length:,}")
                break
            if took_s > _GIVEN_UP_S:
                failed.append(f"{name}: {took_s:.1f} s for {length:,}")
                break
            before_s, length = took_s, length * 4
    return Figure(len(SHAPES), failed)


def _seconds(shape: Shape, length: int) -> float:
    octets = shape.made(length)
    began = time.process_time()
    with suppress(CorenaReconError):
        shape.read(octets)
    return time.process_time() - began
