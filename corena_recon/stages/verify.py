"""The stage ``verify``: signatures checked, findings found, a verdict for every row."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from corena_recon.archive import read_frame
from corena_recon.arguments import takes
from corena_recon.judgement import (
    JudgingArguments,
    JudgingOptions,
    decimals_facts,
    judging_options,
    option_facts,
    ring_facts,
    unclear_profiles,
    verify_table,
)
from corena_recon.paths import Named
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.signing import KeyRing, Keys
from corena_recon.tables.frames import frame_given, frame_of, table_of

if TYPE_CHECKING:
    import pandas as pd


_NEEDED = ("status", "identifier", "signature", "amount_text", "unreadable")


@takes(JudgingArguments, JudgingOptions._field_defaults)
def verify(
    notifications: Any,  # noqa: ANN401
    /,
    keys: Keys,
    **options: Unpack[JudgingArguments],
) -> pd.DataFrame:
    """Every signature re-verified and every notification judged: same rows, same order, more columns.

    Args:
        notifications: What ``read_ipns`` gives, as a frame or as whatever offers it by Arrow's capsule; a path and
            what else is no table is read by ``read_ipns`` first.
        keys: The secrets that may have signed: a key ring, the path of its TOML file, one key, or several.
        mode: What a record without an endpoint is: ``live`` or ``test``. By default ``live``, or ``test`` when the
            ring holds test keys alone.
        merchant: Whose archive it is, for records that do not say.
        success_statuses: Statuses that mean a payment, or the only one.
        amount_decimals: How many decimals genuine amounts have, one number or several; by default learned from each
            key's notifications.
        currencies: Supported currencies, or the only one.
        public_keys: The merchants' public keys, or the only one; a signature made with one is a forgery.

    Returns:
        The frame with ``signature_status, key_id, amount_rendering, findings, verdict``;
        ``attrs["notes"]`` are sentences for the summary. For a report's manifest ``attrs["options"]`` and
        ``attrs["keys"]`` say how it was verified, ``attrs["ring"]`` each key's mode and merchant, and
        ``attrs["profile"]`` how many decimals each key's amounts were expected to have, None where that is unclear;
        ``attrs["decimals"]`` how many of its payments had how many.

    Raises:
        ColumnError: The frame is not one of ``read_ipns``.
        SourceError: It is no frame, and ``read_ipns`` cannot read it.
        KeyRingError: The keys are none, or cannot be used.
        OptionError: An option has no meaning, or is none.
    """
    key_ring = KeyRing.of(keys)
    judging = judging_options(**options)
    archived = frame_given(notifications, partial(read_frame, without=Named(None, list(key_ring.files))))
    verified, profile = verify_table(
        table_of(archived, NOTIFICATION_SCHEMA, needed=_NEEDED, made_by="read_ipns"), key_ring, judging
    )
    frame = frame_of(verified)
    frame.index = archived.index
    frame.attrs = {
        **archived.attrs,
        "notes": unclear_profiles(profile),
        "options": option_facts(judging),
        "keys": {key.id: key.fingerprint() for key in key_ring},
        "ring": ring_facts(key_ring),
        **decimals_facts(profile),
    }
    return frame
