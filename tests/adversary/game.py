"""An attacker with one payment of his own, the public test key, and any number of posts.

He knows other transaction ids only where he moves the boundary: a replay edited to the id of another payment puts
both in doubt (trx_reused: all of them).
"""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

import corena_recon as cr
from tests.making import SECRET, ipn, signature

MOVES: Final = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "kind": st.just("edited"),
                "trx": st.sampled_from(["T-OWN", "", "X1", "X2"]),
                "status": st.sampled_from(["success", "failed"]),
                "currency": st.sampled_from(["USD", "EUR"]),
                "endpoint": st.sampled_from(["live", "test"]),
            }
        ),
        st.fixed_dictionaries(
            {
                "kind": st.just("moved"),
                "by": st.integers(-8, 4).filter(bool),
                "trx": st.sampled_from(["T-OWN", "X1", "TRXHONEST-1"]),
            }
        ),
        st.fixed_dictionaries({"kind": st.just("rewritten"), "amount": st.sampled_from(["1", "1.0", "1.00", "01"])}),
        st.fixed_dictionaries(
            {
                "kind": st.just("test"),
                "victim": st.integers(0, 6),
                "amount": st.sampled_from(["same", "1.00", "9.9999999"]),
                "trx": st.sampled_from(["same", "X1"]),
                "endpoint": st.sampled_from(["live", "test"]),
            }
        ),
        st.fixed_dictionaries(
            {"kind": st.just("junk"), "victim": st.integers(0, 6), "status": st.sampled_from(["success", "failed"])}
        ),
    ),
    max_size=14,
)
OWN: Final = ipn("150012", "1.00000000", "T-OWN")
"""The payment that the attacker made."""
HONEST: Final = tuple(ipn(f"HONEST-{number}", f"{number}.00000000") for number in range(1, 8))
"""Payments of others."""


def keys() -> cr.KeyRing:
    """The shop's two keys; the attacker can have anything signed with the one of test mode."""
    modes = {"": "live", "t-": "test"}
    return cr.KeyRing(cr.Key(id=mode, secret=prefix + SECRET, mode=mode) for prefix, mode in modes.items())


def post_of(move: dict[str, Any]) -> dict[str, Any]:
    """What the attacker posts."""
    victim = HONEST[move.get("victim", 0)]
    if move["kind"] == "edited":
        edits = {name: move[name] for name in ("status", "endpoint")}
        return ipn("150012", "1.00000000", move["trx"], data_currency=move["currency"], **edits)
    if move["kind"] == "moved":
        signed_text, seam = "1.00000000150012", len("1.00000000") + move["by"]
        return ipn(signed_text[seam:], signed_text[:seam], move["trx"], signature=OWN["signature"])
    if move["kind"] == "rewritten":
        body = f"status=success&signature={OWN['signature']}&identifier=150012&data[amount]={move['amount']}"
        return {"body": body + "&data[payment_trx]=T-OWN", "endpoint": "live"}
    if move["kind"] == "test":
        amount = victim["data"]["amount"] if move["amount"] == "same" else move["amount"]
        trx = victim["data"]["payment_trx"] if move["trx"] == "same" else move["trx"]
        own_signature = signature(amount, victim["identifier"], "t-" + SECRET)
        return ipn(victim["identifier"], amount, trx, signature=own_signature, endpoint=move["endpoint"])
    return {**victim, "status": move["status"], "signature": "0" * 64, "data": {**victim["data"], "payment_trx": "X1"}}
