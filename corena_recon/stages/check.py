"""The stage ``check``: a second person runs a report again from its manifest, and learns whether it is the same."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.decisions import Kept
from corena_recon.errors import InputError
from corena_recon.languages import ENGLISH, LANGUAGES, Words, require_language
from corena_recon.paths import inner_paths
from corena_recon.report import PAGE_FILE, Reconciliation, folder_path, hidden_columns, read_manifest, sha256_of
from corena_recon.schemas import ROW_GROUP_ROWS
from corena_recon.signing import KeyRing, Keys
from corena_recon.stages.audit import audit
from corena_recon.stages.running.options import options_of_facts
from corena_recon.text import printable
from corena_recon.version import __version__

CHECKS: Final = Words(
    "checks",
    {
        "same": "The same: run again with version {version}, every table is what the report holds.",
        "same_masked": (
            "The same: run again with version {version}, every table is what the report holds, but for what is masked, "
            "which was not compared."
        ),
        "altered_report": "The report was altered: {name} is not the file that its manifest names.",
        "altered_page": "The page was altered: {name} is not what this version makes of the report.",
        "altered_input": "An input was altered: {name} is not what was read for the report.",
        "other_keys": "The keys are others: {names}.",
        "different": "Different: {table}, row {row}, {column}: {before} in the report, {now} now.",
        "different_rows": "Different: {table} has {before} row{before:|s} in the report and {now} now.",
        "other_version": "The report was made by version {before}, and this is {now}, which may be why.",
        "nothing": "nothing",
    },
)
"""What a check says."""

_SHOWN_CHARACTERS: Final = 200
_IN_ORDER: Final = ("intake", "orders", "notifications", "results", "tie_out", "worklist", "ledger", "decisions")


class Check(NamedTuple):
    """What running a report again has shown.

    Attributes:
        code: ``same``, or what differs: ``altered_report``, ``altered_page``, ``altered_input``, ``other_keys``,
            ``different``.
        text: The same in words.
        facts: What and where; plain values.
    """

    code: str
    text: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        return self.text


def check(
    folder: str | os.PathLike[str],
    archive: Sequence[str | os.PathLike[str]] = (),
    keys: Keys | None = None,
    *,
    lang: str = ENGLISH,
) -> Check:
    """Runs a report again from its manifest and compares every table.

    Args:
        folder: The report.
        archive: Where its inputs are now, order exports among them, which are known by their digests and names; where
            the manifest says when there are none.
        keys: As for ``verify``; from the environment when None.
        lang: The language of the sentences: ``en`` or ``fr``.

    Returns:
        ``same``, or the first thing that differs: a file of the report, an input, the keys, a cell.

    Raises:
        OutputError: The folder is no report.
        InputError: An export is not where it was, the manifest does not say where its archive was.
        CorenaReconError: As ``audit``.
    """
    require_language(lang)
    path = folder_path(folder)
    manifest = read_manifest(path)
    for name, digest in sorted(manifest["outputs"].items()):
        if not (path / name).is_file() or sha256_of(path / name) != digest:
            return _found("altered_report", lang, name=str(path / name))
    ring = KeyRing.from_env() if keys is None else KeyRing.of(keys)
    changed = ring.unlike(manifest.get("keys", {}))
    if changed:
        return _found("other_keys", lang, names=", ".join(changed))
    sources = _Sources(manifest, [os.fsdecode(each) for each in archive])
    if sources.altered is not None:
        return _found("altered_input", lang, name=sources.altered)
    with TemporaryDirectory(prefix="corena-recon-") as temporary:
        again = Path(temporary) / "report"
        audit(
            [*_without(path, sources.archive)],
            sources.orders,
            ring,
            again,
            ledger=sources.ledger,
            decisions=_decisions(path, manifest),
            **options_of_facts(manifest.get("options", {})),
        )
        return _compared(path, again, manifest, ring, lang)


def _without(report: Path, archive: Iterable[str]) -> Iterator[str]:
    """The sources of an archive; of a folder in which the report stands, what else is in it, as when it was made."""
    for source in archive:
        folder = Path(source)
        if folder.is_dir() and report.resolve().is_relative_to(folder.resolve()):
            yield from (str(each) for each in sorted(inner_paths(folder, report)) if each.is_file())
        else:
            yield source


def _found(code: str, lang: str, said: str | None = None, **facts: Any) -> Check:  # noqa: ANN401 - plain values
    shown = {name: _cut(printable(str(fact))) for name, fact in facts.items()}
    return Check(code, CHECKS.say(said or code, lang, **shown), facts)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def _decisions(folder: Path, manifest: Mapping[str, Any]) -> Kept | None:
    """The decisions that the report was made with: since then their file has more."""
    file = "decisions.parquet"
    return Kept.of_table(pq.read_table(folder / file)) if file in manifest["outputs"] else None


class _Sources:
    """Where the inputs of a report are now.

    Args:
        manifest: Of the report.
        given: Files, folders and patterns that a caller names.

    Attributes:
        archive: Of notifications.
        orders: Exports; None where the report has none.
        ledger: Likewise.
        altered: An export that is not what was read, if any.

    Raises:
        InputError: An export is nowhere, or the manifest does not say where the archive was.
    """

    def __init__(self, manifest: Mapping[str, Any], given: Sequence[str]) -> None:
        said = manifest.get("sources", {})
        self.altered: str | None = None
        self._digests: Mapping[str, str | None] = manifest.get("inputs", {})
        self._given = {file: sha256_of(file) for file in _files(given)}
        roles = {role: [self._place(name) for name in said.get(role, ())] for role in ("orders", "ledger")}
        self.orders = roles["orders"] or None
        self.ledger = roles["ledger"] or None
        beside = {*roles["orders"], *roles["ledger"]}
        self.archive = [path for path in given if Path(path) not in beside] or list(said.get("archive", ()))
        if not self.archive:
            raise InputError("the report does not say where its archive was", hint="name the archive and the orders")

    def _place(self, name: str) -> Path:
        """Where an export is: the given file of its digest, else that of its name, else where it was."""
        digest = self._digests.get(name)
        same = [file for file, found in self._given.items() if found == digest]
        of_its_name = [file for file in self._given if file.name == Path(name).name]
        path = next(iter([*same, *of_its_name]), Path(name))
        if not path.is_file():
            raise InputError(f"{printable(name)} is not there any more", hint="name where it is now")
        if digest is not None and sha256_of(path) != digest:
            self.altered = str(path)
        return path


def _files(paths: Iterable[str]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from (file for file in sorted(path.rglob("*")) if file.is_file())
        elif path.is_file():
            yield path


def _compared(folder: Path, again: Path, manifest: Mapping[str, Any], ring: KeyRing, lang: str) -> Check:
    """The first difference between the report and the one that was made again."""
    before, now = (pq.read_table(each / "intake.parquet").to_pylist() for each in (folder, again))
    nothing: dict[str, Any] = {}
    for row, other in zip_longest(before, now, fillvalue=nothing):
        if row.get("sha256") != other.get("sha256"):
            return _found("altered_input", lang, name=str(row.get("source") or other.get("source")))
    names = {other["source"]: row["source"] for row, other in zip(before, now, strict=True)}
    pairs = zip(manifest["inputs"], read_manifest(again)["inputs"], strict=False)
    names |= {other: name for name, other in pairs if other not in names}
    for name in _IN_ORDER:
        if f"{name}.parquet" in manifest["outputs"]:
            found = _first_difference(name, folder, again, names, manifest=manifest, lang=lang)
            if found is not None:
                return _with_version(found, manifest, lang)
    if PAGE_FILE in manifest["outputs"] and _is_other_page(folder / PAGE_FILE, again.parent / PAGE_FILE, ring):
        return _with_version(_found("altered_page", lang, name=str(folder / PAGE_FILE)), manifest, lang)
    return _found("same", lang, "same_masked" if "masked" in manifest else None, version=__version__)


def _is_other_page(page: Path, again: Path, ring: KeyRing) -> bool:
    """Whether the page of a report is another than its tables give, whatever its language, with keys or without."""
    report, digest = Reconciliation.read_parquet(page.parent), sha256_of(page)
    ways = product((ring, None), LANGUAGES)
    return all(sha256_of(report.to_html(again, lang=lang, keys=keys)) != digest for keys, lang in ways)


def _with_version(found: Check, manifest: Mapping[str, Any], lang: str) -> Check:
    if manifest["version"] == __version__:
        return found
    also = CHECKS.say("other_version", lang, before=printable(manifest["version"]), now=__version__)
    return found._replace(text=f"{found.text} {also}", facts={**found.facts, "version": manifest["version"]})


def _first_difference(
    name: str, folder: Path, again: Path, names: Mapping[str, str], *, manifest: Mapping[str, Any], lang: str
) -> Check | None:
    files = [pq.ParquetFile(each / f"{name}.parquet") for each in (folder, again)]
    try:
        counts = [file.metadata.num_rows for file in files]
        if counts[0] != counts[1]:
            return _found("different", lang, "different_rows", table=name, before=counts[0], now=counts[1])
        first, columns = 0, files[0].schema_arrow.names
        hidden = hidden_columns(name, columns, manifest.get("mapping") or {}) if "masked" in manifest else set()
        for before, now in zip(*(file.iter_batches(ROW_GROUP_ROWS) for file in files), strict=True):
            for column in (column for column in columns if column not in hidden):
                cells = [before[column], now[column] if column in now.schema.names else pa.nulls(len(now))]
                if column == "source":
                    cells[1] = pa.array([names.get(source, source) for source in cells[1].to_pylist()], pa.string())
                row = _first_unlike(*cells)
                if row is not None:
                    said = [CHECKS.say("nothing", lang) if each[row].as_py() is None else each[row] for each in cells]
                    facts = {"table": name, "row": first + row + 1, "column": column}
                    return _found("different", lang, **facts, before=str(said[0]), now=str(said[1]))
            first += len(before)
    finally:
        for file in files:
            file.close()
    return None


def _first_unlike(before: pa.Array, now: pa.Array) -> int | None:
    """The first row in which the cells differ."""
    if before.equals(now):
        return None
    for row, (one, other) in enumerate(zip(before.to_pylist(), now.to_pylist(), strict=True)):
        if one != other:
            return row
    return None
