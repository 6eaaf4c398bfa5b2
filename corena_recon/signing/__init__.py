"""Keys, the signature of one message, and the signatures of many."""

from corena_recon.signing.bulk import DIGEST_BYTES, digests_of
from corena_recon.signing.checking import CHECK_SCHEMA, check_signatures, is_verified, signatures_known
from corena_recon.signing.keys import Key, KeyRing, Keys, RingKey
from corena_recon.signing.message import sign

__all__ = [
    "CHECK_SCHEMA",
    "DIGEST_BYTES",
    "Key",
    "KeyRing",
    "Keys",
    "RingKey",
    "check_signatures",
    "digests_of",
    "is_verified",
    "sign",
    "signatures_known",
]
