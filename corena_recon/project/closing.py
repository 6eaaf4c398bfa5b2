"""A close: the audit that the project file describes, reading again only what is new, with a line of history."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from corena_recon.arguments import require
from corena_recon.errors import ConfigurationError, InputError, KeyRingError, OptionError, OutputError
from corena_recon.progress import Progress
from corena_recon.project.blaming import about, about_keys
from corena_recon.project.settings import FILE_NAME, Settings, read_settings
from corena_recon.stages.audit import audit
from corena_recon.text import printable

if TYPE_CHECKING:
    from corena_recon.orders import OrderArguments
    from corena_recon.report import Reconciliation

HISTORY_NAME: Final = ".corena-closes.jsonl"
"""The history of closes stands beside the project file; hidden, so that no folder of archives has it in it."""

_MANIFEST: Final = "manifest.json"


class Close(NamedTuple):
    """What one close found, as the history keeps it.

    Attributes:
        at: When it ended.
        records: Of the archive.
        notifications: That could be read.
        exceptions: Identifiers that need a person.
        is_exceptional: Whether anything does.
        manifest_sha256: Of the report's manifest, which names the digests of all else.
    """

    at: str
    records: int
    notifications: int
    exceptions: int
    is_exceptional: bool
    manifest_sha256: str


class Project:
    """A project file and the closes that it describes.

    Args:
        file: The file, or the folder in which it stands.

    Raises:
        OptionError: There is none, or it says something that has no meaning.
    """

    def __init__(self, file: str | os.PathLike[str] = FILE_NAME) -> None:
        require("file", file, (str, os.PathLike), "give the path of a corena.toml, or of its folder")
        path = Path(file)
        self.settings: Settings = read_settings(path / FILE_NAME if path.is_dir() else path)

    def close(self, *, progress: Progress | None = None) -> Reconciliation:
        """Audits what the file names, writes the report, and adds a line to the history.

        Sources that the last report holds, byte for byte, are not read again; the report is the same.

        Args:
            progress: As for ``audit``.

        Raises:
            CorenaReconError: As ``audit``; with the line in the file of the entry that is at fault.
        """
        told = self.settings
        has_report = told.previous and (told.report / _MANIFEST).exists()
        try:
            found = audit(
                [*told.archive],
                [*told.orders] or None,
                None if told.keys is None else told.keys,
                told.report,
                previous=told.report if has_report else None,
                ledger=[*told.ledger] or None,
                decisions=told.decisions,
                two_people=told.two_people,
                progress=progress,
                lang=told.lang,
                order_options=cast("OrderArguments", told.order_options),
                **told.options,
            )
        except KeyRingError as error:
            raise about_keys(told, error) from None
        except (InputError, ConfigurationError, OutputError) as error:
            raise about(told, error) from None
        self._remember(found)
        return found

    @property
    def history(self) -> list[Close]:
        """The closes so far, the last one last; a line that a crash cut off is none.

        Raises:
            OutputError: The history cannot be read.
        """
        try:
            lines = self._history_file.read_bytes().splitlines(keepends=True) if self._history_file.exists() else []
            return [Close(**json.loads(line)) for line in lines if line.endswith(b"\n")]
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from None
        except (ValueError, TypeError):
            raise self._unusable("it holds something else") from None

    @property
    def _history_file(self) -> Path:
        return self.settings.file.parent / HISTORY_NAME

    def _remember(self, found: Reconciliation) -> None:
        summary = found.summary
        close = Close(
            at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            records=summary["intake"]["records"],
            notifications=summary["intake"]["notifications"],
            exceptions=len(found.exceptions) if found.has("results") else 0,
            is_exceptional=found.is_exceptional,
            manifest_sha256=sha256((self.settings.report / _MANIFEST).read_bytes()).hexdigest(),
        )
        try:
            with self._history_file.open("ab+") as file:
                file.seek(0)
                # What a crash cut off is no close.
                file.truncate(file.read().rfind(b"\n") + 1)
                file.write(json.dumps(close._asdict()).encode() + b"\n")
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from None

    def _unusable(self, why: str) -> OutputError:
        return OutputError(f"the history {printable(str(self._history_file))} cannot be used: {why}")


def nearest_file(folder: Path) -> Path:
    """The project file of a folder, or of the nearest one above it.

    Raises:
        OptionError: There is none.
    """
    for place in (folder, *folder.parents):
        if (place / FILE_NAME).is_file():
            return place / FILE_NAME
    raise OptionError(
        f"there is no {FILE_NAME} here or above",
        hint="corena-recon init writes one for a folder; corena-recon --help names the commands",
    )
