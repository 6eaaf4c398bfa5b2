"""The page: a report as one file to hand over, which proves itself in the reader's browser."""

from corena_recon.report.page.page import Paged, page_of

__all__ = ["Paged", "page_of"]
