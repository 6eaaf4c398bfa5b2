"""Initiate a payment: the documentation's parameters in, the checkout page's address out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from corena_recon.arguments import is_mode, require, require_flag
from corena_recon.errors import OptionError
from corena_recon.gateway.parameters import amount_text, encode, is_loopback, problems_of, read_answer
from corena_recon.gateway.transport import post_once
from corena_recon.languages import ENGLISH, require_language
from corena_recon.text import printable
from corena_recon.vocabulary import PUBLIC_KEY_MAX_CHARACTERS, Mode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

GATEWAY_URL: Final = "https://www.corenapayme.com"
ENDPOINTS: Final = {Mode.LIVE: "/payment/initiate", Mode.TEST: "/test/payment/initiate"}


@dataclass(frozen=True, slots=True)
class Initiated:
    """A payment that the gateway has accepted to take; the payer has not paid yet.

    Attributes:
        redirect_url: The checkout page. It is never opened by itself.
        messages: What the gateway said.
        identifier: The merchant's own name for the payment.
        amount: The amount exactly as it was posted.
        currency: Its currency.
        mode: ``live`` or ``test``.
    """

    redirect_url: str
    messages: tuple[str, ...]
    identifier: str
    amount: str
    currency: str
    mode: Mode

    @property
    def checkout_host(self) -> str:
        """The host of the checkout page, to be shown beside the link."""
        return urlsplit(self.redirect_url).hostname or ""


class PaymentClient:
    """Initiates payments at the gateway, or at a sandbox on this machine.

    Args:
        public_key: The merchant's public key of that mode.
        mode: ``test`` or ``live``.
        allow_live: Must be True for ``live``, so that real money is never a default.
        base_url: Another gateway of the family (https), or a sandbox (http on a loopback address).
        connect_timeout_s: Seconds for one connection to be made.
        read_timeout_s: Longest silence of the gateway, in seconds.
        deadline_s: Seconds for the whole call, also when the gateway drips; the system's name resolution
            alone may exceed it, and then nothing is sent.
        public_key_max_characters: The documentation's 50; some gateways of the family give longer keys.

    Raises:
        OptionError: An option has no meaning.
    """

    __slots__ = (
        "_connect_timeout_s",
        "_deadline_s",
        "_public_key",
        "_public_key_max_characters",
        "_read_timeout_s",
        "base_url",
        "mode",
    )

    def __init__(
        self,
        public_key: str,
        *,
        mode: str = "test",
        allow_live: bool = False,
        base_url: str = GATEWAY_URL,
        connect_timeout_s: float = 10.0,
        read_timeout_s: float = 30.0,
        deadline_s: float = 60.0,
        public_key_max_characters: int = PUBLIC_KEY_MAX_CHARACTERS,
    ) -> None:
        require("public_key", public_key, str, "give the merchant's public key of that mode as text")
        if not is_mode(mode):
            raise OptionError("mode is neither 'test' nor 'live'", hint="give mode='test' or mode='live'")
        require_flag("allow_live", allow_live)
        if mode == Mode.LIVE and not allow_live:
            raise OptionError("live payments are not allowed", hint="give allow_live=True to move real money")
        for name, value in (
            ("connect_timeout_s", connect_timeout_s),
            ("read_timeout_s", read_timeout_s),
            ("deadline_s", deadline_s),
        ):
            require(name, value, (int, float), "timeouts are numbers of seconds")
        require("public_key_max_characters", public_key_max_characters, int, "give a number of characters")
        if min(connect_timeout_s, read_timeout_s, deadline_s) <= 0:
            raise OptionError("a timeout is not positive", hint="timeouts are in seconds")
        self.mode = Mode(mode)
        self.base_url = _usable_base_url(base_url)
        self._public_key = public_key
        self._public_key_max_characters = public_key_max_characters
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._deadline_s = deadline_s

    @property
    def endpoint_url(self) -> str:
        """Where the request goes."""
        return self.base_url + ENDPOINTS[self.mode]

    def problems_of(self, payment: Mapping[str, Any], *, language: str = ENGLISH) -> dict[str, str]:
        """What is wrong with the payment, by field, in ``en`` or ``fr``; nothing is sent.

        Raises:
            OptionError: The payment is no mapping, or the language neither of the two.
        """
        require("payment", payment, Mapping, "give a mapping, for example {'amount': '11.00'}")
        require_language(language, "language")
        return problems_of(
            {**payment, "public_key": self._public_key},
            language=language,
            public_key_max_characters=self._public_key_max_characters,
        )

    def initiate(
        self,
        *,
        identifier: str,
        currency: str,
        amount: str | Decimal,
        details: str,
        ipn_url: str,
        success_url: str,
        cancel_url: str,
        site_name: str,
        customer: Mapping[str, str],
        site_logo: str | None = None,
        checkout_theme: str | None = None,
        gateway_methods: Sequence[str] | None = None,
        shipping_info: Mapping[str, str] | None = None,
        billing_info: Mapping[str, str] | None = None,
    ) -> Initiated:
        """Ask the gateway to take a payment; exactly one request is sent.

        Args:
            identifier: The merchant's own name for the payment, at most 20 characters.
            currency: Upper-case code, at most 4 characters.
            amount: Text, posted as it is, or Decimal; at most 8 decimals.
            details: What is paid, at most 100 characters.
            ipn_url: Where the notification will be posted.
            success_url: Where the payer goes after paying.
            cancel_url: Where the payer goes after cancelling.
            site_name: The shop's name on the checkout page.
            customer: ``first_name``, ``last_name``, ``email``, ``mobile``.
            site_logo: The shop's logo.
            checkout_theme: ``light`` or ``dark``.
            gateway_methods: Names of the gateway's payment methods to offer.
            shipping_info: Any of the nine fields of an address.
            billing_info: Likewise.

        Raises:
            OptionError: Parameters are missing or malformed; ``problems`` has them all. Nothing was sent.
            GatewayUnreachable: No connection, or an unverified certificate. Nothing was sent.
            GatewayRefused: The gateway answered with an error; ``messages`` has its words.
            GatewayBroken: The answer is none that the documentation knows.
            OutcomeUnknown: The request was sent and no whole answer came back.
        """
        payment = {
            "public_key": self._public_key,
            "identifier": identifier,
            "currency": currency,
            "amount": amount,
            "details": details,
            "ipn_url": ipn_url,
            "success_url": success_url,
            "cancel_url": cancel_url,
            "site_name": site_name,
            "customer": customer,
            "site_logo": site_logo,
            "checkout_theme": checkout_theme,
            "gateway_methods": gateway_methods,
            "shipping_info": shipping_info,
            "billing_info": billing_info,
        }
        body = encode(payment, public_key_max_characters=self._public_key_max_characters)
        status, answer_body = post_once(
            self.endpoint_url,
            body,
            connect_timeout_s=self._connect_timeout_s,
            read_timeout_s=self._read_timeout_s,
            deadline_s=self._deadline_s,
        )
        answer = read_answer(status, answer_body, is_loopback_gateway=is_loopback(urlsplit(self.base_url).hostname))
        return Initiated(answer.redirect_url, answer.messages, identifier, amount_text(amount), currency, self.mode)

    def __repr__(self) -> str:
        return f"PaymentClient(mode={self.mode.value!r}, base_url={self.base_url!r})"


def _usable_base_url(base_url: str) -> str:
    hint = "give an https address, or http on 127.0.0.1 for a sandbox"
    require("base_url", base_url, str, hint)
    try:
        parts = urlsplit(base_url)
        is_usable = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
        is_plain = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        is_usable = is_plain = False
    if not (is_usable and is_plain) or parts.query or parts.fragment or printable(base_url) != base_url:
        raise OptionError("base_url is no address that a payment may be sent to", hint=hint)
    return base_url.rstrip("/")
