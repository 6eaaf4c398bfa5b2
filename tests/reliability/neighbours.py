"""Anybody can post anything to a shop: whatever stands in one record, the records beside it are read as they are."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import pyarrow as pa

from corena_recon.archive import StoredBytes, Taken, read_part
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.tables.columns import decoded
from tests.archive.mutation import PIECES
from tests.every_form import WAYS, Notification, Way, notifications
from tests.hostile import HOSTILE
from tests.reliability.shop import Figure

_SEED: Final = 19
_TOGETHER: Final = 20
_TOLD_AFTER: Final = 5_000
_FIELDS: Final = ("payment_type", "trx", "currency", "identifier", "signature", "amount")
_SYNTAX: Final = (
    *("Array\n(\n", ")\n\nArray\n(\n    [status] => success\n", "\n)\n", "\n    [data] => Array\n        (\n"),
    *("array (\n  'status' => 'x',\n", "',\n)\n", "array(1) {\n", "}\n", 'string(400) "', 's:99:"', 'a:1:{s:4:"data";'),
    *('{"status":', '{"data":{"amount":"1"', '"}}', "[{", "}]", '\\"', "\\", "'", "''", '"', '""', "`", "$$", "$tag$"),
    *(
        "); --",
        "/*",
        "*/",
        "\n\n",
        "\r\n",
        "\r",
        "\n\\.\n",
        "\t",
        "\\N",
        "\\n",
        "|",
        "+----+",
        "&",
        "=",
        "%",
        "%5B",
        "+",
    ),
    *("\n[2026-01-01 00:00:00] local.INFO: ", '\n192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] "POST / HTTP/1.1" 200 2 '),
    *(
        "status=success&identifier=Z&data[amount]=1&signature=0",
        '{"status":"success","identifier":"Z"}',
        "<td>",
        "</tr>",
    ),
    *(
        "<![CDATA[",
        "]]>",
        "-- ",
        "INSERT INTO x VALUES (",
        "COPY x FROM stdin;\n",
        "None",
        "{'a': 1",
        "=>",
        ":",
        "---",
        "#",
    ),
    *(
        "\x00",
        "\x1b",
        "\u2028",
        "\u202e",
        "\ufeff",
        "x" * 70_000,
        "[" * 600,
        "{" * 600,
        '"' * 600,
        "\n" * 600,
        "(" * 600,
    ),
)
_TEXTS: Final = (*_SYNTAX, *(piece.decode() for piece in PIECES if piece.isascii()), *HOSTILE)
_POSTS: Final = notifications(5)
_PLACE: Final = 2
_COMPARED: Final = ("identifier", "signature", "amount_text", "payment_trx", "currency", "status", "unreadable")
_WAYS: Final = [way for way in WAYS if way.name not in ("sql-server", "csv-spelled")]
"""All but two whose writers here escape nothing, or cut at other ends of lines."""
_NAMES: Final = {(post.identifier, post.signature) for place, post in enumerate(_POSTS) if place != _PLACE}


def neighbours(_scratch: Path, count: int) -> Figure:
    """A stranger's text in one of five notifications, in every way to keep them: the other four are what they were."""
    failed: list[str] = []
    for first in range(0, count, _TOGETHER):
        way = _WAYS[first // _TOGETHER % len(_WAYS)]
        for failure in _hurt(way, range(first, min(first + _TOGETHER, count))):
            failed.append(failure)
            print(failure, file=sys.stderr, flush=True)
        if first % _TOLD_AFTER == 0:
            print(f"{first:,} of {count:,} cases", file=sys.stderr, flush=True)
    return Figure(count, failed)


def _hurt(way: Way, numbers: Sequence[int]) -> Iterator[str]:
    """The cases in which another notification is lost, is there twice, or is another one."""
    expected = _beside(way, _POSTS[_PLACE])
    for number in numbers:
        post = _stranger(number)
        try:
            found = _beside(way, post)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            yield f"{way.name} ({way.form}) {number}: {type(error).__name__}: {error}"
            continue
        if found != expected:
            lost, more = (
                [row[0] for row in (one - other).elements()] for one, other in ((expected, found), (found, expected))
            )
            other = {name: value for name, value in post._asdict().items() if value != getattr(_POSTS[_PLACE], name)}
            yield f"{way.name} ({way.form}) {number}: lost {lost}, more {more}: {other}"[:600]


def _beside(way: Way, post: Notification) -> Counter[tuple[str | None, ...]]:
    """How the notifications beside one are read."""
    octets = way.write([*_POSTS[:_PLACE], post, *_POSTS[_PLACE + 1 :]])
    tables = map(decoded, read_part(StoredBytes("archive", octets, None), Taken([])))
    columns = pa.concat_tables([NOTIFICATION_SCHEMA.empty_table(), *tables]).select(_COMPARED)
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    return Counter(row for row in rows if row[:2] in _NAMES)


def _stranger(number: int) -> Notification:
    chance = Random(f"{_SEED} {number}")
    text = chance.choice(_TEXTS) if chance.random() < 0.7 else chance.choice(_SYNTAX) + chance.choice(_SYNTAX)
    changed: Any = {chance.choice(_FIELDS): text}
    return _POSTS[_PLACE]._replace(**changed)
