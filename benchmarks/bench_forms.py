"""Reading every form of archive: CPU and wall time a record, beside what people write by hand for that form.

    python benchmarks/bench_forms.py [--records N] [--rounds N] [--only NAME]...
    python benchmarks/bench_forms.py --small 1000

The same notifications, all of them signed, are written in every form (``tests/every_form``) and read again, each time
in a process of its own, and so are their orders as a CSV export; the tables give the round of the least CPU time. Every
read must find all notifications and all other traffic, and nothing unreadable. What is imported at the start is not
counted, what reading itself imports or compiles is. With ``--small`` archives of so few records are verified on the
command line, and the whole process is compared with one that only imports pandas, pyarrow and duckdb.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

import pandas as pd

from tests.every_form import BODY, SECRET, WAYS, Way, notifications

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.every_form.notifications import Notifications

BODY_FILES = 2_000
FRAME = Way("frame", "parquet", "pandas frame, flat", next(way.write for way in WAYS if way.name == "parquet"))


def order_export(posts: Notifications) -> bytes:
    """The orders that these notifications pay, as WooCommerce's exports have them."""
    head = "order_number,order_date,status,order_total,order_currency,billing_email,payment_method\r\n"
    rows = (
        f"{one.identifier},{one.day_and_time},completed,{one.amount},{one.currency},a{one.number}@example.com,payme\r\n"
        for one in posts
    )
    return (head + "".join(rows)).encode()


def with_short_row(posts: Notifications) -> bytes:
    """The same, with a row in the middle whose last cells are missing."""
    rows = order_export(posts).splitlines(keepends=True)
    middle = len(rows) // 2
    rows[middle] = rows[middle].rpartition(b",")[0] + b"\r\n"
    return b"".join(rows)


ORDERS = (
    Way("orders", "csv", "order export, CSV", order_export),
    Way("orders-short", "csv", "order export, CSV, one short row", with_short_row),
)
IMPORTS = ("-c", "import pandas, pyarrow, duckdb")
NGINX_BODY = re.compile(r'\[([^]]+)\] "POST /ipn [^"]*" \d+ \d+ "[^"]*" "[^"]*" "([^"]*)"')
LOGGED_JSON = re.compile(r"^\[([^]]+)\].*?(\{.*\})\s*$")
LOGGED_BODY = re.compile(r"^(\S+ \S+) .*? (\S+=\S+)$")


