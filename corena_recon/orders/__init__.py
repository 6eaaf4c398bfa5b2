"""Order exports of shops: every usual file form and platform, as one exact table."""

from corena_recon.orders.reading import (
    OrderOptions,
    OrderTable,
    merged_mapping,
    read_orders,
    read_orders_table,
)

__all__ = ["OrderOptions", "OrderTable", "merged_mapping", "read_orders", "read_orders_table"]
