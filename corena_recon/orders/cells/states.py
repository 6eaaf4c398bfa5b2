"""What an export's own status word means for payment.

Sources: the states that the platforms' own code and documentation name, in English, French and Spanish, and what shops
write in their place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.tables.columns import encoded, translated
from corena_recon.vocabulary import OrderState

_WORDS: Final = {
    OrderState.PAID: """
        paid, completed, complete, processing, processed, success, successful, succeeded, captured, settled,
        payment received, payment accepted, remote payment accepted, payment complete, payment completed,
        paid in full, fulfilled, shipped, delivered, processing in progress, preparation in progress,
        on backorder paid, partially refunded, partial refund, partially shipped, ready for pickup,
        invoiced, payee, paye, payees, payes, reglee, regle, paiement accepte, paiement recu,
        paiement effectue, paiement a distance accepte, terminee, termine, traitee, traite,
        en cours de traitement, en cours de preparation, preparation en cours, encaisse, encaissee, expedie,
        expediee, livre, livree, reussi, reussie, acquittee, acquitte, soldee,
        en attente de reapprovisionnement paye, en attente de reapprovisionnement payee,
        partiellement remboursee, partiellement rembourse, remboursement partiel, pago aceptado, pagado,
        pagada, completado, completada, enviado, entregado, preparacion en curso, preparacion en proceso
        """,
    OrderState.OPEN: """
        open, pending, pending payment, awaiting payment, unpaid, not paid, on hold, holded, draft,
        checkout draft, new, created, initiated, failed, failure, payment failed, payment error, declined,
        denied, rejected, authorized, authorised, overdue, payment pending, payment review, partially paid,
        partially authorized, awaiting bank wire payment, awaiting check payment, awaiting bank transfer,
        awaiting cash on delivery validation, on backorder not paid, quotation, quotation sent, incomplete,
        disputed, dispute, in dispute, en litige, litige, conteste, contestee,
        waiting, collections, abandoned, en attente, en attente de paiement, en attente du paiement,
        attente paiement, paiement en attente, a payer, impayee, impaye, non payee, non paye, non reglee,
        non regle, brouillon, nouvelle, nouveau, creee, cree, en suspens, echouee, echoue, echec,
        paiement echoue, erreur de paiement, refusee, refuse, paiement refuse, partiellement payee,
        partiellement paye, en attente du paiement par cheque, en attente de virement bancaire,
        en attente du paiement par virement, en attente de paiement par cheque,
        en attente de paiement par virement bancaire, en attente de reapprovisionnement non paye, devis,
        devis envoye, autorisee, autorise, en retard, pendiente, pendiente de pago, en espera,
        en espera de pago, en espera de pago por cheque, pago pendiente, error en pago,
        en espera de pago por banco, en espera de pago por transferencia bancaria, no pagado
        """,
    OrderState.CANCELLED: """
        cancelled, canceled, cancel, voided, void, expired, trash, trashed, deleted, cancelled by customer,
        annulee, annule, annulees, annules, abandonnee, expiree, expire, supprimee, supprime, corbeille,
        cancelado, cancelada, anulado, anulada, caducado
        """,
    OrderState.REFUNDED: """
        refunded, refund, fully refunded, reversed, chargeback, charged back, remboursee, rembourse,
        remboursees, rembourses, remboursement, reembolsado, reembolsada
        """,
}
_STATE_OF_WORD: Final = {
    word.strip(): state for state, words in _WORDS.items() for word in re.split(r"[,\n]", words) if word.strip()
}
_PLATFORM_WORDS: Final = {
    # A confirmed sale or a locked order says nothing of its payment.
    "odoo": {
        **dict.fromkeys(("sale", "sales order", "done", "locked", "invoiced", "bon de commande"), OrderState.UNKNOWN),
        "sent": OrderState.OPEN,
    },
    # A Magento order is closed by a credit memo over all of it.
    "magento": {"closed": OrderState.REFUNDED, "fermee": OrderState.REFUNDED, "ferme": OrderState.REFUNDED},
    # OpenCart gives 0 to an order whose checkout never ended; the other numbers are each shop's own.
    "opencart": {"0": OrderState.OPEN},
}
_PHRASES: Final = {
    **dict.fromkeys(
        ("cancelled", "canceled", "voided", "annulee", "annule", "annulees", "annules", "anulado", "anulada"),
        OrderState.CANCELLED,
    ),
    **dict.fromkeys(
        ("refunded", "charged back", "remboursee", "rembourse", "remboursees", "rembourses", "reembolsado"),
        OrderState.REFUNDED,
    ),
    **dict.fromkeys(
        (
            "unpaid", "not paid", "pending payment", "payment pending", "awaiting payment", "payment failed", "failed",
            "disputed", "impayee", "impaye", "non payee", "non paye", "a payer", "en attente de paiement",
            "en attente du paiement", "paiement en attente", "paiement refuse", "paiement echoue", "en litige",
            "partially paid", "partiellement payee", "partiellement paye",
        ),
        OrderState.OPEN,
    ),
    **dict.fromkeys(
        (
            "paid", "payee", "paye", "partially refunded", "partiellement remboursee", "partiellement rembourse",
            "remboursement partiel",
        ),
        OrderState.PAID,
    ),
}  # fmt: skip
"""What is understood in the midst of other words, too."""
_DOUBTS: Final = frozenset(
    ("not", "non", "no", "pas", "never", "jamais", "sans", "without", "be", "etre", "sera", "will")
)
"""Beside these a word may say the contrary, or not yet."""
_PHRASE = re.compile(rf"\b(?:{'|'.join(sorted(_PHRASES, key=len, reverse=True))})\b")
_WEIGHT: Final = (OrderState.REFUNDED, OrderState.CANCELLED)
"""What a status that says several things is, first of all."""
_OTHER_ENCODINGS: Final = ("utf-8", "cp850", "mac_roman")
_OCTET_CHARACTERS: Final = range(0xEF80, 0xF000)
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def order_state(status: str, platform: str = "generic", states: Mapping[str, str] | None = None) -> OrderState:
    """The state that a status word of an export means, ``unknown`` for a word that is not understood.

    Partly refunded is ``paid``: all of it was paid before a part went back. Partly paid and merely authorised
    are ``open``. Shipped and delivered are ``paid``: the shop has let the goods go. What is disputed is ``open``.

    Args:
        status: As exported. Letters that were read in a wrong encoding are mended where that makes the word known.
        platform: The kind of export.
        states: Further words, and the state that each means.
    """
    own = {fold(word): OrderState(state) for word, state in (states or {}).items()}
    readings = [fold(text).removeprefix("wc ") for text in (status, *_mended(status))]
    for word in readings:
        state = own.get(word) or _PLATFORM_WORDS.get(platform, {}).get(word) or _STATE_OF_WORD.get(word)
        if state:
            return state
    return next((state for state in map(_state_in, readings) if state is not OrderState.UNKNOWN), OrderState.UNKNOWN)


def order_states(
    statuses: pa.Array, platform: str = "generic", states: Mapping[str, str] | None = None
) -> pa.DictionaryArray:
    """``order_state`` of a column of strings or of a dictionary of them; null and blank cells are ``unknown``."""
    words = encoded(statuses)
    if words.null_count:
        # The dictionary's own fill_null looks every cell up.
        places = pc.fill_null(words.indices, len(words.dictionary))
        words = pa.DictionaryArray.from_arrays(places, pa.concat_arrays([words.dictionary, pa.array([""])]))
    return translated(words, [order_state(word or "", platform, states).value for word in words.dictionary.to_pylist()])


def order_states_of_both(
    payments: pa.DictionaryArray, orders: pa.DictionaryArray, is_cancelled: pa.Array
) -> pa.DictionaryArray:
    """The states of orders of which payment and work each have one.

    The payment's goes first; but an order that was cancelled or refunded is that, though its payment be paid.

    Args:
        payments: The states by the payment's own status.
        orders: The states by the order's status.
        is_cancelled: Whether the export says when each was cancelled; null is no.
    """
    sides = [payments.dictionary_decode(), orders.dictionary_decode(), pc.cast(is_cancelled, pa.string())]
    kinds = pc.binary_join_element_wise(*sides, " ", null_handling="replace", null_replacement="false")
    kinds = kinds.dictionary_encode()
    return translated(kinds, [_state_of_both(*kind.split()).value for kind in kinds.dictionary.to_pylist()])


def _state_of_both(payment: str, order: str, is_cancelled: str) -> OrderState:
    if payment in (OrderState.REFUNDED, OrderState.CANCELLED, OrderState.OPEN):
        return OrderState(payment)
    if order in _WEIGHT:
        return OrderState(order)
    if is_cancelled == "true":
        return OrderState.CANCELLED
    return OrderState(order if payment == OrderState.UNKNOWN else payment)


def _state_in(words: str) -> OrderState:
    """The state that words around it leave no doubt of."""
    found = {_PHRASES[phrase] for phrase in _PHRASE.findall(words)}
    if not found or _DOUBTS.intersection(_PHRASE.sub(" ", words).split()):
        return OrderState.UNKNOWN
    return next((state for state in _WEIGHT if state in found), found.pop() if len(found) == 1 else OrderState.UNKNOWN)


def _mended(text: str) -> list[str]:
    """What a text may have been before its octets were read as Windows-1252, or as UTF-8."""
    if text.isascii():
        return []
    try:
        octets = b"".join(map(_octet_of, text))
    except UnicodeEncodeError:
        return []
    found = []
    for encoding in _OTHER_ENCODINGS:
        with suppress(UnicodeDecodeError):
            found.append(octets.decode(encoding))
    return found


def _octet_of(character: str) -> bytes:
    if ord(character) in _OCTET_CHARACTERS or 0x80 <= ord(character) < 0xA0:
        return bytes((ord(character) & 0xFF,))
    return character.encode("cp1252")


def fold(text: str) -> str:
    """Words in lower case without accents and punctuation: how headers and states are compared."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _NOT_WORD.sub(" ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()
