"""The project file: what a shop's close needs, set up once, and the close of every day."""

from corena_recon.project.closing import Close, Project, nearest_file
from corena_recon.project.founding import Founding, found_project
from corena_recon.project.settings import FILE_NAME, REPORT

__all__ = ["FILE_NAME", "REPORT", "Close", "Founding", "Project", "found_project", "nearest_file"]
