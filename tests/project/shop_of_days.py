"""A shop that closes every day: its closes are one full audit, and its decisions are those that are not void.

    python -m tests.project.shop_of_days --days 60 [--every-step]

A seed decides what comes: notifications, late ones, forgeries and torn lines; orders, refunds and cancellations;
rotations of files and keys; decisions, some of them taken back; and every day a close is killed at another step, or at
every step before the exchange and one after it. Held against the closes are an audit of all files without an earlier
report, and a second way of telling, in plain Python over its frames, what each decision was made on.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import corena_recon as cr
from corena_recon.decisions import keeping
from corena_recon.errors import InputError
from corena_recon.project import closing
from corena_recon.report.stored import replacing
from corena_recon.stages import audit as auditing
from corena_recon.stages.decide import decide_from, decide_to
from corena_recon.stages.running import reporting
from tests.making import ipn, jsonl, signature
from tests.reliability.shop import in_child

BEGIN: Final = datetime(2026, 1, 1, 8, tzinfo=UTC)
TABLES: Final = ("notifications", "results", "orders", "intake", "tie_out", "worklist", "decisions")
PROJECT: Final = """
archive = "ipn"
orders = "orders.csv"
keys = "keys.toml"
report = "reports/report"
decisions = "decisions.jsonl"
"""
STEPS: Final[dict[str, tuple[Any, str, bool]]] = {
    # where a close is killed: what is done there, and whether after it
    "before reading": (auditing._Audit, "_ingest", False),
    "before judging": (auditing._Audit, "_judge", False),
    "before reconciling": (auditing._Audit, "_reconcile", False),
    "before listing": (reporting.Reporting, "list_worklist", False),
    "after listing": (reporting.Reporting, "list_worklist", True),
    "before the manifest": (reporting, "write_manifest", False),
    "after the manifest": (reporting, "write_manifest", True),
    "before the exchange": (replacing, "system_function", False),
    "after the exchange": (replacing, "_sync_if_possible", False),
    "before the history": (closing.Project, "_remember", False),
}
LATE_STEPS: Final = ("after the exchange", "before the history")
"""At which the day's report stands already, so that a day has one of them."""
ACTS: Final = ("accepted", "refunded_outside", "test_order", "written_off", "ask_payer", "seen by phone")
KILLED: Final = 77


