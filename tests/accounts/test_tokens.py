"""Tokens open the door for their owner until they end; nothing stored opens it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import devices, tokens, trail
from accounts.actors import SYSTEM
from accounts.errors import TokenOwnerMissing, TokenPeriodWrong
from accounts.models import BearerToken, Operator, Person
from tests.accounts.strangers import somebody

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


def of(owner, **other):
    return tokens.mint(owner, **{"label": "phone", "now": NOW, "expires_at": LATER} | other)


@pytest.fixture
def kiosk(db):
    operator = Operator.objects.get(code="kaifeng")
    return devices.add_kiosk(
        code="KF-1", operator=operator, place="站", terminal_no="0" * 12, now=NOW
    )


def test_a_token_names_its_kind_and_brings_back_its_owner(kiosk):
    bank = devices.add_bank(code="ICBC", name="工商银行", now=NOW)
    trail.advance(kiosk, to="in_service", actor=SYSTEM, because="set up", now=NOW)
    for owner, kind in ((somebody(NOW), "ctz"), (kiosk, "kio"), (bank, "bnk")):
        token = of(owner)
        assert re.fullmatch(rf"{kind}_[\w-]{{43}}", token)
        assert tokens.holder_of(token, NOW) == owner
    person = somebody(NOW)
    by_name = tokens.mint(person=person, label="x", now=NOW, expires_at=LATER)
    assert tokens.holder_of(by_name, NOW) == person


def test_nothing_stored_or_printed_opens_the_door(db):
    token = of(somebody(NOW))
    kept = BearerToken.objects.get()
    assert len(bytes(kept.digest)) == 32
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM accounts_bearertoken t")
        row = cursor.fetchone()[0]
    assert token[4:] not in row + str(kept) + repr(kept)
    for guess in (
        bytes(kept.digest).hex(),
        "",
        "ctz_",
        token[:-1],
        token + "x",
        token.upper(),
        "bnk" + token[3:],
        f" {token}",
        "ctz_" + "é" * 43,
        "\x00" * 47,
    ):
        assert tokens.holder_of(guess, NOW) is None


def test_a_token_ends_when_it_expires_or_is_revoked(db):
    person = somebody(NOW)
    first, second, third = of(person), of(person), of(person)
    assert tokens.holder_of(first, LATER - timedelta(seconds=1)) == person
    assert tokens.holder_of(first, LATER) is None
    tokens.revoke(second, NOW)
    assert tokens.holder_of(second, NOW) is None
    assert tokens.holder_of(third, NOW) == person
    assert tokens.revoke_all(person, NOW) == 2
    assert tokens.holder_of(third, NOW) is None


def test_an_inactive_owner_is_nobody(kiosk):
    person = somebody(NOW)
    token, of_kiosk = of(person), of(kiosk)
    assert tokens.holder_of(of_kiosk, NOW) is None
    trail.advance(kiosk, to="in_service", actor=SYSTEM, because="set up", now=NOW)
    assert tokens.holder_of(of_kiosk, NOW) == kiosk
    trail.advance(kiosk, to="suspended", actor=SYSTEM, because="stolen", now=NOW)
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert tokens.holder_of(of_kiosk, NOW) is None
    assert tokens.holder_of(token, NOW) is None


def test_the_last_use_is_kept_by_the_day_and_written_once_a_day(db, django_assert_num_queries):
    token = of(somebody(NOW))
    with django_assert_num_queries(2):
        tokens.holder_of(token, NOW)
    with django_assert_num_queries(1):
        tokens.holder_of(token, NOW + timedelta(hours=1))
    tokens.holder_of(token, datetime(2026, 11, 22, 16, 0, tzinfo=UTC))
    assert BearerToken.objects.get().last_used_day.isoformat() == "2026-11-23"


def test_a_token_without_owner_or_time_is_refused(kiosk):
    person = somebody(NOW)
    for wrong in (lambda: of(None), lambda: of(person, kiosk=kiosk)):
        with pytest.raises(TokenOwnerMissing):
            wrong()
    with pytest.raises(TokenPeriodWrong):
        of(person, expires_at=NOW)
    assert not BearerToken.objects.exists()
    of(person)
    with pytest.raises(IntegrityError, match="has_one_owner"), transaction.atomic():
        BearerToken.objects.update(kiosk=kiosk)
