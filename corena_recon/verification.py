"""The stage ``verify``: signatures checked, findings found, a verdict for every row."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from corena_recon.code_sets import lists_of
from corena_recon.columns import WORD, flags, with_words, worded
from corena_recon.engine import connect
from corena_recon.errors import OptionError
from corena_recon.frames import frame_of, table_of
from corena_recon.judging import VERDICTS, Judged, Judging, JudgingOptions, option_facts, unclear_profiles
from corena_recon.keys import KeyRing
from corena_recon.kinds import Kinds
from corena_recon.numbering import Numbering
from corena_recon.signatures import CHECK_SCHEMA, check_signatures, signatures_known
from corena_recon.spool import Spool
from corena_recon.threads import ordered_map
from corena_recon.traits import harmless_rows, with_traits
from corena_recon.vocabulary import NOTIFICATION_SCHEMA, SUCCESS_STATUSES, SUPPORTED_CURRENCIES, VERIFIED_SCHEMA, Mode

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_BATCH_ROWS = 65_536
_WORDS: Final = ("status", "currency", "payment_type", "fidelity")
_ENCODED = {
    **dict.fromkeys(("source", *_WORDS), WORD),
    **{name: CHECK_SCHEMA.field(name).type for name in ("signature_status", "key_id")},
    "verdict": pa.dictionary(pa.int8(), pa.string()),
}
ENCODED_SCHEMA: Final = pa.schema([(field.name, _ENCODED.get(field.name, field.type)) for field in VERIFIED_SCHEMA])
"""VERIFIED_SCHEMA with words that repeat as dictionaries: the rules' own, which are always the same, or WORD."""

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
        ``attrs["notes"]`` are sentences for the summary; ``attrs["options"]`` and ``attrs["keys"]`` say how it was
        verified, for a report's manifest.

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
    frame.attrs = {
        **notifications.attrs,
        "notes": unclear_profiles(profile),
        "options": option_facts(options),
        "keys": {key.id: key.fingerprint() for key in keys},
    }
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
    checked, checking = Spool(), Checking(keys, options)
    with ThreadPoolExecutor(cpu_count() or 1) as pool:
        batches = map(pa.Table.from_batches, zip(notifications.to_batches(_BATCH_ROWS)))
        for table in ordered_map(pool, checking.checked, batches):
            checked.add(table)
    with connect() as connection:
        judging = checking.judging(connection, checked)
        verified = [checking.verified(chunk.table, judging.settle(chunk)) for chunk in checked.chunks()]
    return pa.concat_tables(
        [VERIFIED_SCHEMA.empty_table(), *(table.cast(VERIFIED_SCHEMA) for table in verified)]
    ), judging.profile


class Checking:
    """The checking of the notifications of one run; safe to use in several threads at once.

    Args:
        keys: Every key of the ring is tried.
        options: See JudgingOptions.
    """

    def __init__(self, keys: KeyRing, options: JudgingOptions) -> None:
        self._keys = keys
        self._options = options
        self._kinds = Kinds(moment for key in keys for moment in (key.valid_from, key.valid_until))
        self._sources = Numbering()

    def checked(self, notifications: pa.Table) -> pa.Table:
        """Notifications with all that judging needs to know of each: signature, traits, kind; sources are numbers.

        Rows that come with ``signature_status`` were checked in an earlier run, with these keys.
        """
        check = signatures_known if "signature_status" in notifications.column_names else check_signatures
        notifications = with_words(notifications, _WORDS)
        checked = with_traits(check(notifications, self._keys, public_keys=self._options.public_keys))
        checked = self._kinds.with_kind(checked, harmless_rows(checked))
        return _with_source(checked, self._sources.numbers_of(checked["source"]))

    def judging(self, connection: duckdb.DuckDBPyConnection, checked: Spool) -> Judging:
        """The judging of all checked notifications."""
        return Judging(connection, checked, self._keys, self._options, kinds=self._kinds, sources=self._sources)

    def verified(self, checked: pa.Table, judged: Judged) -> pa.Table:
        """Checked notifications with their findings and verdicts, with ENCODED_SCHEMA."""
        columns = {
            **{name: checked[name] for name in ENCODED_SCHEMA.names if name in checked.column_names},
            "source": self._sources.texts_of(checked["source"]),
            "findings": lists_of(judged.masks, flags(checked["unreadable"].is_null())),
            "verdict": worded(judged.verdicts, VERDICTS),
        }
        return pa.table([columns[name] for name in ENCODED_SCHEMA.names], schema=ENCODED_SCHEMA)


def _with_source(table: pa.Table, source: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index("source"), "source", source)
