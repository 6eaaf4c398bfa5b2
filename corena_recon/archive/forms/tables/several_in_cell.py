"""Rows of tables of which one cell holds a list of notifications: a record for each, beside the same other cells."""

from __future__ import annotations

from typing import Any, Final

from corena_recon.archive.forms.jsonl import objects_in_line
from corena_recon.archive.forms.logs.php_dumps import each_notification
from corena_recon.archive.records.envelopes import from_value
from corena_recon.archive.records.exact_cells import json_of
from corena_recon.archive.records.exact_json import parse_json
from corena_recon.archive.records.posting import body_text_octets
from corena_recon.php import find_dumps, may_hold_a_dump, may_list_arrays
from corena_recon.text import text_of

_NAME: Final = "signature"


def records_in(cells: dict[str, Any]) -> list[dict[str, Any]]:
    """The row's cells once for each notification that one of them lists; once where none does.

    A posted body is one record always, whatever it holds.

    Args:
        cells: By column name, as for ``from_cells``.
    """
    if _NAME in cells:
        return [cells]
    naming = [name for name, cell in cells.items() if isinstance(cell, str | list) and _NAME in str(cell)]
    listed = _listed(cells[naming[0]]) if len(naming) == 1 else []
    return [{**cells, naming[0]: one} for one in listed] or [cells]


def _listed(cell: str | list[Any]) -> list[Any]:
    if isinstance(cell, list):
        return cell if _are_several(cell) else []
    if cell.count(_NAME) < 2:
        return []
    octets = body_text_octets(cell).strip()
    if octets[:1] in (b"{", b"[", b'"'):
        parsed = parse_json(octets)
        if parsed.problem is not None:
            return [text_of(one) for one in objects_in_line(octets.replace(b"\n", b" "))]
        return [] if parsed.repeats_a_key else [json_of(one) for one in _items_of(parsed.value)]
    if may_hold_a_dump(octets) and may_list_arrays(octets):
        dumps = [dump for dump in find_dumps(octets) if _NAME.encode() in octets[dump.begin : dump.end]]
        items = each_notification(dumps[0]) if len(dumps) == 1 else ()
        return [text_of(octets[item.begin : item.end]) for item in items] if len(items) > 1 else []
    return []


def _items_of(value: Any) -> list[Any]:  # noqa: ANN401
    """The notifications of a list, also of one that an object holds that is none itself."""
    if isinstance(value, str):
        value = parse_json(body_text_octets(value)).value
    if isinstance(value, dict) and from_value(value).unreadable is not None:
        lists = [member for member in value.values() if isinstance(member, list)]
        value = lists[0] if len(lists) == 1 else value
    return value if isinstance(value, list) and _are_several(value) else []


def _are_several(items: list[Any]) -> bool:
    """Whether a list is of objects of which several have a signature."""
    return all(isinstance(one, dict) for one in items) and sum(_NAME in one for one in items) > 1
