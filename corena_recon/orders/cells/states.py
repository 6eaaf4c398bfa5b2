"""What an export's own status word means for payment."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import pyarrow as pa

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
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def order_state(status: str, platform: str = "generic") -> OrderState:
    """The state that a status word of an export means, ``unknown`` for a word that is not listed.

    Partly refunded is ``paid``: all of it was paid before a part went back. Partly paid and merely authorised
    are ``open``. Shipped and delivered are ``paid``: the shop has let the goods go.
    """
    word = fold(status).removeprefix("wc ")
    special = _PLATFORM_WORDS.get(platform, {})
    return special.get(word) or _STATE_OF_WORD.get(word, OrderState.UNKNOWN)


def order_states(statuses: pa.Array, platform: str = "generic") -> pa.DictionaryArray:
    """``order_state`` of a column of strings or of a dictionary of them; null and blank cells are ``unknown``."""
    words = encoded(statuses)
    if words.null_count:
        words = words.fill_null("")
    return translated(words, [order_state(word, platform).value for word in words.dictionary.to_pylist()])


def fold(text: str) -> str:
    """Words in lower case without accents and punctuation: how headers and states are compared."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _NOT_WORD.sub(" ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()
