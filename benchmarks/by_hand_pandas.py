"""The loop that people write: json.loads, DataFrame.apply with hmac, merge, compare, to_parquet.

python benchmarks/by_hand_pandas.py FOLDER --form jsonl|form --out FILE [--plain]

``--plain`` applies over the frame as pandas 3 gives it, as most people would; without it the three columns are
cast to Python objects first, which makes ``apply`` several times faster.
"""

from __future__ import annotations

import argparse
import hmac
import json
import tomllib
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd


def read_jsonl(path: Path) -> pd.DataFrame:
    with path.open() as lines:
        notifications = pd.json_normalize([json.loads(line) for line in lines])
    return notifications.rename(columns=lambda name: name.removeprefix("data."))


def read_form(path: Path) -> pd.DataFrame:
    with path.open() as lines:
        notifications = pd.DataFrame([dict(parse_qsl(line.rstrip("\n"))) for line in lines])
    return notifications.rename(columns=lambda name: name.removeprefix("data[").removesuffix("]"))


def verify(notifications: pd.DataFrame, secret: bytes) -> pd.Series:
    def is_valid(row: pd.Series) -> bool:
        signed = (row["amount"] + row["identifier"]).encode()
        mine = hmac.new(secret, signed, "sha256").hexdigest().upper()
        return hmac.compare_digest(mine, row["signature"])

    return notifications.apply(is_valid, axis=1)


def verify_as_objects(notifications: pd.DataFrame, secret: bytes) -> pd.Series:
    return verify(notifications[["amount", "identifier", "signature"]].astype(object), secret)


def match(notifications: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    joined = notifications.merge(orders, on="identifier", how="outer", suffixes=("", "_order"), indicator="side")
    paid_cents = (joined["amount"].astype("float64") * 100).round()
    ordered_cents = (joined["amount_order"].astype("float64") * 100).round()
    joined["category"] = np.select(
        [
            joined["side"] == "right_only",
            joined["valid"] != True,  # noqa: E712 - null where there is no notification
            joined["status"] != "success",
            joined["side"] == "left_only",
            joined["currency"] != joined["currency_order"],
            paid_cents != ordered_cents,
        ],
        [
            "no_notification",
            "invalid_signature",
            "not_success",
            "no_order",
            "currency_differs",
            "amount_differs",
        ],
        "matched",
    )
    return joined.drop(columns="side")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--form", choices=("jsonl", "form"), default="jsonl")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    secret = tomllib.loads((options.folder / "keys.toml").read_text())["keys"][0]["secret"]
    if options.form == "jsonl":
        notifications = read_jsonl(options.folder / "ipns.jsonl")
    else:
        notifications = read_form(options.folder / "ipns.txt")
    check = verify if options.plain else verify_as_objects
    notifications["valid"] = check(notifications, secret.encode())
    orders = pd.read_csv(options.folder / "orders.csv", dtype=str)
    results = match(notifications, orders.rename(columns={"status": "order_status"}))
    results.to_parquet(options.out)
    print(json.dumps({"categories": results["category"].value_counts().to_dict()}))


if __name__ == "__main__":
    main()
