"""Writes N orders and their notifications to a folder, streamed: memory does not grow with N.

    python benchmarks/generate.py FOLDER --rows 1000000

writes ``ipns.jsonl`` (nested JSON lines), ``ipns.txt`` (the same as urlencoded lines), ``orders.csv``,
``keys.toml`` and ``planted.json`` (what is in there). One order in a hundred is planted. The same rows and seed
give the same bytes, however many processes write them.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter, deque
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256, shake_128
from pathlib import Path

from corena_recon.demonstration.shop import signer

SECRET_ID = "bench"
CHUNK_ROWS = 50_000
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789"
TRX_TABLE = bytes(LETTERS[octet % len(LETTERS)] for octet in range(256))

PLANTED_PLACES = {
    71: "tampered_amount",
    172: "forged_signature",
    273: "lower_case_signature",
    374: "exact_replay",
    475: "exact_replay",
    576: "underpaid",
    677: "overpaid",
    778: "missing_payment",
    879: "orphan_payment",
    980: "failed_status",
}
"""Which records of every thousand are planted: ten, one in a hundred."""

NAIVE_CATEGORY = {
    "honest": "matched",
    "tampered_amount": "invalid_signature",
    "forged_signature": "invalid_signature",
    "lower_case_signature": "invalid_signature",
    "exact_replay": "matched",
    "underpaid": "amount_differs",
    "overpaid": "amount_differs",
    "missing_payment": "no_notification",
    "orphan_payment": "no_order",
    "failed_status": "not_success",
}
"""What a script that checks signatures, joins and compares says of each; it has no word for a replay."""
OUR_VERDICT = {
    "tampered_amount": "forged",
    "forged_signature": "forged",
    "lower_case_signature": "suspect",
    "failed_status": "no_payment",
}
OUR_OUTCOME = {
    "tampered_amount": "paid_on_forgery",
    "forged_signature": "paid_on_forgery",
    "lower_case_signature": "no_trusted_payment",
    "underpaid": "underpaid",
    "overpaid": "overpaid",
    "missing_payment": "missing_payment",
    "orphan_payment": "orphan_payment",
    "failed_status": "no_trusted_payment",
}


def secret_of(seed: int) -> str:
    return "invented-" + sha256(f"benchmark {seed}".encode()).hexdigest()[:41]


def make_chunk(first: int, rows: int, seed: int) -> tuple[bytes, bytes, bytes, dict[str, int]]:
    """The JSON lines, urlencoded lines and order rows of one stretch, and how many of each kind it holds."""
    sign, guess = signer(secret_of(seed)), signer("a guess")
    chance = shake_128(f"chunk {seed} {first}".encode()).digest(rows * 24)
    letters = chance.translate(TRX_TABLE).decode()
    nested: list[str] = []
    bodies: list[str] = []
    orders: list[str] = []
    kinds: Counter[str] = Counter()
    for index in range(rows):
        number, at = first + index, index * 24
        identifier = f"CMD-{number:08d}"
        cents = 100 + int.from_bytes(chance[at + 12 : at + 16], "big") % 99_900
        price = f"{cents // 100}.{cents % 100:02d}"
        amount, trx, status = price + "000000", letters[at : at + 12], "success"
        signature = sign(amount + identifier)
        minute = number // 7 % 1440
        moment = f"2026-01-{1 + number // 10_080 % 28:02d}T{minute // 60:02d}:{minute % 60:02d}:{number % 60:02d}Z"
        kind = PLANTED_PLACES.get(number % 1000, "honest")
        kinds[kind] += 1
        copies = 1
        if kind != "honest":
            if kind == "tampered_amount":
                amount = f"{cents}.00000000"
            elif kind == "forged_signature":
                signature = guess(amount + identifier)
            elif kind == "lower_case_signature":
                signature = signature.lower()
            elif kind == "exact_replay":
                copies = 2
            elif kind == "underpaid":
                price = f"{cents // 100 + 1}.{cents % 100:02d}"
            elif kind == "overpaid":
                price = f"{cents // 100 - 1}.{cents % 100:02d}" if cents >= 200 else "0.50"
            elif kind == "missing_payment":
                copies = 0
            elif kind == "failed_status":
                status = "failed"
        if copies:
            line = (
                f'{{"status": "{status}", "signature": "{signature}", "identifier": "{identifier}", "data": '
                f'{{"payment_trx": "{trx}", "amount": "{amount}", "payment_type": "checkout", '
                f'"currency": "USD", "charge": "0.5"}}, "received_at": "{moment}"}}\n'
            )
            body = (
                f"status={status}&signature={signature}&identifier={identifier}&data%5Bpayment_trx%5D={trx}"
                f"&data%5Bamount%5D={amount}&data%5Bpayment_type%5D=checkout&data%5Bcurrency%5D=USD\n"
            )
            nested.append(line if copies == 1 else line * copies)
            bodies.append(body if copies == 1 else body * copies)
        if kind != "orphan_payment":
            orders.append(f"{identifier},{price},USD,completed,{moment}\n")
    return "".join(nested).encode(), "".join(bodies).encode(), "".join(orders).encode(), dict(kinds)


def counts_of(kinds: Counter[str]) -> dict[str, object]:
    """What each reader must count, from what is planted."""
    naive: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for kind, count in kinds.items():
        notifications = {"exact_replay": 2, "missing_payment": 0}.get(kind, 1)
        naive[NAIVE_CATEGORY[kind]] += count * max(notifications, 1)
        if kind != "missing_payment":
            verdicts[OUR_VERDICT.get(kind, "accepted")] += count
        if kind == "exact_replay":
            verdicts["duplicate"] += count
        outcomes[OUR_OUTCOME.get(kind, "matched")] += count
    records = sum(verdicts.values())
    return {
        "planted": dict(sorted(kinds.items())),
        "records": records,
        "categories": dict(sorted(naive.items())),
        "verdicts": dict(sorted(verdicts.items())),
        "outcomes": dict(sorted(outcomes.items())),
    }


def generate(folder: Path, rows: int, seed: int, processes: int) -> dict[str, object]:
    folder.mkdir(parents=True, exist_ok=True)
    kinds: Counter[str] = Counter()
    starts = deque(range(0, rows, CHUNK_ROWS))
    with (
        ProcessPoolExecutor(processes) as pool,
        (folder / "ipns.jsonl").open("wb") as nested,
        (folder / "ipns.txt").open("wb") as bodies,
        (folder / "orders.csv").open("wb") as orders,
    ):
        orders.write(b"identifier,amount,currency,status,ordered_at\n")
        under_way: deque = deque()
        while starts or under_way:
            while starts and len(under_way) <= processes:  # bounded: no chunk waits unwritten for long
                first = starts.popleft()
                under_way.append(pool.submit(make_chunk, first, min(CHUNK_ROWS, rows - first), seed))
            chunk = under_way.popleft().result()
            nested.write(chunk[0])
            bodies.write(chunk[1])
            orders.write(chunk[2])
            kinds.update(chunk[3])
    counts = {"rows": rows, "seed": seed, **counts_of(kinds)}
    (folder / "keys.toml").write_text(
        "# An invented key of invented notifications: it opens nothing.\n"
        f'[[keys]]\nid = "{SECRET_ID}"\nmode = "live"\nsecret = "{secret_of(seed)}"\n'
    )
    (folder / "planted.json").write_text(json.dumps(counts, indent=1) + "\n")
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description="Write notifications and orders for the benchmarks.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    started = time.perf_counter()
    generate(options.folder, options.rows, options.seed, options.processes)
    sizes = {p.name: p.stat().st_size for p in sorted(options.folder.iterdir()) if p.is_file()}
    print(f"{options.rows:,} orders in {time.perf_counter() - started:.1f} s: {sizes}")


if __name__ == "__main__":
    main()
