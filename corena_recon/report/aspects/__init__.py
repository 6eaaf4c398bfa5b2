"""Other views of an audit: keys by use, days by what came, refunds by what they give back, the worklist by age."""

from corena_recon.report.aspects.ageing import AGEING_SCHEMA, ageing_of
from corena_recon.report.aspects.days import DAY_SCHEMA, days_table, ledger_days, open_days, zone_of
from corena_recon.report.aspects.fees import FEE_SCHEMA, fee_differences, fees_table
from corena_recon.report.aspects.keys import KEY_SCHEMA, keys_table
from corena_recon.report.aspects.refunds import REFUND_SCHEMA, refund_problems, refunds_table
from corena_recon.report.aspects.silence import KNOWN_MIN, empty_sources, silent_sources

__all__ = [
    "AGEING_SCHEMA",
    "DAY_SCHEMA",
    "FEE_SCHEMA",
    "KEY_SCHEMA",
    "KNOWN_MIN",
    "REFUND_SCHEMA",
    "ageing_of",
    "days_table",
    "empty_sources",
    "fee_differences",
    "fees_table",
    "keys_table",
    "ledger_days",
    "open_days",
    "refund_problems",
    "refunds_table",
    "silent_sources",
    "zone_of",
]
