"""What ``corena.toml`` says, checked: what is wrong is named with its line and entry, never with what it holds."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from corena_recon.arguments import near_name
from corena_recon.errors import KeyRingError, OptionError
from corena_recon.languages import ENGLISH
from corena_recon.stages.decide import DECISIONS_NAME
from corena_recon.stages.running.options import DEFAULTS
from corena_recon.text import printable

FILE_NAME: Final = "corena.toml"
REPORT: Final = "report"
"""Where the report stands when the file does not say."""

_PATHS: Final = ("archive", "orders", "ledger", "keys", "report", "decisions")
_ENTRIES: Final = (*_PATHS, "two_people", "previous", "lang", "options")
_SOURCE: Final = "source"
_OPTIONS: Final = tuple(name for name in DEFAULTS if name not in ("lang", "two_people", "order_options"))
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]+://")
_HEADER: Final = re.compile(r"\s*\[\s*([A-Za-z0-9_.-]+)\s*\]")
_ENTRY: Final = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*=")


class Settings(NamedTuple):
    """A project file, read.

    Attributes:
        file: Where it is.
        archive: Paths, globs and URLs; relative ones are relative to the file.
        orders: Likewise; empty where there are none.
        ledger: Likewise.
        keys: The key ring; None for the environment's.
        report: The report folder.
        decisions: The file of decisions; there need be none yet.
        two_people: Whether a decision needs a second person.
        previous: Whether a close reads again only what is new.
        lang: Of the sentences.
        order_options: Of ``read_orders``.
        options: Of ``audit``.
        lines: The line of each entry, by its dotted name.
    """

    file: Path
    archive: tuple[str, ...]
    orders: tuple[str, ...]
    ledger: tuple[str, ...]
    keys: Path | None
    report: Path
    decisions: Path
    two_people: bool
    previous: bool
    lang: str
    order_options: Mapping[str, Any]
    options: Mapping[str, Any]
    lines: Mapping[str, int]

    def about(self, error: OptionError) -> OptionError:
        """The same error, with the line of the entry that it names."""
        word = next((name for name in (*self.options, *self.order_options, *_ENTRIES) if name in error.message), None)
        line = next((line for name, line in self.lines.items() if name.rpartition(".")[2] == word), None)
        return OptionError(f"{_place(self.file, line)}: {error.message}", hint=error.hint)

    def about_keys(self, error: KeyRingError) -> KeyRingError:
        """The same error, with the line that names the ring, or with what may name one."""
        if self.keys is None:
            hint = 'write keys = "keys.toml" there, or set CORENA_SECRET_KEY in the environment'
            return KeyRingError(f"{_place(self.file)} names no keys; the environment's: {error.message}", hint=hint)
        return KeyRingError(f"{_place(self.file, self.lines.get('keys'))}: {error.message}", hint=error.hint)


def read_settings(file: Path) -> Settings:
    """What a project file says.

    Raises:
        OptionError: It cannot be read, or an entry is unknown, contradicts another, has no meaning or names a file that
            is not there; with the line and the entry.
    """
    try:
        text = file.read_text(encoding="utf-8")
        told = tomllib.loads(text)
    except OSError as error:
        raise OptionError(
            f"{_place(file)} cannot be read: {error.strerror or type(error).__name__}",
            hint="corena-recon init writes one for a folder",
        ) from None
    except UnicodeDecodeError:
        raise OptionError(f"{_place(file)} is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        # What it says is a position and never a value.
        raise OptionError(f"{_place(file)} is no TOML: {error}") from None
    reading = _Reading(file, _lines_of(text))
    reading.refuse_unknown(told, _ENTRIES, "")
    orders, order_options = reading.orders(told)
    options = reading.table(told, "options")
    reading.refuse_unknown(options, _OPTIONS, "options.")
    archive = reading.paths(told, "archive")
    if not archive:
        raise OptionError(
            f"{_place(file, reading.lines.get('archive'))} names no archive",
            hint='add a line as in archive = ["ipn"], relative to this file',
        )
    ledger = reading.paths(told, "ledger")
    if ledger and not orders:
        raise reading.error("ledger", "is held against orders, and there are none")
    keys, report, decisions = (reading.path(told, name) for name in ("keys", "report", "decisions"))
    lang = told.get("lang", ENGLISH)
    return Settings(
        file,
        archive,
        orders,
        ledger,
        None if keys is None else Path(keys),
        file.parent / REPORT if report is None else Path(report),
        file.parent / DECISIONS_NAME if decisions is None else Path(decisions),
        reading.flag(told, "two_people", usual=False),
        reading.flag(told, "previous", usual=True),
        lang,
        order_options,
        options,
        reading.lines,
    )


class _Reading:
    """One file being read.

    Args:
        file: Where it is.
        lines: The line of each entry.
    """

    def __init__(self, file: Path, lines: Mapping[str, int]) -> None:
        self._file = file
        self.lines = lines

    def error(self, entry: str, what: str, hint: str | None = None) -> OptionError:
        line = self.lines.get(entry, self.lines.get(entry.partition(".")[0]))
        return OptionError(f"{_place(self._file, line)}: {entry} {what}", hint=hint)

    def refuse_unknown(self, table: Mapping[str, Any], known: Sequence[str], prefix: str) -> None:
        for name in table:
            if name in known:
                continue
            near = near_name(name, known)
            raise self.error(
                prefix + name if re.fullmatch(r"[A-Za-z_-]{1,40}", name) else "an entry",
                "is not known",
                f"did you mean {near}?" if near else f"known are {', '.join(known)}",
            )

    def table(self, told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        table = told.get(name, {})
        if not isinstance(table, dict):
            raise self.error(name, "is no table", f"write it under a line [{name}]")
        return table

    def orders(self, told: Mapping[str, Any]) -> tuple[tuple[str, ...], Mapping[str, Any]]:
        """The paths of the orders, and the options of reading them."""
        given = told.get("orders")
        if not isinstance(given, dict):
            return self.paths(told, "orders"), {}
        known = (_SOURCE, *_order_option_names())
        self.refuse_unknown(given, known, "orders.")
        if _SOURCE not in given:
            raise self.error("orders", "has no source", 'write source = "orders.csv" under [orders]')
        options = {name: value for name, value in given.items() if name != _SOURCE}
        return self.paths(given, _SOURCE, "orders."), options

    def flag(self, told: Mapping[str, Any], name: str, *, usual: bool) -> bool:
        flag = told.get(name, usual)
        if not isinstance(flag, bool):
            raise self.error(name, "is neither true nor false")
        return flag

    def path(self, told: Mapping[str, Any], name: str) -> str | None:
        paths = self.paths(told, name, must_exist=name == "keys")
        if len(paths) > 1 or (name in told and not isinstance(told[name], str)):
            raise self.error(name, "is no single path")
        return paths[0] if paths else None

    def paths(
        self, told: Mapping[str, Any], name: str, prefix: str = "", *, must_exist: bool = True
    ) -> tuple[str, ...]:
        given = told.get(name, [])
        texts = [given] if isinstance(given, str) else given
        if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
            raise self.error(prefix + name, "is no path and no list of paths")
        found = []
        for text in texts:
            is_url = _URL.match(text) is not None
            path = text if is_url else os.path.normpath(self._file.parent / Path(text).expanduser())
            if must_exist and not is_url and not set(path) & set("*?[") and not Path(path).exists():
                raise self.error(prefix + name, f"names {printable(text)}, which is not there")
            found.append(path)
        return tuple(found)


def _order_option_names() -> tuple[str, ...]:
    from corena_recon.orders import OrderOptions  # noqa: PLC0415 - its module reads exports

    return OrderOptions._fields


def _lines_of(text: str) -> dict[str, int]:
    """The line of each entry and table by its dotted name, the first where there are several."""
    lines: dict[str, int] = {}
    within = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            within = header[1] + "."
            lines.setdefault(header[1], number)
        elif entry := _ENTRY.match(line):
            lines.setdefault(within + entry[1], number)
    return lines


def _place(file: Path, line: int | None = None) -> str:
    return printable(str(file)) + ("" if line is None else f" line {line}")
