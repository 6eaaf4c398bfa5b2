"""The stage ``verify``: signatures checked, findings found, a verdict for every row."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from operator import index
from os import cpu_count
from typing import TYPE_CHECKING, Any, Final, SupportsIndex

import pyarrow as pa

from corena_recon.archive.reading import read_ipns
from corena_recon.arguments import is_mode, require_text, words_of
from corena_recon.errors import OptionError
from corena_recon.judgement.judging import VERDICTS, Judged, Judging, JudgingOptions, option_facts, unclear_profiles
from corena_recon.judgement.kinds import Kinds
from corena_recon.judgement.traits import harmless_rows, with_traits
from corena_recon.signing.checking import CHECK_SCHEMA, check_signatures, signatures_known
from corena_recon.signing.keys import KeyRing, Keys
from corena_recon.tables.code_sets import lists_of
from corena_recon.tables.columns import WORD, flags, with_words, worded
from corena_recon.tables.engine import connect
from corena_recon.tables.frames import frame_given, frame_of, table_of
from corena_recon.tables.numbering import Numbering
from corena_recon.tables.spool import Spool
from corena_recon.tables.threads import ordered_map
from corena_recon.vocabulary import NOTIFICATION_SCHEMA, SUCCESS_STATUSES, SUPPORTED_CURRENCIES, VERIFIED_SCHEMA

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_BATCH_ROWS = 65_536
_DECIMALS_MAX: Final = 20
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
    notifications: Any,  # noqa: ANN401
    /,
    keys: Keys,
    *,
    mode: str | None = None,
    merchant: str | None = None,
    success_statuses: str | Iterable[str] = SUCCESS_STATUSES,
    amount_decimals: int | Iterable[int] | None = None,
    currencies: str | Iterable[str] = SUPPORTED_CURRENCIES,
    public_keys: str | Iterable[str] = (),
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
        ``attrs["notes"]`` are sentences for the summary; ``attrs["options"]`` and ``attrs["keys"]`` say how it was
        verified, for a report's manifest.

    Raises:
        ColumnError: The frame is not one of ``read_ipns``.
        SourceError: It is no frame, and ``read_ipns`` cannot read it.
        KeyRingError: The keys are none, or cannot be used.
        OptionError: An option has no meaning.
    """
    key_ring = KeyRing.of(keys)
    options = judging_options(
        mode=mode,
        merchant=merchant,
        success_statuses=success_statuses,
        amount_decimals=amount_decimals,
        currencies=currencies,
        public_keys=public_keys,
    )
    archived = frame_given(notifications, read_ipns)
    verified, profile = verify_table(
        table_of(archived, NOTIFICATION_SCHEMA, needed=_NEEDED, made_by="read_ipns"), key_ring, options
    )
    frame = frame_of(verified)
    frame.index = archived.index
    frame.attrs = {
        **archived.attrs,
        "notes": unclear_profiles(profile),
        "options": option_facts(options),
        "keys": {key.id: key.fingerprint() for key in key_ring},
    }
    return frame


def judging_options(
    *,
    mode: str | None = None,
    merchant: str | None = None,
    success_statuses: str | Iterable[str] = SUCCESS_STATUSES,
    amount_decimals: int | Iterable[int] | None = None,
    currencies: str | Iterable[str] = SUPPORTED_CURRENCIES,
    public_keys: str | Iterable[str] = (),
) -> JudgingOptions:
    """The options of ``verify``, checked.

    Raises:
        OptionError: One has no meaning.
    """
    if mode is not None and not is_mode(mode):
        raise OptionError("mode is neither 'live' nor 'test'", hint="give mode='live' or mode='test'")
    require_text("merchant", merchant, "my-shop")
    statuses = frozenset(words_of("success_statuses", success_statuses, "success"))
    if not statuses:
        raise OptionError("success_statuses is empty: nothing would be a payment", hint="give the statuses that are")
    return JudgingOptions(
        mode,
        merchant,
        statuses,
        None if amount_decimals is None else _decimal_counts(amount_decimals),
        frozenset(words_of("currencies", currencies, "USD")),
        tuple(sorted(words_of("public_keys", public_keys, "pro_…"))),
    )


def _decimal_counts(amount_decimals: object) -> frozenset[int]:
    """The numbers of decimals, or the only one; whatever counts, True and False apart, is a number."""
    given = tuple(amount_decimals) if isinstance(amount_decimals, Iterable) else (amount_decimals,)
    counts = [_count(each) for each in given]
    if not counts or None in counts:
        raise OptionError(
            "amount_decimals holds something that is no number of decimals", hint="for example amount_decimals={8}"
        )
    return frozenset(count for count in counts if count is not None)


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        return None
    try:
        count = index(value)
    except TypeError:
        return None
    return count if 0 <= count <= _DECIMALS_MAX else None


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
