"""ARCHITECTURE.md is the tree's own description: its table of rooms is made of their first docstring lines.

    python -m tests.test_architecture

prints the table as it must be.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.places import ROOT

PACKAGE = ROOT / "corena_recon"
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def layers() -> list[list[str]]:
    """The layers of the import contract, from the top; each is the names on one level."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [contract] = [one for one in project["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]
    return [layer.split(" | ") for layer in contract["layers"]]


def file_of(name: str) -> Path:
    room = PACKAGE / name / "__init__.py"
    return room if room.exists() else PACKAGE / f"{name}.py"


def rooms_within(name: str) -> Iterator[str]:
    """The room, and the rooms in it, however deep."""
    yield name
    for path in sorted((PACKAGE / name).glob("**/__init__.py")):
        if path.parent != PACKAGE / name and "__pycache__" not in path.parts:
            yield path.parent.relative_to(PACKAGE).as_posix()


def first_line(name: str) -> str:
    docstring = ast.get_docstring(ast.parse(file_of(name).read_text(encoding="utf-8")))
    assert docstring, name
    return docstring.splitlines()[0].rstrip(".:")


def table() -> str:
    rows = ["| level | room | what it is |", "|--:|---|---|"]
    for level, layer in enumerate(reversed(layers()), 1):
        for name in (inner for outer in layer for inner in rooms_within(outer)):
            shown = f"{name}/" if (PACKAGE / name).is_dir() else f"{name}.py"
            rows.append(f"| {level} | `{shown}` | {first_line(name).replace('|', '/')} |")
    return "\n".join(rows)


def test_the_table_of_rooms_is_what_the_rooms_say_of_themselves() -> None:
    assert table() in PAGE


def test_every_room_and_module_has_a_place() -> None:
    listed = {name for layer in layers() for name in layer}
    entries = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert listed == entries - {"__init__"}


def test_what_the_page_names_is_there() -> None:
    for path in re.findall(r"`((?:corena_recon|tests|docs)/[a-z_/]+(?:\.py)?)`", PAGE):
        assert (ROOT / path).exists(), path
    vocabulary = (PACKAGE / "vocabulary.py").read_text(encoding="utf-8")
    rules = (PACKAGE / "judgement" / "rules.py").read_text(encoding="utf-8")
    for name in re.findall(r"`([A-Z_]{4,})`", PAGE):
        assert re.search(rf"^{name}\b", vocabulary + rules, re.MULTILINE), name


if __name__ == "__main__":
    print(table())
