"""What the form says, in English and in French."""

from __future__ import annotations

from typing import Final

from corena_recon.errors import OptionError
from corena_recon.vocabulary import Verdict

LANGUAGES: Final = ("en", "fr")

WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Test payment", "Paiement d'essai"),
    "title_live": ("Payment", "Paiement"),
    "badge_sandbox": (
        "TEST: sandbox on this machine, no real money",
        "TEST : bac à sable sur cette machine, pas d'argent réel",
    ),
    "badge_test": ("TEST: no real money", "TEST : pas d'argent réel"),
    "badge_live": ("LIVE: REAL MONEY", "PRODUCTION : ARGENT RÉEL"),
    "gateway": ("Gateway: {host}", "Passerelle : {host}"),
    "errors_in_tab": ("! {title} ({count})", "! {title} ({count})"),
    "exact_amount": ("Will be posted exactly as:", "Sera envoyé exactement ainsi :"),
    "not_sendable": ("This amount cannot be sent:", "Ce montant ne peut pas être envoyé :"),
    "fresh_identifier": ("Suggest another identifier", "Proposer un autre identifiant"),
    "initiate": ("Initiate the payment", "Initier le paiement"),
    "again": ("New payment", "Nouveau paiement"),
    "try_again": ("Correct and try again", "Corriger et réessayer"),
    "looked": (
        "I have looked in the merchant panel: new payment",
        "J'ai regardé dans le panneau marchand : nouveau paiement",
    ),
    "close": ("Close the form", "Fermer le formulaire"),
    "closed": ("This form is closed.", "Ce formulaire est fermé."),
    "invalid": ("Nothing was sent. To correct: {fields}.", "Rien n'a été envoyé. À corriger : {fields}."),
    "identifier_used": (
        "was sent by an earlier attempt; take another one",
        "a déjà été envoyé par une tentative précédente ; prenez-en un autre",
    ),
    "sending": ("Sending one request to {host}…", "Envoi d'une seule requête à {host}…"),
    "initiated": ("Initiated. The gateway says: {messages}", "Initié. La passerelle dit : {messages}"),
    "refused": (
        "The gateway refused the payment: {messages}",
        "La passerelle a refusé le paiement : {messages}",
    ),
    "no_reason": ("no reason given", "sans raison donnée"),
    "unreachable": (
        "The gateway could not be reached; nothing was sent, trying again is safe.",
        "La passerelle est injoignable ; rien n'a été envoyé, on peut réessayer sans risque.",
    ),
    "broken": (
        (
            "The gateway's answer (HTTP {status}) is none that its documentation knows. "
            "Look in the merchant panel whether the payment exists before trying again."
        ),
        (
            "La réponse de la passerelle (HTTP {status}) n'est pas dans sa documentation. "
            "Regardez dans le panneau marchand si le paiement existe avant de réessayer."
        ),
    ),
    "unknown": (
        (
            "The request was sent and nobody knows what became of it. "
            "Look in the merchant panel whether the payment exists before trying again."
        ),
        (
            "La requête est partie et nul ne sait ce qu'elle est devenue. "
            "Regardez dans le panneau marchand si le paiement existe avant de réessayer."
        ),
    ),
    "failure": ("It did not work: {message}", "Cela n'a pas marché : {message}"),
    "open_checkout": ("Open the checkout page", "Ouvrir la page de paiement"),
    "on_host": ("on {host}", "sur {host}"),
    "other_host": (
        "Careful: this is not the gateway's own host ({host}).",
        "Attention : ce n'est pas l'hôte de la passerelle ({host}).",
    ),
    "qr": ("QR code of the checkout page's address", "Code QR de l'adresse de la page de paiement"),
    "waiting": (
        "Waiting for the notification (IPN). A cancelled payment sends none.",
        "En attente de la notification (IPN). Un paiement annulé n'en envoie pas.",
    ),
    "notifications": ("Notifications of this payment", "Notifications de ce paiement"),
    "unchecked": (
        "Arrived, but not checked: give the secret key.",
        "Arrivée, mais non vérifiée : donnez la clé secrète.",
    ),
    "genuine": (
        "The secret key gives exactly this signature for this amount and identifier.",
        "La clé secrète donne exactement cette signature pour ce montant et cet identifiant.",
    ),
    "status_is": ("The status is {status}, not a success.", "Le statut est {status}, pas un succès."),
    "posted": ("What was posted", "Ce qui a été envoyé"),
    "outcome": ("Result:", "Résultat :"),
    "forge": ("Forge one", "En falsifier une"),
    "forgery": (
        (
            "Every field of a forged notification can look right. Its signature cannot: it covers the bytes {signed}, "
            "and who does not know the secret key can only guess 64 digits."
        ),
        (
            "Tous les champs d'une notification falsifiée peuvent sembler justes. Sa signature, non : elle couvre les "
            "octets {signed}, et qui ne connaît pas la clé secrète ne peut que deviner 64 chiffres."
        ),
    ),
    "source_sandbox": (
        "The sandbox posts the notification to this form, on this machine.",
        "Le bac à sable envoie la notification à ce formulaire, sur cette machine.",
    ),
    "archive": ("Archive file or folder", "Fichier ou dossier d'archive"),
    "watch": ("Watch it", "Surveiller"),
    "watching": ("Watching {path}.", "Surveillance de {path}."),
    "watching_nothing": (
        "Watching nothing: name an archive that grows, or paste the notification's body.",
        "Aucune surveillance : indiquez une archive qui grandit, ou collez le corps de la notification.",
    ),
    "source_problem": ("The archive cannot be read yet: {message}", "L'archive n'est pas encore lisible : {message}"),
    "source_unreadable": (
        "{count} new records of the archive are no readable notifications.",
        "{count} nouveaux enregistrements de l'archive ne sont pas des notifications lisibles.",
    ),
    "paste": ("Body of a notification", "Corps d'une notification"),
    "check": ("Check it", "Vérifier"),
    "paste_empty": ("There is nothing to check.", "Il n'y a rien à vérifier."),
    "paste_unreadable": (
        "This is no notification ({reason}).",
        "Ce n'est pas une notification ({reason}).",
    ),
    "paste_other": (
        "This notification is for the identifier {identifier}, which no attempt of this form has sent.",
        "Cette notification est pour l'identifiant {identifier}, qu'aucune tentative de ce formulaire n'a envoyé.",
    ),
    "secret": ("Secret key", "Clé secrète"),
    "secret_hint": (
        "Press Enter. Only to check notifications, on this machine; the field is emptied at once, nothing is saved.",
        "Validez par Entrée. Sert à vérifier les notifications, sur cette machine ; le champ est vidé aussitôt.",
    ),
    "keys_known": ("Checked with: {keys}", "Vérification avec : {keys}"),
    "keys_unknown": ("No secret key yet.", "Pas encore de clé secrète."),
    "attempts": ("Attempts: {count}", "Tentatives : {count}"),
    "attempt": ("Attempt", "Tentative"),
    "identifier": ("Identifier", "Identifiant"),
    "amount": ("Amount", "Montant"),
    "state": ("State", "État"),
    "payment": ("Payment", "Paiement"),
}
"""Every sentence and label outside the fields, by code."""

