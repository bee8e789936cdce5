"""Keys: two at once, their traffic shown, their end announced, and the change rehearsed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.core.management import CommandError, call_command

from accounts import clock, secrets
from accounts.models import SecurityEvent
from gateway.payments import keys
from gateway.payments.models import KeyUse, KeyWarning, MerchantAccount
from tests.support.province import Province


@pytest.fixture
def account(province: Province) -> MerchantAccount:
    return MerchantAccount.objects.get(pool=province.pool)


def rehearsal(account: MerchantAccount, *words: str) -> str:
    out = StringIO()
    try:
        call_command("rehearse_key_change", "--account", str(account.pk), *words, stdout=out)
    except CommandError as refused:
        out.write(f"refused: {refused}")
    return out.getvalue()


def test_traffic_is_shown_for_each_key(province: Province, account: MerchantAccount) -> None:
    topup = province.order(province.citizen(), province.card())
    for push in province.pay(topup):
        assert province.deliver(push) == 200
    province.ask(topup)
    shown = [one for one in keys.shown(clock.now()) if one.account_id == account.pk]
    assert {one.key_id for one in shown} == set(account.platform_keys)
    assert {one.style for one in shown} == {"certificate", "public_key"}
    assert sum(one.share_percent or 0 for one in shown) in (99, 100, 101)
    assert sum(one.notices for one in shown) == 1
    assert sum(one.answers for one in shown) == 2, "the order's opening and the query"
    used = KeyUse.objects.filter(merchant=account)
    assert sum(use.answers for use in used) == 2
    assert all(one.known for one in shown)


def test_old_and_new_keys_of_the_channel_are_rehearsed(
    province: Province, account: MerchantAccount
) -> None:
    said = rehearsal(account)
    assert said.count("works") == 1 + len(account.platform_keys) + 1
    assert "every key works" in said
    for key_id in account.platform_keys:
        assert f"works  the channel's key {key_id}" in said


def test_a_key_the_channel_does_not_know_yet_stops_the_switch(
    province: Province, account: MerchantAccount
) -> None:
    name = f"rehearsed-{uuid4().hex[:8]}"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    secrets.write_sandbox(name, pem)
    said = rehearsal(account, "--new-secret", name, "--new-serial", "NEW0001")
    assert "works  our present signing key" in said
    assert "FAILS  our new signing key" in said
    assert "do not switch" in said
    same = account.signing_key_secret
    assert "works  our new signing key" in rehearsal(account, "--new-secret", same)
    assert "secret_missing" in rehearsal(account, "--new-secret", "nobody-put-it-there")


def test_a_key_of_the_channel_that_is_not_its_own_stops_the_switch(
    province: Province, account: MerchantAccount
) -> None:
    other = ending(clock.now() + timedelta(days=400))
    MerchantAccount.objects.filter(pk=account.pk).update(
        platform_keys={**account.platform_keys, "0" * 40: other}
    )
    said = rehearsal(account)
    assert f"FAILS  the channel's key {'0' * 40}" in said
    assert "do not switch" in said


def test_the_end_of_a_certificate_is_announced_at_thirty_seven_and_one_days(
    account: MerchantAccount,
) -> None:
    end = datetime(2030, 5, 1, tzinfo=UTC)
    MerchantAccount.objects.filter(pk=account.pk).update(platform_keys={"E1": ending(end)})
    raised = []
    for days_before in (60, 31, 30, 29, 10, 7, 6, 2, 1, 0):
        moment = end - timedelta(days=days_before)
        before = warnings(account)
        for _ in range(2):
            keys.warn(moment)
        raised.append((days_before, warnings(account) - before))
    assert raised == [
        (60, 0), (31, 0), (30, 1), (29, 0), (10, 0), (7, 1), (6, 0), (2, 0), (1, 1), (0, 0),
    ]  # fmt: skip
    alarms = SecurityEvent.objects.filter(code="channel_key_ends", subject=account.merchant_no)
    assert sorted(alarm.facts["days"] for alarm in alarms) == [1, 7, 30]
    shown = [one for one in keys.shown(end - timedelta(days=5)) if one.account_id == account.pk]
    assert [(one.valid_until, one.alarm_days) for one in shown] == [(end, 7)]


def warnings(account: MerchantAccount) -> int:
    return KeyWarning.objects.filter(merchant=account).count()


def ending(end: datetime) -> str:
    """A certificate of nobody's that ends then."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()
