"""The same notifications in every form that archives have, as people really keep them: for benchmarks and for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from tests.every_form import databases, dumped, logged, plain, platforms, recorded
from tests.every_form.notifications import SECRET, Notification, Notifications, notifications

__all__ = ["BODY", "SECRET", "WAYS", "Notification", "Way", "notifications"]


class Way(NamedTuple):
    """One way in which notifications are kept.

    Attributes:
        name: Of this way alone.
        form: The archive form that it is read as.
        label: For people.
        write: Gives the file.
        others_in: How many of the entries around so many notifications are other traffic.
    """

    name: str
    form: str
    label: str
    write: Callable[[Notifications], bytes]
    others_in: Callable[[int], int] = lambda _count: 0


BODY: Final = Way("body", "body", "one posted body a file", lambda posts: posts[0].body().encode())
"""One notification a file, so that an archive is a folder."""

WAYS: Final = (
    Way("nested", "jsonl", "JSON lines, nested", plain.nested_lines),
    Way("flat", "jsonl", "JSON lines, flat", plain.flat_lines),
    Way("shuffled", "jsonl", "JSON lines, keys in any order, two more", plain.shuffled_lines),
    Way("escaped", "jsonl", r"JSON lines, \u00e9 and \/ in a field", plain.escaped_lines),
    Way("envelope", "jsonl", "JSON lines, body as text", plain.envelope_lines),
    Way("base64", "jsonl", "JSON lines, body_base64", plain.base64_envelope_lines),
    Way("array", "json", "JSON array, one line", plain.array),
    Way("array-lines", "json", "JSON array, an element a line", plain.array_by_line),
    Way("array-commas", "json", "JSON array, commas in front", plain.array_commas_first),
    Way("array-pretty", "json", "JSON array, pretty", plain.pretty_array),
    Way("har", "har", "HAR as Chrome saves it", recorded.har),
    Way("lambda", "lambda", "Lambda events, lines", recorded.lambda_lines),
    Way("lambda-base64", "lambda", "Lambda events, lines, base64", recorded.lambda_base64_lines),
    Way("lambda-array", "lambda", "Lambda events, array", recorded.lambda_array),
    Way("webhook.site", "webhook.site", "webhook.site, pages of 100", recorded.webhook_site),
    Way("hookdeck", "hookdeck", "Hookdeck", recorded.hookdeck),
    Way("hooksense", "hooksense", "HookSense", recorded.hooksense),
    Way("ngrok", "ngrok", "ngrok, base64 of the message", recorded.ngrok),
    Way("spatie", "spatie", "webhook_calls, JSON", recorded.spatie_json),
    Way("spatie-csv", "spatie", "webhook_calls, CSV, payload in a cell", recorded.spatie_csv),
    Way("csv", "csv", "CSV, flat", plain.flat_csv),
    Way("csv-body", "csv", "CSV, body in a cell", plain.body_csv),
    Way("csv-spelled", "csv", "CSV, flat, names in other spellings", plain.spelled_csv),
    Way("csv-cell", "csv", "CSV, body in a cell of any name", plain.cell_csv),
    Way("csv-print_r", "csv", "CSV, print_r in a cell", plain.printed_csv),
    Way("whmcs", "whmcs", "WHMCS's gateway log, body in a cell", plain.whmcs_csv),
    Way("csv-log", "csv", "CSV, a log's lines in a cell", plain.log_csv, lambda count: count),
    Way("sql", "sql", "mysqldump, JSON in a cell", databases.mysqldump_json, lambda count: count),
    Way("sql-body", "sql", "mysqldump, body in a cell, one line", databases.mysqldump_bodies),
    Way("sql-flat", "sql", "sqlite dump, flat", databases.sqlite_flat),
    Way("sql-copy", "sql", "pg_dump, COPY, flat keys in JSON", databases.copied),
    Way("sql-blob", "sql", "mysqldump, JSON in a blob", databases.mysqldump_blobs),
    Way("sql-quoted", "sql", "mysqldump, quotation marks", databases.mysqldump_quoted),
    Way("sql-server", "sql", "SQL Server's script, flat", databases.sql_server),
    Way("nginx", "nginx", "nginx, combined and body", logged.nginx, lambda count: 2 * count),
    Way("nginx-json", "nginx", "nginx, escape=json", logged.nginx_json, lambda count: count),
    Way("print_r", "php", "print_r, a date above each", dumped.printed_under_dates),
    Way("var_export", "php", "var_export, nothing between", dumped.exported_without_ends),
    Way("var_dump", "php", "var_dump", dumped.dumped_one_by_one),
    Way("serialize", "php", "serialize, lines", dumped.serialized_lines),
    Way("print_r-crlf", "php", "print_r, lines as Windows ends them", dumped.printed_on_windows),
    Way("short", "php", "short arrays", dumped.short_arrays),
    Way("laravel", "log", "Laravel log, a third notifications", logged.laravel, logged.others_in_laravel),
    Way("php-error-log", "log", "PHP error_log, JSON", logged.php_error_log),
    Way(
        "apache-error-log",
        "log",
        "Apache error_log, a tenth notifications",
        logged.apache_error_log,
        lambda count: 9 * count,
    ),
    Way("laravel-pretty", "log", "Laravel log, JSON over lines", logged.pretty_laravel),
    Way("print_r", "log", "WooCommerce log, print_r", logged.printed, lambda count: count),
    Way("print_r-joined", "log", "Monolog, print_r on one line", logged.joined),
    Way("unstamped", "log", "JSON over lines, no times", logged.unstamped, lambda count: 2 * count),
    Way(
        "print_r-docker",
        "log",
        "Docker json-file, a line of print_r each",
        logged.printed_in_docker,
        lambda count: count,
    ),
    Way("three-lines", "log", "three lines an entry", logged.three_lines),
    Way("body-log", "log", "log lines, urlencoded body", logged.body_log),
    Way("docker", "log", "Docker json-file", logged.docker),
    Way("monolog", "log", "Monolog JSON lines", logged.monolog),
    Way("elasticsearch", "json", "Elasticsearch hits, JSON in a message", platforms.elasticsearch),
    Way("cloudwatch", "json", "CloudWatch events, body in a message", platforms.cloudwatch, lambda count: 2 * count),
    Way("phpmyadmin", "json", "phpMyAdmin JSON, JSON in a cell", platforms.phpmyadmin),
    Way("firestore", "json", "Firestore documents", platforms.firestore),
    Way("mongo", "jsonl", "MongoDB extended JSON, lines", platforms.mongo),
    Way("dynamodb", "json", "DynamoDB scan", platforms.dynamodb),
    Way("journald", "jsonl", "journald, body in MESSAGE", platforms.journald, lambda count: count),
    Way("queue", "json", "queue events, ten records a line", platforms.queue_events),
    Way("loki", "json", "Loki streams, body in a line", platforms.loki),
    Way("postman", "json", "Postman collection, pairs", platforms.postman),
    Way("telescope", "telescope", "Laravel Telescope, pretty", platforms.telescope, lambda count: count),
    Way("glued", "json", "objects glued together", platforms.glued),
    Way("form", "form", "urlencoded lines", plain.body_lines),
    Way("parquet", "parquet", "Parquet, flat", plain.flat_parquet),
    Way("parquet-nested", "parquet", "Parquet, data a struct", plain.nested_parquet),
    Way("feather", "feather", "Feather, flat", plain.flat_feather),
)
"""Files of any number of notifications."""
