"""Files of no tool in particular: lines, documents, bodies, tables."""

from __future__ import annotations

import base64
import csv
import io
import json
import random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.archive_fixtures.php_writers import printed
from tests.every_form.notifications import FORM_TYPE, Notification, Notifications


def nested_lines(posts: Notifications) -> bytes:
    return lines([one.nested() | {"received_at": one.iso} for one in posts])


def flat_lines(posts: Notifications) -> bytes:
    return lines([one.flat() | {"received_at": one.iso} for one in posts])


def shuffled_lines(posts: Notifications) -> bytes:
    """Keys in another order in every record, and two more of them."""
    chance = random.Random(1)
    return lines([_shuffled(one, chance) for one in posts])


def _shuffled(one: Notification, chance: random.Random) -> dict[str, Any]:
    more = {"received_at": one.iso, "ip": f"192.0.2.{one.number % 250}", "agent": "curl/8.5.0"}
    posted = one.nested() | more
    posted["data"] = dict(chance.sample([*posted["data"].items()], len(posted["data"])))
    return dict(chance.sample([*posted.items()], len(posted)))


def escaped_lines(posts: Notifications) -> bytes:
    r"""As PHP's ``json_encode`` writes text beyond ASCII and slashes: ``\u00e9``, ``\/``."""
    others = (one._replace(payment_type=f"carte/débit {one.number}") for one in posts)
    records = (json.dumps(one.nested() | {"received_at": one.iso}, separators=(",", ":")) for one in others)
    return "".join(record.replace("/", "\\/") + "\n" for record in records).encode()


def envelope_lines(posts: Notifications) -> bytes:
    return lines(
        [
            {"received_at": one.iso, "endpoint": "live", "headers": {"Content-Type": FORM_TYPE}, "body": one.body()}
            for one in posts
        ]
    )


def base64_envelope_lines(posts: Notifications) -> bytes:
    """Lines like those of a receiver's capture."""
    return lines([_captured(one) for one in posts])


def _captured(one: Notification) -> dict[str, Any]:
    body = one.body()
    headers = {"Host": "shop.example", "Content-Length": str(len(body)), "Content-Type": FORM_TYPE}
    return {
        "seq": one.number + 1,
        "received_at": f"{one.at:%Y-%m-%dT%H:%M:%S}.{one.number * 7919 % 1_000_000:06d}Z",
        "endpoint": "live",
        "method": "POST",
        "path": "/ipn",
        "query": "",
        "content_type": FORM_TYPE,
        "headers": headers,
        "remote_addr": "192.0.2.1",
        "body_base64": encoded(body),
    }


def array(posts: Notifications) -> bytes:
    """One line."""
    return json.dumps([one.nested() for one in posts]).encode()


def array_by_line(posts: Notifications) -> bytes:
    return ("[\n" + ",\n".join(json.dumps(one.nested()) for one in posts) + "\n]\n").encode()


def array_commas_first(posts: Notifications) -> bytes:
    return ("[\n" + "\n,".join(json.dumps(one.nested()) for one in posts) + "\n]\n").encode()


def pretty_array(posts: Notifications) -> bytes:
    return json.dumps([one.nested() for one in posts], indent=2).encode()


def body_lines(posts: Notifications) -> bytes:
    return "".join(one.body() + "\n" for one in posts).encode()


def flat_csv(posts: Notifications) -> bytes:
    rows = [{"received_at": one.day_and_time, **one.flat("{}")} for one in posts]
    return csv_of(rows)


def body_csv(posts: Notifications) -> bytes:
    return csv_of([{"id": one.number + 1, "received_at": one.day_and_time, "body": one.body()} for one in posts])


def spelled_csv(posts: Notifications) -> bytes:
    """As people name columns, below a title."""
    rows = csv_of([{"Date": one.day_and_time, **one.flat("Data {}")} for one in posts]).decode()
    header, *lines = rows.replace("status", "Statut", 1).replace("identifier", " IDENTIFIER ", 1).splitlines()
    return "\n".join(["Corena notifications", "", header, *lines, ""]).encode()


def cell_csv(posts: Notifications) -> bytes:
    return csv_of([{"created_at": one.day_and_time, "ip": "192.0.2.1", "ipn": one.body()} for one in posts])


def whmcs_csv(posts: Notifications) -> bytes:
    rows = [
        {"id": one.number, "date": one.day_and_time, "gateway": "corena", "data": one.body(), "result": "Successful"}
        for one in posts
    ]
    return csv_of(rows)


def log_csv(posts: Notifications) -> bytes:
    """As a console exports what a function wrote, one more line for each notification."""
    rows = []
    for one in posts:
        rows.append({"@timestamp": one.iso, "@message": f"INFO\tIPN {json.dumps(one.nested())}\n"})
        rows.append({"@timestamp": one.iso, "@message": f"REPORT RequestId: {one.number} Duration: 12.5 ms\n"})
    return csv_of(rows)


def printed_csv(posts: Notifications) -> bytes:
    return csv_of([{"id": one.number, "created_at": one.day_and_time, "note": printed(one.nested())} for one in posts])


def flat_table(posts: Notifications) -> pa.Table:
    rows = [one.flat("{}") for one in posts]
    moments = pa.array([one.at for one in posts], pa.timestamp("us", "UTC"))
    return pa.table({name: [row[name] for row in rows] for name in rows[0]}).append_column("received_at", moments)


def flat_parquet(posts: Notifications) -> bytes:
    return _parquet(flat_table(posts))


def flat_feather(posts: Notifications) -> bytes:
    table, out = flat_table(posts), io.BytesIO()
    with pa.ipc.new_file(out, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as file:
        file.write_table(table)
    return out.getvalue()


def nested_parquet(posts: Notifications) -> bytes:
    """``data`` is a struct."""
    return _parquet(pa.Table.from_pylist([one.nested() | {"received_at": one.at} for one in posts]))


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def lines(records: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def csv_of(rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