class Taken(NamedTuple):
    """What reading once took, for each record."""

    cpu_us: float
    wall_us: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", help="the names of ways, as in tests/every_form")
    parser.add_argument("--small", type=int, metavar="N", help="verify N records on the command line instead")
    parser.add_argument("--measure", nargs=3, metavar=("WAY", "READER", "PATH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        name, reader, path = options.measure
        measure(name, reader, Path(path))
        return
    ways = [way for way in (*WAYS, BODY, FRAME, *ORDERS) if not options.only or way.name in options.only]
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="forms_") as folder:
        if options.small:
            show_small(
                [way for way in ways if way not in (FRAME, *ORDERS)], options.small, options.rounds, Path(folder)
            )
        else:
            show_forms(ways, options.records, options.rounds, Path(folder))


def show_forms(ways: list[Way], records: int, rounds: int, folder: Path) -> None:
    """The table, line by line as it is measured; the first way is what the others are compared with."""
    print(
        f"{records:,} records ({BODY_FILES:,} files of one body), the best of {rounds} rounds\n\n"
        f"| form | bytes/record | CPU µs/record | wall µs/record | × {ways[0].label} (CPU) | by hand, CPU µs/record "
        "| our CPU in parts of that |\n|---|--:|--:|--:|--:|--:|--:|"
    )
    first = None
    for way in ways:
        count = BODY_FILES if way is BODY else records
        path = written(way, count, folder)
        size = sum(one.stat().st_size for one in (path.iterdir() if path.is_dir() else (path,))) / count
        readers = ("ours", "by_hand") if way.name in BY_HAND else ("ours",)
        turns = [(reader, in_own_process(way, reader, path, count)) for _ in range(rounds) for reader in readers]
        best = {reader: min(taken for name, taken in turns if name == reader) for reader in readers}
        ours = best["ours"]
        first = first or ours
        by_hand = best.get("by_hand")
        beside = "| " if by_hand is None else f"{by_hand.cpu_us:.2f} | {ours.cpu_us / by_hand.cpu_us:.2f}"
        print(
            f"| {way.label} | {size:,.0f} | {ours.cpu_us:.2f} | {ours.wall_us:.2f} | {ours.cpu_us / first.cpu_us:.2f} "
            f"| {beside} |",
            flush=True,
        )
        remove(path)


def show_small(ways: list[Way], records: int, rounds: int, folder: Path) -> None:
    """The whole process of a verification on the command line, and that of the imports in between."""
    keys = folder / "keys.toml"
    keys.write_text(f'[[keys]]\nid = "forms"\nmode = "live"\nsecret = "{SECRET}"\n')
    print(
        f"{records:,} records verified on the command line, the best of {rounds} rounds\n\n"
        "| form | wall s | CPU s | wall of the imports alone s | × that |\n|---|--:|--:|--:|--:|"
    )
    for way in ways:
        path = written(way, records, folder)
        verifying = ("-m", "corena_recon", "verify", str(path), "--keys", str(keys), "--json")
        runs = [(in_whole(*verifying), in_whole(*IMPORTS)) for _ in range(rounds)]
        for ours, _ in runs:
            accepted = json.loads(ours[2])["verdicts"].get("accepted")
            if accepted != records:
                raise SystemExit(f"{way.name}: {accepted} of {records} were accepted")
        (wall_s, cpu_s, _), (imports_s, _, _) = (min(one) for one in zip(*runs, strict=True))
        print(
            f"| {way.label} | {wall_s:.3f} | {cpu_s:.3f} | {imports_s:.3f} | {wall_s / imports_s:.2f} |",
            flush=True,
        )
        remove(path)


def in_whole(*arguments: str) -> tuple[float, float, str]:
    """Wall and CPU time of a whole process, and what it printed."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE)
    said, complaint = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(complaint)
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, said


def written(way: Way, count: int, folder: Path) -> Path:
    """The archive: a file, or a folder of files of one body."""
    path = folder / f"{way.name}.archive"
    posts = notifications(count)
    if way is not BODY:
        path.write_bytes(way.write(posts))
        return path
    path.mkdir()
    for one in posts:
        (path / f"{one.number:06}.txt").write_bytes(way.write([one]))
    return path


def remove(path: Path) -> None:
    for one in path.iterdir() if path.is_dir() else ():
        one.unlink()
    path.rmdir() if path.is_dir() else path.unlink()


def in_own_process(way: Way, reader: str, path: Path, count: int) -> Taken:
    said = subprocess.run(
        [sys.executable, __file__, "--measure", way.name, reader, str(path)],
        check=False,
        capture_output=True,
        text=True,
    )
    if said.returncode:
        raise SystemExit(said.stderr)
    found = json.loads(said.stdout)
    wanted = {"notifications": count, "unreadable": 0, "other": 0 if reader == "by_hand" else way.others_in(count)}
    if {name: found[name] for name in wanted} != wanted:
        raise SystemExit(f"{way.name}, {reader}: found {found}, wanted {wanted}")
    return Taken(found["cpu_s"] / count * 1e6, found["wall_s"] / count * 1e6)


def measure(name: str, reader: str, path: Path) -> None:
    """Reads once and prints what it took and what was found."""
    # What is measured stands alone in its process.
    from corena_recon.archive import read_batches  # noqa: PLC0415
    from corena_recon.orders import OrderReading  # noqa: PLC0415

    source = pd.read_parquet(path) if name == FRAME.name else path
    intake: list = []
    started, cpu_started = time.perf_counter(), time.process_time()
    if reader == "by_hand":
        rows = len(BY_HAND[name](path))
    elif name in {way.name for way in ORDERS}:
        rows = sum(map(len, OrderReading(path).tables()))
    else:
        rows = sum(map(len, read_batches(source, intake)))
    taken = {"wall_s": time.perf_counter() - started, "cpu_s": time.process_time() - cpu_started}
    unreadable = sum(count.unreadable for count in intake)
    other = sum(count.other for count in intake)
    print(json.dumps({**taken, "notifications": rows - unreadable, "unreadable": unreadable, "other": other}))


def json_lines(path: Path) -> pd.DataFrame:
    return pd.json_normalize(list(each_line(path)))


def json_document(path: Path) -> pd.DataFrame:
    return pd.json_normalize(json.loads(path.read_text()))


def each_line(path: Path) -> Iterator[dict]:
    with path.open() as lines:
        yield from map(json.loads, lines)


def each_page(path: Path) -> Iterator[dict]:
    for page in each_line(path):
        yield from page["data"]


def each_of(path: Path, *keys: str) -> Iterator[dict]:
    """The elements of a document, under keys of it."""
    value = json.loads(path.read_text())
    for key in keys:
        value = value[key]
    yield from value


def posted(bodies: Iterable[str]) -> pd.DataFrame:
    return pd.DataFrame([{name: values[0] for name, values in parse_qs(body).items()} for body in bodies])


def decoded(text: str) -> str:
    return base64.b64decode(text).decode()


def messages(texts: Iterable[str]) -> pd.DataFrame:
    return pd.json_normalize([json.loads(text.removeprefix("IPN ")) for text in texts])


def matched(path: Path, pattern: re.Pattern[str]) -> Iterator[str]:
    with path.open() as lines:
        for line in lines:
            if found := pattern.search(line):
                yield found[2]


def logged_json(path: Path) -> pd.DataFrame:
    found = (json.loads(text) for text in matched(path, LOGGED_JSON) if "signature" in text)
    return pd.json_normalize(list(found))


def spatie_csv(path: Path) -> pd.DataFrame:
    return pd.json_normalize([*map(json.loads, pd.read_csv(path, dtype=str)["payload"])])


def csv_text(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str)


BY_HAND: dict[str, Callable[[Path], pd.DataFrame]] = {
    **dict.fromkeys(("nested", "flat", "shuffled", "escaped"), json_lines),
    "envelope": lambda path: posted(one["body"] for one in each_line(path)),
    "base64": lambda path: posted(decoded(one["body_base64"]) for one in each_line(path)),
    **dict.fromkeys(("array", "array-lines", "array-commas", "array-pretty"), json_document),
    "har": lambda path: posted(one["request"]["postData"]["text"] for one in each_of(path, "log", "entries")),
    "lambda": lambda path: posted(one["body"] for one in each_line(path)),
    "lambda-base64": lambda path: posted(decoded(one["body"]) for one in each_line(path)),
    "lambda-array": lambda path: posted(one["body"] for one in each_of(path)),
    "webhook.site": lambda path: posted(one["content"] for one in each_page(path)),
    "hookdeck": lambda path: posted(one["data"]["body"] for one in each_of(path, "models")),
    "hooksense": lambda path: posted(one["body"] for one in each_of(path, "requests")),
    "ngrok": lambda path: posted(
        decoded(one["request"]["raw"]).split("\r\n\r\n", 1)[1] for one in each_of(path, "requests")
    ),
    "spatie": lambda path: pd.json_normalize([one["payload"] for one in each_of(path)]),
    "spatie-csv": spatie_csv,
    **dict.fromkeys(("csv", "orders", "orders-short"), csv_text),
    "csv-body": lambda path: posted(csv_text(path)["body"]),
    "nginx": lambda path: posted(matched(path, NGINX_BODY)),
    "nginx-json": lambda path: posted(one["request_body"] for one in each_line(path) if one["request_body"]),
    **dict.fromkeys(("laravel", "php-error-log"), logged_json),
    "body-log": lambda path: posted(matched(path, LOGGED_BODY)),
    "docker": lambda path: pd.json_normalize([json.loads(one["log"].removeprefix("IPN ")) for one in each_line(path)]),
    "monolog": lambda path: pd.json_normalize([one["context"] for one in each_line(path)]),
    "elasticsearch": lambda path: messages(one["_source"]["message"] for one in each_of(path, "hits", "hits")),
    "cloudwatch": lambda path: posted(
        one["message"].split(": ")[-1].rstrip() for one in each_of(path, "events") if "signature" in one["message"]
    ),
    "phpmyadmin": lambda path: messages(one["ipn_data"] for one in json.loads(path.read_text())[2]["data"]),
    "firestore": lambda path: pd.json_normalize([one["fields"] for one in each_of(path, "documents")]),
    "mongo": json_lines,
    "dynamodb": lambda path: pd.json_normalize([*each_of(path, "Items")]),
    "journald": lambda path: posted(one["MESSAGE"][8:] for one in each_line(path) if "signature" in one["MESSAGE"]),
    "queue": lambda path: posted(one["body"] for event in each_line(path) for one in event["Records"]),
    "loki": lambda path: posted(
        line.removeprefix("IPN ") for one in each_of(path, "data", "result") for _, line in one["values"]
    ),
    "postman": lambda path: pd.DataFrame(
        [{pair["key"]: pair["value"] for pair in one["request"]["body"]["urlencoded"]} for one in each_of(path, "item")]
    ),
    "telescope": lambda path: pd.json_normalize(
        [json.loads(one["content"])["payload"] for one in each_of(path) if one["type"] == "request"]
    ),
    "glued": lambda path: messages(path.read_text().replace("\n", "").replace("}{", "}\n{").split("\n")),
    "form": lambda path: posted(line.rstrip("\n") for line in path.open()),
    "parquet": pd.read_parquet,
    "parquet-nested": pd.read_parquet,
    "feather": pd.read_feather,
    BODY.name: lambda path: posted(one.read_text() for one in sorted(path.iterdir())),
}
"""What a person would write for one file of that form, where that is a few lines; none of it looks at damage,
duplicates or other shapes."""


if __name__ == "__main__":
    main()
