"""The sentences of an explanation, in English and French.

Every phrase is a pair. What they quote is strangers' text: shortened here, made safe where it is shown.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from corena_recon.errors import OptionError
from corena_recon.text import printable
from corena_recon.vocabulary import FINDINGS, OUTCOMES, REASONS

LANGUAGES: Final = ("en", "fr")
SEAM: Final = "|"
"""Stands between amount and identifier where signed bytes are shown; the same character in the data is escaped."""
QUOTED_MAX_CHARACTERS: Final = 120


class Phrase(NamedTuple):
    """One sentence in both languages; facts stand in braces."""

    en: str
    fr: str

    def say(self, lang: str, **facts: Any) -> str:  # noqa: ANN401
        """The sentence in one language."""
        template: str = getattr(self, lang)
        return template.format(**{name: quoted(fact) for name, fact in facts.items()})


def require_language(lang: str) -> None:
    """Refuses a language that there is not.

    Raises:
        OptionError: It is neither ``en`` nor ``fr``.
    """
    if not isinstance(lang, str) or lang not in LANGUAGES:
        raise OptionError("lang is neither 'en' nor 'fr'", hint="give lang='en' or lang='fr'")


def quoted(value: Any) -> str:  # noqa: ANN401
    """A fact as text, shortened in its middle."""
    text = str(value)
    half = QUOTED_MAX_CHARACTERS // 2
    return text if len(text) <= QUOTED_MAX_CHARACTERS else f"{text[:half]}…{text[-half:]}"


def seamed(amount: str, identifier: str) -> str:
    """The signed bytes with the seam shown; what is not printable, the seam's character and backslashes are escaped."""
    return f"{_escaped(amount)}{SEAM}{_escaped(identifier)}"


def finding_sentence(code: str, lang: str) -> str:
    """What a finding means."""
    return FINDINGS[code].when if lang == "en" else FINDINGS[code].quand


def outcome_sentence(code: str, lang: str) -> str:
    """When an outcome holds."""
    return OUTCOMES[code].when if lang == "en" else _OUTCOMES_FR[code]


def reason_sentence(code: str, lang: str) -> str:
    """What a reason means; empty for a word that explains itself."""
    if code in FINDINGS:
        return finding_sentence(code, lang)
    if code in OUTCOMES:
        return outcome_sentence(code, lang)
    return (REASONS if lang == "en" else _REASONS_FR).get(code, "")


def say(name: str, lang: str, **facts: Any) -> str:  # noqa: ANN401
    """One of PHRASES with its facts."""
    return PHRASES[name].say(lang, **facts)


def _escaped(text: str) -> str:
    return printable(text.replace("\\", "\\x5C").replace(SEAM, "\\x7C"))


