"""Files of PHP's dumps."""

from __future__ import annotations

from tests.archive_fixtures.fixture import A, B, C, D, bad, row, write
from tests.archive_fixtures.php_writers import dumped, exported, printed, serialized


def php() -> None:
    every = (A, B, C)
    as_text = [row(one, fidelity="text") for one in every]
    write("php/exported.txt", "".join(exported(one.nested()) for one in every), as_text)
    write("php/serialized.txt", "".join(serialized(one.nested()) + "\n" for one in every), as_text)
    write("php/dumped.txt", "".join(dumped(one.nested()) for one in every), as_text)
    torn = printed(C.nested())[:-60]
    number = exported(D.nested()).replace(f"'{D.amount}'", D.amount)
    twice = printed(B.nested() | {"note": "x\n    [status] => failed"})
    write(
        "php/separated.txt",
        f"[2024-01-02 03:04:05]\n{printed(A.nested())}"
        f"-----\nIPN received:\n{printed({'post': B.nested(), 'get': {}})}"
        f"=====\n\n{printed({'hello': 'world'})}"
        f"2024-01-02T05:00:00+02:00\r\n{torn}\n{number}\n{twice}",
        [
            row(A, "2024-01-02T03:04:05+00:00", "text"),
            row(B, fidelity="text"),
            bad("truncated", "2024-01-02T03:00:00+00:00"),
            row(D, fidelity="number"),
            row(B, fidelity="text", body_ambiguous=True),
        ],
        other=1,
    )
    write(
        "php/cut.txt",
        printed(A.nested()) + printed(B.nested())[:150],
        [row(A, fidelity="text"), bad("truncated")],
        truncated=True,
    )
