"""Orders are signed as each wallet's profile says, and a profile says nothing without grounds."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.server_fetch import order_profiles, order_signing
from gateway.server_fetch.errors import OrderProfileUnknown, OrderProfileWrong
from gateway.server_fetch.order_profiles import DIRECTORY, PROFILES, Form, by_name, read
from gateway.signatures import Algorithm, SigningKey, sm2
from tests.gateway.signatures.test_verifying import SIGNING

WORDS = order_signing.OrderWords(
    order_no="AGRAHHQDFODA7BJ5J35KNDGW5I",
    card_no="3105070200000000001",
    amount_fen=5_000,
    at=datetime(2026, 11, 22, 6, 0, 0, 123_000, tzinfo=UTC),
)
SANDBOX = PROFILES["sandbox-phone"]
ED25519 = SIGNING[Algorithm.ED25519]


def call(profile, key: SigningKey = ED25519) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return dict(order_signing.app_call(profile, key, WORDS))


def test_every_field_that_is_sent_is_signed_by_the_sandbox() -> None:
    said = call(SANDBOX)
    text = order_signing.canonical(SANDBOX, said)
    assert text == (
        "issuerID=HENAN-SANDBOX&orderNo=AGRAHHQDFODA7BJ5J35KNDGW5I&operation=1"
        "&cardNo=3105070200000000001&amount=5000&timestamp=1795327200123&keyID=order-sandbox-1"
    )
    signature = base64.b64decode(said["sign"])
    assert ED25519.public.verifies(text.encode(), signature)
    assert not ED25519.public.verifies(text.replace("5000", "5001").encode(), signature)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form.PAIRS, "orderNo=AGRAHHQDFODA7BJ5J35KNDGW5I|issuerID=HENAN-SANDBOX"),
        (Form.SORTED_PAIRS, "issuerID=HENAN-SANDBOX|orderNo=AGRAHHQDFODA7BJ5J35KNDGW5I"),
        (Form.VALUES, "AGRAHHQDFODA7BJ5J35KNDGW5I|HENAN-SANDBOX"),
    ],
)
def test_the_canonical_text_follows_the_profile(form: Form, text: str) -> None:
    profile = replace(SANDBOX, form=form, joiner="|", signed=("orderNo", "issuerID"))
    assert order_signing.canonical(profile, call(profile)) == text


def test_seconds_where_the_profile_says_so() -> None:
    assert call(replace(SANDBOX, timestamp_unit="s"))["timestamp"] == "1795327200"


@pytest.mark.parametrize("name", ["wechat-mini", "huawei-kit"])
@pytest.mark.parametrize("encoding", ["base64", "base64url", "hex"])
@pytest.mark.parametrize("der", [True, False])
def test_live_profiles_sign_and_verify_in_every_encoding(
    name: str, encoding: str, der: bool
) -> None:
    profile = replace(PROFILES[name], encoding=encoding, der=der)
    key = SIGNING[profile.algorithm]
    said = call(profile, key)
    decode = {
        "hex": bytes.fromhex,
        "base64": base64.b64decode,
        "base64url": lambda text: base64.urlsafe_b64decode(text + "=="),
    }[encoding]
    made = decode(said[profile.sign_field])
    signature = sm2.to_fixed(made) if der else made
    assert key.public.verifies(order_signing.canonical(profile, said).encode(), signature)


def test_the_published_fields_of_a_call_are_those_of_the_source() -> None:
    assert set(call(PROFILES["wechat-mini"], SIGNING[Algorithm.SM2])) == {
        "issuerID", "orderNo", "operation", "sign", "timestamp",
    }  # fmt: skip
    assert by_name("wechat-mini", sandbox=False).operation == "1", "2 would be a migration"


def test_the_sandboxs_profile_is_refused_in_production() -> None:
    assert by_name("sandbox-phone", sandbox=True)
    for name in ("sandbox-phone", "nobody"):
        with pytest.raises(OrderProfileUnknown):
            by_name(name, sandbox=False)


TEXT = (DIRECTORY / "sandbox-phone.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "sandbox-phone"', 'name = "Not A Name"'),
        ('value = "pairs"', 'value = "whatever"'),
        ('value = "ed25519"', 'value = "rot13"'),
        ('value = "base64"', 'value = "base58"'),
        ('value = "ms"', 'value = "minutes"'),
        ('confidence = "ours"', 'confidence = "disputed"'),
        ('confidence = "ours"', 'confidence = "sure"'),
        ('source = "any text"', 'source = ""'),
        ('"order_no"', '"password"'),
        ('["orderNo", "order_no"], ', ""),
        ('value = "sign"', 'value = "orderNo"'),
        ("[settings.der]", "[settings.unknown]"),
        ("value = false", "value = 0"),
        ("[settings.joiner]", "[settings.joiner"),
    ],
)
def test_a_profile_that_breaks_the_schema_is_refused_by_name(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(OrderProfileWrong):
        read("file.toml", TEXT.replace(old, new, 1))


def test_every_setting_of_every_profile_has_grounds() -> None:
    for profile in PROFILES.values():
        for confidence, source in profile.grounds.values():
            assert confidence in order_profiles.CONFIDENCES
            assert source