class Shop:
    """The shop, its files, and what happens to them.

    Args:
        folder: An empty one.
        seed: What comes.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.orders: dict[str, dict[str, Any]] = {}
        self.refunds: list[tuple[str, str]] = []
        self.late: list[dict[str, Any]] = []
        self.secret = "first"
        self.secrets = ["first"]
        self.counts: Counter[str] = Counter()
        (folder / "ipn").mkdir()
        (folder / "reports").mkdir()
        (folder / "corena.toml").write_text(PROJECT)
        self._write_keys()

    def day(self, number: int) -> None:
        """What comes on a day."""
        came = [*self.late]
        self.late = []
        for place in range(self.chance.randint(3, 8)):
            came += self._order(number, f"D{number:02}-{place}")
        came += self._abuse()
        self.chance.shuffle(came)
        moment = BEGIN + timedelta(days=number)
        lines = [
            {"received_at": f"{moment + timedelta(minutes=place):%Y-%m-%dT%H:%M:%SZ}", "body": one}
            for place, one in enumerate(came)
        ]
        torn = b'{"status": "success", "signat\n' if self._happens(0.15) else b""
        (self.folder / "ipn" / f"day-{number:02}.jsonl").write_bytes(jsonl(*lines) + torn)
        for order in self.orders.values():
            self._change(order)
        if number % 11 == 7:
            self._rotate_key(number)
        if number % 9 == 4:
            self._rotate_files()
        self._export()

    def _order(self, number: int, identifier: str) -> Iterator[dict[str, Any]]:
        amount = f"{self.chance.choice((11, 25, 40, 99))}.00"
        moment = BEGIN + timedelta(days=number)
        order = {"id": identifier, "amount": amount, "state": "paid", "at": f"{moment:%Y-%m-%d %H:%M:%S}"}
        fate = self.chance.choices(
            ("paid", "late", "lost", "under", "other", "forged", "twice", "unexported", "open", "conflict"),
            (50, 10, 6, 8, 4, 7, 4, 4, 3, 4),
        )[0]
        self.counts[fate] += 1
        if fate != "unexported":
            self.orders[identifier] = order
        if fate == "open":
            order["state"] = "pending"
            return
        if fate == "lost":
            return
        posted = {"under": "5.00", "forged": amount}.get(fate, amount) + "000000"
        made = self._ipn(identifier, posted, **({"data_currency": "EUR"} if fate == "other" else {}))
        if fate == "forged":
            made["signature"] = "0" * 64
        if fate == "late":
            self.late.append(made)
            return
        yield made
        if fate == "twice":
            yield made
        if fate == "conflict":
            self.late.append(self._ipn(identifier, posted, trx=f"OTHER{identifier}"))

    def _ipn(self, identifier: str, amount: str, trx: str | None = None, **changes: Any) -> dict[str, Any]:
        return ipn(identifier, amount, trx, signature=signature(amount, identifier, self.secret), **changes)

    def _abuse(self) -> Iterator[dict[str, Any]]:
        """Forgeries of orders that are there, and notifications that come again."""
        if self.orders and self._happens(0.2):
            made = self._ipn(self.chance.choice([*self.orders]), "1.00000000")
            made["signature"] = f"{self.chance.getrandbits(256):064X}"
            self.counts["abused"] += 1
            yield made

    def _change(self, order: dict[str, Any]) -> None:
        if self._happens(0.01):
            order["state"] = self.chance.choice(("refunded", "cancelled"))
            self.counts[order["state"]] += 1
        elif self._happens(0.01):
            self.refunds.append((order["id"], self.chance.choice(("-1.00", f"-{order['amount']}"))))
            self.counts["refund rows"] += 1

    def _rotate_key(self, number: int) -> None:
        self.secret = f"secret of day {number}"
        self.secrets.append(self.secret)
        self.counts["keys rotated"] += 1
        self._write_keys()

    def _write_keys(self) -> None:
        texts = [
            f'[[keys]]\nid = "{place}"\nmode = "live"\nsecret = "{one}"\n' for place, one in enumerate(self.secrets)
        ]
        (self.folder / "keys.toml").write_text("\n".join(texts))

    def _rotate_files(self) -> None:
        """The files of before become one that is compressed, as log rotation and new exports make them."""
        files = sorted((self.folder / "ipn").glob("day-*.jsonl"))[:-1]
        (self.folder / "ipn" / f"until-{files[-1].stem}.jsonl.gz").write_bytes(
            gzip.compress(b"".join(file.read_bytes() for file in files), mtime=0)
        )
        for file in files:
            file.unlink()
        self.counts["files rotated"] += 1

    def _export(self) -> None:
        rows = [[one["id"], one["amount"], "USD", one["state"], one["at"]] for one in self.orders.values()]
        rows += [[identifier, amount, "USD", "refunded", ""] for identifier, amount in self.refunds]
        if self._happens(0.3):
            # An export that was made again and put behind the first.
            rows += rows[: len(rows) // 2]
            self.counts["exported twice"] += 1
        with (self.folder / "orders.csv").open("w", newline="") as file:
            csv.writer(file).writerows([["order_id", "total", "currency", "status", "date"], *rows])

    def _happens(self, share: float) -> bool:
        return self.chance.random() < share


class Proof:
    """The closes of a shop, held against full audits.

    Args:
        folder: An empty one.
        seed: What comes, and what is decided.
        at_every_step: Whether each day's close is killed at every step.

    Attributes:
        failed: A sentence for each thing that was not as it must be.
        figures: How often what happened.
    """

    def __init__(self, folder: Path, seed: int, *, at_every_step: bool = False) -> None:
        self.shop = Shop(folder, seed)
        self._at_every_step = at_every_step
        self.failed: list[str] = []
        self.figures: Counter[str] = Counter()
        self._folder = folder
        self._chance = random.Random(seed + 1)
        self._made_on: dict[int, tuple[str, Any]] = {}
        self._lines = 0

    def day(self, number: int) -> None:
        """A day of the shop: what comes, closes that are killed, one that is not, and decisions."""
        self.shop.day(number)
        for step in self._steps(number):
            self._kill(step, number)
        found = cr.Project(self._folder).close()
        self.figures["closes"] += 1
        self.figures["sources not read again"] += found.facts.get("reused_sources", 0)
        full = cr.audit(
            self._folder / "ipn",
            self._folder / "orders.csv",
            self._folder / "keys.toml",
            self._folder / "full",
            decisions=self._folder / "decisions.jsonl",
        )
        for name in TABLES:
            files = [self._folder / place / f"{name}.parquet" for place in ("reports/report", "full")]
            if files[0].read_bytes() != files[1].read_bytes():
                self.failed.append(f"day {number}: {name} of the close is not that of the full audit")
        self._judge(number, full)
        self._decide(number, full)

    def _steps(self, number: int) -> list[str]:
        if not self._at_every_step:
            return [[*STEPS][number % len(STEPS)]]
        # What is the first report is exchanged for none.
        left_out = LATE_STEPS if number else (*LATE_STEPS, "before the exchange")
        return [*(step for step in STEPS if step not in left_out), LATE_STEPS[number % len(LATE_STEPS)]]

    def _kill(self, step: str, number: int) -> None:
        owner, name, is_after = STEPS[step]
        before = _manifest(self._folder)

        def fatal(*given: Any, **named: Any) -> Any:
            if is_after:
                original(*given, **named)
            os._exit(KILLED)

        original = getattr(owner, name)

        def work() -> int:
            with patch.object(owner, name, fatal):
                cr.Project(self._folder).close()
            return 0

        code = in_child(work)
        self.figures["closes killed"] += code == KILLED
        self.figures[f"closes killed {step}"] += code == KILLED
        if code != KILLED:
            self.failed.append(f"day {number}: killed {step} ends with {code}")
        is_new = _manifest(self._folder) != before
        if code == KILLED and is_new != (step in LATE_STEPS):
            self.failed.append(f"day {number}: killed {step}, the report is {'another' if is_new else 'the same'}")

    def _judge(self, number: int, full: cr.Reconciliation) -> None:
        """Whether the decisions are worth what they must be, and the exit code is what they make it."""
        seen = _seen(full)
        last = {subject: line for line, (subject, _) in self._made_on.items()}
        rows = full.table("decisions").to_pylist()
        stands = set()
        for row in rows:
            subject, made_on = self._made_on[row["line"]]
            expected = "stands"
            if last[subject] != row["line"]:
                expected = "superseded"
            elif row["decision"] == "withdrawn":
                expected = "withdrawn"
            elif subject not in seen:
                expected = "settled"
            elif seen[subject] != made_on:
                expected = "void"
            self.figures[f"decisions {expected}, days"] += 1
            stands |= {subject} if expected == "stands" else set()
            if row["standing"] != expected:
                self.failed.append(f"day {number}: {subject} is {row['standing']}, and must be {expected}")
            if (row["standing"] == "void") != (row["changed"] is not None):
                self.failed.append(f"day {number}: {subject} does not say what changed")
        if len(rows) != self._lines:
            self.failed.append(f"day {number}: {len(rows)} decisions of {self._lines}")
        listed = {_subject(row): row["decision"] is not None for row in full.table("worklist").to_pylist()}
        if listed != {subject: subject in stands for subject in seen}:
            self.failed.append(f"day {number}: the worklist shows other rows as decided")
        if full.is_exceptional != (not all(listed.values())):
            self.failed.append(f"day {number}: {full.is_exceptional=}")

    def _decide(self, number: int, full: cr.Reconciliation) -> None:
        """Decides some of what is open, takes some back, by a sheet; now and then a process dies while it adds."""
        sheet = self._folder / "sheet.csv"
        decide_to(self._folder / "reports" / "report", sheet)
        rows = list(csv.DictReader(sheet.read_text(encoding="utf-8-sig").splitlines()))
        shown = full.table("worklist").to_pylist()
        seen = _seen(full)
        chosen: list[dict[str, str]] = []
        for row, told in zip(rows, shown, strict=True):
            is_open = not row["decision"]
            if self._chance.random() < (0.4 if is_open else 0.03):
                row |= {"decision": self._chance.choice(ACTS) if is_open else "withdrawn", "by": "Awa"}
                row |= {"identifier": "", "since": "", "at": "2026-02-01"}
                chosen.append(row)
                self._lines += 1
                self._made_on[self._line(len(chosen))] = (_subject(told), seen[_subject(told)])
        if not chosen:
            return
        with sheet.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(chosen)
        if number % 4 == 3:
            self._tear(sheet)
        taken = decide_from(self._folder / "reports" / "report", sheet, at="2026-02-01")
        self.figures["decisions"] += len(chosen)
        if taken.added + taken.known != len(chosen):
            self.failed.append(f"day {number}: {taken} of {len(chosen)} decisions")
        if number % 10 == 9:
            self._refuse(sheet, number)

    def _line(self, place: int) -> int:
        """The line of the file at which the next decisions stand."""
        file = self._folder / "decisions.jsonl"
        return (file.read_bytes().count(b"\n") if file.exists() else 0) + place

    def _tear(self, sheet: Path) -> None:
        """A process dies within its lines: that is told, a person takes the half line out, and the sheet again."""
        file = self._folder / "decisions.jsonl"
        before = file.read_bytes() if file.exists() else b""

        def fatal(descriptor: int, octets: bytes) -> None:
            io.FileIO(descriptor, "ab", closefd=False).write(octets[: len(octets.split(b"\n")[0]) // 2])
            os._exit(KILLED)

        def work() -> int:
            with patch.object(os, "write", fatal):
                decide_from(self._folder / "reports" / "report", sheet, at="2026-02-01")
            return 0

        self.figures["decisions killed"] += in_child(work) == KILLED
        if len(keeping.read_decisions(file).flaws) != 1 or not file.read_bytes().startswith(before):
            self.failed.append("a decision that was cut off is not told")
        file.write_bytes(before)

    def _refuse(self, sheet: Path, number: int) -> None:
        """A sheet of before a change is refused: the keys of its rows are of other evidence."""
        text = sheet.read_text()
        key = text.splitlines()[1].split(",")[0]
        sheet.write_text(text.replace(key, key[:-4] + "0000"))
        try:
            decide_from(self._folder / "reports" / "report", sheet, at="2026-02-01")
        except InputError:
            self.figures["old sheets refused"] += 1
        else:
            self.failed.append(f"day {number}: an old sheet is taken")


def proven(
    folder: Path,
    *,
    days: int,
    seed: int,
    at_every_step: bool = False,
    told: Callable[[int, Proof], None] = lambda *_: None,
) -> Proof:
    """The proof after so many days."""
    proof = Proof(folder, seed, at_every_step=at_every_step)
    for number in range(days):
        proof.day(number)
        told(number, proof)
    return proof


def _manifest(folder: Path) -> bytes | None:
    file = folder / "reports" / "report" / "manifest.json"
    return file.read_bytes() if file.exists() else None


def _subject(row: dict[str, Any]) -> str:
    if row["identifier"] is not None:
        return f"= {row['identifier']}"
    return f"{row['outcome']} {row['source']}" if row["outcome"] == "unreadable" else str(row["outcome"])


_POSTED: Final = ("identifier", "status", "signature", "currency", "payment_trx", "payment_type", "amount", "verdict")


def _seen(full: cr.Reconciliation) -> dict[str, Any]:
    """What each row of the worklist is decided on, told a second way: from the frames, in plain Python."""
    notifications = full.table("notifications").to_pylist()
    results = {row["identifier"]: row for row in full.table("results").to_pylist()}
    exceptional = set(full.exceptions["identifier"])
    refunds = [row for row in full.refunds.to_dict("records") if isinstance(row["problem"], str)]
    given_back = {row["identifier"]: (row["problem"], f"{row['refunded']}") for row in refunds}

    def posted(is_meant: Callable[[dict[str, Any]], bool]) -> frozenset[Any]:
        some = (one for one in notifications if one["verdict"] != "duplicate" and is_meant(one))
        return frozenset((*(one[name] for name in _POSTED), *(one["findings"] or ())) for one in some)

    seen: dict[str, Any] = {}
    for row in full.table("worklist").to_pylist():
        name, outcome, source = row["identifier"], row["outcome"], row["source"]
        if name is not None:
            told = {key: results[name][key] for key in _DECISIVE}
            told["reasons"] = sorted({*told["reasons"]} - {"replayed", "state_changed"})
            told["payment_trx"] = sorted(told["payment_trx"])
            told["given_back"] = given_back.get(name)
            seen[_subject(row)] = (told, posted(lambda one, name=name: one["identifier"] == name))  # type: ignore[misc]
        elif outcome == "unreadable":
            torn = Counter(
                (one["unreadable"], one["raw"])
                for one in notifications
                if one["unreadable"] and one["source"] == source
            )
            seen[_subject(row)] = torn
        else:
            seen[_subject(row)] = posted(
                lambda one, outcome=outcome: one["verdict"] == outcome and one["identifier"] not in exceptional  # type: ignore[misc]
            )
    return seen


_DECISIVE: Final = (
    *("outcome", "reasons", "match_rule", "order_amount", "order_currency", "order_state", "payments"),
    *("paid_amount", "paid_currency", "payment_trx", "suggested_identifier", "ledger"),
)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A shop that closes every day, held against full audits.")
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every-step", action="store_true")
    chosen = parser.parse_args()
    began = time.perf_counter()

    def say(number: int, proof: Proof) -> None:
        killed = proof.figures["closes killed"]
        taken_s = time.perf_counter() - began
        print(f"day {number + 1}: {killed} closes killed, {len(proof.failed)} failed, {taken_s:.0f} s", flush=True)

    with tempfile.TemporaryDirectory(prefix="shop_of_days_") as scratch:
        proof = proven(Path(scratch), days=chosen.days, seed=chosen.seed, at_every_step=chosen.every_step, told=say)
    for name, count in sorted({**proof.shop.counts, **proof.figures}.items()):
        print(f"{count:>8,}  {name}")
    for failure in proof.failed[:20]:
        print(failure)
    sys.exit(bool(proof.failed))
