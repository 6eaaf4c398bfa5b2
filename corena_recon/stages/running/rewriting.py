"""What is told where an archive's writer has changed what was posted, so that no key verifies it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from corena_recon.explanation import Signed, rewritten_in
from corena_recon.report import REWRITTEN, stage_diagnosis
from corena_recon.signing import KeyRing
from corena_recon.tables.columns import encoded, whole
from corena_recon.vocabulary import Diagnosis, Severity, SignatureStatus

_SAMPLE_MAX = 200
_SHARE = 5
"""Told where at least one in so many is as an archive's writer leaves it: forgers leave anything."""


class Refused:
    """Some of the notifications that no key verifies, the first that come."""

    def __init__(self) -> None:
        self._sample: dict[Signed, None] = {}

    def add(self, verified: pa.Table) -> None:
        """Adds judged notifications, with ``judgement.ENCODED_SCHEMA``."""
        if len(self._sample) >= _SAMPLE_MAX:
            return
        statuses = encoded(whole(verified["signature_status"]))
        words = statuses.dictionary.to_pylist()
        if SignatureStatus.INVALID.value not in words:
            return
        is_invalid = np.asarray(statuses.indices.fill_null(-1)) == words.index(SignatureStatus.INVALID.value)
        places = pa.array(np.flatnonzero(is_invalid)[:_SAMPLE_MAX])
        columns = (
            whole(verified[name]).take(places).cast(pa.string()) for name in ("amount_text", *Signed._fields[1:])
        )
        refused = map(Signed, *(column.to_pylist() for column in columns))
        self._sample.update(dict.fromkeys(refused))

    def diagnosis(self, keys: KeyRing, lang: str) -> list[Diagnosis]:
        """The diagnosis ``rewritten``; none where hardly any of them are but changed.

        Args:
            keys: The ring that verifies none of them.
            lang: Of its sentence.
        """
        steps = rewritten_in(self._sample, keys)
        if not steps or steps.total() * _SHARE < len(self._sample):
            return []
        facts = {"found": steps.total(), "tried": len(self._sample), "steps": dict(steps.most_common())}
        return [stage_diagnosis(REWRITTEN, Severity.ERROR, facts, lang)]
