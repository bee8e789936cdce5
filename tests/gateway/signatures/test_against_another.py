"""Another implementation of RFC 9421 takes what we sign, and we take what it signs."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

from accounts import clock
from gateway.signatures import Algorithm, Policy, Wish, sign, verify
from tests.gateway.signatures.test_verifying import NONCE, REQUEST, RING, SIGNING

THEIRS = {
    Algorithm.ED25519: algorithms.ED25519,
    Algorithm.ECDSA_P256: algorithms.ECDSA_P256_SHA256,
    Algorithm.RSA_PSS: algorithms.RSA_PSS_SHA512,
    Algorithm.RSA_V1_5: algorithms.RSA_V1_5_SHA256,
    Algorithm.HMAC: algorithms.HMAC_SHA256,
}
URL = "https://gateway.example/api/v1/loads?a=1&b=%20x"
COVERED = ("@method", "@authority", "@path", "@query", "content-digest")


class Ring(HTTPSignatureKeyResolver):
    """Our test keys as the other library wants them."""

    def resolve_public_key(self, key_id: str) -> Any:
        key = RING[key_id]
        if key.algorithm is Algorithm.HMAC:
            return key.material
        return serialization.load_pem_public_key(key.material)

    def resolve_private_key(self, key_id: str) -> Any:
        key = next(one for one in SIGNING.values() if one.key_id == key_id)
        if key.algorithm is Algorithm.HMAC:
            return key.material
        return serialization.load_pem_private_key(key.material, None)


def their_request(headers: dict[str, str]) -> SimpleNamespace:
    return SimpleNamespace(method="POST", url=URL, headers=headers)


@pytest.mark.parametrize("algorithm", THEIRS)
def test_they_take_ours(algorithm: Algorithm) -> None:
    key = SIGNING[algorithm]
    fields = sign(REQUEST, key, Wish(created=clock.now(), nonce=NONCE, tag="load"))
    request = their_request({**dict(REQUEST.headers), **fields})

    verifier = HTTPMessageVerifier(signature_algorithm=THEIRS[algorithm], key_resolver=Ring())
    results = verifier.verify(request, max_age=timedelta(minutes=5), body=REQUEST.body)

    assert results[0].parameters["nonce"] == NONCE
    assert '"content-digest"' in results[0].covered_components


@pytest.mark.parametrize("algorithm", THEIRS)
def test_we_take_theirs(algorithm: Algorithm) -> None:
    now = clock.now()
    request = their_request(dict(REQUEST.headers))
    signer = HTTPMessageSigner(signature_algorithm=THEIRS[algorithm], key_resolver=Ring())
    signer.sign(
        request,
        key_id=f"key-{algorithm}",
        created=now,
        nonce=NONCE,
        tag="load",
        covered_component_ids=COVERED,
        body=REQUEST.body,
    )

    message = replace(REQUEST, headers=tuple(request.headers.items()))
    policy = Policy(wants_nonce=True, tag="load")
    assert verify(message, key_of=RING.get, policy=policy, now=now).nonce == NONCE
