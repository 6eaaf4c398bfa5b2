"""What is done to a process as a whole: how much memory it may use, and what it may never say."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote
from zipfile import ZipFile

import pyarrow.parquet as pq

from tests.reliability.shop import Figure, Shop

_LIMITED = (
    "import os, resource, sys; resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) << 20,) * 2); "
    "os.execv(sys.executable, [sys.executable, '-m', 'corena_recon', *sys.argv[2:]])"
)
_LIMITS_MIB = (400, 800, 1500)
_SPILLED_ROWS = 120_000
_LOOK_S = 0.02
CANARY = "sk_l1ve/Canary+2026?N0b0dy&MayRead=This"


def memory(scratch: Path, count: int) -> Figure:
    """An audit of 20,000 notifications in a process of 400, 800 and 1,500 MiB of addresses."""
    shop = Shop(scratch / "shop", (20_000,))
    failed = []
    for number in range(count):
        limit = _LIMITS_MIB[number % len(_LIMITS_MIB)]
        command = [sys.executable, "-c", _LIMITED, str(limit), *shop.command(shop.archives[0])]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode not in (1, 2) or (run.returncode == 2 and run.stderr.count("\n") != 1):
            failed.append(f"{limit} MiB: exit code {run.returncode}: {run.stderr[-200:]}")
        if (run.returncode == 1) != (shop.report / "manifest.json").exists():
            failed.append(f"{limit} MiB: exit code {run.returncode}, and the report says otherwise")
        if run.returncode == 1:
            for path in shop.report.iterdir():
                path.unlink()
            shop.report.rmdir()
    return Figure(count, failed)


def encodings(secret: str) -> dict[str, bytes]:
    """The secret in ways in which programs write text."""
    octets = secret.encode()
    return {
        "as it is": octets,
        "backwards": octets[::-1],
        "hexadecimal": octets.hex().encode(),
        "HEXADECIMAL": octets.hex().upper().encode(),
        # Without what depends on the bytes before and behind it.
        "base64": base64.b64encode(octets)[: len(octets) // 3 * 4],
        "in a URL": quote(secret, safe="").encode(),
        "UTF-16-LE": secret.encode("utf-16-le"),
        "UTF-16-BE": secret.encode("utf-16-be"),
    }


def canaries(scratch: Path, count: int) -> Figure:
    """Commands, right and wrong: a secret is looked for in all that they say, write and remove, in eight encodings."""
    shop = Shop(scratch / "shop", (3, 20_000))
    keys, made, removed = (scratch / "shop" / name for name in ("keys.toml", "made", "removed"))
    made.mkdir()
    removed.mkdir()
    right = f"[[keys]]\nid = 'live'\nmode = 'live'\nsecret = '{CANARY}'\n"
    rings = {
        "right": right,
        "as a variable": right.replace("secret =", "secret_env ="),
        "as a file": right.replace("secret =", "secret_file ="),
        "as a mode": right.replace("mode = 'live'", f"mode = '{CANARY}'"),
        "as a merchant's field": right.replace("secret =", "secrte ="),
        "twice": right * 2,
        "no TOML": right[:-2],
    }
    audit = shop.command(shop.archives[0])
    commands = {
        "audit": audit,
        "made": [
            *("report", str(shop.report), "--keys", str(keys), "--html", str(made / "page.html")),
            *("--xlsx", str(made / "book.xlsx"), "--csv", str(made / "sheet.csv")),
        ],
        "on disk": [*shop.command(shop.archives[1]), "--memory", "1"],
        "masked": ["report", str(shop.report), "--mask", "--out", str(made / "masked")],
        "json": [*audit, "--json", "--keep-raw"],
        "explain": ["explain", str(shop.report), "A0", "--keys", str(keys)],
        "public key": [*audit, "--public-key", CANARY],
        "keys": [*audit[:-4], "--keys", CANARY],
        "flag": [*audit, f"--{CANARY}"],
        "mode": [*audit, "--mode", CANARY],
        "archive": ["verify", str(shop.archives[0])],
    }
    failed = []
    times = 0
    for ring, text in rings.items():
        keys.write_text(text)
        for name, command in commands.items():
            if times >= count:
                break
            times += 1
            environment = {"CORENA_SECRET_KEY": CANARY, "CORENA_RECON_TRACEBACK": "1", "PYTHONPATH": ":".join(sys.path)}
            program = [sys.executable, "-c", _REMOVING_NOTHING, str(removed)]
            run = subprocess.run([*program, *command], capture_output=True, check=False, env=environment)
            heard = run.stdout + run.stderr + b"".join(map(_written, (shop.report, made, removed)))
            if (
                ring == "right"
                and name in ("made", "on disk")
                and not any((made, removed)[name == "on disk"].iterdir())
            ):
                failed.append(f"{name}: nothing was written: {run.stderr[-200:]!r}")
            failed += [f"{name}, ring {ring}: {way}" for way, octets in encodings(CANARY).items() if octets in heard]
    return Figure(times, failed)


def spilled(scratch: Path, count: int) -> Figure:
    """Audits that outgrow the engine's memory: a secret is looked for in what DuckDB spills, while it is on disk."""
    shop, temporary = Shop(scratch / "shop", (_SPILLED_ROWS,)), scratch / "temporary"
    temporary.mkdir()
    (scratch / "shop" / "keys.toml").write_text(f"[[keys]]\nid = 'live'\nmode = 'live'\nsecret = '{CANARY}'\n")
    environment = {"CORENA_SECRET_KEY": CANARY, "PYTHONPATH": ":".join(sys.path), "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "corena_recon", *shop.command(shop.archives[0]), "--memory", "1"]
    failed = []
    for _ in range(count):
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        has_spilled = False
        while run.poll() is None:
            # A walk goes on where a folder has been removed meanwhile.
            for path in [Path(folder, name) for folder, _, names in os.walk(temporary) for name in names]:
                if path.name.startswith("duckdb_temp"):
                    octets = _read_if_there(path)
                    has_spilled |= b"A1199" in octets
                    failed += [f"{path.name}: {way}" for way, secret in encodings(CANARY).items() if secret in octets]
            time.sleep(_LOOK_S)
        # So little memory may be too little: it is said so then, after some was spilled.
        if run.returncode not in (1, 2) or not has_spilled:
            failed.append(f"exit code {run.returncode}, and {'some' if has_spilled else 'nothing'} was spilled")
    return Figure(count, failed)


def _read_if_there(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""


_REMOVING_NOTHING = """
import os, shutil, sys
from itertools import count
kept, numbers, remove, remove_all = sys.argv.pop(1), count(), os.unlink, shutil.rmtree

def copied(path):
    if os.path.exists(path):
        (shutil.copytree if os.path.isdir(path) else shutil.copyfile)(path, f"{kept}/{os.getpid()}-{next(numbers)}")

def unlink(path, *, dir_fd=None):
    if dir_fd is None:
        copied(path)
    return remove(path, dir_fd=dir_fd)

def rmtree(path, *arguments, **options):
    copied(path)
    return remove_all(path, *arguments, **options)

os.unlink, shutil.rmtree = unlink, rmtree
from corena_recon.__main__ import run
run()
"""
"""The program, which keeps a copy of every file that it removes."""


def _written(folder: Path) -> bytes:
    """All that a folder holds, as it is stored and as it is read."""
    octets = b""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        octets += path.read_bytes()
        if path.suffix == ".xlsx":
            with ZipFile(path) as book:
                octets += b"".join(map(book.read, book.namelist()))
        if path.suffix == ".parquet":
            octets += repr(pq.read_table(path).to_pylist()).encode("utf-8", "backslashreplace")
    return octets
