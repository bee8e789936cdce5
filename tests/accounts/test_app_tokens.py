"""An app's tokens turn at every use; an old one that comes back ends the whole sign-in."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from accounts import app_tokens, clock, sign_in_codes, sign_ins, signing_in, tokens
from accounts.app_tokens import Pair
from accounts.citizen_errors import RefreshNotValid, RefreshReused
from accounts.models import BearerToken, Person, RefreshToken, SecurityEvent, SignIn
from tests.accounts.strangers import a_phone, somebody

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)


def signed_in(now: datetime = NOW) -> Pair:
    phone = a_phone()
    code = sign_in_codes.ask(phone, address=phone, now=now)
    return signing_in.by_app(code.challenge, code.code, label="App", address=phone, now=now)


def works(token: str, now: datetime = SOON) -> bool:
    return tokens.holder_of(token, now) is not None


def test_an_access_token_works_for_fifteen_minutes(db: None) -> None:
    pair = signed_in()
    assert isinstance(tokens.holder_of(pair.access, NOW), Person)
    assert not works(pair.access, NOW + timedelta(minutes=15))
    assert pair.access_until == NOW + timedelta(minutes=15)
    assert not works(pair.refresh)


def test_a_refresh_gives_a_new_pair_and_the_old_one_works_no_more(db: None) -> None:
    old = signed_in()
    new = app_tokens.refresh(old.refresh, key="k1", now=SOON)
    assert works(new.access)
    assert not works(old.access)
    assert {old.access, old.refresh} & {new.access, new.refresh} == set()
    newer = app_tokens.refresh(new.refresh, key="k2", now=SOON)
    assert works(newer.access)
    assert BearerToken.objects.count() == 1


def test_nothing_usable_is_kept(db: None) -> None:
    pair = signed_in()
    rows = [*RefreshToken.objects.all(), *BearerToken.objects.all()]
    kept = b"".join(bytes(one.digest) for one in rows)
    assert pair.refresh.encode() not in kept
    assert pair.access.encode() not in kept


def test_a_lost_reply_is_told_again_under_the_same_key(db: None) -> None:
    old = signed_in()
    first = app_tokens.refresh(old.refresh, key="k1", now=SOON)
    again = app_tokens.refresh(old.refresh, key="k1", now=SOON + timedelta(seconds=9))
    assert again == first
    assert works(first.access)
    assert RefreshToken.objects.count() == 2


def test_an_old_token_ends_the_whole_sign_in_and_rings(db: None) -> None:
    old = signed_in()
    new = app_tokens.refresh(old.refresh, key="k1", now=SOON)
    with pytest.raises(RefreshReused):
        app_tokens.refresh(old.refresh, key="thief", now=SOON)
    assert not works(new.access)
    with pytest.raises(RefreshNotValid):
        app_tokens.refresh(new.refresh, key="k2", now=SOON)
    alarm = SecurityEvent.objects.get(code="refresh_token_reused")
    assert alarm.facts["sign_in_id"] == str(SignIn.objects.get().pk)
    assert SignIn.objects.get().ended_because == "token_reused"


def test_the_same_key_is_theft_once_the_next_pair_was_used(db: None) -> None:
    old = signed_in()
    new = app_tokens.refresh(old.refresh, key="k1", now=SOON)
    app_tokens.refresh(new.refresh, key="k2", now=SOON)
    with pytest.raises(RefreshReused):
        app_tokens.refresh(old.refresh, key="k1", now=SOON)


def test_of_many_at_once_one_goes_on_and_the_rest_end_it(lasting_db: None) -> None:
    now = clock.now()
    pair = signed_in(now)
    told: list[str] = []
    ready = threading.Barrier(8)

    def go(number: int) -> None:
        ready.wait()
        try:
            app_tokens.refresh(pair.refresh, key=f"key {number}", now=now)
            told.append("turned")
        except (RefreshReused, RefreshNotValid) as refused:
            told.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("turned") == 1
    assert told.count("refresh_token_reused") == 1
    assert told.count("refresh_token_not_valid") == 6


@pytest.mark.parametrize("which", ["access", "refresh"])
def test_either_token_revokes_both(db: None, which: str) -> None:
    pair = signed_in()
    app_tokens.revoke(getattr(pair, which), SOON)
    app_tokens.revoke(getattr(pair, which), SOON)
    app_tokens.revoke("rfr_unknown", SOON)
    assert not works(pair.access)
    with pytest.raises(RefreshNotValid):
        app_tokens.refresh(pair.refresh, key="k", now=SOON)


def test_ending_the_device_ends_its_tokens(db: None) -> None:
    pair = signed_in()
    sign_ins.end(SignIn.objects.get(), because="revoked", now=SOON)
    assert not works(pair.access)


def test_a_chain_rests_thirty_days_and_lasts_half_a_year(db: None) -> None:
    pair = signed_in()
    with pytest.raises(RefreshNotValid):
        app_tokens.refresh(pair.refresh, key="k", now=NOW + timedelta(days=30))
    moment = NOW
    for number in range(8):
        moment += timedelta(days=22)
        pair = app_tokens.refresh(pair.refresh, key=f"k{number}", now=moment)
    assert pair.refresh_until == NOW + timedelta(days=180)
    with pytest.raises(RefreshNotValid):
        app_tokens.refresh(pair.refresh, key="k", now=NOW + timedelta(days=180))


def test_tokens_minted_by_hand_work_as_before(db: None) -> None:
    token = tokens.mint(somebody(NOW), label="x", now=NOW, expires_at=NOW + timedelta(days=9))
    signed_in()
    assert works(token)
    app_tokens.revoke(token, SOON)
    assert not works(token)
