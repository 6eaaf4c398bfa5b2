"""What an audit found, as people handle it: frames, and ways to disk and back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from corena_recon.errors import KeyRingError, OutputError
from corena_recon.languages import note
from corena_recon.progress import Progress, Stages
from corena_recon.report.contents import Contents
from corena_recon.report.displays import figures
from corena_recon.report.displays.card import CARD_ROWS, report_card
from corena_recon.report.displays.plots import Plots
from corena_recon.report.displays.terminal import Look
from corena_recon.report.evaluation import Evaluation, evaluation_of
from corena_recon.report.masking import Mask, masked_notifications, masked_orders
from corena_recon.report.stored.folder import (
    SOMETIMES,
    TABLES,
    folder_path,
    read_manifest,
    report_path,
)
from corena_recon.report.stored.stored_tables import StoredTable
from corena_recon.report.summary import calls_for_a_person, summary_of
from corena_recon.report.views import connected, findings_table
from corena_recon.report.worklist import (
    DERIVED,
)
from corena_recon.report.written import write_book, write_folder, write_page, write_sheet
from corena_recon.schemas import (
    ROW_GROUP_ROWS,
)
from corena_recon.signing import KeyRing, Keys
from corena_recon.tables.frames import frame_of

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


class Reconciliation(Contents):
    """The tables of one audit, each a pandas DataFrame in Arrow types.

    Attributes:
        notifications: Every record with its findings and verdict.
        results: One row an identifier, with its outcome.
        exceptions: The results that a person must look at.
        orders: Every row of the order export.
        intake: What was found in each source.
        tie_out: Ordered, paid and difference by currency, split by outcome.
        worklist: What a person does next, by money at risk.
        decisions: What was decided of exceptions, and whether it stands.
    """

    @property
    def notifications(self) -> pd.DataFrame:
        """Every record with its findings and verdict."""
        return self._frame("notifications")

    @property
    def results(self) -> pd.DataFrame:
        """One row an identifier, with its outcome."""
        return self._frame("results")

    @property
    def exceptions(self) -> pd.DataFrame:
        """The results that a person must look at."""
        return frame_of(self.exceptional_results())

    @property
    def orders(self) -> pd.DataFrame:
        """Every row of the order export."""
        return self._frame("orders")

    @property
    def intake(self) -> pd.DataFrame:
        """What was found in each source."""
        return self._frame("intake")

    @property
    def tie_out(self) -> pd.DataFrame:
        """Ordered, paid and difference by currency, split by outcome."""
        return self._frame("tie_out")

    @property
    def worklist(self) -> pd.DataFrame:
        """What a person does next, the largest risk first; its sentences are in the language of the run.

        One row an exceptional identifier, and one each for what concerns none alone.
        """
        return self._frame("worklist")

    @property
    def decisions(self) -> pd.DataFrame:
        """What was decided of exceptions, in order, and whether it stands (``standing``).

        A decision ``stands`` while what was decided on is what it was, else it is ``void`` and ``changed`` says what
        is other; ``unreviewed`` while a second person is missing, ``settled`` where the exception is none any
        more, ``superseded`` by a later one, ``withdrawn`` where that takes it back.
        """
        return self._frame("decisions")

    @property
    def ageing(self) -> pd.DataFrame:
        """What nobody has decided, and its money at risk, by age in days and currency."""
        return frame_of(self.open_by_age())

    @property
    def days(self) -> pd.DataFrame:
        """What came on each day, by currency, what waits for a notification, and which days are silent."""
        return frame_of(self.aspect("days"))

    @property
    def key_history(self) -> pd.DataFrame:
        """When each key was in use, with which others, and from when to when it should be valid."""
        return frame_of(self.aspect("key_history"))

    @property
    def fees(self) -> pd.DataFrame:
        """What the gateway kept of payments, as notifications and ledger say, the largest difference first."""
        return frame_of(self.aspect("fees"))

    @property
    def refunds(self) -> pd.DataFrame:
        """Orders of which something went back, against what was paid, those with a problem first."""
        return frame_of(self.aspect("refunds"))

    @property
    def findings(self) -> pd.DataFrame:
        """One row a notification and finding, with the notification's verdict and the sentence of the finding."""
        return frame_of(findings_table(self.table("notifications"), self.lang))

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection that has every table as a view of its name; whoever asks for it closes it."""
        made = {name: self.table(name) for name in self.made_names if not self.has(name)}
        return connected({**self.tables, **made}, self.lang)

    @property
    def summary(self) -> dict[str, Any]:
        """What comes first, what looks like wrong input, counts by word, the tie-out, and what nothing can show.

        ``headline`` says how many need a person and how much money that is; ``exposure`` what a shop that checks as the
        documentation's sample does would have released wrongly, by class; ``grades`` who vouches for accepted money.
        Plain values, ready for JSON.
        """
        return summary_of(self)

    @property
    def is_exceptional(self) -> bool:
        """Whether anything calls for a person.

        That is an exception, a forged, suspect or unreadable notification, a refund that has a problem, or a broken
        chain. That a source may be cut off is no more than a note: a last line without an end looks the same. What a
        person has decided calls for none, unless the decisions cannot all be read.
        """
        return calls_for_a_person(self)

    @property
    def plot(self) -> Plots:
        """Pictures, each with its numbers: ``plot.daily()``, ``plot.outcomes()``, ``plot.waterfall()``.

        Each is shown in a cell, has its numbers as ``table``, and draws into matplotlib's axes with ``draw``.
        """
        tie_out = self.table("tie_out")
        with closing(self.connect()) as connection:
            daily = figures.daily(connection)
            outcomes = (
                figures.by_outcome(connection, tie_out) if self.has("results") else figures.BY_OUTCOME.empty_table()
            )
        return Plots({"daily": daily, "outcomes": outcomes, "waterfall": figures.waterfall(tie_out)}, self.lang)

    def to_parquet(
        self,
        folder: str | os.PathLike[str],
        *,
        partition: str | None = None,
        row_group_rows: int = ROW_GROUP_ROWS,
    ) -> Path:
        """Writes the report folder, whole or not at all; an earlier report there is replaced in one step.

        Args:
            folder: Absent, empty, or an earlier report; with ``partition`` absent or empty.
            partition: ``day`` or ``month``: a folder for a warehouse instead, each table a folder of its own,
                notifications, orders and results cut as Hive does. It is no report that can be read back, compared,
                checked or taken over from: those read the one that it was made of.
            row_group_rows: The most rows of a row group.

        Raises:
            OptionError: It is no period, or no number of rows.
            OutputError: The folder holds something else, or cannot be written.
        """
        return write_folder(self, report_path(folder), partition, row_group_rows)

    def to_csv(self, file: str | os.PathLike[str], *, lang: str | None = None) -> Path:
        """Writes the worklist as CSV for a spreadsheet, in which no text can become a formula.

        Args:
            file: Where; an earlier file is replaced.
            lang: The language of the sentences; that of the run when None.

        Raises:
            OptionError: There is no such language.
            OutputError: The file cannot be written.
        """
        return write_sheet(self.told_in(lang), folder_path(file), self.manifest_facts())

    def to_excel(
        self, file: str | os.PathLike[str], *, lang: str | None = None, progress: Progress | None = None
    ) -> Path:
        """Writes a workbook: summary, worklist, results, notifications and tie-out.

        Text stays text, leading zeros and long digits too, and no cell can become a formula or a link. Amounts are
        numbers with the decimals of their currency; one of more than 15 digits is text, since spreadsheets would round
        it. Where a sheet has no room for all rows, or a cell for all of a text, the first sheet says so.

        Args:
            file: Where; an earlier file is replaced.
            lang: The language of the sentences; that of the run when None.
            progress: Told how far it is, as by ``cr.audit``.

        Raises:
            OptionError: There is no such language.
            OutputError: The file cannot be written.
        """
        return write_book(self.told_in(lang), folder_path(file), self.manifest_facts(), Stages(progress))

    def to_html(
        self,
        file: str | os.PathLike[str],
        *,
        lang: str | None = None,
        keys: Keys | None = None,
        progress: Progress | None = None,
    ) -> Path:
        """Writes the report as one page to hand over: it needs nothing else, sends nothing, and can check itself.

        Whoever has a secret types it into the page, and the browser computes every signature again. As ``report.html``
        in the report's own folder the manifest names it.

        Args:
            file: Where; an earlier file is replaced.
            lang: The language of the page; that of the run when None.
            keys: The keys of the run, with which the page says what would make a forgery valid; an audit in this
                process knows them. Neither they nor a signature that would be valid stand on the page.
            progress: Told how far it is, as by ``cr.audit``.

        Raises:
            OptionError: There is no such language.
            KeyRingError: The keys are not those of the run, or cannot be used.
            OutputError: The file cannot be written, or would stand in the folder of another report.
        """
        ring = self._ring if keys is None else self._ring_of_the_run(keys)
        return write_page(self.told_in(lang), folder_path(file), self.manifest_facts(), ring, Stages(progress))

    def evaluate(self, labels: Any) -> Evaluation:  # noqa: ANN401
        """How far verdicts and outcomes agree with labels: precision, recall and counts by class.

        Args:
            labels: A CSV file's path, or a table: columns ``verdict`` and ``outcome`` or one of them, and as keys
                ``source`` with ``record``, or ``identifier``. What has no label is in no count.

        Raises:
            InputError: It is no table.
            ColumnError: It lacks columns, or labels one thing in two ways.
        """
        results = self.table("results") if self.has("results") else None
        return evaluation_of(self.table("notifications"), results, labels, self.lang)

    def masked(self, key: bytes | None = None) -> Reconciliation:
        """The same for others' eyes: names, mails, numbers and addresses by keyed digest, so that equal stays equal.

        Everything in ``extra`` is masked, and every column of the orders that was mapped to none; the bytes of records
        are left out. What signatures cover, identifiers and transactions stay. All that is made of it is masked alike.
        A run has nothing to take over from a masked report, and ``check`` compares what is not masked.

        Args:
            key: Of the digest, at least 16 bytes; that in CORENA_MASK_KEY when None, and else one that is drawn.

        Raises:
            OptionError: It is no key.
        """
        mask = Mask.of(key)
        tables: dict[str, pa.Table | StoredTable] = {
            **self._tables,
            "notifications": masked_notifications(self.table("notifications"), mask),
        }
        if self.has("orders"):
            tables["orders"] = masked_orders(self.table("orders"), self.facts.get("mapping") or {}, mask)
        notes = [*self.facts.get("notes", []), note(f"masked_{mask.origin}")]
        facts = {**self.facts, **{name: self.derived(name) for name in DERIVED}, "masked": mask.origin, "notes": notes}
        tables.setdefault("worklist", self.table("worklist"))
        return Reconciliation(tables, facts=facts, counts=self.counts, ring=self._ring)

    @classmethod
    def read_parquet(cls, folder: str | os.PathLike[str]) -> Reconciliation:
        """A report folder read back; tables are loaded when they are asked for.

        Raises:
            OutputError: The folder is no report, or one of its files is not the one that was written.
        """
        path = folder_path(folder)
        manifest = read_manifest(path)
        while (unlike := _unlike(tables := _tables_of(path, manifest), manifest)) is not None:
            manifest, before = read_manifest(path), manifest
            if manifest == before:
                raise OutputError(
                    f"{unlike} is not the file that the report's manifest names", hint="run the audit again"
                )
        known = ("package", "format", "version", "rows", "outputs", "seal")
        facts = {name: value for name, value in manifest.items() if name not in known}
        facts["inputs"] = list(manifest.get("inputs", {}).items())
        return cls(tables, facts=facts)

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}: {self.row_count(name)}" for name in self._tables)
        return f"Reconciliation({counts})"

    def _repr_html_(self) -> str:
        return report_card(self.summary, self.dearest(CARD_ROWS), Look(self.lang))

    def _ring_of_the_run(self, keys: Keys) -> KeyRing:
        ring = KeyRing.of(keys)
        unlike = ring.unlike(self.facts["keys"]) if "keys" in self.facts else []
        if unlike:
            raise KeyRingError(
                f"the keys are not those of the run: {', '.join(unlike)}",
                hint="give the key ring that it was made with",
            )
        return ring

    def _frame(self, name: str) -> pd.DataFrame:
        return frame_of(self.table(name))


def _tables_of(folder: Path, manifest: Mapping[str, Any]) -> dict[str, StoredTable]:
    """The tables of a report folder, by name."""
    return {
        name: StoredTable.at(folder / f"{name}.parquet")
        for name in (*TABLES, *SOMETIMES)
        if f"{name}.parquet" in manifest["outputs"]
    }


def _unlike(tables: Mapping[str, StoredTable], manifest: Mapping[str, Any]) -> Path | None:
    """A file that is not the one that the manifest names, if any: it was changed, or the whole report was."""
    for table in tables.values():
        try:
            is_like = table.sha256() == manifest["outputs"][table.path.name]
        except (OSError, OutputError):
            is_like = False
        if not is_like:
            return table.path
    return None
