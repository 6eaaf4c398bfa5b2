"""Order exports of shops and the merchant panel's own: every usual file form and platform, as one exact table."""

from corena_recon.orders.exports.content import Input
from corena_recon.orders.ledger import read_ledger, read_ledger_table
from corena_recon.orders.options import OrderArguments, OrderOptions, order_options
from corena_recon.orders.reading import OrderReading, read_orders, reading_notes
from corena_recon.orders.recognition import export_named
from corena_recon.orders.texts import read_texts

__all__ = [
    "Input",
    "OrderArguments",
    "OrderOptions",
    "OrderReading",
    "export_named",
    "order_options",
    "read_ledger",
    "read_ledger_table",
    "read_orders",
    "read_texts",
    "reading_notes",
]
