"""How far a report agrees with labels that somebody gave: precision, recall and counts by class."""

from __future__ import annotations

import os
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from corena_recon.errors import ColumnError, InputError
from corena_recon.languages import Words, grouped
from corena_recon.tables.columns import whole
from corena_recon.tables.frames import frame_of, offers_arrow, table_given
from corena_recon.text import printable

if TYPE_CHECKING:
    import pandas as pd

EVALUATION: Final = Words(
    "evaluation",
    {
        "verdict": "Verdicts: {agreed} of {labelled} {agreed:is|are} as labelled.",
        "outcome": "Outcomes: {agreed} of {labelled} {agreed:is|are} as labelled.",
        "class": "{word}: precision {precision} ({agreed} of {found}), recall {recall} ({agreed} of {labelled})",
        "unknown": "{count} {count:label is|labels are} of nothing that the report has.",
        "none": "none",
    },
)
"""What an evaluation says."""

CLASS_SCHEMA: Final = pa.schema(
    [
        ("label", pa.string()),
        ("class", pa.string()),
        *((name, pa.int64()) for name in ("labelled", "found", "agreed")),
        *((name, pa.float64()) for name in ("precision", "recall")),
    ]
)
"""One row a class of verdicts or outcomes. Rows without a label are in no count."""

_HINT: Final = "labels have a column verdict or outcome, and source with record, or identifier"
_PATH: Final = r"^.*[/\\]"
_TEXT_COLUMNS: Final = ("source", "record", "identifier", "verdict", "outcome")


class Evaluation(NamedTuple):
    """How far a report agrees with labels.

    Attributes:
        classes: Of CLASS_SCHEMA.
        differing: What was labelled otherwise: ``label``, its key, ``expected`` and ``found``.
        unknown: How many labels are of nothing that the report has.
        lang: Of its words.
    """

    classes: pa.Table
    differing: pa.Table
    unknown: int
    lang: str

    @property
    def frame(self) -> pd.DataFrame:
        """Precision, recall and counts by class."""
        return frame_of(self.classes)

    @property
    def missed(self) -> pd.DataFrame:
        """What was labelled otherwise."""
        return frame_of(self.differing)

    @property
    def agrees(self) -> bool:
        """Whether everything is as labelled."""
        return not len(self.differing) and not self.unknown

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def _lines(self) -> Iterator[str]:
        for label in ("verdict", "outcome"):
            rows = [row for row in self.classes.to_pylist() if row["label"] == label]
            if not rows:
                continue
            sums = {name: grouped(sum(row[name] for row in rows), self.lang) for name in ("agreed", "labelled")}
            yield EVALUATION.say(label, self.lang, **sums)
            for row in rows:
                counts = {name: grouped(row[name], self.lang) for name in ("labelled", "found", "agreed")}
                shares = {name: self._share(row[name]) for name in ("precision", "recall")}
                yield "  " + EVALUATION.say("class", self.lang, word=printable(row["class"]), **counts, **shares)
        if self.unknown:
            yield EVALUATION.say("unknown", self.lang, count=grouped(self.unknown, self.lang))

    def _share(self, share: float | None) -> str:
        return EVALUATION.say("none", self.lang) if share is None else f"{100 * share:.2f} %"


def evaluation_of(notifications: pa.Table, results: pa.Table | None, labels: Any, lang: str) -> Evaluation:  # noqa: ANN401
    """The evaluation of a report.

    Args:
        notifications: Of the report: source, record, identifier and verdict.
        results: Of the report: identifier and outcome; None where it has no orders.
        labels: A CSV file's path, or a table: ``verdict`` and ``outcome`` or one of them, and as keys ``source`` with
            ``record``, or ``identifier``.
        lang: Of its words.

    Raises:
        InputError: It is no table.
        ColumnError: It lacks columns, or labels one thing in two ways.
    """
    given = _labels(labels)
    names = set(given.column_names)
    compared = []
    if "verdict" in names:
        keys = ["source", "record"] if {"source", "record"} <= names else ["identifier"]
        compared.append(_compared("verdict", keys, given, notifications))
    if "outcome" in names and results is not None:
        compared.append(_compared("outcome", ["identifier"], given, results))
    if not compared:
        raise ColumnError(
            "labels name neither a verdict nor an outcome of this report", hint=_HINT, found=sorted(names), needed=[]
        )
    return Evaluation(
        pa.concat_tables([classes for classes, _, _ in compared]),
        pa.concat_tables([differing for _, differing, _ in compared], promote_options="default"),
        sum(unknown for _, _, unknown in compared),
        lang,
    )


