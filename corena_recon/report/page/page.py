"""A report as one HTML file, which needs nothing else and can send nothing.

Everything goes through the template, which makes strangers' text visible and escapes it; the script's data stand in a
block that no text can end. The policy in its head lets its own script and its own style act, each known by its digest,
and nothing be loaded or sent.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.languages import FINDING_SENTENCES, OUTCOME_SENTENCES, VERDICT_NAMES, noted, ones, quoted
from corena_recon.progress import Stages, Telling
from corena_recon.report.displays import figures
from corena_recon.report.displays.mapping import mapping_sentences
from corena_recon.report.displays.terminal import Look
from corena_recon.report.displays.words import other_notes
from corena_recon.report.page.drawing import (
    WIDTH,
    daily_drawing,
    outcomes_drawing,
    per_week,
    untrusted,
    waterfall_drawing,
)
from corena_recon.report.page.listing import WRITTEN_MAX, currencies_of, listed_rows, packed_rows
from corena_recon.report.page.profile import profiled_amounts, profiled_columns
from corena_recon.report.page.proof import PROOF_COLUMNS, PROVEN_MAX, Parts, Proof, proof_of
from corena_recon.report.page.stories import stories_of
from corena_recon.report.page.words import PAGE
from corena_recon.report.views import name_views
from corena_recon.signing import KeyRing
from corena_recon.tables.engine import connect, rows_in
from corena_recon.text import printable
from corena_recon.version import __version__
from corena_recon.vocabulary import FINDINGS, OUTCOMES, SYMBOLS, Verdict

if TYPE_CHECKING:
    import duckdb
    from jinja2 import Environment

PACKING: Final = "pack the signatures"
PROFILING: Final = "count what columns hold"
EXPLAINING: Final = "explain"
"""What progress is told of while a page is made."""

_OF_THE_SCRIPT: Final = (
    *("shown", "computing", "no_secret", "agree", "disagree", "of_key", "of_none", "not_typed", "no_agreement"),
    *("should", "should_not", "more", "explain", "further", "further_all"),
)
_FIRST_OF_EACH: Final = """
SELECT code, source, record, identifier FROM findings
QUALIFY row_number() OVER (PARTITION BY code ORDER BY source, record) <= 5 ORDER BY code, source, record
"""
_SOURCES_MAX: Final = 2000
_DAYS_MAX: Final = 1000


class Paged(NamedTuple):
    """What a page is made of.

    Attributes:
        tables: Of the report by name, the worklist among them; in memory, or in Parquet files.
        summary: Of the report.
        facts: Of the report.
        inputs: The digests of all that was read, by name.
        lang: Of labels and sentences.
        keys: Of the run, for what would make a forgery valid; nothing of them stands on the page.
    """

    tables: Mapping[str, pa.Table | Path]
    summary: Mapping[str, Any]
    facts: Mapping[str, Any]
    inputs: Mapping[str, str | None]
    lang: str
    keys: KeyRing | None = None


def page_of(paged: Paged, stages: Stages) -> bytes:
    """The page as the bytes of its file; the same report gives the same bytes.

    Args:
        paged: What it is made of.
        stages: Told how far it is.
    """
    look = Look(paged.lang)
    worklist = listed_rows(_read(paged.tables["worklist"]), look)
    identifiers = [row["identifier"] for row in worklist if row["identifier"] is not None]
    with connect(rows=rows_in(paged.tables.values())) as connection:
        name_views(connection, paged.tables, paged.lang)
        keys = _keys(connection, paged)
        proof = proof_of(
            _told_parts(paged, stages.telling(PACKING)),
            _exceptional(connection, paged),
            paged.inputs,
            [key["id"] for key in keys],
        )
        context = {
            "paged": paged,
            "look": look,
            "worklist": worklist,
            "currencies": currencies_of(worklist),
            "daily": _daily(connection, look),
            "money": _money(connection, paged, look) if "tie_out" in paged.tables else [],
            "findings": _findings(connection, paged),
            "silent": [code for code in FINDINGS if code not in paged.summary["findings"]],
            "columns": profiled_columns(connection, paged.tables, look, stages.telling(PROFILING)),
            "amounts": profiled_amounts(connection),
            "proof": proof,
            "proof_said": _said_of(proof, look),
            "intake": _read(paged.tables["intake"]).slice(0, _SOURCES_MAX).to_pylist(),
            "mapping": mapping_sentences(paged.summary.get("orders", {}).get("mapping") or {}, paged.lang),
            "notes": other_notes(paged.summary),
            "keys": keys,
        }
    context["stories"] = stories = stories_of(
        paged.tables, paged.facts, identifiers, lang=paged.lang, keys=paged.keys, tell=stages.telling(EXPLAINING)
    )
    context["packed"] = packed_rows(worklist[WRITTEN_MAX:], stories)
    text: str = _environment().get_template("page.html").render(**context, **_constants(paged.lang))
    return text.encode()


@cache
def _environment() -> Environment:
    """The one way from values to the page: made visible, then escaped, and never left out in silence."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - it may not be needed
    from markupsafe import Markup  # noqa: PLC0415

    def visible(value: object) -> object:
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_file),
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    environment.filters["brief"] = lambda value: "" if value is None else quoted(value)
    return environment


