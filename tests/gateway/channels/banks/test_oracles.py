"""Our signatures before judges that share no code with us: openssl and another RFC 9421 library."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms

from gateway.channels.registry import adapter
from tests.gateway.channels.banks.peer import (
    GbkPeer,
    GuomiPeer,
    Rfc9421Peer,
    our_key,
    our_public_pem,
)
from tests.gateway.channels.banks.wishes import STAMP, wish
from tests.gateway.channels.peer import NOW
from tests.gateway.signatures.sm2_peer import openssl

guomi, gbk, rfc9421 = GuomiPeer(), GbkPeer(), Rfc9421Peer()
DISTID = ("-sigopt", "distid:1234567812345678")


def _request(peer, **changed):
    return adapter(peer.name).create_payment(peer.merchant(), wish(**changed), **STAMP)


def _pairs(words):
    return "&".join(f"{name}={words[name]}" for name in sorted(words) if name != "sign").encode()


def test_openssl_believes_our_sm2_signature_and_no_other_bytes(tmp_path):
    words = json.loads(_request(guomi).body)
    raw = base64.b64decode(words["sign"])
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    (tmp_path / "sign.der").write_bytes(encode_dss_signature(r, s))
    (tmp_path / "public.pem").write_bytes(our_public_pem("sm2"))
    check = ("dgst", "-sm3", "-verify", "public.pem", *DISTID, "-signature", "sign.der", "said")
    (tmp_path / "said").write_bytes(_pairs(words))
    assert b"Verified OK" in openssl(*check, folder=tmp_path).stdout
    (tmp_path / "said").write_bytes(_pairs({**words, "txnAmt": "5001"}))
    assert openssl(*check, folder=tmp_path).returncode != 0


def test_we_believe_what_openssl_signs_with_sm2(tmp_path):
    openssl("ecparam", "-name", "SM2", "-genkey", "-noout", "-out", "key.pem", folder=tmp_path)
    openssl("pkey", "-in", "key.pem", "-pubout", "-out", "public.pem", folder=tmp_path)
    words = json.loads(guomi.payment_notice()[1])
    words["keyId"] = "openssl"
    (tmp_path / "said").write_bytes(_pairs(words))
    sign = ("dgst", "-sm3", "-sign", "key.pem", *DISTID, "-out", "sign.der", "said")
    assert openssl(*sign, folder=tmp_path).returncode == 0
    r, s = decode_dss_signature((tmp_path / "sign.der").read_bytes())
    words["sign"] = base64.b64encode(r.to_bytes(32) + s.to_bytes(32)).decode()
    merchant = guomi.merchant(
        SimpleNamespace(key_id="openssl", public_pem=(tmp_path / "public.pem").read_bytes())
    )
    body = json.dumps(words).encode()
    assert adapter("bank_guomi").read_notice(merchant, {}, body, now=NOW).fact == (
        guomi.expected_payment()
    )


def test_openssl_believes_our_rsa_signature_over_the_bytes_without_its_element(tmp_path):
    body = _request(gbk, description="䶮龘充值").body
    before, _, rest = body.partition(b"<Signature>")
    signature, _, after = rest.partition(b"</Signature>")
    (tmp_path / "sign").write_bytes(base64.b64decode(signature))
    (tmp_path / "public.pem").write_bytes(our_public_pem("rsa"))
    (tmp_path / "said").write_bytes(before + after)
    check = ("dgst", "-sha256", "-verify", "public.pem", "-signature", "sign", "said")
    assert b"Verified OK" in openssl(*check, folder=tmp_path).stdout
    (tmp_path / "said").write_bytes(before + after + b"\n")
    assert openssl(*check, folder=tmp_path).returncode != 0


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [("ed25519", algorithms.ED25519), ("p256", algorithms.ECDSA_P256_SHA256)],
)
def test_another_library_believes_our_http_signature(kind, theirs):
    class Keys(HTTPSignatureKeyResolver):
        def resolve_public_key(self, key_id):
            return serialization.load_pem_public_key(our_public_pem(kind))

    merchant = replace(rfc9421.merchant(), signing_key_pem=our_key(kind))
    now = datetime.now(UTC)
    request = adapter("bank_rfc9421").create_payment(
        merchant, wish(expires_at=now + timedelta(hours=1)), **{**STAMP, "now": now}
    )
    seen = SimpleNamespace(method="POST", url=request.url, headers=dict(request.headers))
    verifier = HTTPMessageVerifier(signature_algorithm=theirs, key_resolver=Keys())
    (verified,) = verifier.verify(seen, body=request.body)
    covered = set(verified.covered_components)
    wanted = ("@method", "@authority", "@path", "@query", "content-digest", "idempotency-key")
    assert {f'"{name}"' for name in wanted} <= covered
