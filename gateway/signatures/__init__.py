"""HTTP Message Signatures (RFC 9421) and Content-Digest (RFC 9530): who sent this, unchanged.

Pure: bytes and values in, verdicts out; no framework, no network, no clock. Partner banks, kiosks,
wallet providers and outgoing events all sign this way. The algorithm belongs to the key record; a
message may repeat it and can never choose it.
"""

from gateway.signatures.base import Component
from gateway.signatures.debugger import Explanation, explain
from gateway.signatures.digests import content_digest
from gateway.signatures.keys import Algorithm, SigningKey, VerifyingKey
from gateway.signatures.messages import Message
from gateway.signatures.signing import Wish, sign
from gateway.signatures.verifying import Policy, Verified, key_id_of, verify

__all__ = [
    "Algorithm",
    "Component",
    "Explanation",
    "Message",
    "Policy",
    "SigningKey",
    "Verified",
    "VerifyingKey",
    "Wish",
    "content_digest",
    "explain",
    "key_id_of",
    "sign",
    "verify",
]
