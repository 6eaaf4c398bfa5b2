"""Every form of archive, in the order in which a source is tried against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from corena_recon.archive.forms.dumps.sql import Sql
from corena_recon.archive.forms.json_document import JsonDocument
from corena_recon.archive.forms.jsonl import JsonLines
from corena_recon.archive.forms.logs.log import LogLines
from corena_recon.archive.forms.logs.nginx import NginxLog
from corena_recon.archive.forms.logs.php_dumps import PhpDumps
from corena_recon.archive.forms.logs.urlencoded import Body, FormLines
from corena_recon.archive.forms.recorders.har import Har
from corena_recon.archive.forms.recorders.hookdeck import Hookdeck
from corena_recon.archive.forms.recorders.hooksense import HookSense
from corena_recon.archive.forms.recorders.lambda_events import LambdaEvents
from corena_recon.archive.forms.recorders.ngrok import Ngrok
from corena_recon.archive.forms.recorders.spatie import Spatie
from corena_recon.archive.forms.recorders.telescope import Telescope
from corena_recon.archive.forms.recorders.webhook_site import WebhookSite
from corena_recon.archive.forms.refusals import refusal_of
from corena_recon.archive.forms.tables.csv_rows import CsvRows
from corena_recon.archive.forms.tables.order_rows import OrderObjects, OrderRows
from corena_recon.archive.forms.tables.table_heads import far_head
from corena_recon.archive.forms.tables.table_rows import FeatherRows, ParquetRows
from corena_recon.archive.forms.tables.whmcs import Whmcs
from corena_recon.archive.json_stream.json_shape import json_head
from corena_recon.archive.recipes.book import NOTHING_KNOWN
from corena_recon.errors import OptionError, SourceError
from corena_recon.native import Kind, Sink, has_core
from corena_recon.text import printable

if TYPE_CHECKING:
    from corena_recon.archive.records.batches import Room
    from corena_recon.archive.sources.containers import ByteStream

_JSON_LINES: Final = JsonLines()
_TABLE: Final = CsvRows()
_NO_TABLE: Final = (b"{", b"[", b"<")
ROOMS: Final[tuple[Room, ...]] = (
    ParquetRows(),
    FeatherRows(),
    Har(),
    Ngrok(),
    Telescope(),
    WebhookSite(),
    Hookdeck(),
    HookSense(),
    Spatie(),
    LambdaEvents(),
    Sql(),
    Whmcs(),
    _TABLE,
    NginxLog(),
    PhpDumps(),
    LogLines(),
    _JSON_LINES,
    JsonDocument(),
    Body(),
    FormLines(),
)
"""The particular forms stand before the general ones, which would read them too, but know less about them."""
FORMS: Final = tuple(room.name for room in ROOMS)

_NO_ARCHIVE: Final = (OrderRows(), OrderObjects())
"""What would be read as an archive of forgeries."""

_JSON_LINES_SEEN: Final[set[int]] = set()
"""Shapes of the lines of sources that were found to be JSON lines."""
_SHAPES_MAX: Final = 1024
_SAMPLE_LINES: Final = 64
"""No form looks at more lines of JSON."""


def room_for(stream: ByteStream, form: str | None = None) -> Room:
    """The room that reads the source.

    Args:
        stream: The source; nothing of it is consumed.
        form: The form's name, where the caller knows better than the content says.

    Raises:
        OptionError: There is no form of that name.
        SourceError: The content is of no known form.
    """
    if form is not None:
        named = next((room for room in ROOMS if room.name == form), None)
        if named is None:
            raise OptionError("form names no archive form that there is", hint="forms are " + ", ".join(FORMS))
        return named
    head = json_head(stream)
    shape = _shape_of_lines(head)
    if shape in _JSON_LINES_SEEN:
        return _JSON_LINES
    is_refused = refusal_of(head, is_sure=True) is not None
    for room in () if is_refused else (*_NO_ARCHIVE, *ROOMS):
        if room.recognises(head):
            if room is _JSON_LINES and shape is not None:
                _remember(shape)
            return room
    far = None if is_refused or head[:1] in _NO_TABLE else far_head(stream, head)
    if far is not None and _TABLE.recognises(far):
        return _TABLE
    refused = refusal_of(head)
    if refused is not None:
        raise SourceError(
            f"{printable(stream.name)} is of no known archive form: {refused.sentence}", hint=refused.hint
        )
    raise SourceError(
        f"{printable(stream.name)} is of no known archive form",
        hint="forms are "
        + ", ".join(FORMS)
        + "; name one with form=, or give the folder to have what is no archive left out",
    )


def _shape_of_lines(head: bytes) -> int | None:
    """The mark of the one shape that the first lines have, of which the first is a notification.

    A day's file is of the form of the day before: what recognises forms by looks at names, and at which texts hold
    what, and lines of one shape agree in both.

    Args:
        head: The first bytes of a source.

    Returns:
        None where they have several shapes or none, or there is only one line.
    """
    if not has_core() or head[:1] != b"{" or head.count(b"\n", 0, -1) == 0:
        return None
    sink = Sink(keeps_raw=False)
    end = head.rindex(b"\n") + 1
    sink.read_lines(head, (0, end), Kind.JSON, NOTHING_KNOWN.book, _SAMPLE_LINES)
    marks = sink.left["shape"]
    if (end < len(head) and len(marks) < _SAMPLE_LINES) or len(marks) < 2 or not marks[0] or (marks != marks[0]).any():
        return None
    first = _JSON_LINES.read_line(head[: head.index(b"\n")])
    return int(marks[0]) if first is not None and first.unreadable is None else None


def _remember(shape: int) -> None:
    if len(_JSON_LINES_SEEN) >= _SHAPES_MAX:
        _JSON_LINES_SEEN.clear()
    _JSON_LINES_SEEN.add(shape)
