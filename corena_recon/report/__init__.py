"""What an audit found: its tables, its counts, its summary, its folder."""

from corena_recon.report.contents import OF_THE_RUN
from corena_recon.report.diagnosis.counts import Counts
from corena_recon.report.diagnosis.diagnosis import DECISIONS_UNREADABLE, REWRITTEN, stage_diagnosis
from corena_recon.report.difference import Difference, difference_of
from corena_recon.report.displays.card import report_card
from corena_recon.report.displays.terminal import Look, report_text
from corena_recon.report.masking import hidden_columns
from corena_recon.report.result import Reconciliation
from corena_recon.report.stored.folder import (
    folder_path,
    new_report,
    read_manifest,
    report_path,
    write_manifest,
)
from corena_recon.report.stored.made_files import whole_file, write_whole
from corena_recon.report.stored.replacing import MANIFEST, PAGE_FILE, sync, take_place
from corena_recon.report.stored.stored_tables import StoredTable, sha256_of
from corena_recon.report.stored.table_files import TableFile
from corena_recon.report.workbook import write_list
from corena_recon.report.worklist import Gathered, Worklist
from corena_recon.report.written import fill_report

__all__ = [
    "DECISIONS_UNREADABLE",
    "MANIFEST",
    "OF_THE_RUN",
    "PAGE_FILE",
    "REWRITTEN",
    "Counts",
    "Difference",
    "Gathered",
    "Look",
    "Reconciliation",
    "StoredTable",
    "TableFile",
    "Worklist",
    "difference_of",
    "fill_report",
    "folder_path",
    "hidden_columns",
    "new_report",
    "read_manifest",
    "report_card",
    "report_path",
    "report_text",
    "sha256_of",
    "stage_diagnosis",
    "sync",
    "take_place",
    "whole_file",
    "write_list",
    "write_manifest",
    "write_whole",
]
