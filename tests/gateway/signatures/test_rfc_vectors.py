"""What RFC 9421 publishes in appendix B verifies here; what has no chance in it comes out equal."""

import base64
from datetime import UTC, datetime

import pytest

from gateway.signatures import Algorithm, Component, Policy, SigningKey, Wish, sign, verify
from tests.gateway.signatures import rfc9421

MOMENT = datetime.fromtimestamp(rfc9421.CREATED, UTC)
HMAC = SigningKey(
    key_id="test-shared-secret",
    algorithm=Algorithm.HMAC,
    material=base64.b64decode(rfc9421.SHARED_SECRET),
)
KEYS = {
    key.key_id: key
    for key in (rfc9421.RSA_PSS, rfc9421.P256.public, rfc9421.ED25519.public, HMAC.public)
}
ANYTHING = Policy(required=(), covers_body=False)


def signed(label: str):  # type: ignore[no-untyped-def]
    covered, signature = rfc9421.SIGNED[label]
    message = rfc9421.RESPONSE if label == "sig-b24" else rfc9421.REQUEST
    fields = {"Signature-Input": f"{label}={covered}", "Signature": f"{label}=:{signature}:"}
    return message.with_headers(**fields)


@pytest.mark.parametrize("label", rfc9421.SIGNED)
def test_every_published_signature_verifies(label: str) -> None:
    verified = verify(signed(label), key_of=KEYS.get, policy=ANYTHING, now=MOMENT)

    assert verified.label == label
    assert verified.created == MOMENT


@pytest.mark.parametrize("label", rfc9421.SIGNED)
def test_one_changed_bit_of_it_does_not(label: str) -> None:
    covered, signature = rfc9421.SIGNED[label]
    changed = bytearray(base64.b64decode(signature))
    changed[5] ^= 1
    message = rfc9421.RESPONSE if label == "sig-b24" else rfc9421.REQUEST
    forged = message.with_headers(
        **{
            "Signature-Input": f"{label}={covered}",
            "Signature": f"{label}=:{base64.b64encode(changed).decode()}:",
        }
    )

    with pytest.raises(Exception, match="signature_wrong"):
        verify(forged, key_of=KEYS.get, policy=ANYTHING, now=MOMENT)


def test_the_published_base_of_full_coverage_is_ours() -> None:
    verified = verify(signed("sig-b23"), key_of=KEYS.get, policy=ANYTHING, now=MOMENT)

    assert verified.base.decode() == (
        '"date": Tue, 20 Apr 2021 02:07:55 GMT\n'
        '"@method": POST\n'
        '"@path": /foo\n'
        '"@query": ?param=Value&Pet=dog\n'
        '"@authority": example.com\n'
        '"content-type": application/json\n'
        f'"content-digest": {rfc9421.REQUEST_DIGEST}\n'
        '"content-length": 18\n'
        '"@signature-params": ("date" "@method" "@path" "@query" "@authority" "content-type" '
        '"content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"'
    )


@pytest.mark.parametrize(
    ("label", "key", "components"),
    [
        ("sig-b25", HMAC, ("date", "@authority", "content-type")),
        (
            "sig-b26",
            rfc9421.ED25519,
            ("date", "@method", "@path", "@authority", "content-type", "content-length"),
        ),
    ],
)
def test_the_signatures_without_chance_are_made_again_to_the_byte(
    label: str, key: SigningKey, components: tuple[str, ...]
) -> None:
    without_body = rfc9421.Message(
        method="POST",
        authority="example.com",
        path="/foo",
        query="param=Value&Pet=dog",
        headers=rfc9421.REQUEST.headers,
    )
    wish = Wish(created=MOMENT, components=components, label=label, says_algorithm=False)

    fields = sign(without_body, key, wish)

    covered, signature = rfc9421.SIGNED[label]
    assert fields == {
        "Signature-Input": f"{label}={covered}",
        "Signature": f"{label}=:{signature}:",
    }


def test_a_parameter_of_the_query_is_signed_by_its_name() -> None:
    verified = verify(signed("sig-b22"), key_of=KEYS.get, policy=ANYTHING, now=MOMENT)

    assert Component("@query-param", (("name", "Pet"),)) in verified.components
    assert b'"@query-param";name="Pet": dog\n' in verified.base
