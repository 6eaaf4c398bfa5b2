"""A report as a workbook: sheets in which text stays text, amounts are numbers, and nothing can act."""

from corena_recon.report.workbook.sheets import write_list, write_workbook

__all__ = ["write_list", "write_workbook"]
