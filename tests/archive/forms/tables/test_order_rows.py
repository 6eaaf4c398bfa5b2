"""An order export among archives is other traffic and told; an archive without signatures stays one."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import corena_recon as cr
from corena_recon.errors import SourceError
from tests.making import OnlyArrow, ipn, jsonl, ring, signature
from tests.places import ROOT

PLAIN = "identifier,amount,currency,status,created_at"
EXPORTS = {
    PLAIN: "orders",
    "order_id,total,currency,status": "orders",
    "Order ID;Order Status;Order Total;Order Date;Payment Method": "orders",
    "Name,Financial Status,Total,Currency,Created at": "orders",
    "Date,Order #,Status,N. Revenue (formatted),Net Sales": "orders",
    "identifier,amount,status,payment_trx": "orders",
    "Numéro de commande;Montant TTC;Devise;Statut": "orders",
    "TRX Number,Amount,Charge,Payment Charge,After Charge,Date": "ledger",
    "id,identifier,trx,amount,currency,status,type,created_at": "ledger",
}
ARCHIVES = (
    "status,identifier,signature,amount,currency",
    "status,identifier,data[amount],data[currency]",
    "status,identifier,data.amount,data.currency",
    "received_at,status,identifier,payment_trx,amount,payment_type,currency",
    "id,order_id,amount,payload,created_at",
    "identifier,amount,body_base64",
)


def rows_of(header: str) -> tuple[list[str], list[list[str]]]:
    names = header.replace(";", ",").split(",")
    return names, [[f"{name[:3]}{number}" for name in names] for number in range(3)]


def csv(header: str) -> bytes:
    delimiter = ";" if ";" in header else ","
    return "".join(f"{delimiter.join(row)}\n" for row in [header.split(delimiter), *rows_of(header)[1]]).encode()


def told(frame: Any) -> tuple[Any, ...]:
    [count] = frame.attrs["intake"]
    return tuple(count[name] for name in ("form", "records", "notifications", "unreadable", "other"))


@pytest.mark.parametrize(("header", "form"), EXPORTS.items(), ids=EXPORTS)
def test_an_export_is_other_traffic_and_told(header: str, form: str) -> None:
    names, rows = rows_of(header)
    table = pa.table([pa.array(column) for column in zip(*rows, strict=True)], names=names)
    stored, feather = io.BytesIO(), io.BytesIO()
    pq.write_table(table, stored)
    with pa.ipc.new_file(feather, table.schema) as file:
        file.write_table(table)
    records = [dict(zip(names, row, strict=True)) for row in rows]
    array = json.dumps(records, indent=1).encode()
    one_a_line = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    for source in (
        array, one_a_line,
        csv(header), csv(header).decode().encode("utf-16"), stored.getvalue(), feather.getvalue(), table,
        OnlyArrow(table), pd.DataFrame(records), records, iter(records),
    ):  # fmt: skip
        frame = cr.read_ipns(source)
        assert told(frame) == (form, 3, 0, 0, 3), type(source)
        assert "no notifications" in frame.attrs["intake"][0]["note"]


@pytest.mark.parametrize("header", ARCHIVES)
def test_an_archive_stays_one_whatever_it_lacks(header: str) -> None:
    names, rows = rows_of(header)
    for source in (
        csv(header),
        pd.DataFrame(rows, columns=names),
        [dict(zip(names, row, strict=True)) for row in rows],
    ):
        [count] = cr.read_ipns(source).attrs["intake"]
        assert (count["form"] in (None, "csv"), count["note"], count["records"]) == (True, None, 3)
        assert count["notifications"] + count["unreadable"] == 3


def test_a_row_that_names_a_signature_is_never_other_traffic() -> None:
    posted = f'{{"status": "success", "signature": "{signature("1", "A")}", "identifier": "A"}}'
    rows = [["A", "1", "USD", "paid", posted], ["B", "1", "USD", "paid", "by card"]]
    names = [*PLAIN.split(",")[:4], "note"]
    text = "".join(
        f"{','.join(row)}\n" for row in [names, *[[*row[:4], '"' + row[4].replace('"', '""') + '"'] for row in rows]]
    )
    for source in (text.encode(), pd.DataFrame(rows, columns=names), pa.table(pd.DataFrame(rows, columns=names))):
        assert told(cr.read_ipns(source))[0] == "orders"
        assert told(cr.read_ipns(source))[4] == 1
        assert len(cr.read_ipns(source)) == 1


def test_the_orders_in_the_folder_of_the_archive_are_no_forgeries(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(ipn("A")))
    (tmp_path / "orders.csv").write_bytes((ROOT / "sample_data" / "orders.csv").read_bytes())
    found = cr.audit(tmp_path, keys=ring())
    assert found.summary["verdicts"] == {"accepted": 1}
    [told] = [one["text"] for one in found.summary["diagnosis"] if one["code"] == "archive_of_orders"]
    assert "orders.csv holds an order export" in told
    assert (cr.read_ipns(tmp_path / "orders.csv", form="csv")["unreadable"].isna()).all()


WOOCOMMERCE = [
    {"id": 7, "number": "7", "status": "processing", "currency": "USD", "total": "11.00", "date_created": "2026-01-02",
     "meta_data": [], "line_items": [{"id": 1, "total": "11.00"}]},
    {"id": 8, "number": "8", "status": "pending", "currency": "USD", "total": "12.00", "date_created": "2026-01-02",
     "meta_data": [], "line_items": [{"id": 2, "total": "12.00"}]},
]  # fmt: skip


def test_a_column_of_signatures_under_another_name_is_no_order_export() -> None:
    names = ["date", "statut", "identifiant", "sig", "montant"]
    rows = [["2026-01-02", "success", f"A{number}", signature("1", f"A{number}"), "1"] for number in range(3)]
    table = pa.table([pa.array(column) for column in zip(*rows, strict=True)], names=names)
    for source in (table, table.to_pandas(), table.to_pylist()):
        form, records, *rest = told(cr.read_ipns(source))
        assert (form, records, sum(rest)) == (None, 3, 3)
        assert rest[2] == 0
    text = "".join(f"{','.join(row)}\n" for row in [names, *rows]).encode()
    with contextlib.suppress(SourceError):
        assert told(cr.read_ipns(text))[0] != "orders"


def test_orders_of_a_shop_s_interface() -> None:
    for octets in (json.dumps(WOOCOMMERCE).encode(), jsonl(*WOOCOMMERCE)):
        assert told(cr.read_ipns(octets)) == ("orders", 2, 0, 0, 2)
    beyond_the_head = json.dumps([*WOOCOMMERCE * 300, ipn("A")]).encode()
    frame = cr.read_ipns(beyond_the_head)
    assert told(frame) == ("orders", 601, 1, 0, 600)
    assert list(frame["identifier"]) == ["A"]
    assert told(cr.read_ipns(jsonl({"status": "success", "identifier": "A", "data": {"amount": "1"}})))[0] == "jsonl"


def test_a_cut_export_says_so() -> None:
    assert cr.read_ipns(csv(PLAIN)[:-3]).attrs["intake"][0]["truncated"]
