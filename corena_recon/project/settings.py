"""What ``corena.toml`` says, checked: what is wrong is named with its line and entry, never with what it holds."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from corena_recon.arguments import near_name
from corena_recon.errors import OptionError
from corena_recon.languages import ENGLISH
from corena_recon.stages.decide import DECISIONS_NAME
from corena_recon.stages.running.options import DEFAULTS
from corena_recon.text import printable
from corena_recon.toml_lines import at_line, line_of_error, toml_lines

FILE_NAME: Final = "corena.toml"
REPORT: Final = "report"
"""Where the report stands when the file does not say."""

_PATHS: Final = ("archive", "orders", "ledger", "keys", "report", "decisions")
_ENTRIES: Final = (*_PATHS, "two_people", "previous", "lang", "options")
SOURCE: Final = "source"
"""The entry of ``[orders]`` that names the exports."""
_OPTIONS: Final = tuple(name for name in DEFAULTS if name not in ("lang", "two_people", "order_options"))
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]+://")


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
        entries: What each entry says, by its dotted name.
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
    entries: Mapping[str, Any]
    lines: Mapping[str, int]

    def line(self, entry: str) -> int | None:
        """The line of an entry, or of the table that it stands in on one line."""
        while entry and entry not in self.lines:
            entry = entry.rpartition(".")[0]
        return self.lines.get(entry)


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
        # Why it is none names a character or a table at most, and never a value.
        why = str(error).partition(" (at ")[0]
        raise OptionError(f"{_place(file, line_of_error(error, text))} is no TOML: {why}") from None
    reading = _Reading(file, toml_lines(text))
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
    reading.refuse_shared(
        {
            "archive": archive,
            f"orders.{SOURCE}" if isinstance(told.get("orders"), dict) else "orders": orders,
            "ledger": ledger,
            **{name: (path,) for name, path in (("keys", keys), ("report", report), ("decisions", decisions)) if path},
        }
    )
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
        dict(_entries(told)),
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

    def refuse_shared(self, paths: Mapping[str, Sequence[str]]) -> None:
        """Refuses a path that stands for two purposes, or twice for one."""
        named: dict[str, str] = {}
        for entry, some in paths.items():
            for path in some:
                if path in named:
                    before = "twice" if named[path] == entry else f"as {named[path]} does"
                    raise self.error(entry, f"names {printable(path)} {before}")
                named[path] = entry

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
        known = (SOURCE, *_order_option_names())
        self.refuse_unknown(given, known, "orders.")
        if SOURCE not in given:
            raise self.error("orders", "has no source", 'write source = "orders.csv" under [orders]')
        options = {name: value for name, value in given.items() if name != SOURCE}
        return self.paths(given, SOURCE, "orders."), options

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


def _entries(table: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _entries(value, f"{within}{name}.")
        else:
            yield within + name, value


def _order_option_names() -> tuple[str, ...]:
    from corena_recon.orders import OrderOptions  # noqa: PLC0415 - its module reads exports

    return OrderOptions._fields


def _place(file: Path, line: int | None = None) -> str:
    return at_line(printable(str(file)), line)
