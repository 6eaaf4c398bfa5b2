"""The same by DuckDB SQL alone: read_json or string_split, HMAC out of sha256, join, compare, COPY.

python benchmarks/by_hand_duckdb.py FOLDER --form jsonl|form --out FILE
"""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path

import duckdb

READ_JSONL = """
    SELECT status, signature, identifier, data.payment_trx, data.amount, data.currency
    FROM read_json($archive, format = 'newline_delimited', columns = {
        status: 'VARCHAR', signature: 'VARCHAR', identifier: 'VARCHAR',
        data: 'STRUCT(payment_trx VARCHAR, amount VARCHAR, currency VARCHAR)'})
"""

# By position, four times faster than a regular expression: the gateway's fields always stand in this order.
READ_FORM = """
    SELECT part[1][8:] AS status, part[2][11:] AS signature,
        url_decode(replace(part[3][12:], '+', ' ')) AS identifier,
        part[4][23:] AS payment_trx, part[5][18:] AS amount, part[7][20:] AS currency
    FROM (
        SELECT string_split(line, '&') AS part
        FROM read_csv($archive, columns = {line: 'VARCHAR'}, delim = '\\x01', quote = '', escape = '',
            header = false, auto_detect = false)
    )
"""

RECONCILE = """
    COPY (
        WITH notifications AS ({read}),
        checked AS (
            SELECT *, upper(sha256($outer || unhex(sha256($inner || encode(amount || identifier))))) AS mine
            FROM notifications
        ),
        orders AS (SELECT * FROM read_csv($orders, all_varchar = true, header = true))
        SELECT coalesce(n.identifier, o.identifier) AS identifier, n.status, n.payment_trx, n.amount,
            n.currency, o.amount AS order_amount, o.currency AS order_currency, o.status AS order_status,
            CASE
                WHEN n.identifier IS NULL THEN 'no_notification'
                WHEN n.signature <> n.mine THEN 'invalid_signature'
                WHEN n.status <> 'success' THEN 'not_success'
                WHEN o.identifier IS NULL THEN 'no_order'
                WHEN n.currency <> o.currency THEN 'currency_differs'
                WHEN n.amount::DECIMAL(28, 8) <> o.amount::DECIMAL(28, 8) THEN 'amount_differs'
                ELSE 'matched'
            END AS category
        FROM checked n FULL JOIN orders o ON n.identifier = o.identifier
    ) TO '{out}' (FORMAT parquet)
"""


def pads(secret: bytes) -> dict[str, bytes]:
    block = secret.ljust(64, b"\0")
    return {"inner": bytes(octet ^ 0x36 for octet in block), "outer": bytes(octet ^ 0x5C for octet in block)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--form", choices=("jsonl", "form"), default="jsonl")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    secret = tomllib.loads((options.folder / "keys.toml").read_text())["keys"][0]["secret"]
    read, name = (READ_JSONL, "ipns.jsonl") if options.form == "jsonl" else (READ_FORM, "ipns.txt")
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(
            RECONCILE.format(read=read, out=options.out),
            {
                "archive": str(options.folder / name),
                "orders": str(options.folder / "orders.csv"),
                **pads(secret.encode()),
            },
        )
        counted = connection.execute(
            "SELECT category, count(*) FROM read_parquet($out) GROUP BY ALL", {"out": str(options.out)}
        ).fetchall()
    print(json.dumps({"categories": dict(counted)}))


if __name__ == "__main__":
    main()
