"""The matching step alone by datacompy: two frames, joined on identifier, compared on amount and currency.

python benchmarks/datacompy_match.py FOLDER --engine pandas|polars

datacompy neither verifies nor classifies; the frames are built before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import datacompy
import polars as pl

COMPARED = ("identifier", "amount", "currency")


def notifications_of(folder: Path) -> pl.DataFrame:
    lines = pl.read_csv(
        folder / "ipns.txt", has_header=False, separator="\x01", quote_char=None, schema={"line": pl.String}
    )
    parts = lines.select(pl.col("line").str.split_exact("&", 6).alias("parts")).unnest("parts")
    return parts.select(
        identifier=pl.col("field_2").str.slice(11),
        amount=pl.col("field_4").str.slice(17).cast(pl.Float64),
        currency=pl.col("field_6").str.slice(19),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", choices=("pandas", "polars"), default="polars")
    options = parser.parse_args()
    notifications = notifications_of(options.folder)
    orders = pl.read_csv(options.folder / "orders.csv", infer_schema=False).select(
        "identifier", pl.col("amount").cast(pl.Float64), "currency"
    )
    compare = datacompy.PolarsCompare
    if options.engine == "pandas":
        notifications, orders = notifications.to_pandas(), orders.to_pandas()
        compare = datacompy.PandasCompare if hasattr(datacompy, "PandasCompare") else datacompy.Compare
    started = time.perf_counter()
    comparison = compare(notifications, orders, join_columns="identifier")
    unequal = comparison.all_mismatch()
    match_s = time.perf_counter() - started
    found = {
        "amount_differs": len(unequal),
        "no_order": len(comparison.df1_unq_rows),
        "no_notification": len(comparison.df2_unq_rows),
    }
    print(json.dumps({"categories": found, "seconds": {"match": match_s}}))


if __name__ == "__main__":
    main()