def _file(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")


def _constants(lang: str) -> dict[str, Any]:
    from markupsafe import Markup  # noqa: PLC0415 - it may not be needed

    own = {name: _file(f"page.{name}") for name in ("css", "js")}
    return {
        "style": Markup(own["css"]),  # noqa: S704 - files of this package
        "script": Markup(own["js"]),  # noqa: S704
        "policy": (
            f"default-src 'none'; style-src '{_digest(own['css'])}'; script-src '{_digest(own['js'])}'; "
            "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        "say": lambda key, /, **facts: PAGE.say(key, lang, **facts),
        "words": {key: PAGE.template(key, lang) for key in _OF_THE_SCRIPT} | {"ones": ones(lang)},
        "verdict_name": lambda word: VERDICT_NAMES.say(word, lang),
        "outcome_means": lambda code: OUTCOME_SENTENCES.say(code, lang) if code in OUTCOMES else "",
        "outcomes": OUTCOMES,
        "symbols": {verdict.value: symbol for verdict, symbol in SYMBOLS.items()},
        "noted": lambda text: noted(text, lang),
        "width": WIDTH,
        "written_max": WRITTEN_MAX,
        "version": __version__,
    }


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _read(table: pa.Table | Path) -> pa.Table:
    return table if isinstance(table, pa.Table) else pq.read_table(table)


def _told_parts(paged: Paged, tell: Telling) -> Parts:
    """Gives the notifications in parts, and tells how many have been gone through, both times."""
    intake = paged.summary["intake"]
    done, total = 0, 2 * (intake["notifications"] + intake["unreadable"])

    def parts() -> Iterator[pa.Table]:
        nonlocal done
        for part in _parts(paged.tables["notifications"], PROOF_COLUMNS):
            yield part
            done += len(part)
            tell(done, total)

    return parts


def _parts(table: pa.Table | Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    if isinstance(table, pa.Table):
        yield table.select([*columns])
        return
    with pq.ParquetFile(table) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, columns=[*columns])


def _exceptional(connection: duckdb.DuckDBPyConnection, paged: Paged) -> pa.Array:
    if "results" not in paged.tables:
        return pa.array([], pa.string())
    found = connection.sql("SELECT DISTINCT identifier FROM exceptions ORDER BY identifier").to_arrow_table()
    return found["identifier"].combine_chunks().cast(pa.string())


def _daily(connection: duckdb.DuckDBPyConnection, look: Look) -> dict[str, Any]:
    rows = figures.daily(connection).to_pylist()
    verdicts = [verdict.value for verdict in Verdict]
    used = [word for word in verdicts if any(row[word] for row in rows)]
    return {
        "rows": rows[-_DAYS_MAX:],
        "verdicts": used,
        "is_weekly": per_week(rows),
        "undated": sum(row[word] for row in rows if row["day"] is None for word in verdicts),
        "all": daily_drawing(rows, used, look),
        "untrusted": daily_drawing(rows, untrusted(), look),
    }


def _money(connection: duckdb.DuckDBPyConnection, paged: Paged, look: Look) -> list[dict[str, Any]]:
    """By currency, that with the most money first: its pictures and their numbers."""
    tie_out = _read(paged.tables["tie_out"])
    steps = figures.waterfall(tie_out).to_pylist()
    sums = figures.by_outcome(connection, tie_out).to_pylist()
    lines = sorted(
        tie_out.to_pylist(), key=lambda line: (-max(abs(line["ordered"]), abs(line["paid"])), line["currency"] or "")
    )
    found = []
    for line in lines:
        own_steps = [row for row in steps if row["currency"] == line["currency"]]
        own_sums = [row for row in sums if row["currency"] == line["currency"]]
        drawing, begins = waterfall_drawing(own_steps, look)
        found.append(
            {
                "currency": line["currency"],
                "line": line,
                "steps": own_steps,
                "sums": own_sums,
                "waterfall": drawing,
                "begins": begins,
                "by_outcome": outcomes_drawing(own_sums, look),
            }
        )
    return found


def _findings(connection: duckdb.DuckDBPyConnection, paged: Paged) -> list[dict[str, Any]]:
    """Each finding with its count, its sentence and its first records, in the order of the vocabulary."""
    counts = paged.summary["findings"]
    first: dict[str, list[dict[str, Any]]] = {code: [] for code in counts}
    for row in connection.sql(_FIRST_OF_EACH).to_arrow_table().to_pylist():
        first[row["code"]].append(row)
    return [
        {
            "code": code,
            "count": counts[code],
            "verdict": "" if FINDINGS[code].verdict is None else FINDINGS[code].verdict,
            "sentence": FINDING_SENTENCES.say(code, paged.lang),
            "first": first[code],
        }
        for code in FINDINGS
        if code in counts
    ]


def _said_of(proof: Proof, look: Look) -> list[str]:
    say: Callable[..., str] = lambda key, **facts: PAGE.say(key, look.lang, **facts)  # noqa: E731
    counts = {
        "count": look.grouped(proof.held),
        "total": look.grouped(proof.total),
        "exceptions": look.grouped(proof.exceptions),
        "limit": look.grouped(PROVEN_MAX),
        "seed": proof.seed,
    }
    said = [say("proof_none" if not proof.held else "proof_all" if proof.seed is None else "proof_some", **counts)]
    said += [say("proof_silent", count=look.grouped(proof.silent))] if proof.silent else []
    said += [say("proof_long", count=look.grouped(proof.too_long))] if proof.too_long else []
    return said


def _keys(connection: duckdb.DuckDBPyConnection, paged: Paged) -> list[dict[str, Any]]:
    """What is known of each key: never more of its secret than its fingerprint."""
    ring, fingerprints = paged.facts.get("ring") or {}, paged.facts.get("keys") or {}
    used = connection.sql("SELECT DISTINCT key_id FROM notifications WHERE key_id IS NOT NULL ORDER BY key_id")
    names = dict.fromkeys([*ring, *fingerprints, *used.to_arrow_table()["key_id"].cast(pa.string()).to_pylist()])
    nothing = {"mode": "", "merchant": None}
    return [{"id": name, **ring.get(name, nothing), "digest": fingerprints.get(name, "")} for name in names]
