"""The same tables and findings as ours by DuckDB SQL alone: like with like, as far as these archives go.

    python benchmarks/by_hand_duckdb_full.py FOLDER --form jsonl|form --out FOLDER

writes ``notifications.parquet`` with signature status, findings and verdict, ``results.parquet`` with outcome, reasons
and amounts of every identifier, and ``tie_out.parquet``. It has no word for what is not in these archives: damaged
records, other renderings of amounts, several keys, orders of several rows, worlds, near matches.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path

import duckdb

try:
    from benchmarks.by_hand_duckdb import pads
except ImportError:  # run as a script
    from by_hand_duckdb import pads

READ = {
    "jsonl": """
        SELECT row_number() OVER () AS record, status, signature, identifier, data.payment_trx AS payment_trx,
            data.amount AS amount_text, data.payment_type AS payment_type, data.currency AS currency,
            try_cast(data.charge AS DECIMAL(28, 8)) AS charge, received_at::TIMESTAMPTZ AS received_at
        FROM read_json($archive, format = 'newline_delimited', columns = {
            status: 'VARCHAR', signature: 'VARCHAR', identifier: 'VARCHAR', received_at: 'VARCHAR', data: 'STRUCT(
                payment_trx VARCHAR, amount VARCHAR, payment_type VARCHAR, currency VARCHAR, charge VARCHAR)'})""",
    "form": """
        SELECT row_number() OVER () AS record, part[1][8:] AS status, part[2][11:] AS signature,
            url_decode(replace(part[3][12:], '+', ' ')) AS identifier, part[4][23:] AS payment_trx,
            part[5][18:] AS amount_text, part[6][24:] AS payment_type, part[7][20:] AS currency,
            NULL::DECIMAL(28, 8) AS charge, NULL::TIMESTAMPTZ AS received_at
        FROM (SELECT string_split(line, '&') AS part
            FROM read_csv($archive, columns = {line: 'VARCHAR'}, delim = '\\x01', quote = '', escape = '',
                header = false, auto_detect = false))""",
}
CHECKED = """
CREATE TEMP TABLE checked AS
SELECT *, try_cast(amount_text AS DECIMAL(28, 8)) AS amount, length(split_part(amount_text, '.', 2)) AS decimals,
    CASE WHEN signature IS NULL OR signature = '' THEN 'missing'
        WHEN NOT regexp_full_match(signature, '[0-9A-F]{64}') THEN 'malformed'
        WHEN signature = mine THEN 'valid' ELSE 'invalid' END AS signature_status,
    signature_status = 'malformed' AND upper(trim(signature)) = mine AS is_mended
FROM (
    SELECT *, upper(sha256($outer || unhex(sha256($inner || encode(amount_text || identifier))))) AS mine
    FROM (%s)
)
"""
# Few share anything with another, and windows over all would take longer than everything else.
SHARING = """
CREATE TEMP TABLE sharing AS
WITH genuine AS (FROM checked WHERE signature_status = 'valid')
FROM genuine
WHERE signature IN (SELECT signature FROM genuine GROUP BY signature HAVING count(*) > 1)
   OR payment_trx IN (SELECT payment_trx FROM genuine GROUP BY payment_trx HAVING count(*) > 1)
"""
USUAL = """
SELECT mode(decimals) FROM checked WHERE signature_status = 'valid'
"""
COMPARED = """
CREATE TEMP TABLE compared AS
SELECT record,
    min(identifier) OVER signed <> max(identifier) OVER signed AND decimals <> $usual AS is_twin,
    row_number() OVER same > 1 AS is_replay,
    row_number() OVER payment > 1 AND row_number() OVER same = 1
        AND min(payment_trx) OVER payment <> max(payment_trx) OVER payment AS is_trx_conflict,
    row_number() OVER paid > 1 AND (min(currency) OVER paid <> max(currency) OVER paid
        OR min(charge) OVER paid <> max(charge) OVER paid
        OR min(payment_type) OVER paid <> max(payment_type) OVER paid) AS is_unsigned_conflict,
    min(status) OVER whole <> max(status) OVER whole
        AND (min(status) OVER whole = 'success' OR max(status) OVER whole = 'success') AS is_status_conflict,
    row_number() OVER reused > 1 AND (min(identifier) OVER same_trx <> max(identifier) OVER same_trx
        OR min(amount_text) OVER same_trx <> max(amount_text) OVER same_trx) AS is_reused
FROM sharing
WINDOW signed AS (PARTITION BY signature),
    payment AS (PARTITION BY amount_text, identifier ORDER BY received_at, record
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    paid AS (PARTITION BY amount_text, identifier, payment_trx ORDER BY received_at, record
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    whole AS (PARTITION BY amount_text, identifier, payment_trx),
    same AS (PARTITION BY amount_text, identifier, payment_trx, status, currency, charge, payment_type
        ORDER BY received_at, record),
    reused AS (PARTITION BY payment_trx ORDER BY received_at, record),
    same_trx AS (PARTITION BY payment_trx ORDER BY received_at, record
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
"""
FINDINGS = {
    "amount_decimals": "signature_status = 'valid' AND decimals <> $usual",
    "amount_format": r"NOT regexp_full_match(amount_text, '(0|[1-9][0-9]{0,19})(\.[0-9]+)?')",
    "amount_not_positive": "amount <= 0",
    "boundary_twin": "is_twin",
    "currency_unsupported": "currency <> 'USD'",
    "hostile_text": r"regexp_matches(concat_ws(' ', status, identifier, payment_trx, currency, payment_type),"
    r" '[\x00-\x1f\x7f<>]') OR regexp_matches(identifier, '^[=+@\t-]')",
    "identifier_too_long": "length(identifier) > 20",
    "replayed": "is_replay",
    "sample_identifier": "identifier = 'DFU80XZIKS'",
    "signature_copied": "signature_status = 'invalid' AND signature IN (SELECT mine FROM checked)",
    "signature_format": "is_mended",
    "signature_invalid": "signature_status = 'invalid'",
    "signature_malformed": "signature_status = 'malformed' AND NOT is_mended",
    "signature_missing": "signature_status = 'missing'",
    "status_conflict": "is_status_conflict",
    "trx_conflict": "is_trx_conflict",
    "trx_reused": "is_reused",
    "unsigned_conflict": "is_unsigned_conflict",
}
FORGED = ("signature_missing", "signature_invalid", "signature_malformed", "signature_copied", "boundary_twin")
INFO = ("currency_unsupported", "hostile_text", "sample_identifier", "replayed")
SUSPECT = tuple(code for code in FINDINGS if code not in (*FORGED, *INFO))
JUDGED = """
CREATE TEMP TABLE judged AS
SELECT *, CASE WHEN list_has_any(findings, {forged}) THEN 'forged' WHEN list_has_any(findings, {suspect}) THEN 'suspect'
    WHEN status <> 'success' THEN 'no_payment' WHEN list_contains(findings, 'replayed') THEN 'duplicate'
    ELSE 'accepted' END AS verdict
FROM (
    SELECT checked.* EXCLUDE (mine, is_mended), list_filter([{cases}], lambda code: code IS NOT NULL) AS findings
    FROM checked LEFT JOIN compared USING (record)
)
"""
RESULTS = """
CREATE TEMP TABLE results AS
WITH orders AS (
    SELECT identifier, amount::DECIMAL(28, 8) AS order_amount, currency AS order_currency, status AS order_status,
        CASE status WHEN 'completed' THEN 'paid' WHEN 'cancelled' THEN 'cancelled' WHEN 'refunded' THEN 'refunded'
            WHEN 'pending' THEN 'open' ELSE 'unknown' END AS order_state, ordered_at::TIMESTAMPTZ AS ordered_at
    FROM read_csv($orders, all_varchar = true, header = true)
),
paid AS (
    SELECT identifier, sum(amount) FILTER (verdict = 'accepted') AS paid_amount,
        min(currency) FILTER (verdict = 'accepted') AS paid_currency,
        max(currency) FILTER (verdict = 'accepted') AS last_currency,
        list(payment_trx ORDER BY payment_trx) FILTER (verdict = 'accepted') AS payment_trx,
        min(received_at) FILTER (verdict = 'accepted') AS first_paid_at,
        count(*) FILTER (verdict = 'accepted') AS accepted, count(*) FILTER (verdict = 'duplicate') AS duplicates,
        count(*) FILTER (verdict = 'suspect') AS suspects, count(*) FILTER (verdict = 'forged') AS forged,
        bool_or(list_contains(findings, 'trx_conflict')) AS has_trx_conflict,
        list_sort(list_distinct(flatten(list(list_concat(
            CASE WHEN verdict IN ('accepted', 'duplicate') THEN [] ELSE [verdict] END, findings))))) AS said
    FROM judged GROUP BY identifier
)
SELECT coalesce(p.identifier, o.identifier) AS identifier, paid_amount - order_amount AS difference,
    CASE WHEN o.identifier IS NULL AND accepted > 0 THEN 'orphan_payment'
        WHEN accepted > 0 AND (paid_currency <> order_currency OR paid_currency <> last_currency)
            THEN 'currency_mismatch'
        WHEN accepted > 1 AND paid_amount <> order_amount OR accepted > 0 AND has_trx_conflict THEN 'duplicate_payment'
        WHEN paid_amount < order_amount THEN 'underpaid' WHEN paid_amount > order_amount THEN 'overpaid'
        WHEN accepted > 0 AND order_state IN ('cancelled', 'open') THEN 'status_conflict'
        WHEN accepted > 0 AND order_state = 'refunded' THEN 'refunded' WHEN accepted > 0 THEN 'matched'
        WHEN order_state = 'paid' AND forged > 0 THEN 'paid_on_forgery'
        WHEN p.identifier IS NOT NULL THEN 'no_trusted_payment' WHEN order_amount = 0 THEN 'nothing_due'
        WHEN order_state IN ('paid', 'unknown') THEN 'missing_payment' ELSE 'unpaid' END AS outcome,
    list_sort(list_distinct(list_concat(coalesce(said, []),
        CASE WHEN outcome = 'paid_on_forgery' THEN ['no_trusted_payment'] ELSE [] END,
        CASE WHEN accepted > 1 THEN ['split_payment'] ELSE [] END,
        CASE WHEN first_paid_at < ordered_at THEN ['paid_before_order'] ELSE [] END,
        CASE WHEN first_paid_at > ordered_at + INTERVAL 30 DAY THEN ['paid_late'] ELSE [] END))) AS reasons,
    order_amount, order_currency, order_status, order_state, ordered_at, coalesce(accepted, 0) AS payments, paid_amount,
    paid_currency, coalesce(payment_trx, []) AS payment_trx, first_paid_at, payments AS accepted,
    coalesce(duplicates, 0) AS duplicates,
    coalesce(suspects, 0) AS suspects, coalesce(forged, 0) AS forged
FROM paid p FULL JOIN orders o ON p.identifier = o.identifier
"""
TIE_OUT = """
SELECT coalesce(order_currency, paid_currency) AS currency, outcome, coalesce(sum(order_amount), 0) AS ordered,
    coalesce(sum(paid_amount), 0) AS paid, paid - ordered AS difference
FROM results GROUP BY ALL ORDER BY ALL
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--form", choices=tuple(READ), default="jsonl")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True)
    secret = tomllib.loads((options.folder / "keys.toml").read_text())["keys"][0]["secret"]
    archive = options.folder / {"jsonl": "ipns.jsonl", "form": "ipns.txt"}[options.form]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(CHECKED % READ[options.form], {"archive": str(archive), **pads(secret.encode())})
        connection.execute(SHARING)
        [(usual,)] = connection.execute(USUAL).fetchall()
        connection.execute(COMPARED, {"usual": usual})
        cases = ", ".join(f"CASE WHEN {rule} THEN '{code}' END" for code, rule in FINDINGS.items())
        judged = JUDGED.format(forged=list(FORGED), suspect=list(SUSPECT), cases=cases)
        connection.execute(judged, {"usual": usual})
        connection.execute(RESULTS, {"orders": str(options.folder / "orders.csv")})
        for name, query in {
            "notifications": "FROM judged ORDER BY record",
            "results": "FROM results ORDER BY identifier",
            "tie_out": TIE_OUT,
        }.items():
            connection.execute(f"COPY ({query}) TO '{options.out / name}.parquet' (FORMAT parquet)")
        verdicts = dict(connection.execute("SELECT verdict, count(*) FROM judged GROUP BY ALL").fetchall())
        outcomes = dict(connection.execute("SELECT outcome, count(*) FROM results GROUP BY ALL").fetchall())
    print(json.dumps({"verdicts": verdicts, "outcomes": outcomes}))


if __name__ == "__main__":
    main()
