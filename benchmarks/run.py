"""Everything side by side, each way in a process of its own; prints one table and writes RESULTS.md.

    python benchmarks/run.py [--rows N] [--form jsonl|form] [--only NAME]... [--python NAME=INTERPRETER]...

The data are made once and kept in ``benchmarks/data``. Every way's counts are checked against what was planted.
A way whose packages want versions of their own (datacompy does) can run under another interpreter.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
ARCHIVES = {"jsonl": "ipns.jsonl", "form": "ipns.txt"}
QUICK_TURNS = 3
MICRO_BENCHMARKS = ("bench_hmac.py", "bench_marks.py", "bench_forms.py")
"""Scripts of one stage each; run where they exist, their output is shown below the table."""


@dataclass(frozen=True)
class Way:
    """One way of doing the job.

    Attributes:
        name: As ``--only`` and ``--python`` know it.
        label: As the table shows it.
        arguments: Of the interpreter; ``{folder}``, ``{form}``, ``{archive}`` and ``{out}`` are filled in.
        packages: Whose versions count.
        exit_codes: That mean success; an audit that finds something exits with 1.
        turns: How often it is run, the other ways in between; the fastest run counts.
    """

    name: str
    label: str
    arguments: tuple[str, ...]
    packages: tuple[str, ...]
    exit_codes: tuple[int, ...] = (0,)
    turns: int = 1


@dataclass
class Measured:
    """What one run took; ``problem`` says why there is no result."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_bytes: int = 0
    answer: dict = field(default_factory=dict)
    problem: str = ""


def by_hand(name: str, label: str, packages: tuple[str, ...], *flags: str, turns: int = 1) -> Way:
    script = name.removesuffix("-plain")
    arguments = (
        str(HERE / f"by_hand_{script}.py"),
        "{folder}",
        "--form",
        "{form}",
        "--out",
        "{out}.parquet",
        *flags,
    )
    return Way(name, label, arguments, packages, turns=turns)


def datacompy(engine: str) -> Way:
    arguments = (str(HERE / "datacompy_match.py"), "{folder}", "--engine", engine)
    return Way(f"datacompy-{engine}", f"datacompy on {engine}, matching alone", arguments, ("datacompy", engine))


def by_us(name: str, label: str, *options: str) -> Way:
    arguments = (
        "-m",
        "corena_recon",
        "reconcile",
        "{archive}",
        "--orders",
        "{folder}/orders.csv",
        "--keys",
        "{folder}/keys.toml",
        "--out",
        "{out}",
        "--json",
        *options,
    )
    return Way(name, label, arguments, ("corena-recon", "duckdb", "pyarrow"), (0, 1), QUICK_TURNS)


LARGE_ROWS = 10_000_000
OURS_LARGE = by_us("ours-large", f"corena-recon, {LARGE_ROWS:,} orders")
WAYS = (
    by_us("ours", "corena-recon"),
    by_hand("duckdb", "DuckDB SQL by hand", ("duckdb",), turns=QUICK_TURNS),
    Way(
        "duckdb-full",
        "DuckDB SQL by hand, with the same findings and outcomes",
        (str(HERE / "by_hand_duckdb_full.py"), "{folder}", "--form", "{form}", "--out", "{out}"),
        ("duckdb",),
        turns=QUICK_TURNS,
    ),
    by_hand("polars", "Polars + polars-hash by hand", ("polars", "polars-hash"), turns=QUICK_TURNS),
    by_hand("pandas", "pandas by hand, object columns", ("pandas",)),
    by_hand("pandas-plain", "pandas by hand, as most write it", ("pandas",), "--plain"),
    datacompy("polars"),
    datacompy("pandas"),
)


