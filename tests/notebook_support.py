"""Notebooks, run as people run them.

What reads and runs notebooks takes many seconds to import, which every collection of tests would pay: it is imported by
the tests that need it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def new_notebook(cells: Iterable[str]) -> Any:
    """A notebook with these cells of code, whose kernel is Python's: JupyterLab asks which where none is named."""
    import nbformat  # noqa: PLC0415

    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel}
    )


def read_notebook(path: Path) -> Any:
    """The notebook of a file."""
    import nbformat  # noqa: PLC0415

    return nbformat.read(path, as_version=4)


def joined(notebooks: Iterable[Any]) -> Any:
    """One notebook of all their cells, so that one kernel starts; before each, what the last one named is forgotten."""
    import nbformat  # noqa: PLC0415

    cells = []
    for notebook in notebooks:
        cells.append(nbformat.v4.new_code_cell("%reset -f"))
        cells += [
            nbformat.from_dict({**cell, "id": f"cell-{len(cells)}-{place}"})
            for place, cell in enumerate(notebook.cells)
        ]
    return nbformat.v4.new_notebook(cells=cells)


def saved_text(notebook: Any) -> str:
    """What is in the file of a notebook."""
    import nbformat  # noqa: PLC0415

    return str(nbformat.writes(notebook))


def execute(notebook: Any, environment: Mapping[str, str], *, keeps_widgets: bool = False, **settings: Any) -> None:
    """Runs every cell in a kernel of its own, which has this environment."""
    from nbclient import NotebookClient  # noqa: PLC0415

    client = NotebookClient(notebook, timeout=300, kernel_name="python3", store_widget_state=keeps_widgets, **settings)
    client.execute(env=dict(environment))
