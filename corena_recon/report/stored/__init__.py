"""The files of a report: its folder and tables, what is written beside them, whole or not at all."""
