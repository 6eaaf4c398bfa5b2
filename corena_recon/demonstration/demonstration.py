"""The first five minutes: an invented shop with planted fraud, written, closed, and held against what was planted."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from corena_recon.arguments import require
from corena_recon.demonstration.lines import ARCHIVES
from corena_recon.demonstration.shop import InventedShop, Record
from corena_recon.demonstration.specimens import first_lines, with_expectation
from corena_recon.errors import OptionError, OutputError
from corena_recon.languages import ENGLISH, Words, require_language
from corena_recon.progress import Progress
from corena_recon.project import FILE_NAME, REPORT, Project
from corena_recon.report import Reconciliation
from corena_recon.text import printable

DEMO_ROWS: Final = 20_000
DEMO_FOLDER: Final = "corena-demo"
DEMO_WORDS: Final = Words(
    "demonstration",
    {
        "planted": (
            "{planted:,} record{planted:|s} {planted:was|were} planted; every verdict is the one that was planted"
        ),
        "missed": (
            "{planted:,} record{planted:|s} {planted:was|were} planted; {missed:,} verdict{missed:|s} "
            "{missed:differs|differ}"
        ),
        "difference": "{source} record {record}: expected {expected}, found {found}",
        "left": (
            "The shop is in {folder}: archive, orders, keys, corena.toml and report; report.html is for a browser. "
            "Three commands to go on with:"
        ),
        "explain": "why the first forgery fails",
        "close": "close the shop again: only what is new is read",
        "report": "what needs a person, for a spreadsheet",
    },
)

_ARCHIVE: Final = "archive"
_ORDERS: Final = "orders.csv"
_KEYS: Final = "keys.toml"
_PAGE: Final = "report.html"
_ACCEPTED: Final = "accepted"
_FORGED: Final = "CMD-000071"

_Verdicts = dict[tuple[str, int], str]


class Demonstration(NamedTuple):
    """A demonstration's audit and how it compares with what was planted.

    Attributes:
        reconciliation: The audit.
        folder: Where the shop is.
        planted: How many records were planted.
        missed: Records whose verdict is not the one that was planted, a sentence each.
        lang: Of the sentences.
    """

    reconciliation: Reconciliation
    folder: Path
    planted: int
    missed: list[str]
    lang: str

    @property
    def report(self) -> Path:
        """Where its report is."""
        return self.folder / REPORT

    def text(self, program: str) -> str:
        """What was planted, where the shop is, and three commands that work where one stands.

        Args:
            program: How the command line is called.
        """
        say = DEMO_WORDS.say
        facts = {"planted": self.planted, "missed": len(self.missed)}
        told = [*self.missed[:10], say("missed" if self.missed else "planted", self.lang, **facts), ""]
        told.append(say("left", self.lang, folder=printable(str(self.folder))))
        for word, command in next_commands(self.folder).items():
            told += [f"  {program} {printable(command)}", f"      {say(word, self.lang)}"]
        return "\n".join(told)


def next_commands(folder: str | os.PathLike[str]) -> dict[str, str]:
    """What to type after the program's name to go on with a demonstration's folder, by the word that says why."""
    place = Path(folder)

    def typed(*parts: str) -> str:
        return shlex.quote(str(place.joinpath(*parts)))

    return {
        "explain": f"explain {typed(REPORT)} {_FORGED} --keys {typed(_KEYS)}",
        "close": f"close {typed()}",
        "report": f"report {typed(REPORT)} --csv {typed('worklist.csv')}",
    }


def demo(rows: int = DEMO_ROWS, out: str | os.PathLike[str] = DEMO_FOLDER, *, lang: str = ENGLISH) -> Reconciliation:
    """Closes an invented shop with planted fraud, offline: a first look without an archive of one's own.

    The shop stays: its archive in four forms, orders, key ring, project file, report and page. A folder that holds this
    very shop is closed again, as it stands; nothing in it but report and page is written.

    Args:
        rows: How many notifications, about; memory does not grow with them.
        out: The folder of the shop.
        lang: The language of the sentences: ``en`` or ``fr``.

    Raises:
        OptionError: There are no so many rows.
        OutputError: The folder holds something else, or cannot be written.
    """
    return demonstrate(rows, out, lang=lang).reconciliation


def demonstrate(
    rows: int = DEMO_ROWS,
    out: str | os.PathLike[str] = DEMO_FOLDER,
    progress: Progress | None = None,
    *,
    lang: str = ENGLISH,
) -> Demonstration:
    """The same as ``demo``, with the comparison."""
    require("rows", rows, int, "give a number of notifications")
    require("out", out, (str, os.PathLike), f"give the path of a folder, for example out={DEMO_FOLDER!r}")
    require_language(lang)
    if rows < 1:
        raise OptionError("rows is less than 1", hint="give at least 1")
    folder = Path(out)
    planted = _planned(InventedShop(rows), folder, _project_text(rows, lang))
    found = Project(folder).close(progress=progress)
    found.to_html(folder / _PAGE)
    return Demonstration(found, folder, len(planted), list(_missed(found, planted, lang)), lang)


def _project_text(rows: int, lang: str) -> str:
    return (
        f"# The invented shop of corena-recon demo, with {rows} notifications: what its close needs.\n"
        f'archive = "{_ARCHIVE}"\norders = "{_ORDERS}"\nkeys = "{_KEYS}"\nreport = "{REPORT}"\n'
        f'previous = true  # what the last report holds is not read again\nlang = "{lang}"\n'
    )


def _planned(shop: InventedShop, folder: Path, project: str) -> _Verdicts:
    """The verdict of every planted record; the shop is in the folder then.

    Raises:
        OutputError: The folder holds something else, or cannot be written.
    """
    try:
        if (folder / FILE_NAME).is_file() and (folder / FILE_NAME).read_text(encoding="utf-8") == project:
            return _planted_verdicts(shop.records())
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError(
                f"{printable(str(folder))} is there already and is no shop of this demonstration",
                hint="move it away, or name another folder",
            )
        with _whole_or_not_at_all(folder):
            return _written(shop, folder, project)
    except OSError as error:
        raise OutputError(
            f"{printable(str(folder))} cannot be written: {error.strerror or type(error).__name__}"
        ) from None


def _written(shop: InventedShop, folder: Path, project: str) -> _Verdicts:
    (folder / _ARCHIVE).mkdir(parents=True)
    with (folder / _ORDERS).open("w", encoding="utf-8", newline="\n") as orders:
        orders.writelines(f"{line}\n" for line in shop.orders())
    with ExitStack() as files:
        write: dict[str, Callable[[str], int]] = {}
        for source in ARCHIVES:
            file = files.enter_context((folder / _ARCHIVE / source).open("w", encoding="utf-8", newline="\n"))
            file.writelines(f"{line}\n" for line in first_lines(source))
            write[source] = file.write
        planted = _planted_verdicts(_passing(shop.records(), write))
    (folder / _KEYS).write_text(shop.keys_toml, encoding="utf-8", newline="\n")
    (folder / FILE_NAME).write_text(project, encoding="utf-8", newline="\n")
    return planted


def _passing(records: Iterator[Record], write: dict[str, Callable[[str], int]]) -> Iterator[Record]:
    for record in records:
        write[record.source](f"{record.line}\n")
        yield record


def _planted_verdicts(records: Iterator[Record]) -> _Verdicts:
    return {(row.source, row.record): row.verdict for _, row in with_expectation(records) if row.planted}


@contextmanager
def _whole_or_not_at_all(folder: Path) -> Iterator[None]:
    """An empty folder, or none, is that again when the shop in it cannot be finished."""
    was_there = folder.exists()
    try:
        yield
    except BaseException:
        for made in folder.iterdir() if folder.is_dir() else ():
            shutil.rmtree(made) if made.is_dir() else made.unlink()
        if not was_there and folder.is_dir():
            folder.rmdir()
        raise


def _missed(found: Reconciliation, planted: _Verdicts, lang: str) -> Iterator[str]:
    """What differs from the plan; memory is taken for the records that are not plainly accepted alone."""
    with found.connect() as engine:
        unusual = engine.execute(
            "SELECT source, record, verdict FROM notifications WHERE verdict <> ?", [_ACCEPTED]
        ).fetchall()
    verdicts = {(Path(source).name, record): verdict for source, record, verdict in unusual}
    for place in sorted(planted.keys() | verdicts.keys()):
        expected, judged = planted.get(place, _ACCEPTED), verdicts.get(place, _ACCEPTED)
        if expected != judged:
            source, record = place
            yield DEMO_WORDS.say("difference", lang, source=source, record=record, expected=expected, found=judged)