PHRASES: Final[dict[str, Phrase]] = {
    # labels
    "identifier": Phrase("Identifier", "Identifiant"),
    "order": Phrase("Order", "Commande"),
    "outcome": Phrase("Outcome", "Résultat"),
    "reason": Phrase("Reasons", "Motifs"),
    "signed_bytes": Phrase("signed bytes", "octets signés"),
    "signature": Phrase("signature received", "signature reçue"),
    "tried": Phrase("tried", "essayé"),
    "verified_by": Phrase("verified by", "vérifiée par"),
    "expected": Phrase("expected begins", "attendue, début"),
    "fields": Phrase("not signed", "non signé"),
    # the identifier
    "unknown": Phrase(
        "No notification and no order has exactly this identifier.",
        "Aucune notification et aucune commande n'a exactement cet identifiant.",
    ),
    "no_notification": Phrase(
        "No notification has exactly this identifier.", "Aucune notification n'a exactement cet identifiant."
    ),
    "no_order": Phrase("No order has exactly this identifier.", "Aucune commande n'a exactement cet identifiant."),
    "similar": Phrase("Similar identifiers exist: {found}.", "Des identifiants semblables existent : {found}."),
    "more": Phrase(
        "{count} more notifications of this identifier are not shown.",
        "{count} autres notifications de cet identifiant ne sont pas montrées.",
    ),
    "where": Phrase("{source} record {record}", "{source} enregistrement {record}"),
    "arrived": Phrase("arrived {at}", "reçue le {at}"),
    "no_arrival": Phrase("arrival not recorded", "date d'arrivée non enregistrée"),
    "order_line": Phrase(
        "{amount} {currency}, state {state} ({status}), {where}",
        "{amount} {currency}, état {state} ({status}), {where}",
    ),
    "paid_line": Phrase(
        "paid {amount} {currency}, difference {difference}", "payé {amount} {currency}, différence {difference}"
    ),
    "unreadable": Phrase("The record could not be read: {reason}.", "L'enregistrement n'a pas pu être lu : {reason}."),
    # what was tried
    "keys_tried": Phrase("keys {keys}", "clés {keys}"),
    "no_keys_known": Phrase("the keys of the verification", "les clés de la vérification"),
    "as_posted": Phrase("the amount as posted", "le montant tel que reçu"),
    "renderings": Phrase("and written {amounts}", "et écrit {amounts}"),
    "not_tried": Phrase("nothing: there is nothing to compare", "rien : il n'y a rien à comparer"),
    "no_key_fits": Phrase("no key", "aucune clé"),
    "key_fits": Phrase("key {key}", "clé {key}"),
    "key_fits_rendered": Phrase(
        "key {key}, with the amount written {rendering}", "clé {key}, avec le montant écrit {rendering}"
    ),
    "key_fits_mended": Phrase(
        "key {key}, once trimmed and upper-cased", "clé {key}, une fois nettoyée et mise en majuscules"
    ),
    "none_posted": Phrase("none was posted", "aucune n'a été envoyée"),
    "withheld": Phrase(
        "{digits} (the rest is withheld: it would make an untrusted message verify)",
        "{digits} (la suite est tue : elle rendrait valable un message non fiable)",
    ),
    # statuses without a finding
    "valid": Phrase(
        "The signature verifies with exactly these bytes.", "La signature est juste pour exactement ces octets."
    ),
    "valid_rendered": Phrase(
        "The record has the amount as {posted}; the signature verifies with the same amount written {rendering}.",
        "L'enregistrement a le montant sous la forme {posted} ; la signature est juste pour le même montant, "
        "écrit {rendering}.",
    ),
    "unverifiable": Phrase(
        "The archive lost the amount's text, and its value has over 15 significant digits: "
        "the signature cannot be checked.",
        "L'archive a perdu le texte du montant, et sa valeur a plus de 15 chiffres significatifs : "
        "la signature ne peut pas être vérifiée.",
    ),
    "no_payment": Phrase(
        "The status {status} is not one that means a payment.", "Le statut {status} n'indique pas un paiement."
    ),
    # facts of findings
    "earlier_is": Phrase("The earlier one is {where}.", "L'antérieure est {where}."),
    "other_is": Phrase("The other one is {where}.", "L'autre est {where}."),
    "differs": Phrase("{field} is {there} there, {here} here.", "{field} vaut {there} là-bas, {here} ici."),
    "also_on": Phrase("It is also on {seam}, {where}.", "Il figure aussi sur {seam}, {where}."),
    "twin_is": Phrase("The other split is {seam}, {where}.", "L'autre coupe est {seam}, {where}."),
    "decimals_are": Phrase(
        "Its number of decimals is {count}; that of key {key}'s notifications is {usual}.",
        "Son nombre de décimales est {count} ; celui des notifications de la clé {key} est {usual}.",
    ),
    "decimals_count": Phrase("Its number of decimals is {count}.", "Son nombre de décimales est {count}."),
    "copied_from": Phrase("It is the signature of {seam}, {where}.", "C'est la signature de {seam}, {where}."),
    "in_force": Phrase("Key {key} was in force {span}.", "La clé {key} était en vigueur {span}."),
    "from": Phrase("from {start}", "à partir du {start}"),
    "until": Phrase("until {end}", "jusqu'au {end}"),
    "from_until": Phrase("from {start} until {end}", "du {start} au {end}"),
    "signed_with": Phrase("It was signed with key {key}.", "Elle a été signée avec la clé {key}."),
    "merchants": Phrase(
        "Key {key} is of {owner}, the record of {merchant}.",
        "La clé {key} est celle de {owner}, l'enregistrement celui de {merchant}.",
    ),
    "characters": Phrase("It has {count} characters.", "Il a {count} caractères."),
    "signature_length": Phrase("It has {count} characters.", "Elle a {count} caractères."),
    "signature_lower": Phrase("It holds lower-case letters.", "Elle contient des minuscules."),
    "signature_blank": Phrase("It begins or ends with blanks.", "Elle commence ou finit par des blancs."),
    "signature_other": Phrase(
        "It holds characters that are no hexadecimal digits.",
        "Elle contient des caractères qui ne sont pas des chiffres hexadécimaux.",
    ),
    "posted_amount": Phrase("It was posted as {amount}.", "Il a été envoyé sous la forme {amount}."),
    "rendering_fits": Phrase("It fits {rendering}.", "Elle correspond à {rendering}."),
    "currency_is": Phrase("The currency is {currency}.", "La devise est {currency}."),
    "in_fields": Phrase("It is in: {fields}.", "Champs concernés : {fields}."),
    # counterfactuals
    "if_key": Phrase(
        "Valid under key {key} of the ring given now, which the verification did not have.",
        "Valable avec la clé {key} du trousseau donné à présent, que la vérification n'avait pas.",
    ),
    "if_empty_key": Phrase(
        "The signature was made with an empty key: anyone can make it.",
        "La signature a été faite avec une clé vide : n'importe qui peut la faire.",
    ),
    "if_weak_key": Phrase(
        "The signature was made with the key {secret}, which is no secret: anyone can make it.",
        "La signature a été faite avec la clé {secret}, qui n'est pas un secret : n'importe qui peut la faire.",
    ),
    "if_amount": Phrase(
        "Valid if the amount were {other} instead of {posted}",
        "Valable si le montant était {other} au lieu de {posted}",
    ),
    "if_identifier": Phrase(
        "Valid if the identifier were {other} instead of {posted}",
        "Valable si l'identifiant était {other} au lieu de {posted}",
    ),
    "if_pair": Phrase(
        "Valid for {seam} ({where}): the signature was copied from there",
        "Valable pour {seam} ({where}) : la signature en a été copiée",
    ),
    "if_recipe": Phrase(
        "Valid if signatures were made as {formula} instead of HMAC-SHA256(secret, amount + identifier)",
        "Valable si les signatures étaient faites par {formula} au lieu de HMAC-SHA256(secret, amount + identifier)",
    ),
    "if_writing": Phrase(
        "Valid if the signature were written as 64 upper-case hexadecimal digits",
        "Valable si la signature était écrite en 64 chiffres hexadécimaux majuscules",
    ),
    "if_signature_cut": Phrase(
        "Valid if the signature were whole: {digits} of its 64 digits were cut off",
        "Valable si la signature était entière : {digits} de ses 64 chiffres ont été coupés",
    ),
    "if_signature_digits": Phrase(
        "Valid but for {digits} of the signature's 64 digits, which were changed",
        "Valable à {digits} près des 64 chiffres de la signature, qui ont été changés",
    ),
    "if_split": Phrase(
        "Genuine if the same signed bytes are cut as {seam}, with the usual {decimals} decimals",
        "Authentique si les mêmes octets signés sont coupés ainsi : {seam}, avec les {decimals} décimales habituelles",
    ),
    "split_is_known": Phrase(
        "the archive or the orders know that identifier", "l'archive ou les commandes connaissent cet identifiant"
    ),
    "under_key": Phrase("key {key}", "clé {key}"),
    "order_amount": Phrase("the order's amount", "le montant de la commande"),
    "places": Phrase(
        "the decimal point was moved by {count} places", "la virgule décimale a été déplacée de {count} rangs"
    ),
    "origin_digits": Phrase("digits were changed, added or dropped", "des chiffres ont été changés, ajoutés ou ôtés"),
    "origin_amount_written": Phrase("the same amount, written otherwise", "le même montant, écrit autrement"),
    "origin_rounded": Phrase("the amount was rounded", "le montant a été arrondi"),
    "origin_sign": Phrase("the sign was changed", "le signe a été changé"),
    "origin_decimal_moved": Phrase("the decimal point was moved", "la virgule a été déplacée"),
    "origin_order": Phrase("the order's amount", "le montant de la commande"),
    "origin_archive": Phrase("found elsewhere in the archive or the orders", "trouvé ailleurs dans les données"),
    "origin_counted": Phrase("found by counting up from 0.01", "trouvé en comptant à partir de 0,01"),
    "origin_identifier_case": Phrase("only the case differs", "seule la casse diffère"),
    "origin_identifier_spaces": Phrase("only blanks differ", "seuls des blancs diffèrent"),
    "origin_identifier_zeros": Phrase("only leading zeros differ", "seuls des zéros initiaux diffèrent"),
    "origin_identifier_form": Phrase("only the form differs", "seule la forme diffère"),
    "origin_identifier_character": Phrase("one character differs", "un caractère diffère"),
    "origin_identifier_cut": Phrase("the identifier was lengthened", "l'identifiant a été allongé"),
    "origin_identifier_neighbour": Phrase("another number nearby", "un autre numéro voisin"),
    "written_lower": Phrase("the signature is in lower case", "la signature est en minuscules"),
    "written_edges": Phrase(
        "the signature has something before or after it", "quelque chose précède ou suit la signature"
    ),
    "written_base64": Phrase("the signature is in base64", "la signature est en base64"),
    "written_base64_of_hex": Phrase(
        "the signature is the base64 of its hexadecimal text",
        "la signature est le base64 de son texte hexadécimal",
    ),
    "nothing_found": Phrase(
        "No single change that was tried makes the signature valid.",
        "Aucun changement isolé parmi ceux essayés ne rend la signature valable.",
    ),
    "nothing_posted": Phrase(
        "No signature was posted, so no change of another field can make it valid.",
        "Aucune signature n'a été envoyée : aucun changement d'un autre champ ne peut la rendre valable.",
    ),
    "no_keys": Phrase(
        "No keys were given: other amounts, identifiers, keys and recipes could not be tried. "
        "Give the key ring (keys=, --keys FILE).",
        "Aucune clé n'a été donnée : d'autres montants, identifiants, clés et recettes n'ont pas pu être essayés. "
        "Donnez le trousseau (keys=, --keys FICHIER).",
    ),
    "not_searched": Phrase(
        "What would make it valid was not searched: only the first {count} different cases are.",
        "Ce qui la rendrait valable n'a pas été cherché : seuls les {count} premiers cas différents le sont.",
    ),
    # notes
    "seam_note": Phrase(
        "In signed bytes, | shows where the amount ends and the identifier begins. It is not among the bytes; "
        "a | or \\ of the data is written \\x7C or \\x5C, bytes that cannot be shown \\xNN, characters \\uNNNN.",
        "Dans les octets signés, | montre où finit le montant et où commence l'identifiant. Il n'en fait pas partie ; "
        "un | ou \\ des données s'écrit \\x7C ou \\x5C, un octet non affichable \\xNN, un caractère \\uNNNN.",
    ),
    "unsigned_note": Phrase(
        'The signature covers amount and identifier alone; everything under "not signed" anyone could have changed.',
        "La signature ne couvre que le montant et l'identifiant ; n'importe qui a pu changer ce qui est « non signé ».",
    ),
    "search_note": Phrase(
        "{tried} signatures were computed in search of what would be valid (at most {limit}).",
        "{tried} signatures ont été calculées pour chercher ce qui serait valable (au plus {limit}).",
    ),
}

