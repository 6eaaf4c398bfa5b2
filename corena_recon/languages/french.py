"""French: every word for people under the key that its English has where it is defined.

The groups are those of the ``Words`` and stand from the vocabulary outwards. One thing has one word: ``forged`` is
« falsifiée » on the form too.
"""

from __future__ import annotations

from typing import Final

FRENCH: Final[dict[str, dict[str, str]]] = {
    "verdicts": {
        "accepted": "acceptée",
        "duplicate": "doublon",
        "no_payment": "sans paiement",
        "other_mode": "d'un autre mode",
        "suspect": "suspecte",
        "forged": "falsifiée",
        "unreadable": "illisible",
    },
    "findings": {
        "signature_missing": "Aucune signature n'a été envoyée.",
        "signature_invalid": "La signature est bien formée, mais aucune clé du trousseau ne la produit.",
        "signature_format": (
            "La signature n'est juste qu'une fois nettoyée et mise en majuscules ; la passerelle ne l'envoie jamais "
            "ainsi."
        ),
        "signature_unverifiable": (
            "L'archive a perdu le texte du montant, et sa valeur a plus de 15 chiffres significatifs : la signature ne "
            "peut pas être vérifiée."
        ),
        "signature_malformed": (
            "La signature n'est pas faite de 64 chiffres hexadécimaux majuscules et reste fausse une fois réparée."
        ),
        "signature_copied": "La signature est celle du montant et de l'identifiant d'une autre notification.",
        "weak_key": "La signature a été faite avec une clé vide, d'exemple ou publique, que tout le monde connaît.",
        "test_key": "Signée avec une clé de test, sur l'adresse de production.",
        "live_key_on_test": "Signée avec une clé de production, sur l'adresse de test.",
        "retired_key": "Signée avec une clé hors de sa période de validité au moment de l'arrivée.",
        "other_merchant": "Signée avec la clé d'un autre marchand.",
        "boundary_twin": (
            "Les mêmes octets signés qu'une autre notification, coupés ailleurs ; cette coupe a les décimales "
            "inhabituelles."
        ),
        "amount_decimals": "Le montant a un nombre de décimales que les notifications de cette clé n'ont pas.",
        "amount_format": "Le montant n'est pas écrit comme la passerelle écrit les montants.",
        "amount_not_positive": "Le montant est nul ou négatif.",
        "amount_rewritten": (
            "Les octets reçus sont conservés, mais la signature ne correspond qu'à une autre écriture du montant."
        ),
        "identifier_too_long": "L'identifiant dépasse les 20 caractères que la passerelle autorise.",
        "body_ambiguous": "Deux lecteurs du même corps verraient des valeurs différentes.",
        "trx_conflict": (
            "Même montant et même identifiant qu'une notification antérieure, autre numéro de transaction : un rejeu "
            "modifié, ou un second paiement."
        ),
        "unsigned_conflict": (
            "Mêmes montant, identifiant et numéro de transaction qu'une notification antérieure, mais autre devise, "
            "autres frais ou autre type de paiement."
        ),
        "status_conflict": (
            "Mêmes montant, identifiant et numéro de transaction, une fois réussi et une fois non ; le statut n'est "
            "pas signé."
        ),
        "trx_reused": "Le même numéro de transaction pour des identifiants ou des montants différents.",
        "replayed": "La même notification qu'une précédente.",
        "sample_identifier": "L'identifiant est celui de l'exemple de la documentation.",
        "currency_unsupported": "La devise n'est pas l'une de celles prises en charge.",
        "hostile_text": (
            "Un champ contient des caractères de contrôle, bidirectionnels ou de largeur nulle, du balisage ou un "
            "début de formule."
        ),
        "encoding": "Un champ contient des octets qui ne sont pas de l'UTF-8.",
    },
    "outcomes": {
        "ambiguous_order": (
            "Plusieurs lignes de commande de cet identifiant se contredisent sur le montant ou la devise, ou plusieurs "
            "exports sur le jour."
        ),
        "orphan_payment": "Un paiement sans commande.",
        "currency_mismatch": "Le paiement et la commande sont dans des devises différentes.",
        "duplicate_payment": (
            "Plus d'un paiement, et leur somme n'est pas le montant de la commande ; ou un conflit ultérieur sur une "
            "commande payée."
        ),
        "underpaid": "Il a été payé moins que commandé, au-delà de la tolérance.",
        "overpaid": "Il a été payé plus que commandé, au-delà de la tolérance.",
        "status_conflict": "Payée en totalité, mais la boutique la dit annulée ou ouverte.",
        "not_in_ledger": (
            "Payée en totalité, mais le relevé de la passerelle, qui couvre ce jour, n'a pas cette écriture."
        ),
        "refunded": "Payée en totalité, et la boutique la dit remboursée.",
        "matched": "Payée en totalité.",
        "paid_on_forgery": (
            "La boutique la dit payée, aucune notification n'est acceptée, et une au moins est falsifiée : la "
            "marchandise est peut-être partie pour rien."
        ),
        "no_trusted_payment": "Il existe des notifications, et aucune n'est acceptée.",
        "nothing_due": "Le montant de la commande est nul, et il n'y a aucune notification.",
        "missing_payment": "La boutique la dit payée, ou ne dit rien, et il n'y a aucune notification.",
        "not_yet_due": "Comme missing_payment, mais commandée depuis peu.",
        "unpaid": "La boutique la dit ouverte, annulée ou remboursée, et il n'y a aucune notification.",
    },
    "reasons": {
        "currency_unknown": "Payé et commandé sont comparés sans leurs devises : l'une n'est pas certaine.",
        "state_unknown": "Ce que la boutique dit de la commande n'est pas compris, ou elle n'en dit rien.",
        "state_changed": "Des lignes de la commande diffèrent par leur état ; la dernière compte.",
        "within_tolerance": "La différence est dans la tolérance.",
        "split_payment": "Plusieurs paiements font ensemble le montant de la commande.",
        "outside_export": "Le paiement est arrivé avant la première commande de l'export, ou après la dernière.",
        "paid_before_order": "Le paiement est arrivé avant la commande.",
        "paid_late": "Le paiement est arrivé plus de 30 jours après la commande.",
        "near_match": "L'autre côté a un identifiant qui ne diffère que par sa forme.",
        "ambiguous_amount": "Plusieurs paiements ou commandes ont ce montant et cette devise ; aucun n'a été choisi.",
        "lost_notification": (
            "Aucune notification acceptée, mais une seule écriture libre du montant et du jour au relevé."
        ),
        "ledger_ambiguous": "Plusieurs écritures du relevé pourraient être ce paiement ; aucune n'a été choisie.",
    },
    "blind_spots": {
        "flipped_status": "Un simple changement de statut : le statut n'est pas signé.",
        "second_payment": (
            "La différence entre un second paiement et un rejeu au numéro de transaction modifié : les deux portent la "
            "même signature."
        ),
        "deleted_both": "Une notification supprimée d'une commande supprimée : il ne reste rien qui puisse le montrer.",
        "held_secret": (
            "Une falsification par quelqu'un qui détient le secret : elle est signée comme une notification "
            "authentique."
        ),
    },
    "number_marks": {"group": "\N{NO-BREAK SPACE}", "point": ",", "ones": "0 1", "list": " ; "},
    "core_absences": {
        "missing": "Il n'y a pas de noyau compilé pour cette machine : Python fait son travail, avec les mêmes "
        "résultats, plus lentement (conseil : réinstallez corena_recon là où il y a un compilateur C).",
        "strange": "Le noyau compilé est d'une autre version : Python fait son travail, avec les mêmes résultats, "
        "plus lentement (conseil : réinstallez corena_recon).",
        "wrong": "Le noyau compilé n'a pas réussi son contrôle : Python fait son travail, avec les mêmes résultats, "
        "plus lentement (conseil : réinstallez corena_recon, et signalez-le si cela n'y change rien).",
    },
    "explanation_phrases": {
        "identifier": "Identifiant",
        "order": "Commande",
        "outcome": "Résultat",
        "reason": "Motifs",
        "signed_bytes": "octets signés",
        "signature": "signature reçue",
        "tried": "essayé",
        "verified_by": "vérifiée par",
        "expected": "attendue, début",
        "fields": "non signé",
        "colon": " : ",
        "unknown": "Aucune notification et aucune commande n'a exactement cet identifiant.",
        "no_notification": "Aucune notification n'a exactement cet identifiant.",
        "no_order": "Aucune commande n'a exactement cet identifiant.",
        "similar": "Des identifiants semblables existent : {found}.",
        "more": (
            "{count} {count:autre notification de cet identifiant n'est pas montrée|autres notifications de cet "
            "identifiant ne sont pas montrées}."
        ),
        "where": "{source} enregistrement {record}",
        "arrived": "reçue le {at}",
        "no_arrival": "date d'arrivée non enregistrée",
        "order_line": "{amount} {currency}, état {state} ({status}), {where}",
        "sent_on": "Le paiement {trx} ({where}) a été attribué à la commande {identifier} par le passage {rule}.",
        "brought": (
            "Le paiement {trx}, envoyé sous {identifier} ({where}), a été attribué à cette commande par le passage "
            "{rule}."
        ),
        "paid_line": "payé {amount} {currency}, différence {difference}",
        "unreadable": "L'enregistrement n'a pas pu être lu : {reason}.",
        "keys_tried": "clés {keys}",
        "no_keys_known": "les clés de la vérification",
        "as_posted": "le montant tel que reçu",
        "renderings": "et écrit {amounts}",
        "not_tried": "rien : il n'y a rien à comparer",
        "no_key_fits": "aucune clé",
        "key_fits": "clé {key}",
        "key_fits_rendered": "clé {key}, avec le montant écrit {rendering}",
        "key_fits_mended": "clé {key}, une fois nettoyée et mise en majuscules",
        "none_posted": "aucune n'a été envoyée",
        "withheld": "{digits} (la suite est tue : elle rendrait valable un message non fiable)",
        "valid": "La signature est juste pour exactement ces octets.",
        "valid_rendered": (
            "L'enregistrement a le montant sous la forme {posted} ; la signature est juste pour le même montant, écrit "
            "{rendering}."
        ),
        "no_payment": "Le statut {status} n'indique pas un paiement.",
        "other_mode": (
            "Elle est authentique, mais d'un autre mode ou d'un autre marchand que l'audit : elle ne paie rien ici."
        ),
        "earlier_is": "L'antérieure est {where}.",
        "other_is": "L'autre est {where}.",
        "differs": "{field} vaut {there} là-bas, {here} ici.",
        "also_on": "Il figure aussi sur {seam}, {where}.",
        "twin_is": "L'autre coupe est {seam}, {where}.",
        "decimals_are": "Son nombre de décimales est {count} ; celui des notifications de la clé {key} est {usual}.",
        "decimals_count": "Son nombre de décimales est {count}.",
        "copied_from": "C'est la signature de {seam}, {where}.",
        "in_force": "La clé {key} était en vigueur {span}.",
        "from": "à partir du {start}",
        "until": "jusqu'au {end}",
        "from_until": "du {start} au {end}",
        "signed_with": "Elle a été signée avec la clé {key}.",
        "merchants": "La clé {key} est celle de {owner}, l'enregistrement celui de {merchant}.",
        "characters": "Il a {count} caractère{count:|s}.",
        "signature_length": "Elle a {count} caractère{count:|s}.",
        "signature_lower": "Elle contient des minuscules.",
        "signature_blank": "Elle commence ou finit par des blancs.",
        "signature_other": "Elle contient des caractères qui ne sont pas des chiffres hexadécimaux.",
        "posted_amount": "Il a été envoyé sous la forme {amount}.",
        "rendering_fits": "Elle correspond à {rendering}.",
        "currency_is": "La devise est {currency}.",
        "in_fields": "Champs concernés : {fields}.",
        "if_key": "Valable avec la clé {key} du trousseau donné à présent, que la vérification n'avait pas.",
        "if_empty_key": "La signature a été faite avec une clé vide : n'importe qui peut la faire.",
        "if_weak_key": (
            "La signature a été faite avec la clé {secret}, qui n'est pas un secret : n'importe qui peut la faire."
        ),
        "if_amount": "Valable si le montant était {other} au lieu de {posted}",
        "if_identifier": "Valable si l'identifiant était {other} au lieu de {posted}",
        "if_pair": "Valable pour {seam} ({where}) : la signature en a été copiée",
        "if_rewritten": "Valable pour {seam} : ce qui a écrit l'archive a changé le montant et l'identifiant",
        "if_recipe": (
            "Valable si les signatures étaient faites par {formula} au lieu de HMAC-SHA256(secret, amount + identifier)"
        ),
        "if_writing": "Valable si la signature était écrite en 64 chiffres hexadécimaux majuscules",
        "if_signature_cut": (
            "Valable si la signature était entière : {digits} de ses 64 chiffres {digits:a été coupé|ont été coupés}"
        ),
        "if_signature_digits": (
            "Valable à {digits} près des 64 chiffres de la signature, {digits:qui a été changé|qui ont été changés}"
        ),
        "if_split": (
            "Authentique si les mêmes octets signés sont coupés ainsi : {seam}, avec {decimals} décimale{decimals:|s} "
            "habituelle{decimals:|s}"
        ),
        "split_is_known": "l'archive ou les commandes connaissent cet identifiant",
        "under_key": "clé {key}",
        "order_amount": "le montant de la commande",
        "places": "la virgule décimale a été déplacée de {count} rang{count:|s}",
        "origin_digits": "des chiffres ont été changés, ajoutés ou ôtés",
        "origin_amount_written": "le même montant, écrit autrement",
        "origin_rounded": "le montant a été arrondi",
        "origin_sign": "le signe a été changé",
        "origin_decimal_moved": "la virgule a été déplacée",
        "origin_order": "le montant de la commande",
        "origin_archive": "trouvé ailleurs dans les données",
        "origin_counted": "trouvé en comptant à partir de 0,01",
        "origin_identifier_case": "seule la casse diffère",
        "origin_identifier_spaces": "seuls des blancs diffèrent",
        "origin_identifier_zeros": "seuls des zéros initiaux diffèrent",
        "origin_identifier_slashes": "ce qui a écrit l'archive a ajouté des barres obliques inverses",
        "origin_identifier_entities": "ce qui a écrit l'archive a changé des caractères en entités HTML, ou l'inverse",
        "origin_identifier_percent": "ce qui a écrit l'archive a laissé le texte codé comme en adresse, ou codé",
        "origin_identifier_escapes": "ce qui a écrit l'archive a laissé des séquences JSON dans le texte",
        "origin_identifier_encoding": "ce qui a écrit l'archive a pris le texte pour un autre encodage",
        "origin_identifier_form": "seule la forme diffère",
        "origin_identifier_character": "un caractère diffère",
        "origin_identifier_cut": "l'identifiant a été allongé",
        "origin_identifier_neighbour": "un autre numéro voisin",
        "written_lower": "la signature est en minuscules",
        "written_edges": "quelque chose précède ou suit la signature",
        "written_base64": "la signature est en base64",
        "written_base64_of_hex": "la signature est le base64 de son texte hexadécimal",
        "nothing_found": "Aucun changement isolé parmi ceux essayés ne rend la signature valable.",
        "nothing_posted": (
            "Aucune signature n'a été envoyée : aucun changement d'un autre champ ne peut la rendre valable."
        ),
        "no_keys": (
            "Aucune clé n'a été donnée : d'autres montants, identifiants, clés et recettes n'ont pas pu être essayés. "
            "Donnez le trousseau (keys=, --keys FICHIER)."
        ),
        "not_searched": (
            "Ce qui la rendrait valable n'a pas été cherché : {count:seul le premier cas différent l'est|seuls les "
            "premiers cas différents le sont} ({count})."
        ),
        "seam_note": (
            "Dans les octets signés, | montre où finit le montant et où commence l'identifiant. Il n'en fait pas "
            "partie ; un | ou \\ des données s'écrit \\x7C ou \\x5C, un octet non affichable \\xNN, un caractère "
            "\\uNNNN."
        ),
        "unsigned_note": (
            "La signature ne couvre que le montant et l'identifiant ; n'importe qui a pu changer ce qui est « non "
            "signé »."
        ),
        "search_note": (
            "{tried} {tried:signature a été calculée|signatures ont été calculées} pour chercher ce qui serait valable "
            "(au plus {limit})."
        ),
    },
    "parameter_problems": {
        "required": "est obligatoire",
        "not_text": "doit être du texte",
        "not_unicode": "contient des caractères impossibles à envoyer",
        "too_long": "a {found} caractère{found:|s}, {limit} au plus {limit:est permis|sont permis}",
        "edges": "commence ou finit par une espace",
        "control": "contient des caractères de contrôle",
        "currency": "doit être en lettres majuscules, par exemple USD",
        "amount_type": "doit être du texte ou un Decimal, un flottant n'est pas exact",
        "amount": "doit s'écrire comme 11.00 : des chiffres, un point, 8 décimales au plus",
        "not_positive": "doit être supérieur à zéro",
        "url": "doit être une adresse http ou https",
        "theme": "doit être light ou dark",
        "email": "doit être une adresse e-mail",
        "mobile": "doit être un numéro de téléphone",
        "not_group": "doit être un ensemble de champs",
        "not_list": "doit être une liste de noms",
        "unknown": "n'est pas un paramètre de la passerelle",
    },
    "form_words": {
        "title": "Paiement d'essai",
        "title_live": "Paiement",
        "badge_sandbox": "TEST : bac à sable sur cette machine, pas d'argent réel",
        "badge_test": "TEST : pas d'argent réel",
        "badge_live": "PRODUCTION : ARGENT RÉEL",
        "gateway": "Passerelle : {host}",
        "errors_in_tab": "! {title} ({count})",
        "exact_amount": "Sera envoyé exactement ainsi :",
        "not_sendable": "Ce montant ne peut pas être envoyé :",
        "fresh_identifier": "Proposer un autre identifiant",
        "initiate": "Initier le paiement",
        "again": "Nouveau paiement",
        "try_again": "Corriger et réessayer",
        "looked": "J'ai regardé dans le panneau marchand : nouveau paiement",
        "close": "Fermer le formulaire",
        "closed": "Ce formulaire est fermé.",
        "editing": "Rien n'est encore envoyé.",
        "saved": "Ce que le notebook garde du formulaire ; exécutez la cellule pour l'utiliser.",
        "invalid": "Rien n'a été envoyé. À corriger : {fields}.",
        "identifier_used": "a déjà été envoyé par une tentative précédente ; prenez-en un autre",
        "sending": "Envoi d'une seule requête à {host}…",
        "initiated": "Initié. La passerelle dit : {messages}",
        "refused": "La passerelle a refusé le paiement : {messages}",
        "no_reason": "sans raison donnée",
        "unreachable": "La passerelle est injoignable ; rien n'a été envoyé, on peut réessayer sans risque.",
        "broken": (
            "La réponse de la passerelle (HTTP {status}) n'est pas dans sa documentation. Regardez dans le panneau "
            "marchand si le paiement existe avant de réessayer."
        ),
        "unknown": (
            "La requête est partie et nul ne sait ce qu'elle est devenue. Regardez dans le panneau marchand si le "
            "paiement existe avant de réessayer."
        ),
        "failure": "Cela n'a pas marché : {message}",
        "open_checkout": "Ouvrir la page de paiement",
        "on_host": "sur {host}",
        "other_host": "Attention : ce n'est pas l'hôte de la passerelle ({host}).",
        "qr": "Code QR de l'adresse de la page de paiement",
        "waiting": "En attente de la notification (IPN). Un paiement annulé n'en envoie pas.",
        "notifications": "Notifications de ce paiement",
        "unchecked": "Arrivée, mais non vérifiée : donnez la clé secrète.",
        "genuine": "La clé secrète donne exactement cette signature pour ce montant et cet identifiant.",
        "status_is": "Le statut est {status}, pas un succès.",
        "posted": "Ce qui a été envoyé",
        "outcome": "Résultat :",
        "forge": "En falsifier une",
        "forgery": (
            "Tous les champs d'une notification falsifiée peuvent sembler justes. Sa signature, non : elle couvre les "
            "octets {signed}, et qui ne connaît pas la clé secrète ne peut que deviner 64 chiffres."
        ),
        "source_sandbox": "Le bac à sable envoie la notification à ce formulaire, sur cette machine.",
        "archive": "Fichier ou dossier d'archive",
        "watch": "Surveiller",
        "watching": "Surveillance de {path}.",
        "watching_nothing": (
            "Aucune surveillance : indiquez une archive qui grandit, ou collez le corps de la notification."
        ),
        "source_problem": "L'archive n'est pas encore lisible : {message}",
        "source_unreadable": (
            "{count} {count:nouvel enregistrement de l'archive n'est pas une notification lisible|nouveaux "
            "enregistrements de l'archive ne sont pas des notifications lisibles}."
        ),
        "paste": "Corps d'une notification",
        "check": "Vérifier",
        "paste_empty": "Il n'y a rien à vérifier.",
        "paste_unreadable": "Ce n'est pas une notification ({reason}).",
        "paste_other": (
            "Cette notification est pour l'identifiant {identifier}, qu'aucune tentative de ce formulaire n'a envoyé."
        ),
        "secret": "Clé secrète",
        "secret_hint": (
            "Validez par Entrée. Sert à vérifier les notifications, sur cette machine ; le champ est vidé aussitôt."
        ),
        "keys_known": "Vérification avec : {keys}",
        "keys_unknown": "Pas encore de clé secrète.",
        "attempts": "Tentatives : {count}",
        "attempt": "Tentative",
        "identifier": "Identifiant",
        "amount": "Montant",
        "state": "État",
        "payment": "Paiement",
        "test_shop": "Boutique d'essai",
        "test_name": "Essai",
    },
    "form_states": {
        "sending": "envoi",
        "initiated": "en attente",
        "refused": "refusé",
        "unreachable": "non envoyé",
        "broken": "inconnu : voir le panneau",
        "unknown": "inconnu : voir le panneau",
    },
    "form_outcomes": {
        "matched": "✔ payé en entier",
        "underpaid": "! payé moins que demandé : {paid}",
        "overpaid": "! payé plus que demandé : {paid}",
        "currency_mismatch": "! payé dans une autre devise : {paid}",
        "duplicate_payment": "! payé plusieurs fois, ou rejeu : {paid}",
        "no_trusted_payment": "! non payé : aucune notification acceptée",
    },
    "form_tabs": {
        "payment": "Paiement",
        "shop": "Boutique",
        "pages": "Adresses web",
        "customer": "Client",
        "shipping_info": "Livraison",
        "billing_info": "Facturation",
    },
    "form_labels": {
        "identifier": "Identifiant",
        "amount": "Montant",
        "currency": "Devise",
        "details": "Détails",
        "public_key": "Clé publique",
        "site_name": "Nom de la boutique",
        "site_logo": "Logo (adresse web)",
        "checkout_theme": "Thème de la page",
        "gateway_methods": "Moyens (a, b, c)",
        "ipn_url": "Notification (IPN)",
        "success_url": "Après paiement",
        "cancel_url": "Après annulation",
        "first_name": "Prénom",
        "last_name": "Nom",
        "email": "E-mail",
        "mobile": "Téléphone",
        "address_one": "Adresse",
        "address_two": "Adresse, deuxième ligne",
        "area": "Zone",
        "city": "Ville",
        "sub_city": "Quartier",
        "state": "État ou province",
        "postcode": "Code postal",
        "country": "Pays",
        "others": "Autre",
    },
    "sandbox_pages": {
        "title": "Paiement",
        "test": "TEST : pas d'argent réel",
        "live": "BAC À SABLE, clés de production : pas d'argent réel",
        "shop": "Boutique",
        "details": "Détails",
        "identifier": "Identifiant",
        "customer": "Client",
        "pay": "Payer",
        "cancel": "Annuler",
        "mischief": "Ce qui arrive à la notification",
        "language": "Français",
        "paid": "Ce paiement est déjà réglé.",
        "cancelled": "Ce paiement a été annulé.",
        "back": "Retour à la boutique",
        "unknown": "Ce paiement n'existe pas.",
        "stale": "Ce formulaire est périmé ; rien n'a été payé.",
        "panel": "Panneau marchand",
    },
    "mischief": {
        "none": "Rien : une notification authentique",
        "drop": "La perdre",
        "delay": "La livrer en retard",
        "duplicate": "La livrer deux fois",
        "reorder": "La livrer après la suivante",
        "tamper": "Modifier le montant en route",
        "replay": "La rejouer avec un autre numéro de transaction",
        "forge": "En envoyer d'abord une falsifiée",
        "test_key": "La signer avec la clé de l'autre mode",
    },
    "events": {
        "initiated": "{identifier}, {amount} {currency}, {mode}, pour {merchant} ; le payeur va à {checkout_url}",
        "refused": "une initiation : {messages}",
        "paid": "{identifier}, {amount} {currency} ; ce qui arrive à la notification : {mischief}",
        "cancelled": "{identifier}, {amount} {currency} ; aucune notification n'est envoyée",
        "delivered": "{identifier} à {url}, réponse {status} en {milliseconds} ms",
        "undelivered": "{identifier} à {url} : {problem}",
        "stored": "numéro {seq}, {bytes} octet{bytes:|s} à {path} : {status} {identifier} {amount}",
        "not_stored": "{bytes} octet{bytes:|s} à {path}, réponse 503 : {problem}",
        "forwarded": "numéro {seq} à {url}, réponse {status} en {milliseconds} ms",
        "not_forwarded": "numéro {seq} à {url} : {problem}",
    },
    "event_names": {
        "initiated": "initié",
        "refused": "refusé",
        "paid": "payé",
        "cancelled": "annulé",
        "delivered": "livrée",
        "undelivered": "non livrée",
        "stored": "reçue",
        "not_stored": "non gardée",
        "forwarded": "transmise",
        "not_forwarded": "non transmise",
    },
    "resent": {
        "would_be_sent": "numéro {seq} du {received_at}, {identifier}, {bytes} octet{bytes:|s} : pas encore envoyée",
        "sent": "numéro {seq} du {received_at}, {identifier} : réponse {status} en {milliseconds} ms",
        "refused": "numéro {seq} du {received_at}, {identifier} : réponse {status} en {milliseconds} ms",
        "failed": "numéro {seq} du {received_at}, {identifier} : {problem}",
        "sent_before": "numéro {seq} du {received_at}, {identifier} : déjà envoyée, dit le journal",
    },
    "resent_names": {
        "would_be_sent": "à envoyer",
        "sent": "envoyée",
        "refused": "refusée",
        "failed": "échec",
        "sent_before": "déjà envoyée",
    },
    "demonstration": {
        "planted": (
            "{planted:,} enregistrement{planted:|s} piégé{planted:|s} ; chaque verdict est celui qui était prévu"
        ),
        "missed": (
            "{planted:,} enregistrement{planted:|s} piégé{planted:|s} ; {missed:,} {missed:verdict diffère|verdicts "
            "diffèrent}"
        ),
        "difference": "{source}, enregistrement {record} : {expected} était prévu, {found} est trouvé",
        "left": (
            "La boutique est dans {folder} : archive, commandes, clés, corena.toml et rapport ; report.html se lit "
            "dans un navigateur. Trois commandes pour continuer :"
        ),
        "explain": "pourquoi la première notification falsifiée échoue",
        "close": "clore la boutique de nouveau : seul ce qui est nouveau est lu",
        "report": "ce qui demande une personne, pour un tableur",
    },
    "decision_changes": {
        "void": "Décidé par {by} ({decision}), et différent depuis : {changes}.",
        "unreviewed": "Décidé par {by} ({decision}), et aucune seconde personne ne l'a revu.",
        "changed": "{what} {before} → {now}",
        "nothing": "aucun",
        "content": "ce que disent ses notifications",
        "evidence": "ses preuves",
        "outcome": "résultat",
        "reasons": "raisons",
        "match_rule": "règle de rapprochement",
        "order_amount": "montant commandé",
        "order_amounts": "montants commandés",
        "order_currency": "devise de la commande",
        "order_state": "état de la commande",
        "payments": "paiements",
        "paid_amount": "montant payé",
        "paid_currency": "devise payée",
        "payment_trx": "transactions",
        "suggested_identifier": "identifiant proposé",
        "ledger": "relevé",
        "chain": "chaîne",
        "refund_problem": "ce qui ne va pas avec son remboursement",
        "refunded": "ce qui a été rendu",
        "accepted": "notifications acceptées",
        "duplicate": "notifications en doublon",
        "suspect": "notifications suspectes",
        "no_payment": "notifications sans paiement",
        "other_mode": "notifications d'un autre mode",
        "forged": "notifications falsifiées",
        "unreadable": "notifications illisibles",
    },
    "founding": {
        "archive": "notifications",
        "orders": "commandes",
        "ledger": "relevé",
        "keys": "clés",
        "ignored": "laissés de côté",
        "records": (
            "{form}, {notifications:,} notification{notifications:|s}, {unreadable:,} illisible{unreadable:|s}, "
            "{other:,} d'un autre trafic"
        ),
        "order_rows": "{platform}, {rows:,} ligne{rows:|s} ; l'identifiant est {identifier}, le montant est {amount}",
        "ledger_rows": "{rows:,} écriture{rows:|s}",
        "ring": "clés : {count}",
        "no_notification": "aucune notification",
        "columns": "une table qui n'est aucun export de commandes connu ; ses colonnes : {words}",
        "doubt_columns": (
            "si {words} contient les commandes, nommez-le sous [orders], et ses colonnes sous [orders.columns]"
        ),
        "not_utf8": "son nom n'est pas en UTF-8, et le fichier du projet l'est",
        "key": "{key} vérifie {count:,} signature{count:|s} sur {tried:,} {tried:essayée|essayées}",
        "no_ring": "aucun trousseau ici : les clés sont prises de l'environnement",
        "doubt_no_archive": "aucune notification ici : nommez leurs fichiers ou leur dossier (archive)",
        "doubt_no_keys": "aucune clé connue : posez un trousseau ici et nommez-le (keys), ou donnez CORENA_SECRET_KEY",
        "doubt_ring": "{name} ne peut pas servir de trousseau de clés : {why}",
        "doubt_env": "les clés de l'environnement ne peuvent pas servir : {why}",
        "doubt_exports": "plusieurs exports de commandes ici, tous lus : {words}",
        "doubt_keys": "aucune clé ne vérifie quoi que ce soit : est-ce le bon trousseau ?",
        "doubt_states": "mots inconnus pour l'état d'une commande : {words}",
        "doubt_currency": "les commandes ne nomment aucune devise : écrivez-la sous [orders] (currency)",
        "doubt_rings": "plusieurs trousseaux de clés ici ; le premier est pris : {words}",
        "doubt_no_orders": "aucun export de commandes ici : les notifications sont vérifiées seules",
        "more": "et {count:,} de plus",
        "written": "{file} est écrit ; relisez-le, puis",
    },
    "attacks": {
        "genuine": "la notification authentique",
        "signature_missing": "aucune signature",
        "signature_empty": "une signature vide",
        "signature_invalid": "signée avec une clé secrète devinée",
        "signature_copied": "la signature d'une autre commande du même montant",
        "signature_array": "la signature est une liste : signature[0]=",
        "signature_true": "du JSON dont la signature est true, qu'une comparaison lâche tient pour égal à tout texte",
        "signature_zero": (
            "du JSON dont la signature est 0, que l'ancien PHP tient pour égal à tout texte qui commence par une lettre"
        ),
        "weak_key_empty": "signée avec une clé secrète vide",
        "weak_key_placeholder": "signée avec YOUR_SECRET_KEY, l'exemple de la documentation",
        "weak_key_public": "signée avec la clé publique",
        "amount_raised": "le montant de la commande sous la signature de 0.01",
        "amount_underpaid": "0.01 a vraiment été payé pour cette commande, et la signature est juste",
        "boundary_twin": (
            "le paiement d'une autre commande (un 1 devant son numéro), dont les octets signés sont coupés ailleurs"
        ),
        "currency_other": "une autre devise, que la signature ne couvre pas",
        "status_failed": "le statut failed, que la signature ne couvre pas",
        "status_missing": "aucun statut",
        "identifier_other": "le paiement d'une autre commande, signature juste",
        "identifier_case": "l'identifiant dans l'autre casse, signature juste",
        "identifier_space": "l'identifiant suivi d'une espace, signature juste",
        "identifier_number": "un zéro devant l'identifiant, signature juste : égal comme nombre",
        "replayed": "la notification authentique une fois de plus, octet pour octet",
        "trx_conflict": (
            "la notification authentique avec un autre numéro de transaction, que la signature ne couvre pas"
        ),
    },
    "attack_remedies": {
        "signature_missing": "refuser une notification sans signature avant de comparer",
        "signature_empty": "refuser une signature vide avant de comparer",
        "signature_invalid": "calculer le HMAC et le comparer ; refuser s'il diffère",
        "signature_copied": "signer le montant et l'identifiant reçus eux-mêmes",
        "signature_array": "refuser une signature qui n'est pas un texte ; comparer avec hash_equals",
        "signature_true": "ne lire que les champs du formulaire ; comparer avec hash_equals, jamais avec ==",
        "signature_zero": "ne lire que les champs du formulaire ; comparer avec hash_equals, jamais avec ==",
        "weak_key_empty": "s'arrêter si aucune clé secrète n'est configurée",
        "weak_key_placeholder": "mettre la clé secrète du panneau marchand à la place de l'exemple",
        "weak_key_public": "signer avec la clé secrète, non avec la clé publique",
        "amount_raised": "signer le montant reçu, non un montant à soi",
        "amount_underpaid": (
            "comparer le montant à celui de la commande : chacun peut lancer un paiement de 0.01 sous son identifiant"
        ),
        "boundary_twin": "n'accepter que des montants à huit décimales, et des identifiants de sa propre forme",
        "currency_other": "comparer la devise à celle de la commande, et au besoin consulter le panneau marchand",
        "status_failed": "n'accepter que le statut success",
        "status_missing": "n'accepter que le statut success",
        "identifier_other": "chercher la commande par l'identifiant reçu, et n'en payer aucune autre",
        "identifier_case": "comparer les identifiants octet par octet : la base de données peut ignorer la casse",
        "identifier_space": "comparer les identifiants octet par octet : la base peut ignorer une espace finale",
        "identifier_number": "comparer les identifiants avec === : == tient 071 pour égal à 71",
        "replayed": "ne livrer une commande qu'une fois : retenir lesquelles sont payées",
        "trx_conflict": "ne livrer une commande qu'une fois, quel que soit le numéro de transaction",
    },
    "probe": {
        "accepts": "{count} falsification{count:|s} sur {tried} {count:est acceptée|sont acceptées} par {url}",
        "accepts_none": "aucune falsification n'est acceptée par {url} ({tried} {tried:essayée|essayées})",
        "refuses_all": (
            "rien ne peut être dit : la notification authentique n'est pas acceptée non plus (est-ce la clé de {url}, "
            "la commande attend-elle son paiement, est-ce son montant ?)"
        ),
        "accepted": "acceptée",
        "refused": "refusée",
        "no_answer": "sans réponse",
        "change": "à changer : {remedy}",
        "not_tried": "sans objet pour ces commandes : {codes}",
        "not_watched": (
            "non essayé : {codes} ; aucune réponse ne montre si une commande est livrée deux fois, il faut donc "
            "indiquer un fichier à surveiller"
        ),
    },
    "diagnoses": {
        "more": "{shown} et {count:,} autre{count:|s}",
        "no_key_verifies": (
            "Aucune clé du trousseau ne vérifie une seule des {refused:,} notifications signées : est-ce le bon "
            "trousseau pour cette archive ?"
        ),
        "key_missing_merchant": (
            "Presque aucune notification de {names} n'est vérifiée ({verified:,} sur {signed:,}), alors que celles "
            "des autres marchands le sont : la clé de ce marchand manque-t-elle au trousseau ?"
        ),
        "key_missing_endpoint": (
            "Presque aucune notification de l'adresse {names} n'est vérifiée ({verified:,} sur {signed:,}), alors que "
            "les autres le sont : la clé de ce mode manque-t-elle au trousseau ?"
        ),
        "key_missing_source": (
            "Presque rien dans {names} n'est vérifié ({verified:,} sur {signed:,}), alors que les autres sources le "
            "sont : manque-t-il une clé au trousseau, ou est-ce l'archive d'une autre boutique ?"
        ),
        "key_missing_from": (
            "À partir du {since}, presque rien n'est vérifié ({verified:,} sur {signed:,}), alors qu'avant {others:,} "
            "le sont : manque-t-il au trousseau une clé qui a pris la relève à ce moment ?"
        ),
        "key_missing_until": (
            "Jusqu'au {until}, presque rien n'est vérifié ({verified:,} sur {signed:,}), alors qu'après {others:,} le "
            "sont : manque-t-il au trousseau une clé qui servait jusque-là ?"
        ),
        "key_missing_between": (
            "Du {since} au {until}, presque rien n'est vérifié ({verified:,} sur {signed:,}), alors que {others:,} le "
            "sont avant et après : manque-t-il au trousseau une clé qui servait alors ?"
        ),
        "test_archive": (
            "{tests:,} des {verified:,} notifications vérifiées {tests:est signée|sont signées} avec une clé de test : "
            "est-ce l'archive de l'adresse de test ?"
        ),
        "no_signatures": (
            "Aucune des {notifications:,} notifications de {names} n'a de signature : l'archive l'omet-elle ?"
        ),
        "archive_of_orders": (
            "{names} contient un export de commandes ou un relevé et aucune notification : laissé hors de l'archive."
        ),
        "own_frame": (
            "{rows:,} {rows:ligne a été reprise telle|lignes ont été reprises telles} qu'un traitement antérieur "
            "{rows:l'a laissée ; elle n'a pas été lue|les a laissées ; elles n'ont pas été lues} dans une archive."
        ),
        "filtered_frame": (
            "{rows:Seule|Seules} {rows:,} des {archived:,} lignes lues {rows:est|sont} ici : d'autres ont été "
            "écartées, et la suite ne sait rien d'elles."
        ),
        "filtered_sources": (
            "Il y a ici moins de lignes de {names} qu'il n'en a été lu : d'autres ont été écartées, et la suite ne "
            "sait rien d'elles."
        ),
        "unreadable_sources": "Rien n'a pu être lu de {names} : forme inconnue, ou fichier endommagé.",
        "young_orders": (
            "Les commandes du jour avant la dernière notification ({until}) comptent comme paiements manquants là où "
            "aucune n'est arrivée : {count:,}{money}. Avec un délai (grace), de telles commandes ne sont pas encore "
            "dues."
        ),
        "fees_differ": (
            "Paiements dont la passerelle a gardé d'autres frais selon le relevé que selon la notification, où ils ne "
            "sont pas signés : {count:,}{money} : {names}."
        ),
        "left_open": " Commandes de ce temps qui attendent une notification : {count:,}{money}.",
        "silent_stretch": (
            "Aucune notification n'est arrivée du {since} au {until} ({hours:,} heure{hours:|s}), où l'on en attendait "
            "environ {expected:,} : l'adresse était-elle en panne, ou manque-t-il une partie de l'archive ?{left_open}"
        ),
        "capture_gap": (
            "Des lignes de la capture {names} manquent ou ont été changées entre le {since} et le {until}.{left_open}"
        ),
        "silent_source": (
            "Aucune notification de {names} n'est arrivée du {since} au {until}, alors qu'il y en avait toujours et "
            "que d'autres continuaient : était-elle en panne, ou manque-t-il une partie de l'archive ?{left_open}"
        ),
        "silent_source_since": (
            "Aucune notification de {names} n'est arrivée après le {since}, alors qu'il y en avait toujours et que "
            "d'autres continuaient : a-t-elle été abandonnée, ou manque-t-il une partie de l'archive ?{left_open}"
        ),
        "empty_sources": (
            "Aucune notification n'est dans {names}, alors que {others:,} {others:autre source de cette forme en "
            "contient|autres sources de cette forme en contiennent} : l'adresse était-elle en panne, ou ont-elles été "
            "coupées ?"
        ),
        "silent_days": (
            "Aucune notification n'est arrivée le {days}, alors que d'autres jours semblables en ont. Commandes de ce "
            "temps qui en attendent une : {orders:,}{money}. L'adresse était-elle en panne, ou manque-t-il une partie "
            "de l'archive ?"
        ),
        "ledger_days": (
            "Le relevé a {count:,} paiement{count:|s}{money} de plus que de notifications acceptées, le {days} : "
            "{count:a-t-elle été perdue|ont-elles été perdues} ?"
        ),
        "refund_without_order": "Remboursements d'aucune commande de l'export : {count:,}{money} : {names}.",
        "refund_without_payment": (
            "Remboursements de commandes qu'aucune notification acceptée n'a payées : {count:,}{money} : {names}."
        ),
        "refund_twice": (
            "Remboursements de plusieurs fois ce qui a été payé, comme rendu deux fois : {count:,}{money} : {names}."
        ),
        "refund_exceeds_payment": "Remboursements de plus qu'il n'a été payé : {count:,}{money} : {names}.",
        "refund_not_in_orders": (
            "Remboursements du panneau dont la boutique ne dit rien : {count:,}{money} : {names}."
        ),
        "cut_off_archive": (
            "L'archive s'arrête le {archive_until}, l'export des commandes continue jusqu'au {orders_until} : "
            "{count:,} commande{count:|s} de cette période{money} ne {count:peut|peuvent} pas avoir de notification."
        ),
        "cut_off_orders": (
            "L'export des commandes s'arrête le {orders_until}, l'archive continue jusqu'au {archive_until} : "
            "{count:,} paiement{count:|s} de cette période{money} ne {count:peut|peuvent} pas avoir de commande."
        ),
        "cut_off_archive_begin": (
            "L'archive commence le {archive_since}, l'export des commandes plus tôt, le {orders_since} : {count:,} "
            "commande{count:|s} de cette période{money} ne {count:peut|peuvent} pas avoir de notification."
        ),
        "cut_off_orders_begin": (
            "L'export des commandes commence le {orders_since}, l'archive plus tôt, le {archive_since} : {count:,} "
            "paiement{count:|s} de cette période{money} ne {count:peut|peuvent} pas avoir de commande."
        ),
        "as_of_taken": (
            "Question posée pour {as_of}, quand la dernière notification de l'archive est arrivée : les commandes des "
            "{grace} précédentes peuvent encore attendre la leur."
        ),
        "as_of_unknown": (
            "Aucune notification de l'archive ne dit quand elle est arrivée : sans moment nommé (as_of), aucune "
            "commande n'est encore à échoir (grace)."
        ),
        "decisions_unreadable": (
            "{count:,} ligne{count:|s} des décisions {file} {count:est illisible|sont illisibles}, la première est la "
            "ligne {line} : une décision manque, ou une décision retirée tient encore. Écrivez-la de nouveau, et ôtez "
            "la ligne."
        ),
        "rewritten": (
            "Sur {tried:,} notification{tried:|s} dont aucune clé ne fait la signature, {found:,} {found:serait "
            "vérifiée telle qu'elle était|seraient vérifiées telles qu'elles étaient} avant d'être archivée{found:|s} "
            ": {steps}. Ce n'est pas une fraude : archivez ce qui a été posté tel quel. explain le dit de chacune."
        ),
        "rewritten_identifier_slashes": "des barres obliques inverses ont été ajoutées",
        "rewritten_identifier_entities": "des caractères ont été écrits comme pour une page",
        "rewritten_identifier_percent": "ce qui est codé comme en adresse a été décodé une fois de trop, ou pas",
        "rewritten_identifier_escapes": "des échappements tels que \\u00e9 sont restés",
        "rewritten_identifier_encoding": "l'encodage a été pris pour un autre",
        "rewritten_identifier_zeros": "des identifiants ont été pris pour des nombres, sans leurs zéros initiaux",
        "rewritten_identifier_spaces": "des espaces ont été ôtés",
        "rewritten_amount_written": "des montants sont écrits autrement",
    },
    "mapping_sentences": {
        "columns": "Commandes lues comme {platform} : {columns}.",
        "column": "{field} de {name}",
        "amount_notation": "Les montants s'écrivent {words}.",
        "order_amount_rule": "Les montants sont ceux qui ont été débités : {words}.",
        "date_order": "Les dates qui pouvaient être celles de deux jours ont été lues {words}.",
        "other_sheets": "D'autres feuilles n'ont pas été lues : {words} (sheet).",
        "excluded": "{count:,} {count:ligne a été écartée|lignes ont été écartées} comme demandé (where).",
        "totals_rows": (
            "{count:,} {count:ligne en additionne d'autres et n'est pas une commande|lignes en additionnent d'autres "
            "et ne sont pas des commandes}."
        ),
        "merged_rows": (
            "{count:,} {count:ligne donne des articles de la commande qui précède et n'est pas une commande|lignes "
            "donnent des articles de la commande qui précède et ne sont pas des commandes}."
        ),
        "repeated_headers": "{count:,} {count:ligne répète|lignes répètent} l'en-tête.",
        "float_noise": (
            "{count:,} {count:montant était une fraction d'ordinateur, et est lu comme les décimales dont il "
            "vient|montants étaient des fractions d'ordinateur, et sont lus comme les décimales dont ils "
            "viennent}."
        ),
        "undated": "{count:,} {count:commande a|commandes ont} une date qui ne peut pas être lue.",
        "without_currency": "{count:,} {count:commande ne nomme|commandes ne nomment} aucune devise (currency).",
        "damaged_identifiers": (
            "{count:,} {count:identifiant a été changé en nombre par un tableur : ses|identifiants ont été changés en "
            "nombres par un tableur : leurs} derniers chiffres sont perdus."
        ),
    },
    "mapping_rules": {
        "day first": "le jour d'abord",
        "month first": "le mois d'abord",
        "total x currency_value, rounded half up to the currency's minor unit as OpenCart charges it": (
            "total x currency_value, arrondi à la plus petite unité de la devise comme OpenCart le débite"
        ),
    },
    "reconciliation_diagnoses": {
        "join": (
            "{matched:Seul|Seuls} {matched:,} des {payments:,} paiements {matched:trouve|trouvent} une commande par "
            "l'identifiant."
        ),
        "join_otherwise": (
            "{matched:Seul|Seuls} {matched:,} des {payments:,} paiements {matched:trouve|trouvent} une commande."
        ),
        "join_currency": (
            "Par montant, aucune des {without_currency:,} commandes qui ne nomment pas de devise n'est trouvée : "
            "indiquez la devise des commandes (currency)."
        ),
        "join_constant": (
            "Tous les paiements portent le même identifiant {constant} : la boutique envoie une constante. Rapprochez "
            "plutôt par numéro de transaction ou par montant (match_on)."
        ),
        "join_identifier": (
            "La colonne {identifier_column} de l'export contient {identifiers:,} des {payments:,} identifiants : "
            "prenez-la comme identifier."
        ),
        "join_transaction": (
            "La colonne {transaction_column} de l'export contient {transactions:,} des {payments:,} numéros de "
            "transaction : prenez-la comme transaction_id et rapprochez par numéro de transaction (match_on)."
        ),
        "join_nowhere": (
            "Aucune colonne de l'export ne les contient : il ne nomme pas ce que la boutique envoie comme identifiant."
        ),
        "currency_not_compared": (
            "Les devises ne sont pas comparées pour {orders:,} des commandes payées, où la commande ou le paiement les "
            "laisse ouvertes : indiquez la colonne des devises de l'export, ou la devise de ses commandes (currency)."
        ),
        "unknown_states": (
            "Ce que la boutique dit de {orders:,} commande{orders:|s} n'est pas compris, si {orders:elle est payée, "
            "ouverte ou annulée|elles sont payées, ouvertes ou annulées} : {words}. Dites ce que ces mots signifient "
            "(states)."
        ),
        "other_payment_methods": (
            "Aucun paiement n'est jamais venu pour {orders:,} commande{orders:|s} d'autres moyens de paiement (colonne "
            "{column}) : {methods}. Écartez-les en nommant le moyen de paiement de cette passerelle (where), ici "
            "{paid}."
        ),
        "time_zone": (
            "La plupart des paiements ({before:,} sur {payments:,}) arrivent juste avant leur commande, {hours} h trop "
            "tôt : les heures de l'export sont celles d'un fuseau d'autant en avance sur celui où elles ont été lues. "
            "Nommez-le (timezone){zone}."
        ),
        "time_zone_amounts": (
            "La plupart des paiements sans commande ({before:,} sur {payments:,}) arrivent juste avant une commande de "
            "leur montant, {hours} h trop tôt : les heures de l'export sont celles d'un fuseau d'autant en avance sur "
            "celui où elles ont été lues. Nommez-le (timezone){zone}."
        ),
        "such_as": ", par exemple {zone} si c'était UTC",
    },
    "worklist_why": {
        "ambiguous_order": "Les lignes de cette commande se contredisent sur ce qui a été commandé.",
        "ambiguous_order_paid": (
            "{paid} ont été payés, et les lignes de cette commande se contredisent sur ce qui a été commandé."
        ),
        "orphan_payment": "{paid} ont été payés, et l'export n'a pas cette commande.",
        "orphan_payment_near": (
            "{paid} ont été payés, et aucune commande n'a ce nom ; {suggested} n'en diffère que par la forme."
        ),
        "currency_mismatch": "{ordered} ont été commandés, et {paid} ont été payés.",
        "currency_mismatch_mixed": "{ordered} ont été commandés, et les paiements sont en plusieurs devises.",
        "duplicate_payment": "{count} paiements, ensemble {paid}, sont arrivés pour une commande de {ordered}.",
        "duplicate_payment_conflict": (
            "{ordered} ont été payés, et le même montant est revenu avec un autre numéro de transaction : un rejeu, ou "
            "un second paiement."
        ),
        "underpaid": "{paid} ont été payés sur {ordered} : il manque {difference}.",
        "overpaid": "{paid} ont été payés pour {ordered} : c'est {difference} de trop.",
        "status_conflict_cancelled": "{paid} ont été payés en totalité, et la boutique dit la commande annulée.",
        "status_conflict_open": "{paid} ont été payés en totalité, et la boutique dit la commande ouverte.",
        "not_in_ledger": (
            "{paid} ont été payés selon les notifications, et le relevé de ce jour n'a pas cette écriture."
        ),
        "paid_on_forgery": "La boutique compte {ordered} comme payés, et ce qui le dit est falsifié.",
        "no_trusted_payment": (
            "Des notifications sont arrivées pour un identifiant qu'aucune commande n'a, et aucune n'est acceptée."
        ),
        "no_trusted_payment_paid": (
            "La boutique compte {ordered} comme payés, et aucune notification n'en est acceptée."
        ),
        "no_trusted_payment_open": (
            "Des notifications sont arrivées pour une commande de {ordered}, et aucune n'est acceptée."
        ),
        "missing_payment": "La boutique ne dit pas si {ordered} ont été payés, et aucune notification n'est arrivée.",
        "missing_payment_paid": "La boutique compte {ordered} comme payés, et aucune notification n'est arrivée.",
        "missing_payment_near": (
            "{ordered} ont été commandés, et aucune notification n'a ce nom ; {suggested} n'en diffère que par la "
            "forme."
        ),
        "missing_payment_ledger": (
            "Aucune notification n'est arrivée pour {ordered}, et le relevé a exactement une écriture libre de ce "
            "montant et de ce jour."
        ),
        "refund_without_order": "{refunded} ont été remboursés, et l'export n'a pas cette commande.",
        "refund_without_payment": (
            "{refunded} ont été remboursés, et aucune notification acceptée n'a payé cette commande."
        ),
        "refund_twice": "{refunded} ont été remboursés sur {paid} payés, comme deux fois.",
        "refund_exceeds_payment": "{refunded} ont été remboursés, et {paid} ont été payés.",
        "refund_not_in_orders": "Le panneau a rendu {refunded} de ce paiement, et la boutique ne le dit pas.",
        "refund_without_order_of_none": (
            "Remboursements de cette source qui ne nomment aucune commande : {count}, ensemble {refunded} ; le premier "
            "est l'enregistrement {record}."
        ),
        "refund_not_in_orders_of_none": (
            "Le panneau a rendu ce qu'aucun remboursement de la boutique n'explique, de plusieurs paiements possibles "
            "ou d'aucun : {count}, ensemble {refunded} ; le premier est l'enregistrement {record}."
        ),
        "forged": "Falsifiée : {paid} sont prétendus.",
        "suspect": "Suspecte : {paid} sont prétendus.",
        "forged_in_order": "Notifications falsifiées de commandes en ordre sans elles : {count}.",
        "suspect_in_order": "Notifications suspectes de commandes en ordre sans elles : {count}.",
        "unreadable": "Enregistrements illisibles de cette source : {count} ; le premier à cause de {reason}.",
        "broken_chain": (
            "La chaîne de cette capture est rompue ({reason}) : des lignes ont été changées, omises ou coupées."
        ),
    },
    "worklist_next_steps": {
        "ambiguous_order": "Regardez la commande dans la boutique, et exportez-la de nouveau en une ligne.",
        "orphan_payment": (
            "Cherchez la commande dans la boutique et parmi ce qui a été supprimé ; sans elle, remboursez la "
            "transaction {trx}."
        ),
        "orphan_payment_near": (
            "Voyez si le paiement appartient à {suggested} ; si oui, marquez cette commande comme payée."
        ),
        "currency_mismatch": (
            "Cherchez la transaction {trx} dans le panneau marchand ; demandez le reste au payeur, ou remboursez."
        ),
        "duplicate_payment": (
            "Comparez les transactions dans le panneau marchand, et remboursez ce qui a été payé de trop."
        ),
        "duplicate_payment_conflict": (
            "Cherchez la transaction {trx} dans le panneau marchand : si elle y est, remboursez-la ; sinon, c'est un "
            "rejeu."
        ),
        "underpaid": "Demandez {difference} au payeur, ou remboursez ; ne livrez rien avant.",
        "overpaid": "Remboursez {difference}, ou portez-les au crédit du payeur.",
        "status_conflict_cancelled": "Remboursez {paid}, ou rouvrez la commande.",
        "status_conflict_open": "Marquez la commande comme payée et livrez-la, ou remboursez {paid}.",
        "not_in_ledger": (
            "Cherchez la transaction {trx} dans le panneau marchand ; si elle n'y est pas, remplacez la clé secrète."
        ),
        "paid_on_forgery": ("Arrêtez la livraison, et cherchez dans le panneau marchand un paiement de {ordered}."),
        "no_trusted_payment": (
            "Cherchez la transaction {trx} dans le panneau marchand : si elle n'y est pas, personne n'a payé."
        ),
        "no_trusted_payment_paid": (
            "Cherchez la transaction {trx} dans le panneau marchand ; si elle n'y est pas, arrêtez la livraison."
        ),
        "no_trusted_payment_key": (
            "Demandez quand la clé a servi : corrigez ses dates dans le trousseau, ou retirez la clé."
        ),
        "missing_payment": (
            "Cherchez un paiement de {ordered} dans le panneau marchand, et dans la boutique comment elle a été payée."
        ),
        "missing_payment_near": "Voyez si le paiement de {suggested} appartient à cette commande.",
        "missing_payment_ledger": "Comparez cette écriture avec la commande : sa notification a été perdue.",
        "refund_without_order": (
            "Cherchez la commande dans la boutique et parmi ce qui a été supprimé, et demandez qui a reçu l'argent."
        ),
        "refund_without_payment": (
            "Cherchez un paiement de la commande dans le panneau marchand ; sans lui, demandez pourquoi il a été rendu."
        ),
        "refund_twice": (
            "Voyez dans le panneau marchand ce qui est parti pour la transaction {trx} ; demandez le second au payeur."
        ),
        "refund_exceeds_payment": (
            "Voyez dans le panneau marchand ce qui est parti pour la transaction {trx} ; demandez le reste."
        ),
        "refund_not_in_orders": "Marquez la commande comme remboursée, ou demandez qui a rendu l'argent.",
        "refund_without_order_of_none": "Nommez dans la boutique la commande de chacun, et exportez de nouveau.",
        "refund_not_in_orders_of_none": (
            "Regardez chacun dans le panneau marchand, et notez dans la boutique ce qui a été remboursé."
        ),
        "forged": "Cherchez la transaction {trx} dans le panneau marchand : si elle n'y est pas, personne n'a payé.",
        "suspect": "Cherchez la transaction {trx} dans le panneau marchand, et comparez chaque champ.",
        "forged_in_order": ("Voyez si l'adresse vérifie les signatures ; explain dit de chacune ce qui a été changé."),
        "suspect_in_order": "Comparez la première avec le panneau marchand ; explain dit ce qu'elle a d'inhabituel.",
        "unreadable": (
            "Regardez l'enregistrement {record} ; s'il a été coupé ou endommagé, exportez la source de nouveau."
        ),
        "broken_chain": "Comparez la capture avec une copie, et exportez les paiements du panneau marchand.",
    },
    "worklist_unknown": {"amount": "un montant inconnu", "text": "(sans nom)"},
    "headlines": {
        "nothing": "Rien ne demande une personne. Identifiants en ordre : {all} sur {all}.",
        "nothing_verified": (
            "Rien ne demande une personne : aucune notification n'est falsifiée, suspecte ou illisible."
        ),
        "some": "{some:Demande|Demandent} une personne : {some} identifiant{some:|s} sur {all}, {money} en jeu.",
        "some_verified": (
            "{some:Demande|Demandent} une personne : {some} identifiant{some:|s}, {money} prétendus par ce qui est "
            "falsifié ou suspect."
        ),
        "besides": "En outre, sans identifiant propre : {count}.",
        "only_besides": (
            "Identifiants en ordre : {all} sur {all}. {count:Demande|Demandent} tout de même une personne : {count}, "
            "sans identifiant propre."
        ),
        "only_besides_verified": "{count:Demande|Demandent} une personne : {count}, sans identifiant propre.",
        "nothing_open": "Plus rien ne demande une personne : ce qui le demandait est décidé.",
        "decided": "Décidé : {decided}.",
        "no_money": "aucun montant connu",
    },
    "source_warnings": {
        "truncated": "{source} est peut-être coupée ou endommagée : elle finit trop tôt, ou sans fin de ligne.",
        "broken_chain": (
            "La chaîne de {source} est rompue à la ligne {line} : des lignes ont été modifiées, omises ou coupées."
        ),
        "more": "Il en est ainsi de {count} source{count:|s} de plus.",
        "and_more": "{shown} et {count} de plus",
        "noted": "{shown} : {note}.",
    },
    "report_words": {
        "error": "À regarder d'abord",
        "warning": "À regarder",
        "info": "À savoir",
        "labelled": "{label} :",
        "worklist": "{count:Le plus cher|Les plus chers} : {count} sur {total}",
        "at_risk": "en jeu",
        "since": "jours",
        "days": "{count} j",
        "identifier": "identifiant",
        "outcome": "résultat",
        "count": "identifiants",
        "why": "pourquoi, et que faire",
        "where": "{source} enregistrement {record}",
        "more": "… et {count} de plus",
        "intake": (
            "{records} enregistrement{records:|s} dans {sources} source{sources:|s} : {notifications} "
            "notification{notifications:|s}, {unreadable} illisible{unreadable:|s}, {other} d'un autre trafic"
        ),
        "verdicts": "Verdicts",
        "findings": "Constats",
        "outcomes": "Résultats face à {rows} ligne{rows:|s} de commande ({unreadable} illisible{unreadable:|s})",
        "tie_out": "Montants par devise et par résultat",
        "currency": "devise",
        "no_currency": "sans devise",
        "ordered": "commandé",
        "paid": "payé",
        "difference": "différence",
        "ageing": "Depuis quand c'est ouvert",
        "age": "{from_days} à {to_days} jour{to_days:|s}",
        "age_over": "{from_days} jour{from_days:|s} et plus",
        "age_unknown": "nul ne sait depuis quand",
        "keys": "Clés en service",
        "key_used": "{notifications} notification{notifications:|s}, du {first_used} au {last_used}",
        "key_unused": "jamais utilisée",
        "key_until": "une validité jusqu'au {proposed_until} suffirait",
        "key_outside": "{outside_validity} hors de sa validité",
        "key_overlaps": "en même temps que {overlaps}",
        "exposure": "Ce qu'une boutique qui vérifie comme l'exemple de la documentation aurait livré à tort",
        "grades": "Qui répond de l'argent accepté",
        "ledger": "confirmé par le relevé de la passerelle",
        "signed": "la signature seule",
        "note": "Note",
        "cannot_show": "Ce que des signatures de ce genre ne peuvent pas montrer",
        "next": "Ensuite",
    },
    "commands_done": {
        "report": "rapport écrit dans {path}",
        "page": "page écrite dans {path}, SHA-256 :",
        "worklist": "liste de travail écrite dans {path}",
        "workbook": "classeur écrit dans {path}",
        "tests": "tests écrits dans {path}",
        "sheet": "{rows} ligne{rows:|s} dans {path} ; remplissez decision et by, puis {command}",
        "decisions": (
            "{added} {added:décision ajoutée|décisions ajoutées} à {path}, {known} y {known:était|étaient} ; elles "
            "comptent à partir de la prochaine clôture"
        ),
        "none_stored": "aucune notification gardée n'en est une",
        "not_posted": (
            "{count} {count:serait postée|seraient postées} ; aucune ne l'a été (conseil : donnez --journal FICHIER "
            "pour les poster)"
        ),
    },
    "evaluation": {
        "verdict": "Verdicts : {agreed} sur {labelled} {agreed:est comme étiqueté|sont comme étiquetés}.",
        "outcome": "Résultats : {agreed} sur {labelled} {agreed:est comme étiqueté|sont comme étiquetés}.",
        "class": "{word} : précision {precision} ({agreed} sur {found}), rappel {recall} ({agreed} sur {labelled})",
        "unknown": "{count} {count:étiquette n'est|étiquettes ne sont} de rien que le rapport ait.",
        "none": "aucune",
    },
    "notes": {
        "empty": "elle est vide",
        "no_form": "elle n'est d'aucune forme d'archive connue, et rien n'en est lu",
        "no_form_named": "elle n'est d'aucune forme d'archive connue ({name}), et rien n'en est lu",
        "hidden": "elle est cachée, et rien n'en est lu",
        "link": "c'est un lien symbolique, et ce où il mène n'est pas lu",
        "no_file": "c'est un tube, un périphérique ou une socket, et rien n'en est lu",
        "named_before": "elle a été nommée avant, et n'est lue qu'une fois",
        "by_name": "d'après son nom c'est de la documentation ou une configuration, et rien n'en est lu",
        "no_checksum": (
            "elle n'a pas de somme de contrôle : des octets qui y auraient changé, sur un disque ou en route, ne se "
            "remarqueraient pas"
        ),
        "orders": (
            "c'est un export de commandes sans signatures : ses lignes sont un autre trafic, pas des notifications"
        ),
        "ledger": "c'est un export du panneau marchand : ses lignes sont un autre trafic, pas des notifications",
        "filtered": "des {rows} lignes qui en ont été lues, {count} {count:est|sont} ici",
        "late_start": (
            "sa première ligne est le numéro {seq} de sa capture, et les fichiers d'avant ne sont pas dans l'archive"
        ),
        "mixed_encodings": "certaines de ses lignes sont en UTF-16 et d'autres non ; chacune est lue comme elle est",
        "leads_out": "son nom mène hors du tar ; elle est lue, et rien n'est écrit",
        "tar_damaged": "il est endommagé : ce qui s'y trouve n'est pas lu",
        "tar_unended": "le tar finit sans sa marque de fin : des membres manquent peut-être",
        "tar_link": "c'est un lien symbolique, et rien n'en est lu",
        "tar_other_name": "c'est un autre nom d'un membre d'avant, et rien n'en est lu",
        "tar_device": "c'est un périphérique, et rien n'en est lu",
        "tar_pipe": "c'est un tube, et rien n'en est lu",
        "tar_unknown": "elle est d'un genre qui n'est pas connu, et rien n'en est lu",
        "stray_cells": "{source} a des cellules loin de toutes les autres, qui ont été passées : {cells}.",
        "decimals": (
            "Le nombre de décimales de la clé {key} n'est pas clair : {shares} ; deux tiers seraient clairs. Un nombre "
            "qu'ont moins d'un tiers de ses paiements est suspect, et aucune coupe ne se distingue d'une autre."
        ),
        "decimals_share": "{number} dans {count} sur {total}",
        "decimals_unseen": "aucun paiement ne le montre",
        "archive_unknown": (
            "Autre trafic, formes et empreintes de l'archive ne sont pas connus : le tableau a été modifié depuis, et "
            "ses attrs ont disparu (read_ipns). Ce qui a été lu compte les lignes qui sont là."
        ),
        "verification_unknown": (
            "Les options de verify, les décimales attendues et les empreintes de ses clés ne sont pas connues : le "
            "tableau a été modifié depuis, et ses attrs ont disparu (verify)."
        ),
        "orders_unknown": (
            "Les empreintes des fichiers de commandes ne sont pas connues : le tableau a été modifié depuis, et ses "
            "attrs ont disparu (read_orders)."
        ),
        "ledger_unknown": (
            "Les empreintes des fichiers du relevé ne sont pas connues : le tableau a été modifié depuis, et ses attrs "
            "ont disparu (read_ledger)."
        ),
        "masked_given": (
            "Noms, courriels, numéros et adresses sont masqués par une empreinte à clé : ce qui est égal reste égal."
        ),
        "masked_random": (
            "Noms, courriels, numéros et adresses sont masqués par une empreinte à clé : ce qui est égal reste égal "
            "dans ce rapport. Sa clé a été tirée au hasard et n'est pas gardée."
        ),
    },
    "workbook": {
        "summary": "Résumé",
        "worklist": "À faire",
        "results": "Résultats",
        "notifications": "Notifications",
        "tie_out": "Montants",
        "about": "À propos de ce classeur",
        "text": (
            "Les identifiants, les textes et les montants tels que reçus sont du texte ; aucune cellule n'est une "
            "formule ni un lien. Les moments sont en UTC."
        ),
        "left_out": (
            "{sheet} : {count:la dernière ligne|les dernières lignes} du tableau ({count}) {count:n'est|ne sont} pas "
            "ici, faute de place dans la feuille ; le dossier du rapport les a toutes."
        ),
        "cut": (
            "{sheet} : {count} {count:texte est plus long|textes sont plus longs} qu'une cellule ne peut l'être ; "
            "chacun est coupé et finit par des points de suspension."
        ),
        "as_text": (
            "{sheet} : {count} {count:montant a|montants ont} plus de chiffres qu'un tableur n'en garde ; "
            "{count:c'est|ils sont} du texte, pour qu'aucun ne soit arrondi, et les sommes les ignorent."
        ),
    },
    "plots": {
        "daily": "Enregistrements par jour et par verdict",
        "outcomes": "Exceptions par montant, {currency}",
        "waterfall": "Du commandé au payé, {currency}",
        "undated": (
            "{count} {count:enregistrement ne dit pas quand il est arrivé|enregistrements ne disent pas quand ils sont "
            "arrivés}"
        ),
        "no_currency": "sans devise",
        "more": "… et {count} ligne{count:|s} de plus dans .table",
    },
    "page": {
        "made_by": "Rapport de corena_recon {version}",
        "contents": "Sur cette page",
        "worklist": "Ce qui demande une personne",
        "nothing": "Rien.",
        "search": "Chercher",
        "any": "tous",
        "shown": "{shown} ligne{shown:|s} sur {total}",
        "explain": "Pourquoi ?",
        "listed": (
            "{count:Le plus cher|Les plus chers} ({count} sur {total}) {count:est dans cette liste, expliqué|sont dans "
            "cette liste, expliqués} ; tous sont dans worklist.parquet, et corena-recon explain explique n'importe "
            "lequel."
        ),
        "unlisted": (
            "{count} {count:autre est montré|autres sont montrés} par le script de cette page : il {count:lui|leur} "
            "faut JavaScript."
        ),
        "further": "En montrer {count} de plus",
        "further_all": "Montrer {count:la ligne qui reste|les lignes qui restent} ({count})",
        "money": "Argent",
        "tie_out": "Montants par devise et par résultat",
        "tie_out_said": "La différence de chaque devise, répartie par résultat sans reste.",
        "waterfall": "Du commandé au payé, {currency}",
        "axis": "L'axe commence à {amount}, pour que les pas se voient.",
        "by_outcome": "Exceptions par montant, {currency}",
        "in_order": "Ce qui est en ordre n'est pas dessiné ; le tableau le donne.",
        "numbers": "Les nombres",
        "notifications": "Notifications",
        "daily": "Enregistrements par jour",
        "untrusted": "Enregistrements falsifiés, suspects et illisibles par jour",
        "weekly": "Il y a tant de jours qu'une barre en dessine sept.",
        "undated": (
            "{count} {count:enregistrement ne dit pas quand il est arrivé, et n'est pas dessiné|enregistrements ne "
            "disent pas quand ils sont arrivés, et ne sont pas dessinés}."
        ),
        "day": "jour",
        "no_day": "non noté",
        "finding": "constat",
        "meaning": "ce qu'il veut dire",
        "records": "enregistrements",
        "silent": (
            "{count} {count:autre règle a été vérifiée et n'a|autres règles ont été vérifiées et n'ont} rien trouvé"
        ),
        "amounts": "De combien sont les paiements acceptés",
        "least": "le plus petit",
        "quarter": "un quart, au plus",
        "half": "la moitié, au plus",
        "three_quarters": "trois quarts, au plus",
        "greatest": "le plus grand",
        "columns": "Ce que contiennent les colonnes",
        "column": "colonne",
        "filled": "remplies",
        "empty": "vides",
        "distinct": "différentes",
        "frequent": "les plus fréquentes",
        "exposure": "Ce qu'une boutique qui vérifie comme l'exemple de la documentation aurait livré à tort",
        "class": "classe",
        "orders": "commandes",
        "amount": "montant",
        "proof": "Vérifiez chaque signature vous-même",
        "proof_said": (
            "Tapez le secret d'une clé, et cette page recalcule les signatures : HMAC-SHA256 du montant et de "
            "l'identifiant, octet par octet comme ils ont été envoyés. Le secret reste dans cette page : elle n'a "
            "aucun moyen d'envoyer quoi que ce soit, et elle efface ce qui a été tapé avant de calculer."
        ),
        "proof_half": (
            "De chaque signature la page contient les 32 premiers des 64 chiffres : assez pour comparer, trop peu pour "
            "l'envoyer."
        ),
        "proof_all": (
            "Elle contient {count:la notification qui se lit|toutes les notifications qui se lisent} ({count})."
        ),
        "proof_some": (
            "Au-delà de {limit} notifications elle contient celles des exceptions et un échantillon des autres : "
            "{count} sur {total}, dont {exceptions} d'exceptions. L'échantillon est tiré d'après les empreintes de ce "
            "qui a été lu (graine {seed})."
        ),
        "proof_none": "Aucune notification qui se lise n'est là pour être vérifiée.",
        "proof_silent": "{count} d'entre elles {count:n'a|n'ont} pas de signature qui puisse être comparée.",
        "proof_long": "{count} d'entre elles {count:est trop longue|sont trop longues} pour cette page.",
        "proof_digest": (
            "Qui modifie ce fichier peut aussi modifier son script. Comparez son SHA-256 avec celui qui a été affiché "
            "quand il a été écrit, ou avec report.html dans manifest.json."
        ),
        "proof_script": "Il faut JavaScript pour cela.",
        "proof_insecure": (
            "Ce navigateur ne laisse pas cette page calculer de signatures (crypto.subtle manque). Ouvrez le fichier "
            "enregistré lui-même dans un navigateur récent, par file:// ou https://."
        ),
        "secret": "Secret de la clé {key}",
        "compute": "Calculer toutes les signatures",
        "computing": "Calcul : {count} sur {total} …",
        "no_secret": "Tapez au moins un secret.",
        "agree": "Tout concorde : {count} {count:signature calculée|signatures calculées} en {seconds} s.",
        "disagree": "{differ} ligne{differ:|s} sur {count} ne {differ:concorde|concordent} pas ({seconds} s).",
        "of_key": "{key} : {agree} signature{agree:|s} sur {count} {agree:concorde|concordent}.",
        "of_none": (
            "Refusées : {agree} signature{agree:|s} sur {count} ne {agree:concorde|concordent} avec aucune de ces "
            "clés, comme le dit le rapport."
        ),
        "not_typed": (
            "{key} : {count} {count:signature non vérifiée|signatures non vérifiées}, son secret n'a pas été tapé."
        ),
        "no_agreement": "Aucune des signatures de {key} ne concorde : ce n'est guère son secret.",
        "should": "signée avec {key}, dit le rapport",
        "should_not": "refusée, dit le rapport, et elle concorde avec {key}",
        "signed_bytes": "octets signés",
        "says": "ce qui diffère",
        "intake": "Ce qui a été lu",
        "source": "source",
        "form": "forme",
        "bytes": "octets",
        "unreadable": "illisibles",
        "other": "autres",
        "chain": "chaîne",
        "inputs": "Exports",
        "options": "Options",
        "no_options": "Aucune n'a été donnée.",
        "keys": "Clés",
        "key": "clé",
        "mode": "mode",
        "merchant": "marchand",
        "fingerprint": "empreinte",
        "mapping": "Comment les commandes ont été lues",
        "more": "… et {count} de plus",
    },
    "differences": {
        "same": "Rien n'a changé.",
        "identifiers": (
            "Identifiants : {changed} changé{changed:|s}, {new} {new:nouveau|nouveaux}, {vanished} "
            "disparu{vanished:|s}."
        ),
        "worse": "Exceptions qui n'en étaient pas : {count}.",
        "better": "Exceptions qui n'en sont plus : {count}.",
        "forgeries": "Notifications falsifiées qui n'étaient pas là : {count}.",
        "decided": "Décisions qui tiennent et ne tenaient pas : {count}.",
        "undecided": "Décisions qui tenaient et ne tiennent plus : {count}.",
        "input_changed": "Source changée : {name}.",
        "input_new": "Source ajoutée : {name}.",
        "input_vanished": "Source laissée de côté : {name}.",
        "money": "{what} en {currency} : {before} avant, {after} maintenant ({moved}).",
        "ordered": "Commandé",
        "paid": "Payé",
        "difference": "Différence",
        "no_currency": "sans devise",
        "change": "{identifier} : {before} avant, {after} maintenant.",
        "absent": "absent",
        "more": "… et {count} de plus.",
    },
    "checks": {
        "same": "Le même : refait avec la version {version}, chaque tableau est ce que contient le rapport.",
        "same_masked": (
            "Le même : refait avec la version {version}, chaque tableau est ce que contient le rapport, sauf ce qui "
            "est masqué et n'a pas été comparé."
        ),
        "altered_report": "Le rapport a été modifié : {name} n'est pas le fichier que nomme son manifeste.",
        "altered_page": "La page a été modifiée : {name} n'est pas ce que cette version fait du rapport.",
        "altered_input": "Une source a été modifiée : {name} n'est pas ce qui a été lu pour le rapport.",
        "other_keys": "Les clés sont autres : {names}.",
        "different": "Différent : {table}, ligne {row}, {column} : {before} dans le rapport, {now} maintenant.",
        "different_rows": "Différent : {table} a {before} ligne{before:|s} dans le rapport et {now} maintenant.",
        "other_version": (
            "Le rapport a été fait par la version {before}, et celle-ci est {now} : c'est peut-être pourquoi."
        ),
        "nothing": "rien",
    },
}
"""By group and key; facts stand in the braces that the English has."""
