"""A folder looked at: what lies there is sorted, keys are tried on it, and a project file is written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa

from corena_recon.archive import SourceCount, read_batches
from corena_recon.errors import ColumnError, CorenaReconError, KeyRingError, OutputError
from corena_recon.languages import ENGLISH, Words
from corena_recon.orders import read_ledger, read_orders
from corena_recon.paths import inner_paths
from corena_recon.project.settings import FILE_NAME
from corena_recon.project.writing import KINDS, Found, project_text
from corena_recon.signing import KeyRing
from corena_recon.stages.verify import verify
from corena_recon.tables.columns import decoded
from corena_recon.text import is_utf8, printable, text_of

SAMPLE_ROWS: Final = 5_000
"""How many notifications of a file are tried under each key."""

FOUND_WORDS: Final = Words(
    "founding",
    {
        "archive": "notifications",
        "orders": "orders",
        "ledger": "ledger",
        "keys": "keys",
        "ignored": "left out",
        "records": (
            "{form}, {notifications:,} notification{notifications:|s}, {unreadable:,} unreadable, {other:,} other "
            "traffic"
        ),
        "order_rows": "{platform}, {rows:,} row{rows:|s}; identifier is {identifier}, the amount is {amount}",
        "ledger_rows": "{rows:,} {rows:entry|entries}",
        "ring": "keys: {count}",
        "no_notification": "no notification in it",
        "columns": "a table that is no order export that is known; its columns: {words}",
        "doubt_columns": "if {words} holds the orders, name it under [orders], and its columns under [orders.columns]",
        "not_utf8": "its name is not UTF-8, and the project file is",
        "key": "{key} verifies {count:,} of {tried:,} signature{tried:|s} that {tried:was|were} tried",
        "no_ring": "no key ring lies here: keys are taken from the environment",
        "doubt_no_archive": "no notifications lie here: name their files or folder as archive",
        "doubt_no_keys": "no key is known: lay a key ring here and name it as keys, or set CORENA_SECRET_KEY",
        "doubt_ring": "{name} cannot be used as a key ring: {why}",
        "doubt_env": "the environment's keys cannot be used: {why}",
        "doubt_exports": "several order exports lie here, and all are read: {words}",
        "doubt_keys": "no key verifies anything: is it the right ring?",
        "doubt_states": "words for the state of an order that are not known: {words}",
        "doubt_currency": "the orders name no currency: write it under [orders] as currency",
        "doubt_rings": "several key rings lie here; the first is taken: {words}",
        "doubt_no_orders": "no order export lies here: notifications are verified alone",
        "more": "and {count:,} more",
        "written": "{file} is written; look it through, then",
    },
)


class Founding(NamedTuple):
    """What a folder holds, and the project file that was written for it.

    Attributes:
        file: The project file.
        found: Every file, sorted by kind.
        keys: What each key verifies, a sentence each.
        doubts: What a person should look at.
        lang: Of the sentences.
    """

    file: Path
    found: tuple[Found, ...]
    keys: tuple[str, ...]
    doubts: tuple[str, ...]
    lang: str

    @property
    def text(self) -> str:
        """The whole, for a terminal, with the next command."""
        return self.told("corena-recon")

    def told(self, program: str) -> str:
        """The same, with how the command line is called there."""
        say = FOUND_WORDS.say
        lines = []
        for kind in KINDS:
            some = [one for one in self.found if one.kind == kind]
            lines += [f"{say(kind, self.lang)}:"] if some else []
            lines += [f"  {printable(one.name)}  {printable(one.what)}" for one in some[:_LISTED_MAX]]
            more = len(some) - _LISTED_MAX
            lines += [f"  {say('more', self.lang, count=more)}"] if more > 0 else []
        lines += [f"  {printable(sentence)}" for sentence in self.keys]
        lines += [f"? {printable(doubt)}" for doubt in self.doubts]
        folder = printable(str(self.file.parent))
        return "\n".join(
            [*lines, "", say("written", self.lang, file=printable(str(self.file))), f"  cd {folder} && {program}"]
        )


_COLUMNS_MAX: Final = 12
_LISTED_MAX: Final = 20


def found_project(folder: str | os.PathLike[str], *, lang: str = ENGLISH) -> Founding:
    """Sorts the files of a folder, tries the keys on them, and writes ``corena.toml``; nothing else is touched.

    Args:
        folder: What is looked at, and where the file is written.
        lang: Of the sentences.

    Raises:
        OutputError: There is no such folder, a project file stands there, or it cannot be written.
    """
    place = Path(folder)
    if not place.is_dir():
        raise OutputError(f"{printable(str(place))} is no folder", hint="name the folder that holds archive and orders")
    if (place / FILE_NAME).exists():
        raise OutputError(
            f"{printable(str(place / FILE_NAME))} is there already", hint="change it, or move it away to begin again"
        )
    looking = _Looking(place, lang)
    for path in sorted(inner_paths(place)):
        if path.is_file() and not _is_of_a_report(path, place):
            looking.at(path)
    keys = looking.tried()
    founding = Founding(
        place / FILE_NAME,
        tuple(sorted(looking.found, key=lambda one: (KINDS.index(one.kind), one.name))),
        keys,
        tuple(looking.doubts()),
        lang,
    )
    try:
        with founding.file.open("x", encoding="utf-8") as file:
            file.write(project_text(founding.found, founding.doubts, looking.mappings, lang))
    except OSError as error:
        raise OutputError(
            f"{printable(str(founding.file))} cannot be written: {error.strerror or type(error).__name__}"
        ) from None
    return founding


class _Looking:
    """What is known of a folder so far.

    Args:
        folder: The folder.
        lang: Of the sentences.
    """

    def __init__(self, folder: Path, lang: str) -> None:
        self._folder = folder
        self._lang = lang
        self._samples: list[pa.Table] = []
        self._rings: list[Path] = []
        self._tables: list[str] = []
        self._refused: dict[str, str] = {}
        self._has_keys = self._verified = True
        self.found: list[Found] = []
        self.mappings: dict[str, Mapping[str, Any]] = {}

    def at(self, path: Path) -> None:
        """Looks at one file."""
        is_named = is_utf8(text_of(os.fsencode(path)))
        for look in (self._as_keys, self._as_archive, self._as_orders, self._as_ledger) if is_named else ():
            found = look(path)
            if found is not None:
                self._add(path, *found)
                return
        self._add(path, "ignored", self._left_out(path) if is_named else self._say("not_utf8"))

    def tried(self) -> tuple[str, ...]:
        """What each key verifies of the samples: of the first ring, or of the environment where none lies here."""
        told = () if self._rings else (self._say("no_ring"),)
        try:
            ring = KeyRing.from_toml(self._rings[0]) if self._rings else KeyRing.from_env()
        except KeyRingError as error:
            self._has_keys = False
            if _NAMES_KEY.intersection(map(_without_label, os.environ)):
                self._refused[""] = error.message
            return told
        counts = dict.fromkeys([key.id for key in ring], 0)
        signed = 0
        if self._samples:
            verified = verify(pa.concat_tables(self._samples, promote_options="default"), ring)
            signed = int(verified["signature"].notna().sum())
            counts |= {str(key): int(count) for key, count in verified["key_id"].value_counts().items()}
        self._verified = not signed or any(counts.values())
        return (*told, *(self._say("key", key=key, count=count, tried=signed) for key, count in counts.items()))

    def doubts(self) -> Iterable[str]:
        """What a person should look at."""
        if not any(one.kind == "archive" for one in self.found):
            yield self._say("doubt_no_archive")
        for name, why in self._refused.items():
            yield self._say("doubt_ring", name=name, why=why) if name else self._say("doubt_env", why=why)
        if not self._has_keys:
            yield self._say("doubt_no_keys")
        elif not self._verified:
            yield self._say("doubt_keys")
        if len(self._rings) > 1:
            yield self._say("doubt_rings", words=", ".join(str(ring.relative_to(self._folder)) for ring in self._rings))
        yield from self._doubts_of_orders()

    def _doubts_of_orders(self) -> Iterable[str]:
        if not self.mappings:
            yield self._say("doubt_no_orders")
            if self._tables:
                yield self._say("doubt_columns", words=", ".join(self._tables))
        if len(self.mappings) > 1:
            yield self._say("doubt_exports", words=", ".join(self.mappings))
        unknown = dict.fromkeys(word for each in self.mappings.values() for word in each.get("unknown_states", ()))
        if unknown:
            yield self._say("doubt_states", words=", ".join(unknown))
        if any(not each.get("order_currency") for each in self.mappings.values()):
            yield self._say("doubt_currency")

    def _as_keys(self, path: Path) -> tuple[str, str] | None:
        if path.suffix.lower() != ".toml":
            return None
        try:
            ring = KeyRing.from_toml(path)
        except KeyRingError as error:
            if _NAMES_RING.search(path.read_bytes()):
                self._refused[path.relative_to(self._folder).as_posix()] = error.message
            return "ignored", error.message
        self._rings.append(path)
        return ("keys" if len(self._rings) == 1 else "ignored"), self._say("ring", count=len(ring))

    def _as_archive(self, path: Path) -> tuple[str, str] | None:
        intake: list[SourceCount] = []
        sample: list[pa.Table] = []
        try:
            for rows in read_batches(path, intake):
                missing = SAMPLE_ROWS - sum(map(len, sample))
                sample += [rows.slice(0, missing)] if missing else []
        except CorenaReconError:
            return None
        if any(source.form == "ledger" for source in intake):
            return self._as_ledger(path)
        if any(source.form in _OTHER_FORMS for source in intake):
            return None
        counted = ("notifications", "unreadable", "other")
        sums = {name: sum(getattr(source, name) for source in intake) for name in counted}
        if not sums["notifications"]:
            return None
        self._samples += map(decoded, sample)
        return "archive", self._say("records", form=intake[0].form, **sums)

    def _as_orders(self, path: Path) -> tuple[str, str] | None:
        orders = _read_by(read_orders, path)
        if orders is None or not len(orders):
            return None
        mapping = orders.attrs["mapping"]
        self.mappings[path.relative_to(self._folder).as_posix()] = mapping
        told = {"platform": mapping["platform"], "identifier": mapping["identifier"]}
        return "orders", self._say("order_rows", rows=len(orders), amount=mapping["order_amount"], **told)

    def _as_ledger(self, path: Path) -> tuple[str, str] | None:
        ledger = _read_by(read_ledger, path)
        return None if ledger is None or not len(ledger) else ("ledger", self._say("ledger_rows", rows=len(ledger)))

    def _left_out(self, path: Path) -> str:
        """Why a file is nothing of what a close needs; of a table with which columns."""
        try:
            read_orders(path)
        except ColumnError as error:
            if len(error.found) > 1:
                self._tables.append(path.relative_to(self._folder).as_posix())
                return self._say("columns", words=", ".join(error.found[:_COLUMNS_MAX]))
        except CorenaReconError:
            pass
        return self._say("no_notification")

    def _add(self, path: Path, kind: str, what: str) -> None:
        self.found.append(Found(path.relative_to(self._folder).as_posix(), kind, what))

    def _say(self, word: str, **facts: object) -> str:
        return FOUND_WORDS.say(word, self._lang, **facts)


_NAMES_RING: Final = re.compile(rb"(?m)^\s*(\[+\s*keys|secret)")
"""What a file has that is meant as a key ring."""
_NAMES_KEY: Final = frozenset({"CORENA_SECRET_KEY", "CORENA_TEST_SECRET_KEY"})
_OTHER_FORMS: Final = ("orders", None)


def _read_by(reader: Callable[[Path], Any], path: Path) -> Any | None:  # noqa: ANN401 - frames
    try:
        return reader(path)
    except CorenaReconError:
        return None


def _without_label(name: str) -> str:
    return next((known for known in _NAMES_KEY if name == known or name.startswith(f"{known}_")), name)


def _is_of_a_report(path: Path, folder: Path) -> bool:
    inner = path.relative_to(folder).parents
    places = [folder / each for each in inner]
    return any((place / "manifest.json").exists() and (place / "intake.parquet").exists() for place in places)