VERDICTS_FR: Final = {
    "accepted": "acceptée",
    "duplicate": "doublon",
    "no_payment": "sans paiement",
    "suspect": "suspecte",
    "forged": "falsifiée",
    "unreadable": "illisible",
}

_OUTCOMES_FR: Final = {
    "ambiguous_order": "Plusieurs lignes de commande de cet identifiant se contredisent sur le montant ou la devise.",
    "orphan_payment": "Un paiement sans commande.",
    "currency_mismatch": "Le paiement et la commande sont dans des devises différentes.",
    "duplicate_payment": "Plus d'un paiement, et leur somme n'est pas le montant de la commande ; "
    "ou un conflit ultérieur sur une commande payée.",
    "underpaid": "Il a été payé moins que commandé, au-delà de la tolérance.",
    "overpaid": "Il a été payé plus que commandé, au-delà de la tolérance.",
    "status_conflict": "Payée en totalité, mais la boutique la dit annulée ou ouverte.",
    "refunded": "Payée en totalité, et la boutique la dit remboursée.",
    "matched": "Payée en totalité.",
    "no_trusted_payment": "Il existe des notifications, et aucune n'est acceptée.",
    "missing_payment": "La boutique la dit payée, ou ne dit rien, et il n'y a aucune notification.",
    "not_yet_due": "Comme missing_payment, mais commandée depuis peu.",
    "unpaid": "La boutique la dit ouverte, annulée ou remboursée, et il n'y a aucune notification.",
}
_REASONS_FR: Final = {
    "within_tolerance": "La différence est dans la tolérance.",
    "split_payment": "Plusieurs paiements font ensemble le montant de la commande.",
    "paid_before_order": "Le paiement est arrivé avant la commande.",
    "paid_late": "Le paiement est arrivé plus de 30 jours après la commande.",
    "near_match": "L'autre côté a un identifiant qui ne diffère que par sa forme.",
    "ambiguous_amount": "Plusieurs paiements ou commandes ont ce montant et cette devise ; aucun n'a été choisi.",
    "lost_notification": "Aucune notification acceptée, mais une seule écriture libre du montant et du jour au relevé.",
    "ledger_ambiguous": "Plusieurs écritures du relevé pourraient être ce paiement ; aucune n'a été choisie.",
}
