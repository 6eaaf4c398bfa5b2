"""The TOML file of a key ring: its tables as what keys are made of, and where in it something is wrong."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from corena_recon.arguments import near_name
from corena_recon.errors import KeyRingError
from corena_recon.toml_lines import at_line, line_of_error, toml_lines

_WAYS: Final = ("secret_env", "secret_file", "secret")
_FACTS: Final = ("id", "mode", "merchant", "valid_from", "valid_until")
_FIELDS: Final = (*_FACTS, *_WAYS)


class RingFile:
    """The file of a key ring, read; its secrets are not yet.

    Args:
        path: The file.
        shown: How messages name it.

    Attributes:
        tables: Its ``[[keys]]``.

    Raises:
        KeyRingError: It cannot be read, or holds no such tables.
    """

    def __init__(self, path: Path, shown: str) -> None:
        self._path = path
        self._shown = f"the key ring {shown}".rstrip()
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise self._error("is not UTF-8") from None
        except (OSError, ValueError) as error:
            raise self._error(f"cannot be read: {_reason(error)}") from None
        self._lines = toml_lines(text)
        try:
            tables = tomllib.loads(text).get("keys")
        except tomllib.TOMLDecodeError as error:
            hint = "write [[keys]] tables with id, mode and secret_env"
            raise self._error("is not TOML", line_of_error(error, text), hint) from None
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self._error("has no [[keys]] tables", self._lines.get("keys"))
        self.tables: list[dict[str, Any]] = tables

    @property
    def files(self) -> tuple[Path, ...]:
        """The file and those of its secrets."""
        return (self._path, *(self._path.parent / each["secret_file"] for each in self.tables if "secret_file" in each))

    def arguments(self, place: int) -> dict[str, Any]:
        """What a key is made of.

        Raises:
            KeyRingError: The table has no such field, or not one way to a secret that is there.
        """
        table = self.tables[place]
        unknown = next((name for name in table if name not in _FIELDS), None)
        if unknown is not None:
            near = near_name(unknown, _FIELDS)
            raise KeyRingError(
                f"{_named(table)} has an unknown field{f' {unknown!r}' if near else ''}",
                hint=f"did you mean {near}?" if near else f"fields are {', '.join(_FIELDS)}",
                field=unknown,
            )
        facts = {name: table.get(name) for name in _FACTS}
        return {**facts, "mode": table.get("mode", ""), "secret": self._secret(table)}

    @contextmanager
    def telling(self, place: int | None = None) -> Iterator[None]:
        """What is wrong with a key is told with the file and the line of its field, or of its table.

        Args:
            place: Of the table; None where the error itself says which.
        """
        try:
            yield
        except KeyRingError as error:
            table = f"keys.{error.facts.get('place', place)}"
            field = error.facts.get("field")
            fields = (field, *_WAYS) if field == "secret" else (field,)
            names = (*(f"{table}.{field}" for field in fields), table, "keys")
            line = next((self._lines[name] for name in names if name in self._lines), None)
            raise KeyRingError(f"{at_line(self._shown, line)}: {error.message}", hint=error.hint) from None

    def _secret(self, table: Mapping[str, Any]) -> str | bytes:
        ways = [name for name in table if name in _WAYS]
        if len(ways) != 1 or not isinstance(table[ways[0]], str):
            raise KeyRingError(
                f"{_named(table)} needs exactly one of {', '.join(_WAYS)}, as a string",
                field=ways[-1] if ways else None,
            )
        way, value = ways[0], str(table[ways[0]])
        if way == "secret_env" and value not in os.environ:
            raise KeyRingError(
                f"{_named(table)}: the environment has no variable of the name that secret_env gives",
                hint="set it; secret_env names a variable, and is not the secret itself",
                field=way,
            )
        if way != "secret_file":
            return os.environ[value] if way == "secret_env" else value
        try:
            octets = (self._path.parent / value).read_bytes()
        except (OSError, ValueError) as error:
            what = f"{_named(table)}: its secret_file cannot be read: {_reason(error)}"
            raise KeyRingError(what, field=way) from None
        return octets.removesuffix(b"\n").removesuffix(b"\r")

    def _error(self, what: str, line: int | None = None, hint: str | None = None) -> KeyRingError:
        return KeyRingError(f"{at_line(self._shown, line)} {what}", hint=hint)


def _reason(error: Exception) -> str:
    # A path with a null byte is a ValueError.
    return getattr(error, "strerror", None) or type(error).__name__


def _named(table: Mapping[str, Any]) -> str:
    return f"key {table['id']!r}" if isinstance(table.get("id"), str) and table["id"] else "a key without an id"
