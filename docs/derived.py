"""Reference that is derived: ``{derived} NAME`` in a page stands for what the package itself says."""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from sphinx.util.docutils import SphinxDirective

import corena_recon as cr
from corena_recon import schemas, vocabulary
from corena_recon.command_line.main import _parser, main
from corena_recon.demonstration.demonstration import demo
from corena_recon.reconciliation.hints.diagnosis import SENTENCES
from corena_recon.report.diagnosis.diagnosis import DIAGNOSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from docutils import nodes
    from sphinx.application import Sphinx

_WIDTH: Final = "100"
_SHOP_ROWS: Final = 300
_SHOWN_ROWS: Final = 1


class Derived(SphinxDirective):
    """What ``PAGES`` makes under the name that is given."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The nodes of the text."""
        return self.parse_text_to_nodes(PAGES[self.arguments[0]](), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Registers the directive."""
    app.add_directive("derived", Derived)
    return {"parallel_read_safe": True}


def findings() -> str:
    """Every finding, the verdict that it forces, and when it holds."""
    return _table(
        ("finding", "forces", "when"),
        (
            (f"`{one.code}`", f"`{one.verdict}`" if one.verdict else "", one.when)
            for one in vocabulary.FINDINGS.values()
        ),
    )


def outcomes() -> str:
    """Every outcome, in the order in which they apply."""
    return _table(
        ("outcome", "needs a person", "when"),
        ((f"`{one.code}`", "yes" if one.is_exception else "", one.when) for one in vocabulary.OUTCOMES.values()),
    )


def reasons() -> str:
    """Every reason beside the outcomes and findings."""
    return _table(("reason", "says"), ((f"`{code}`", when) for code, when in vocabulary.REASONS.items()))


def diagnosis() -> str:
    """Every sentence of a diagnosis."""
    said = {**DIAGNOSES.english, **SENTENCES.english}
    return _table(("sentence", "says"), ((f"`{key}`", f"`{text}`") for key, text in said.items()))


def unreadable() -> str:
    """Why a record, or a row of an export, cannot be read."""
    words = {"records": vocabulary.Unreadable, "rows of exports": vocabulary.OrderUnreadable}
    return _table(("of", "codes"), ((of, ", ".join(f"`{code}`" for code in codes)) for of, codes in words.items()))


def forms() -> str:
    """The forms of archives and the platforms of exports."""
    return _table(
        ("option", "values"),
        (
            (f"`{flag}`", ", ".join(f"`{value}`" for value in values))
            for flag, values in (("--form", vocabulary.ARCHIVE_FORMS), ("--platform", vocabulary.ORDER_PLATFORMS))
        ),
    )


def columns() -> str:
    """The columns of every table."""
    tables = {
        "notifications, as read": schemas.NOTIFICATION_SCHEMA,
        "notifications, verified: besides": pa.schema(
            [column for column in schemas.VERIFIED_SCHEMA if column.name not in schemas.NOTIFICATION_SCHEMA.names]
        ),
        "intake": schemas.INTAKE_SCHEMA,
        "orders": schemas.ORDER_SCHEMA,
        "ledger": schemas.LEDGER_SCHEMA,
        "results": schemas.RESULT_SCHEMA,
        "tie_out": schemas.TIE_OUT_SCHEMA,
        "worklist": schemas.WORKLIST_SCHEMA,
    }
    return "\n\n".join(
        f"## {name}\n\n" + _table(("column", "type"), ((f"`{column.name}`", f"`{column.type}`") for column in schema))
        for name, schema in tables.items()
    )


def json_object() -> str:
    """What ``--json`` prints of a small shop."""
    with _shop():
        command = ["reconcile", "archive", "--orders", "orders.csv", "--keys", "keys.toml", "--json"]
        return _shown_json(_printed([*command, "--top", str(_SHOWN_ROWS)]))


def manifest() -> str:
    """The manifest of a small shop's report."""
    with _shop():
        return _shown_json(Path("report/manifest.json").read_text(encoding="utf-8"))


def commands() -> str:
    """The help of every command."""
    _, names = _parser()
    return "\n\n".join(f"## {name}\n\n```text\n{_printed([name, '--help']).rstrip()}\n```" for name in names)


def names() -> str:
    """The docstring of every public name."""
    return "\n\n".join(_documented(name) for name in cr.__all__ if not name.startswith("__"))


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    made.__name__: made
    for made in (
        findings,
        outcomes,
        reasons,
        diagnosis,
        unreadable,
        forms,
        columns,
        json_object,
        manifest,
        commands,
        names,
    )
}
"""By name, what makes the text of a part."""


def _documented(name: str) -> str:
    value = getattr(cr, name)
    kind = "module" if inspect.ismodule(value) else "class" if inspect.isclass(value) else "function"
    members = "" if kind == "function" else "\n   :members:"
    return f"```{{eval-rst}}\n.. auto{kind}:: corena_recon.{name}{members}\n```"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _shown_json(text: str) -> str:
    shown: Any = json.loads(text)
    return f"```json\n{json.dumps(shown, indent=1, ensure_ascii=False)}\n```"


def _printed(arguments: list[str]) -> str:
    os.environ["COLUMNS"] = _WIDTH
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(SystemExit),
    ):
        main(arguments)
    printed.flush()
    return printed.buffer.getvalue().decode()  # type: ignore[attr-defined]


@contextlib.contextmanager
def _shop() -> Iterator[None]:
    """The invented shop as the working folder."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        demo(_SHOP_ROWS, "shop")
        with contextlib.chdir("shop"):
            yield
