"""Prints the table by class: ``python -m tests.adversary``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import corena_recon as cr
from tests.adversary.benchmark import OPTIONS, built, by_theme, compared, table_text
from tests.adversary.keyring import ring

if __name__ == "__main__":
    archive = built()
    with tempfile.TemporaryDirectory() as name:
        archive.write(Path(name))
        lines = compared(archive.labels, cr.verify(cr.read_ipns(name), ring(), **OPTIONS), Path(name))
    print(table_text(lines), table_text(by_theme(lines)), sep="\n\n")
