"""Every form of archive, in the order in which a source is tried against them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

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
from corena_recon.archive.forms.tables.csv_rows import CsvRows
from corena_recon.archive.forms.tables.order_rows import OrderObjects, OrderRows
from corena_recon.archive.forms.tables.sql import Sql
from corena_recon.archive.forms.tables.table_rows import FeatherRows, ParquetRows
from corena_recon.archive.forms.tables.whmcs import Whmcs
from corena_recon.archive.json_stream.json_shape import json_head
from corena_recon.errors import OptionError, SourceError
from corena_recon.text import printable

if TYPE_CHECKING:
    from corena_recon.archive.records.batches import Room
    from corena_recon.archive.sources.containers import ByteStream

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
    CsvRows(),
    NginxLog(),
    PhpDumps(),
    LogLines(),
    JsonLines(),
    JsonDocument(),
    Body(),
    FormLines(),
)
"""The particular forms stand before the general ones, which would read them too, but know less about them."""
FORMS: Final = tuple(room.name for room in ROOMS)

_NO_ARCHIVE: Final = (OrderRows(), OrderObjects())
"""What would be read as an archive of forgeries."""


_MITMPROXY: Final = re.compile(rb"[0-9]{1,9}:(?:[0-9]{1,2}:[a-z_]{1,30};).{0,4096}?7:request;", re.DOTALL)
"""A dictionary as mitmproxy writes it: each text with its length before it, and a letter behind it."""


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
    is_refused = _MITMPROXY.match(head) is not None
    for room in () if is_refused else (*_NO_ARCHIVE, *ROOMS):
        if room.recognises(head):
            return room
    if is_refused:
        raise SourceError(
            f"{printable(stream.name)} is of no known archive form: mitmproxy keeps its flows so",
            hint="have mitmdump read it, with --set hardump=flows.har, and give flows.har",
        )
    raise SourceError(
        f"{printable(stream.name)} is of no known archive form",
        hint="forms are "
        + ", ".join(FORMS)
        + "; name one with form=, or give the folder to have what is no archive left out",
    )
