"""The stage ``verify``: signatures checked, findings found, a verdict for every row."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from corena_recon.code_sets import lists_of
from corena_recon.engine import connect
from corena_recon.errors import OptionError
from corena_recon.frames import frame_of, table_of
from corena_recon.judging import VERDICTS, Judged, Judging, JudgingOptions, unclear_profiles
from corena_recon.keys import KeyRing
from corena_recon.kinds import Kinds
from corena_recon.signatures import check_signatures
from corena_recon.spool import Spool
from corena_recon.threads import ordered_map
from corena_recon.traits import harmless_rows, whole, with_traits
from corena_recon.vocabulary import NOTIFICATION_SCHEMA, SUCCESS_STATUSES, SUPPORTED_CURRENCIES, VERIFIED_SCHEMA, Mode

if TYPE_CHECKING:
    import pandas as pd

_BATCH_ROWS = 65_536
_NEEDED = ("status", "identifier", "signature", "amount_text", "unreadable")


def verify(
    notifications: pd.DataFrame,
    /,
    keys: KeyRing,
    *,
    mode: str | None = None,
    merchant: str | None = None,
    success_statuses: Iterable[str] = SUCCESS_STATUSES,
    amount_decimals: Iterable[int] | None = None,
    currencies: Iterable[str] = SUPPORTED_CURRENCIES,
    public_keys: Iterable[str] = (),
) -> pd.DataFrame:
    """Every signature re-verified and every notification judged: same rows, same order, more columns.

    Args:
        notifications: What ``read_ipns`` gives.
        keys: The secrets that may have signed.
        mode: What a record without an endpoint is: ``live`` or ``test``. By default ``live``, or ``test`` when the
            ring holds test keys alone.
        merchant: Whose archive it is, for records that do not say.
        success_statuses: Statuses that mean a payment.
        amount_decimals: How many decimals genuine amounts have; by default learned from each key's notifications.
        currencies: Supported currencies.
        public_keys: The merchants' public keys; a signature made with one is a forgery.

    Returns:
        The frame with ``signature_status, key_id, amount_rendering, findings, verdict``;
        ``attrs["notes"]`` are sentences for the summary.

    Raises:
        ColumnError: The frame is not one of ``read_ipns``.
        OptionError: An option has no meaning.
    """
    options = judging_options(
        mode=mode,
        merchant=merchant,
        success_statuses=success_statuses,
        amount_decimals=amount_decimals,
        currencies=currencies,
        public_keys=public_keys,
    )
    verified, profile = verify_table(
        table_of(notifications, NOTIFICATION_SCHEMA, needed=_NEEDED, made_by="read_ipns"), keys, options
    )
    frame = frame_of(verified)
    frame.index = notifications.index
    frame.attrs = {**notifications.attrs, "notes": unclear_profiles(profile)}
    return frame


def judging_options(
    *,
    mode: str | None = None,
    merchant: str | None = None,
    success_statuses: Iterable[str] = SUCCESS_STATUSES,
    amount_decimals: Iterable[int] | None = None,
    currencies: Iterable[str] = SUPPORTED_CURRENCIES,
    public_keys: Iterable[str] = (),
) -> JudgingOptions:
    """The options of ``verify``, checked.

    Raises:
        OptionError: One has no meaning.
    """
    if mode is not None and mode not in tuple(Mode):
        raise OptionError(f"mode is {mode!r}", hint="mode is 'live' or 'test'")
    decimals = None if amount_decimals is None else frozenset(amount_decimals)
    if decimals is not None and not all(isinstance(count, int) and 0 <= count <= 20 for count in decimals):
        raise OptionError("amount_decimals holds something that is no number of decimals", hint="for example {8}")
    for name, words in (
        ("success_statuses", success_statuses),
        ("currencies", currencies),
        ("public_keys", public_keys),
    ):
        if isinstance(words, str):
            raise OptionError(f"{name} is one string", hint=f"give a set of words: {{{words!r}}}")
    return JudgingOptions(
        mode, merchant, frozenset(success_statuses), decimals, frozenset(currencies), tuple(sorted(public_keys))
    )


def verify_table(
    notifications: pa.Table, keys: KeyRing, options: JudgingOptions
) -> tuple[pa.Table, dict[str, list[int] | None]]:
    """The same as ``verify`` on Arrow tables, and each key's learned decimals."""
    checked, kinds = Spool(), kinds_of(keys)
    with ThreadPoolExecutor(cpu_count() or 1) as pool:
        batches = map(pa.Table.from_batches, zip(notifications.to_batches(_BATCH_ROWS)))
        for table in ordered_map(pool, lambda batch: checked_batch(batch, keys, kinds, options), batches):
            checked.add(table)
    with connect() as connection:
        judging = Judging(connection, checked, kinds, keys, options)
        verified = [with_judgement(chunk.table, judging.settle(chunk)) for chunk in checked.chunks()]
    return pa.concat_tables([VERIFIED_SCHEMA.empty_table(), *verified]), judging.profile


def kinds_of(keys: KeyRing) -> Kinds:
    """No kinds yet, for notifications that this ring checks."""
    return Kinds(moment for key in keys for moment in (key.valid_from, key.valid_until))


def checked_batch(notifications: pa.Table, keys: KeyRing, kinds: Kinds, options: JudgingOptions) -> pa.Table:
    """Notifications with all that judging needs to know of each: signatures checked, traits and kind seen."""
    checked = with_traits(check_signatures(notifications, keys, public_keys=options.public_keys))
    return kinds.with_kind(checked, harmless_rows(checked))


def with_judgement(checked: pa.Table, judged: Judged) -> pa.Table:
    """Checked notifications with their findings and verdicts."""
    findings = lists_of(judged.masks, np.array(whole(checked["unreadable"].is_null()), bool))
    verdicts = pa.array([verdict.value for verdict in VERDICTS]).take(pa.array(judged.verdicts))
    words = [checked[name].cast(pa.string()) for name in ("signature_status", "key_id")]
    posted = checked.select(NOTIFICATION_SCHEMA.names).columns
    return pa.table([*posted, *words, checked["amount_rendering"], findings, verdicts], schema=VERIFIED_SCHEMA)
