"""Files that are made of a report for people: a page, a workbook, a sheet, wherever they are written.

In a report's own folder stand a page and a workbook at most, under their own names; the manifest holds their digests,
so that ``check`` knows them, and a run that replaces the report takes them away with it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from corena_recon.errors import OutputError
from corena_recon.report.stored.folder import manifest_in, manifest_text
from corena_recon.report.stored.replacing import MADE_OF_IT, MANIFEST, PARTIAL
from corena_recon.report.stored.stored_tables import sha256_of

_SAME: Final = ("inputs", "options", "keys")
"""What two reports have in common that are the same: these decide about every byte."""


def write_made(path: Path, octets: bytes, facts: Mapping[str, Any]) -> Path:
    """Writes a file that was made of a report, as ``made_file`` says."""
    with made_file(path, facts) as file:
        file.write(octets)
    return path


@contextmanager
def made_file(path: Path, facts: Mapping[str, Any]) -> Iterator[IO[bytes]]:
    """A file to write that is made of a report: whole or not at all; in the report's folder its manifest names it then.

    While such a file is replaced the manifest does not name it, so that one that names another is never there.

    Args:
        path: Where; an earlier file is replaced.
        facts: Of the report that it is made of, as its manifest has them.

    Raises:
        OutputError: It cannot be written, or the folder is that of another report, or no place for this name.
    """
    folder = path.parent
    manifest = manifest_in(folder)
    if manifest is None:
        with whole_file(path) as file:
            yield file
        return
    if path.name not in MADE_OF_IT:
        raise OutputError(
            f"{folder} is the folder of a report, in which nothing is called {path.name}",
            hint=f"call it {' or '.join(sorted(MADE_OF_IT))}, or write it elsewhere",
        )
    known = json.loads(json.dumps({name: facts.get(name) for name in _SAME}))
    if any(manifest.get(name) != known[name] for name in _SAME):
        raise OutputError(f"{folder} holds another report", hint="read that one, or write elsewhere")
    others = {name: digest for name, digest in manifest["outputs"].items() if name != path.name}
    if others != manifest["outputs"]:
        write_whole(folder / MANIFEST, manifest_text({**manifest, "outputs": others}))
    with whole_file(path) as file:
        yield file
    write_whole(folder / MANIFEST, manifest_text({**manifest, "outputs": {**others, path.name: sha256_of(path)}}))


def write_whole(path: Path, octets: bytes) -> Path:
    """Writes a file whole or not at all; an earlier one is replaced.

    Raises:
        OutputError: It cannot be written.
    """
    with whole_file(path) as file:
        file.write(octets)
    return path


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write; it takes the place of an earlier one when the block ends without an exception.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        # Begun as a report's own hidden names begin, by which the next run knows what a killed one has left.
        prefix = f".{path.absolute().parent.name}."
        descriptor, partial = tempfile.mkstemp(prefix=prefix, suffix=PARTIAL, dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(descriptor)
            Path(partial).chmod(0o644)
            Path(partial).replace(path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or type(error).__name__}") from None
