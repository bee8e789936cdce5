"""Our signatures beside those of an independent client, and keys that may not be used."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpayv3.utils import (
    aes_decrypt,
    build_authorization,
    load_certificate,
    load_private_key,
    load_public_key,
    rsa_sign,
    rsa_verify,
)

from gateway.channels.errors import ChannelKeyUnknown, ChannelMisconfigured
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.wechatpay import signing
from gateway.sandbox.wechat_wallet.wire import seal
from tests.gateway.channels.keys import merchant_key_pem
from tests.gateway.channels.wechatpay.peer import API_V3_KEY, NOW, WeChatPeer

peer = WeChatPeer()
NONCE = "593BEC0C930BF1AFEB40B4A08C8FB242"


def _their_key():
    return load_private_key(merchant_key_pem().decode())


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v3/certificates", ""),
        ("GET", "/v3/pay/transactions/out-trade-no/12345678?mchid=1900000001", ""),
        ("POST", "/v3/pay/transactions/native", '{"description":"充值","amount":{"total":1}}'),
    ],
)
def test_our_authorization_is_the_other_clients_to_the_byte(monkeypatch, method, path, body):
    monkeypatch.setattr(time, "time", NOW.timestamp)
    merchant = peer.merchant()
    theirs = build_authorization(
        path, method, merchant.merchant_no, merchant.signing_serial, _their_key(), body, NONCE
    )
    ours = signing.authorization(merchant, method, path, body.encode(), now=NOW, nonce=NONCE)
    assert ours == theirs


def test_our_client_params_are_signed_as_the_other_client_signs_them():
    merchant = peer.merchant()
    params = signing.client_params(merchant, "wx201410272009395522", now=NOW, nonce=NONCE)
    message = "\n".join(
        [merchant.app_no, params["timeStamp"], NONCE, "prepay_id=wx201410272009395522", ""]
    )
    assert params["paySign"] == rsa_sign(_their_key(), message)
    assert params["package"] == "prepay_id=wx201410272009395522"
    assert params["signType"] == "RSA"


def test_what_we_believe_the_other_client_believes_too():
    for key in peer.rotation():
        headers, body = peer.signed(peer.payment_notice()[1], key=key)
        proof = signing.prove(peer.merchant().platform_keys, headers, body, now=NOW)
        pem = key.public_pem.decode()
        public = (
            load_certificate(pem).public_key()
            if key.style == "certificate"
            else load_public_key(pem)
        )
        assert proof.key_id == key.key_id
        assert rsa_verify(
            headers["Wechatpay-Timestamp"],
            headers["Wechatpay-Nonce"],
            body.decode(),
            headers["Wechatpay-Signature"],
            public,
        )


def test_we_open_the_box_as_the_other_client_does():
    box = seal(API_V3_KEY, "原文".encode(), "transaction")
    theirs = aes_decrypt(
        box["nonce"], box["ciphertext"], box["associated_data"], API_V3_KEY.decode()
    )
    assert signing.open_box(API_V3_KEY, box).decode() == theirs == "原文"


@pytest.mark.parametrize("field", ["nonce", "ciphertext", "associated_data", "algorithm"])
def test_a_box_touched_in_any_field_stays_shut(field):
    box = seal(API_V3_KEY, b"{}", "transaction")
    changed = {**box, field: ("A" if box[field][0] != "A" else "B") + box[field][1:]}
    for broken in (changed, {**box, field: 7}):
        with pytest.raises(ValueError, match=r"box|algorithm"):
            signing.open_box(API_V3_KEY, broken)


def test_the_probe_is_told_from_a_wrong_signature():
    headers, body = peer.payment_notice()
    headers["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]
    with pytest.raises(Unproven) as refused:
        signing.prove(peer.merchant().platform_keys, headers, body, now=NOW)
    assert refused.value.doubt is Doubt.PROBE


def test_a_header_given_twice_proves_nothing():
    headers, body = peer.payment_notice()
    twice = {**headers, "wechatpay-nonce": headers["Wechatpay-Nonce"]}
    with pytest.raises(Unproven):
        signing.prove(peer.merchant().platform_keys, twice, body, now=NOW)


def test_a_line_break_in_the_nonce_cannot_move_words_into_the_body():
    headers, _ = peer.signed(b"line\n{}")
    moved = {**headers, "Wechatpay-Nonce": headers["Wechatpay-Nonce"] + "\nline"}
    with pytest.raises(Unproven):
        signing.prove(peer.merchant().platform_keys, moved, b"{}", now=NOW)


def test_a_certificate_out_of_its_time_is_no_longer_a_key():
    later = NOW + timedelta(days=6 * 365)
    headers, body = peer.signed(
        b"{}", key=peer.certificate, seconds=int((later - NOW).total_seconds())
    )
    with pytest.raises(ChannelKeyUnknown):
        signing.prove(peer.merchant().platform_keys, headers, body, now=later)


def _public_pem(private) -> bytes:
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.mark.parametrize(
    "pem",
    [
        _public_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
        _public_pem(ec.generate_private_key(ec.SECP256R1())),
        b"not a key",
        peer.certificate.public_pem,
    ],
)
def test_only_rsa_of_2048_bits_may_be_a_platform_key(pem):
    headers, body = peer.payment_notice()
    held = {peer.public_key.key_id: pem}
    with pytest.raises(ChannelMisconfigured):
        signing.prove(held, headers, body, now=NOW)


def test_a_certificate_under_another_serial_is_our_own_mistake():
    headers, body = peer.signed(b"{}", key=peer.certificate)
    headers["Wechatpay-Serial"] = "7A"
    with pytest.raises(ChannelMisconfigured):
        signing.prove({"7A": peer.certificate.public_pem}, headers, body, now=NOW)


def test_our_own_key_must_be_rsa_of_2048_bits():
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for pem in (small, b"nothing"):
        with pytest.raises(ChannelMisconfigured):
            signing.authorization(
                replace(peer.merchant(), signing_key_pem=pem),
                "GET",
                "/v3/certificates",
                b"",
                now=NOW,
                nonce=NONCE,
            )


@settings(max_examples=40)
@given(st.binary(max_size=200), st.integers(1_000_000_000, 4_000_000_000))
def test_what_is_signed_is_proven_whatever_it_is(body, seconds):
    now = datetime.fromtimestamp(seconds, UTC)
    headers, signed = peer.signed(body, seconds=seconds - int(NOW.timestamp()))
    proof = signing.prove(peer.merchant().platform_keys, headers, signed, now=now)
    assert proof.signed_at == now
