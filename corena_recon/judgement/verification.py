"""The checking and judging of one run, from notifications as read to rows with findings and verdicts.

Signatures are checked and kinds numbered table by table, in any number of threads; then all is judged at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from corena_recon.errors import OptionError
from corena_recon.judgement.judging import VERDICTS, Judged, Judging, Known, Profile, judging, ring_facts
from corena_recon.judgement.options import JudgingOptions
from corena_recon.judgement.traits import Kinds, harmless_rows, with_traits
from corena_recon.judgement.worlds import ELSEWHERE, World
from corena_recon.schemas import VERIFIED_SCHEMA, as_worked_on
from corena_recon.signing import KeyRing, RingKey, check_signatures, signatures_known
from corena_recon.tables.code_sets import lists_of
from corena_recon.tables.columns import flags, with_words, worded
from corena_recon.tables.engine import connect
from corena_recon.tables.numbering import Numbering
from corena_recon.tables.spool import ChunkedRows, Spool, resliced
from corena_recon.tables.threads import ordered_map

if TYPE_CHECKING:
    import duckdb

_BATCH_ROWS = 65_536
WORDS: Final = ("status", "currency", "payment_type", "fidelity")
"""Columns of strings that are dictionaries from here on."""
ENCODED_SCHEMA: Final = as_worked_on(VERIFIED_SCHEMA)


def verify_table(notifications: pa.Table, keys: KeyRing, options: JudgingOptions) -> tuple[pa.Table, Profile]:
    """The same as ``verify`` on Arrow tables, and the decimals by which they were judged."""
    checked, checking = Spool(), Checking(keys, options)
    with ThreadPoolExecutor(cpu_count() or 1) as pool:
        # What many small files gave comes in many small chunks.
        for table in ordered_map(pool, checking.checked, resliced([notifications], _BATCH_ROWS)):
            checked.add(table)
    with connect(rows=checked.rows) as connection:
        judged = checking.judging(connection, checked)
        verified = [checking.verified(chunk.table, judged.settle(chunk)) for chunk in checked.chunks()]
    return pa.concat_tables(
        [VERIFIED_SCHEMA.empty_table(), *(table.cast(VERIFIED_SCHEMA) for table in verified)]
    ), judged.profile


class Settling:
    """The judging of the notifications of one run once their signatures are checked, which asks for no secret.

    It is safe to use in several threads at once.

    Args:
        keys: Those of the ring.
        options: See JudgingOptions.
    """

    def __init__(self, keys: Sequence[RingKey], options: JudgingOptions) -> None:
        self._keys = keys
        self._world = World.of(ring_facts(keys), options.mode, options.merchant)
        self._options = options._replace(mode=self._world.mode)
        self._kinds = Kinds(moment for key in keys for moment in (key.valid_from, key.valid_until))
        self._sources = Numbering()

    def numbered(self, examined: pa.Table) -> pa.Table:
        """Examined notifications with their kinds, which are known from now on; sources are numbers."""
        checked = self._kinds.with_kind(examined, harmless_rows(examined))
        return _with_source(checked, self._sources.numbers_of(checked["source"]))

    def judging(
        self,
        connection: duckdb.DuckDBPyConnection,
        checked: ChunkedRows,
        new_spool: Callable[[str], Spool] = lambda _name: Spool(),
        *,
        known: Known | None = None,
    ) -> Judging:
        """The judging of all checked notifications; what it gathers is kept in new spools, in memory as a rule."""
        return judging(
            connection,
            checked,
            self._keys,
            self._options,
            kinds=self._kinds,
            sources=self._sources,
            new_spool=new_spool,
            known=known or Known(),
        )

    def verified(self, checked: pa.Table, judged: Judged) -> pa.Table:
        """Checked notifications with their findings and verdicts, with ENCODED_SCHEMA."""
        columns = {
            **{name: checked[name] for name in ENCODED_SCHEMA.names if name in checked.column_names},
            "source": self._sources.texts_of(checked["source"]),
            "findings": lists_of(judged.masks, flags(checked["unreadable"].is_null())),
            "verdict": worded(judged.verdicts, VERDICTS),
        }
        return pa.table([columns[name] for name in ENCODED_SCHEMA.names], schema=ENCODED_SCHEMA)


class Checking(Settling):
    """The checking and judging of the notifications of one run; safe to use in several threads at once.

    Args:
        keys: Every key of the ring is tried.
        options: See JudgingOptions.

    Raises:
        OptionError: A public key or the merchant is a secret of the ring: reports name them.
    """

    def __init__(self, keys: KeyRing, options: JudgingOptions) -> None:
        published = {key.encode() for key in options.public_keys}
        for key in keys:
            if key.secret_bytes() in published:
                raise OptionError(
                    f"public_keys names what is the secret of key {key.id!r}",
                    hint="give the public key, which stands above the secret one in Account > Settings > API Key",
                )
        if options.merchant is not None and keys.holds(options.merchant):
            raise OptionError("merchant names what is a secret of the key ring", hint="give the merchant's name")
        super().__init__(keys, options)
        self._ring = keys
        self._namesakes = keys.namesakes()

    def checked(self, notifications: pa.Table) -> pa.Table:
        """Notifications with all that judging needs to know of each; sources are numbers."""
        return self.numbered(self.examined(notifications))

    def examined(self, notifications: pa.Table) -> pa.Table:
        """Notifications with all that their signatures and letters say of each by itself.

        Rows that come with ``signature_status`` were checked in an earlier run, with these keys.
        """
        check = signatures_known if "signature_status" in notifications.column_names else check_signatures
        notifications = with_words(notifications, WORDS)
        checked = check(notifications, self._ring, public_keys=self._options.public_keys)
        checked = with_traits(self._world.with_best_keys(checked, self._namesakes))
        return checked.append_column(ELSEWHERE, pa.array(self._world.is_elsewhere(checked)))


def _with_source(table: pa.Table, source: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index("source"), "source", source)