def measure(way: Way, interpreter: str, folder: Path, form: str) -> Measured:
    with tempfile.TemporaryDirectory(prefix="benchmark_") as scratch:
        names = {
            "folder": str(folder),
            "form": form,
            "archive": str(folder / ARCHIVES[form]),
            "out": str(Path(scratch) / "out"),
        }
        command = [interpreter, *(argument.format_map(names) for argument in way.arguments)]
        stdout, stderr = Path(scratch) / "stdout", Path(scratch) / "stderr"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what pip installs is compiled
        started = time.perf_counter()
        with stdout.open("wb") as out, stderr.open("wb") as err:
            process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
            _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        lines = stdout.read_text().strip().splitlines()
        if process.returncode not in way.exit_codes or not lines:
            said = stderr.read_text(errors="replace").strip().splitlines() or ["no output"]
            return Measured(problem=f"exit code {process.returncode}: {said[-1]}")
        unit = 1 if sys.platform == "darwin" else 1024
        cpu_s = usage.ru_utime + usage.ru_stime
        return Measured(wall_s, cpu_s, usage.ru_maxrss * unit, json.loads("\n".join(lines)))


def wrong_counts(way: Way, answer: dict, planted: dict) -> str:
    """What differs from what was planted, or nothing."""
    if way.name.startswith("ours") or way.name == "duckdb-full":
        wanted = {"verdicts": planted["verdicts"], "outcomes": planted["outcomes"]}
    elif way.name.startswith("datacompy"):
        kinds = planted["planted"]
        wanted = {
            "categories": {
                "amount_differs": kinds["underpaid"] + kinds["overpaid"] + kinds["tampered_amount"],
                "no_order": kinds["orphan_payment"] + kinds["exact_replay"],
                "no_notification": kinds["missing_payment"],
            }
        }
    else:
        wanted = {"categories": planted["categories"]}
    found = {name: {word: n for word, n in answer.get(name, {}).items() if n} for name in wanted}
    return "" if found == wanted else f"counted {found}, planted {wanted}"


def versions_of(way: Way, interpreter: str) -> str:
    code = (
        "import importlib.metadata as m, sys\n"
        "for name in sys.argv[1:]:\n"
        "    try: print(name, m.version(name))\n"
        "    except m.PackageNotFoundError: pass"
    )
    said = subprocess.run([interpreter, "-c", code, *way.packages], capture_output=True, text=True, check=False)
    return ", ".join(said.stdout.split("\n")[:-1])


