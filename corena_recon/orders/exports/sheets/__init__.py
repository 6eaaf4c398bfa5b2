"""Exports that are sheets of cells: workbooks in every form, and tables of HTML."""
