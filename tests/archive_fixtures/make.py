"""Writes the archive fixtures of every form, and beside them what reading each must give.

Run it from the project's folder: ``python -m tests.archive_fixtures.make``. The shapes are those that the tools'
own documentation shows; the secret is invented; signatures come from the standard library alone.
"""

from __future__ import annotations

import json

from tests.archive_fixtures import databases, dumps, plain_files, recorders, server_logs
from tests.archive_fixtures.fixture import EXPECTED, HERE


def main() -> None:
    for make in (
        plain_files.jsonl, plain_files.json_documents, plain_files.form_lines, plain_files.bodies,
        plain_files.csv_files, plain_files.parquet_files, plain_files.feather_files,
        recorders.har, recorders.ngrok, recorders.webhook_site, recorders.hookdeck, recorders.hooksense,
        recorders.telescope, recorders.spatie, recorders.lambda_events, server_logs.nginx, server_logs.logs,
        databases.sql, databases.whmcs, databases.tables, dumps.php,
    ):  # fmt: skip
        make()
    (HERE / "expected.json").write_text(json.dumps(EXPECTED, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
