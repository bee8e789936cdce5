"""Who may knock at the providers' doors: whoever signed this very request, once, within budget."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts import clock, providers
from accounts.actors import SYSTEM
from accounts.errors import (
    IllegalTransition,
    ProviderKeyNotTaken,
    ProviderNotUnderstood,
)
from accounts.models import ProviderKey, WalletProvider
from gateway.idempotency import nonces
from gateway.idempotency.models import SeenNonce
from gateway.server_fetch import registration
from gateway.server_fetch.errors import OrderProfileUnknown
from gateway.signatures import Algorithm, SigningKey
from gateway.signatures.errors import SigningKeyUnusable
from nfc_topup.models import Load
from tests.gateway.signatures.sm2_peer import sm2_key
from tests.gateway.signatures.test_verifying import KEYS
from tests.support.phone import Fetching, Server, new_key, send, signed_headers
from tests.support.province import Answer, Province


@pytest.fixture
def fetching(province: Province) -> Fetching:
    return Fetching.new(province)


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"nonce": ""}, "signature_parameter_missing"),
        ({"nonce": "short"}, "signature_parameter_missing"),
        ({"tag": "another"}, "signature_missing"),
        ({"components": ("@method", "@path", "@query")}, "signature_component_not_covered"),
        ({"components": ("@method", "@authority", "@query")}, "signature_component_not_covered"),
    ],
)
def test_what_must_be_signed_must_be_signed(
    fetching: Fetching, wishes: dict[str, object], code: str
) -> None:
    assert refused(fetching.server.get(fetching.path, **wishes)) == (401, code)


@pytest.mark.parametrize(
    ("late", "code"),
    [(timedelta(minutes=6), "signature_stale"), (timedelta(minutes=-2), "signature_from_future")],
)
def test_a_wrong_clock_is_told_by_how_much(fetching: Fetching, late: timedelta, code: str) -> None:
    answer = fetching.server.get(fetching.path, created=clock.now() - late)
    assert refused(answer) == (401, code)
    assert abs(answer.body["facts"]["skew_seconds"] - late.total_seconds()) <= 2


def test_without_a_signature_or_with_a_citizens_token_nobody_is_let_in(
    fetching: Fetching,
) -> None:
    path = f"/api/v1/provider/{fetching.path}"
    assert refused(send("GET", path, b"", {})) == (401, "signature_missing")
    bearer = {"Authorization": f"Bearer {fetching.citizen.token}"}
    assert refused(send("GET", path, b"", bearer)) == (401, "signature_missing")
    assert fetching.citizen.get(f"topups/{fetching.topup['id']}").status == 200


def test_an_unregistered_key_proves_nothing(fetching: Fetching) -> None:
    stranger = fetching.server.by(new_key("never-registered"))
    assert refused(stranger.get(fetching.path)) == (401, "signature_key_unknown")


def test_another_providers_key_under_our_key_id_proves_nothing(fetching: Fetching) -> None:
    forged = fetching.server.by(new_key(fetching.server.key.key_id))
    assert refused(forged.get(fetching.path)) == (401, "signature_wrong")


def test_the_body_that_was_signed_is_the_body(fetching: Fetching) -> None:
    path = f"/api/v1/provider/{fetching.path}/loads"
    body = json.dumps({"card_no": fetching.card_no}).encode()
    headers = signed_headers(fetching.server.key, "POST", path, body)
    other = json.dumps({"card_no": "3109990000000000000"}).encode()

    assert refused(send("POST", path, other, headers)) == (401, "content_digest_wrong")
    assert not Load.objects.filter(order_id=fetching.topup["id"]).exists()
    assert send("POST", path, body, headers).status == 201, "the nonce was not used up by it"


def test_a_request_is_taken_once(fetching: Fetching) -> None:
    path = f"/api/v1/provider/{fetching.path}"
    headers = signed_headers(fetching.server.key, "GET", path, b"")
    assert send("GET", path, b"", headers).status == 200
    assert refused(send("GET", path, b"", headers)) == (409, "request_replayed")


def test_nonces_are_forgotten_when_their_signature_is_too_old(fetching: Fetching) -> None:
    assert fetching.server.get(fetching.path).status == 200
    mine = SeenNonce.objects.filter(principal=f"provider:{fetching.server.provider.code}")
    nonces.purge(clock.now())
    assert mine.count() == 1
    assert mine.get().forget_at > clock.now() + timedelta(minutes=5)
    nonces.purge(clock.now() + timedelta(minutes=7))
    assert mine.count() == 0


def test_two_keys_work_at_once_and_the_old_one_is_retired(fetching: Fetching) -> None:
    server, now = fetching.server, clock.now()
    new = new_key(f"{server.provider.code}-2")
    server.register(new, now)
    assert {one.get(fetching.path).status for one in (server, server.by(new))} == {200}
    with pytest.raises(ProviderKeyNotTaken):
        server.register(new_key(f"{server.provider.code}-3"), now)

    old = ProviderKey.objects.get(key_id=server.key.key_id)
    providers.retire_key(old, actor=SYSTEM, because="rotated", now=now)

    assert refused(server.get(fetching.path)) == (401, "signature_key_unknown")
    assert server.by(new).get(fetching.path).status == 200
    with pytest.raises(IllegalTransition):
        providers.retire_key(old, actor=SYSTEM, because="again", now=now)
    server.register(new_key(f"{server.provider.code}-3"), now)


def test_an_expired_key_works_no_more(fetching: Fetching) -> None:
    assert providers.key_of(fetching.server.key.key_id, clock.now())
    assert providers.key_of(fetching.server.key.key_id, clock.now() + timedelta(days=2)) is None


@pytest.mark.parametrize("algorithm", [Algorithm.ECDSA_P256, Algorithm.SM2])
def test_other_algorithms_are_served(fetching: Fetching, algorithm: Algorithm) -> None:
    material = sm2_key() if algorithm is Algorithm.SM2 else KEYS[algorithm]
    key = SigningKey(
        key_id=f"{fetching.server.provider.code}-2", algorithm=algorithm, material=material
    )
    fetching.server.register(key, clock.now())
    assert fetching.server.by(key).get(fetching.path).status == 200


def test_a_suspended_provider_is_told_so_and_served_again_after(fetching: Fetching) -> None:
    provider, now = fetching.server.provider, clock.now()
    providers.suspend(provider, actor=SYSTEM, because="drill", now=now)
    assert refused(fetching.open()) == (403, "wallet_provider_suspended")
    assert refused(fetching.order()) == (404, "wallet_provider_unknown")
    assert not Load.objects.filter(order_id=fetching.topup["id"]).exists()
    providers.resume(provider, actor=SYSTEM, because="over", now=now)
    assert fetching.open().status == 201


def test_more_than_the_budget_is_told_to_wait(province: Province) -> None:
    server = Server.new(rate_per_minute=3)
    second = clock.now().second
    if second > 50:
        time.sleep(60 - second)  # all five within one minute of the clock
    answers = [server.get("orders/NONE") for _ in range(5)]
    assert [one.status for one in answers] == [404, 404, 404, 429, 429]
    assert answers[3].body["code"] == "too_many_requests"
    assert 0 < int(answers[3].headers["Retry-After"]) <= 61


def test_forged_requests_spend_no_budget(province: Province) -> None:
    server = Server.new(rate_per_minute=1)
    forged = server.by(new_key(server.key.key_id))
    assert {forged.get("orders/NONE").status for _ in range(4)} == {401}
    assert server.get("orders/NONE").status == 404


@pytest.mark.parametrize(
    ("algorithm", "material"),
    [
        (Algorithm.ED25519, KEYS[Algorithm.ECDSA_P256]),
        (Algorithm.SM2, KEYS[Algorithm.ECDSA_P256]),
    ],
)
def test_a_key_of_another_algorithm_is_not_registered(
    province: Province, algorithm: Algorithm, material: bytes
) -> None:
    server, now = Server.new(), clock.now()
    with pytest.raises(SigningKeyUnusable):
        registration.add_key(
            server.provider,
            key_id="wrong-kind",
            algorithm=algorithm,
            public_pem=new_key("x").public.material.decode()
            if algorithm is Algorithm.SM2
            else SigningKey(
                key_id="k", algorithm=Algorithm.ECDSA_P256, material=material
            ).public.material.decode(),
            expires_at=now + timedelta(days=1),
            actor=SYSTEM,
            now=now,
        )
    assert not ProviderKey.objects.filter(key_id="wrong-kind").exists()


def test_a_shared_secret_is_no_key_of_a_provider(province: Province) -> None:
    server, now = Server.new(), clock.now()
    with pytest.raises(ProviderKeyNotTaken):
        registration.add_key(
            server.provider,
            key_id="a-secret",
            algorithm="hmac-sha256",
            public_pem="s" * 40,
            expires_at=now + timedelta(days=1),
            actor=SYSTEM,
            now=now,
        )


def test_a_key_id_is_used_once_for_ever(province: Province) -> None:
    server, other = Server.new(), Server.new()
    with pytest.raises(ProviderKeyNotTaken):
        other.register(new_key(server.key.key_id), clock.now())


def test_the_database_keeps_what_a_key_says(province: Province) -> None:
    server = Server.new()
    rows = ProviderKey.objects.filter(key_id=server.key.key_id)
    for change in ({"public_pem": "other"}, {"algorithm": "sm2-sm3"}, {"key_id": "another-id"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        WalletProvider.objects.filter(pk=server.provider.pk).update(state="planned")


def test_a_provider_needs_a_profile_that_there_is(province: Province) -> None:
    words = {"name_zh": "甲", "name_en": "A", "rate_per_minute": 1, "actor": SYSTEM}
    now = clock.now()
    with pytest.raises(OrderProfileUnknown):
        registration.add(code="some-one", order_profile="no-such", now=now, **words)
    with pytest.raises(ProviderNotUnderstood):
        registration.add(code="NOT A CODE", order_profile="sandbox-phone", now=now, **words)
    with pytest.raises(ProviderNotUnderstood):
        registration.add(
            code="some-one",
            order_profile="sandbox-phone",
            now=now,
            **words | {"rate_per_minute": 0},
        )
    assert not WalletProvider.objects.filter(code="some-one").exists()
