"""The second factor: the published numbers of RFC 6238, and secrets bound to their officer."""

import base64
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from accounts import factors
from accounts.errors import SecretMalformed

RFC_SECRET = b"12345678901234567890"
RFC_6238 = [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"),
            (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")]  # fmt: skip


@pytest.mark.parametrize(("seconds", "code"), RFC_6238)
def test_the_numbers_of_the_standard(seconds, code):
    at = datetime.fromtimestamp(seconds, UTC)
    assert factors.code_at(RFC_SECRET, at) == code
    assert factors.step_of(RFC_SECRET, code, at) == seconds // 30


def test_a_neighbouring_step_is_taken_and_one_further_is_not():
    now = datetime(2026, 11, 22, 6, 0, 10, tzinfo=UTC)
    for shift, taken in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        at = datetime.fromtimestamp(now.timestamp() + shift, UTC)
        found = factors.step_of(RFC_SECRET, factors.code_at(RFC_SECRET, at), now)
        assert (found is not None) is taken


def test_a_secret_is_sealed_for_one_officer():
    mine, other = uuid4(), uuid4()
    secret = factors.new_secret()
    sealed, key = factors.seal(secret, mine)
    assert secret not in sealed
    assert factors.unseal(sealed, key, mine) == secret
    with pytest.raises(SecretMalformed):
        factors.unseal(sealed, key, other)


def test_what_apps_are_told():
    address = factors.address_of(RFC_SECRET, "li.si", "Gate Way")
    spelled = base64.b32encode(RFC_SECRET).decode()
    assert address == f"otpauth://totp/Gate%20Way:li.si?secret={spelled}&issuer=Gate%20Way"


def test_recovery_codes_are_long_unlike_and_bound_to_their_officer():
    codes = factors.new_recovery_codes()
    assert len(set(codes)) == factors.RECOVERY_CODES
    assert all(len(code) == 19 for code in codes)
    one, other = uuid4(), uuid4()
    assert factors.digest_of(codes[0], one) != factors.digest_of(codes[0], other)
    assert factors.digest_of(codes[0].lower(), one) == factors.digest_of(codes[0], one)
