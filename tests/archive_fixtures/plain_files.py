"""Files of no tool in particular: lines, documents, bodies, tables."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import feather

from tests.archive_fixtures.fixture import (
    FAILED,
    FORM_TYPE,
    A,
    B,
    C,
    D,
    Want,
    bad,
    base64_of,
    csv_text,
    lines,
    pretty,
    row,
    write,
)


def jsonl() -> None:
    write(
        "jsonl/nested.jsonl",
        lines([A.nested(), B.nested(), C.nested()]),
        [row(one, fidelity="text") for one in (A, B, C)],
    )
    envelope = {
        "seq": 1,
        "received_at": "2024-01-02T03:04:05.123456Z",
        "endpoint": "live",
        "method": "POST",
        "content_type": FORM_TYPE,
        "headers": {"Content-Length": str(len(A.body()))},
        "body_base64": base64_of(A.body()),
    }
    number = json.dumps(D.nested()).replace('"99.99000000"', "99.99000000")
    twice = json.dumps(B.nested())[:-1] + ', "status": "failed"}'
    inside = {"event": {"received_at": "2024-01-02 03:04:06", "payload": A.nested() | {"received_at": "1999-01-01"}}}
    awkward = [
        envelope,
        number,
        twice,
        '{"status": "success", "identifier"',
        "",
        "[1]",
        C.flat() | {"received_at": "2024-01-02T05:00:00+02:00", "PHPSESSID": "s3ss10n"},
        inside,
        {"body": B.body(), "headers": {"content-length": str(len(B.body()) + 1)}},
        {"body": json.dumps(A.nested()), "content_type": "application/json"},
        {"hello": "world"},
        A.nested() | {"identifier": ["x"]},
        A.nested() | {"identifier": ""},
    ]
    write(
        "jsonl/awkward.jsonl",
        b"\xef\xbb\xbf" + lines(awkward, "\r\n").encode() + b'{"status": "succ',
        [
            row(A, "2024-01-02T03:04:05.123456Z"),
            row(D, fidelity="number"),
            row(B, fidelity="text", body_ambiguous=True),
            bad("invalid_json"),
            bad("not_an_object"),
            row(C, "2024-01-02T03:00:00Z", "text"),
            row(A, "2024-01-02T03:04:06Z", "text"),
            bad("truncated"),
            bad("content_type"),
            bad("no_ipn_fields"),
            bad("wrong_type", amount=A.amount),
            bad("missing_field", identifier="", amount=A.amount),
            bad("truncated"),
        ],
        truncated=True,
    )


def json_documents() -> None:
    write(
        "json/array.json",
        pretty([A.nested(), B.flat(), C.flat("data.{}")]),
        [row(one, fidelity="text") for one in (A, B, C)],
    )
    request = A.flat() | {"PHPSESSID": "s3ss10n", "utm_source": "x", "data[amount]": A.amount}
    damaged = pretty([D.nested(), A.nested(), B.nested()]).replace('"identifier": "ORD1001"', '"identifier: "ORD1001"')
    write("json/request_dump.json", pretty({"id": 7, "gateway_response": request}), [row(A, fidelity="text")])
    write(
        "json/damaged.json",
        damaged,
        [row(D, fidelity="text"), bad("invalid_json"), row(B, fidelity="text")],
    )


def form_lines() -> None:
    write("form/bodies.txt", lines([A.body(), B.body(), C.body()]), [row(one) for one in (A, B, C)])
    write("form/glued.txt", "".join(one.body() for one in (A, B, C)), [row(one) for one in (A, B, C)])
    write("form/returns.txt", "\r".join(one.body() for one in (A, B, D)) + "\r", [row(one) for one in (A, B, D)])
    awkward = [
        "data%5Bamount%5D=12.00000000&" + A.body(),
        B.body().replace("%5B", "[").replace("%5D", "]"),
        "hello=world",
        "status=success&identifier=X",
        FAILED.body(),
    ]
    write(
        "form/awkward.txt",
        b"\xef\xbb\xbf" + lines(awkward, "\r\n").encode() + A.body()[:60].encode(),
        [
            row(A, body_ambiguous=True),
            row(B),
            bad("no_ipn_fields"),
            bad("missing_field", identifier="X"),
            row(FAILED),
            bad("truncated"),
        ],
        truncated=True,
    )


def bodies() -> None:
    write("body/one.txt", A.body(), [row(A, "file")])
    boundary = "----boundary7"
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in C.flat().items()
    )
    write("body/multipart.txt", f"{parts}--{boundary}--\r\n", [row(C, "file")])
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for number, ipn in enumerate((A, B), 1):
            archive.writestr(zipfile.ZipInfo(f"2024/{number}.txt", (2024, 1, 2, 3, 4, 2 * number)), ipn.body())
    write("body/folder.zip", stored.getvalue(), [row(A, "2024-01-02T03:04:02Z"), row(B, "2024-01-02T03:04:04Z")])


def csv_files() -> None:
    names = ["received_at", *A.flat("data.{}")]
    rows = [["2024-01-02 03:04:05", *one.flat("data.{}").values()] for one in (A, B, C)]
    at = "2024-01-02T03:04:05Z"
    write("csv/flat.csv", csv_text(names, rows), [row(one, at, "text") for one in (A, B, C)])
    dump = [
        [1, json.dumps(A.nested(), indent=1), "2024-01-02 03:04:05"],
        [2, "NULL", "2024-01-02 03:04:05"],
        [3, B.body(), "\\N"],
        [4, json.dumps(json.dumps(D.nested())), "0000-00-00 00:00:00"],
    ]
    write(
        "csv/dump.csv",
        b"\xef\xbb\xbf"
        + (csv_text(["id", "payload", "created_at"], dump, delimiter=";") + "5;too;many;cells\n").encode(),
        [
            row(A, at, "text"),
            bad("no_ipn_fields", at),
            row(B),
            row(D, fidelity="text"),
            bad("invalid_row"),
        ],
    )
    escaped = [[1, json.dumps(A.nested())], [2, json.dumps(C.nested())]]
    write(
        "csv/backslashes.csv",
        csv_text(["id", "api_response"], escaped, escapechar="\\", doublequote=False, quoting=csv.QUOTE_ALL)
        .replace("\\\\", "\\")
        .replace("caf\\u00e9", "caf\\\\u00e9")
        + '"3","unclosed\n',
        [row(A, fidelity="text"), row(C, fidelity="text"), bad("invalid_row")],
    )


def feather_files() -> None:
    flat = pa.Table.from_pylist([one.flat("data.{}") for one in (A, B)])
    rows = pa.Table.from_pylist([{"body": C.body()}, {"body": None}, {"body": D.body()}])
    for path, table, compression, wants in (
        ("feather/flat.feather", flat, "lz4", [row(one, fidelity="text") for one in (A, B)]),
        ("feather/cells.feather", rows, "uncompressed", [row(C), bad("no_ipn_fields"), row(D)]),
    ):
        out = io.BytesIO()
        feather.write_feather(table, out, compression=compression, chunksize=2)
        write(path, out.getvalue(), wants)


def parquet(path: str, table: pa.Table, wants: list[Want]) -> None:
    out = io.BytesIO()
    pq.write_table(table, out)
    write(path, out.getvalue(), wants)


def parquet_files() -> None:
    flat = [one.flat("data.{}") for one in (A, B)]
    parquet("parquet/flat.parquet", pa.Table.from_pylist(flat), [row(one, fidelity="text") for one in (A, B)])
    rows = [
        {"payload": json.dumps(A.nested()), "created_at": 1704164645123},
        {"payload": B.body(), "created_at": None},
        {"payload": None, "created_at": 1704164645123},
    ]
    at = "2024-01-02T03:04:05.123Z"
    parquet(
        "parquet/cells.parquet",
        pa.Table.from_pylist(rows),
        [row(A, at, "text"), row(B), bad("no_ipn_fields", at)],
    )
    nested = [{"status": "success", "signature": A.signature, "identifier": A.identifier, "data": {"amount": 11.5}}]
    parquet("parquet/numbers.parquet", pa.Table.from_pylist(nested), [Want(A.identifier, "11.5", None, "number")])