VERDICT_WORDS: Final[dict[Verdict, tuple[str, str]]] = {
    Verdict.ACCEPTED: ("accepted", "acceptée"),
    Verdict.DUPLICATE: ("duplicate", "doublon"),
    Verdict.NO_PAYMENT: ("no payment", "sans paiement"),
    Verdict.SUSPECT: ("suspect", "suspecte"),
    Verdict.FORGED: ("forged", "falsifiée"),
    Verdict.UNREADABLE: ("unreadable", "illisible"),
}

STATE_WORDS: Final[dict[str, tuple[str, str]]] = {
    "sending": ("sending", "envoi"),
    "initiated": ("waiting", "en attente"),
    "refused": ("refused", "refusé"),
    "unreachable": ("not sent", "non envoyé"),
    "broken": ("unknown: look in the panel", "inconnu : voir le panneau"),
    "unknown": ("unknown: look in the panel", "inconnu : voir le panneau"),
}

OUTCOME_WORDS: Final[dict[str, tuple[str, str]]] = {
    "matched": ("✔ paid in full", "✔ payé en entier"),
    "underpaid": ("! paid less than asked: {paid}", "! payé moins que demandé : {paid}"),
    "overpaid": ("! paid more than asked: {paid}", "! payé plus que demandé : {paid}"),
    "currency_mismatch": ("! paid in another currency: {paid}", "! payé dans une autre devise : {paid}"),
    "duplicate_payment": ("! paid more than once, or a replay: {paid}", "! payé plusieurs fois, ou rejeu : {paid}"),
    "no_trusted_payment": ("! not paid: no notification is accepted", "! non payé : aucune notification acceptée"),
}


def words(code: str, language: str, **facts: object) -> str:
    """One sentence or label in the language."""
    return WORDS[code][LANGUAGES.index(language)].format(**facts)


def usable_language(language: str) -> str:
    """The language, when the form speaks it.

    Raises:
        OptionError: It does not.
    """
    if not isinstance(language, str) or language not in LANGUAGES:
        raise OptionError("lang is neither 'en' nor 'fr'", hint="give lang='en' or lang='fr'")
    return language