def table_of(measured: dict[str, Measured], ours: Measured | None, records: int, versions: dict[str, str]) -> str:
    lines = [
        "| way | wall s | CPU s | records/s | time as a multiple of ours | peak MB | versions |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for way in WAYS:
        taken = measured.get(way.name)
        if taken is None:
            continue
        if taken.problem:
            lines.append(f"| {way.label} | no result | | | | | {versions[way.name]} |")
            continue
        matching = taken.answer.get("seconds", {}).get("match")
        wall_s = matching or taken.wall_s
        own = ours and (ours.answer["seconds"]["reconcile"] if matching else ours.wall_s)
        ratio = f"{wall_s / own:.1f}" if own else ""
        cpu = "" if matching else f"{taken.cpu_s:.2f}"
        lines.append(
            f"| {way.label} | {wall_s:.2f} | {cpu} | {records / wall_s:,.0f} | {ratio} "
            f"| {taken.peak_bytes / 1e6:,.0f} | {versions[way.name]} |"
        )
    return "\n".join(lines)


def stages_of(ours: Measured | None) -> str:
    if ours is None:
        return ""
    stages = ", ".join(f"{name} {taken_s:.2f} s" for name, taken_s in ours.answer["seconds"].items())
    return f"\n\nOur stages: {stages}."


def machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = named[0].partition(":")[2].strip() if named else model
    return f"{model}, {cores} cores, {platform.system()}, Python {platform.python_version()}"


def micro_benchmarks() -> str:
    sections = []
    for name in MICRO_BENCHMARKS:
        if (HERE / name).exists():
            print(f"{name} ...", file=sys.stderr)
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            said = subprocess.run(
                [sys.executable, str(HERE / name)],
                capture_output=True,
                text=True,
                check=False,
                env=environment,
            )
            sections.append(f"\n\n## {name}\n\n```\n{said.stdout.strip() or 'no result'}\n```")
    return "".join(sections)


def import_times() -> str:
    """How long a fresh interpreter takes to import us, and the packages we stand on; the best of several turns."""
    programs = {
        "import corena_recon": ["-c", "import corena_recon"],
        "import pandas, pyarrow, duckdb": ["-c", "import pandas, pyarrow, duckdb"],
        "corena-recon --help": ["-m", "corena_recon", "--help"],
    }
    best = dict.fromkeys(programs, float("inf"))
    for _ in range(5):
        for name, arguments in programs.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
            best[name] = min(best[name], time.perf_counter() - started)
    rows = "".join(f"\n| {name} | {taken_s:.3f} |" for name, taken_s in best.items())
    return f"\n\n## Import and start\n\n| program | wall s |\n|---|--:|{rows}"


def large_audit(ours: Measured | None, rows: int) -> str:
    """Our time and memory at ten million orders, and the time as a multiple of that for fewer rows."""
    folder = data_folder(LARGE_ROWS)
    planted = json.loads((folder / "planted.json").read_text())
    print(f"jsonl: {OURS_LARGE.label} ...", file=sys.stderr)
    taken = measure(OURS_LARGE, sys.executable, folder, "jsonl")
    problem = taken.problem or wrong_counts(OURS_LARGE, taken.answer, planted)
    records = planted["records"]
    said = problem or (
        f"{records:,} notifications: {taken.wall_s:.1f} s, {records / taken.wall_s:,.0f} records/s, "
        f"peak memory {taken.peak_bytes / 1e6:,.0f} MB."
    )
    if ours and not problem:
        said += f" The time is {taken.wall_s / ours.wall_s:.1f} times that for {rows:,} orders."
    return f"\n\n## {OURS_LARGE.label}\n\n{said}{stages_of(None if problem else taken)}"


def data_folder(rows: int) -> Path:
    folder = HERE / "data" / str(rows)
    if not (folder / "planted.json").exists():
        print(f"making {rows:,} orders ...", file=sys.stderr)
        command = [sys.executable, str(HERE / "generate.py"), str(folder), "--rows", str(rows)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=sys.stderr)
    return folder


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run every way of the job side by side.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--form", choices=tuple(ARCHIVES), action="append", help="default: both")
    parser.add_argument("--only", action="append", choices=[way.name for way in WAYS])
    parser.add_argument("--python", action="append", default=[], metavar="NAME=INTERPRETER")
    parser.add_argument("--results", type=Path, help="default: RESULTS.md here, unless --only is given")
    return parser.parse_args(arguments)


def main() -> int:
    options = options_of()
    interpreters = dict(pair.split("=", 1) for pair in options.python)
    ways = [way for way in WAYS if not options.only or way.name in options.only]
    versions = {way.name: versions_of(way, interpreters.get(way.name, sys.executable)) for way in ways}
    folder = data_folder(options.rows)
    planted = json.loads((folder / "planted.json").read_text())
    failed = False
    report = f"# Benchmarks\n\n{options.rows:,} orders, {planted['records']:,} notifications. {machine()}."
    report += f" The fastest of {QUICK_TURNS} runs in turn where a way takes seconds."
    by_form = {}
    for form in options.form or list(ARCHIVES):
        measured: dict[str, Measured] = {}
        for turn, way in ((turn, way) for turn in range(QUICK_TURNS) for way in ways if turn < way.turns):
            print(f"{form}: {way.label}, run {turn + 1} ...", file=sys.stderr)
            taken = measure(way, interpreters.get(way.name, sys.executable), folder, form)
            taken.problem = taken.problem or wrong_counts(way, taken.answer, planted)
            if taken.problem:
                failed = True
                print(f"  no result: {taken.problem}", file=sys.stderr)
            earlier = measured.get(way.name)
            if earlier is None or taken.problem or (not earlier.problem and taken.wall_s < earlier.wall_s):
                measured[way.name] = taken
        ours = measured.get("ours")
        ours = by_form[form] = ours if ours and not ours.problem else None
        size = (folder / ARCHIVES[form]).stat().st_size / 1e6
        table = table_of(measured, ours, planted["records"], versions)
        report += f"\n\n## {ARCHIVES[form]}, {size:,.0f} MB\n\n{table}{stages_of(ours)}"
    if not options.only:
        report += large_audit(by_form.get("jsonl"), options.rows) + import_times() + micro_benchmarks()
    print(report)
    target = options.results or (None if options.only else HERE / "RESULTS.md")
    if target:
        target.write_text(report + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
