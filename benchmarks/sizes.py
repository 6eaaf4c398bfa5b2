"""How large what people get of an audit is, how long it takes to write, and how a page behaves in a browser.

    python benchmarks/sizes.py --rows 1000 100000 1000000

prints a table for each number of orders: seconds and CPU seconds of the audit and of every display, and bytes; then,
where there are Chromium and playwright, how long the page takes until it can be searched, to search, and to compute
every signature that it holds, each from a file and without a network.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
import tomllib
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any

from generate import generate

import corena_recon as cr
from corena_recon.report import Look, report_text

SEED = 20260101
SEARCH = """async () => {
    const began = performance.now();
    const field = document.getElementById('search');
    field.value = 'CMD-00000';
    field.dispatchEvent(new Event('input'));
    document.body.offsetHeight;
    return [performance.now() - began, document.getElementById('shown').textContent];
}"""
READY = "() => [performance.getEntriesByType('navigation')[0].loadEventEnd, document.querySelectorAll('*').length]"
WAIT_MS = 120_000


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what people get of an audit.")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--folder", type=Path, help="where to write, and to leave what is written")
    parser.add_argument("--without", nargs="+", default=[], help="displays that are left out, such as workbook")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for rows in options.rows:
            folder = (options.folder or Path(name)) / str(rows)
            if not (folder / "keys.toml").exists():
                generate(folder, rows, SEED, 1)
            print(f"\n{rows:,} orders\n", flush=True)
            for line in told(folder, options.without):
                print(line, flush=True)


def told(folder: Path, without: Container[str]) -> Iterator[str]:
    """The lines of one table."""
    yield "| what | s | CPU s | bytes |"
    yield "|---|--:|--:|--:|"
    report = folder / "report"
    keys = cr.KeyRing.from_toml(folder / "keys.toml")

    def audit() -> cr.Reconciliation:
        return cr.audit(folder / "ipns.jsonl", folder / "orders.csv", keys, report)

    spent, found = timed(audit)
    yield line("report folder", spent, sum(each.stat().st_size for each in report.iterdir()))
    ways: dict[str, Callable[[], Any]] = {
        "terminal": lambda: report_text(found.summary, found.dearest(10), Look("en"), str(report)),
        "card": found._repr_html_,
        "CSV": lambda: found.to_csv(folder / "worklist.csv"),
        "page": lambda: found.to_html(report / "report.html"),
        "workbook": lambda: found.to_excel(folder / "report.xlsx"),
        "by day": lambda: found.to_parquet(folder / "warehouse", partition="day"),
    }
    for name, make in ways.items():
        if name in without:
            continue
        spent, made = timed(make)
        yield line(name, spent, len(made.encode()) if isinstance(made, str) else size_of(made))
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - what is above needs none
    except ImportError:
        return
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        yield from in_browser(browser, report / "report.html", secret_in(folder / "keys.toml"))
        browser.close()


def in_browser(browser: Any, page_file: Path, secret: str) -> Iterator[str]:
    context = browser.new_context()
    context.set_offline(True)
    page = context.new_page()
    began = time.perf_counter()
    page.goto(page_file.resolve().as_uri(), timeout=WAIT_MS)
    page.locator("#shown").wait_for(timeout=WAIT_MS)
    opened_s = time.perf_counter() - began
    loaded_ms, elements = page.evaluate(READY)
    yield f"\nThe page is ready after {opened_s:.2f} s ({loaded_ms / 1000:.2f} s loaded), {elements:,} elements."
    searched_ms, shown = page.evaluate(SEARCH)
    yield f"A search takes {searched_ms:.0f} ms ({shown})."
    page.locator("#secrets input").first.fill(secret)
    page.locator("#compute").click()
    page.locator("#told .strong").first.wait_for(timeout=WAIT_MS)
    yield f"The proof: {page.locator('#told .strong').first.inner_text()}"
    context.close()


def timed(make: Callable[[], Any]) -> tuple[tuple[float, float], Any]:
    """Seconds and CPU seconds, and what was made."""
    began, used = time.perf_counter(), time.process_time()
    made = make()
    return (time.perf_counter() - began, time.process_time() - used), made


def line(name: str, spent: tuple[float, float], size: int) -> str:
    return f"| {name} | {spent[0]:.2f} | {spent[1]:.2f} | {size:,} |"


def size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(each.stat().st_size for each in path.rglob("*.parquet"))


def secret_in(ring: Path) -> str:
    secret: str = tomllib.loads(ring.read_text())["keys"][0]["secret"]
    return secret


if __name__ == "__main__":
    main()