def _labels(labels: Any) -> pa.Table:  # noqa: ANN401
    if isinstance(labels, str | os.PathLike):
        path = os.fsdecode(labels)
        as_text = pacsv.ConvertOptions(column_types=dict.fromkeys(_TEXT_COLUMNS, pa.string()), strings_can_be_null=True)
        try:
            return pacsv.read_csv(path, convert_options=as_text)
        except (OSError, pa.ArrowException) as error:
            kind = type(error).__name__
            raise InputError(
                f"the labels in {printable(path)} cannot be read: {kind}", hint="give a CSV file"
            ) from None
    if not offers_arrow(labels):
        raise InputError(f"labels are a {type(labels).__name__}", hint=f"give a CSV file's path or a frame: {_HINT}")
    return table_given(labels)


def _compared(label: str, keys: list[str], given: pa.Table, own: pa.Table) -> tuple[pa.Table, pa.Table, int]:
    """The classes of one kind of label, what differs, and how many labels are of nothing."""
    missing = [name for name in keys if name not in given.column_names]
    if missing:
        raise ColumnError(
            f"labels of {label} lack {', '.join(missing)}", hint=_HINT, found=given.column_names, needed=keys
        )
    expected = given.select([*keys, label]).rename_columns([*keys, "expected"])
    expected = expected.filter(expected["expected"].is_valid()).cast(_key_types(keys, "expected"), safe=False)
    found = own.select([*keys, label]).rename_columns([*keys, "found"]).cast(_key_types(keys, "found"))
    if "source" in keys:
        expected, found = _with_like_sources(expected, found)
    expected = expected.group_by([*keys, "expected"]).aggregate([])
    _require_one(expected, keys, label, "the labels")
    both = expected.join(found, keys, join_type="left outer")
    known = both.filter(both["found"].is_valid())
    _require_one(known, keys, label, "the report; label it by source and record")
    differing = known.filter(pc.not_equal(known["expected"], known["found"]))
    named = pa.array([label] * len(differing), pa.string())
    return _classes(label, known), differing.append_column("label", named), len(both) - len(known)


def _key_types(keys: list[str], value: str) -> pa.Schema:
    kinds = {"record": pa.int64()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in (*keys, value)])


def _with_like_sources(expected: pa.Table, found: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Sources by the names of their files, where they stand elsewhere now."""
    if pc.any(pc.is_in(expected["source"], whole(pc.unique(found["source"])))).as_py():
        return expected, found
    expected, found = (
        table.set_column(0, "source", pc.replace_substring_regex(table["source"], _PATH, ""))
        for table in (expected, found)
    )
    return expected, found


def _require_one(rows: pa.Table, keys: list[str], label: str, where: str) -> None:
    counts = rows.group_by(keys).aggregate([([], "count_all")])
    several = counts.filter(pc.greater(counts["count_all"], 1))
    if len(several):
        named = ", ".join(printable(str(several[name][0].as_py())) for name in keys)
        raise ColumnError(f"{named} has more than one {label} in {where}", hint=_HINT, found=keys, needed=keys)


def _classes(label: str, known: pa.Table) -> pa.Table:
    agreed = known.filter(pc.equal(known["expected"], known["found"]))
    counts = [
        {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}
        for column in (known["expected"], known["found"], agreed["found"])
    ]
    rows = []
    for word in sorted({*counts[0], *counts[1]}):
        labelled, found, same = (of_word.get(word, 0) for of_word in counts)
        shares = {"precision": same / found if found else None, "recall": same / labelled if labelled else None}
        rows.append({"label": label, "class": word, "labelled": labelled, "found": found, "agreed": same, **shares})
    return pa.Table.from_pylist(rows, CLASS_SCHEMA)
