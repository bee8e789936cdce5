"""A write under one key happens once, whoever dies in between."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts import clock
from gateway.idempotency import services
from gateway.idempotency.errors import KeyMissing, KeyReused, StillRunning
from gateway.idempotency.models import StoredAnswer
from gateway.idempotency.once import key_of
from gateway.idempotency.services import Claim, Stored

pytestmark = pytest.mark.django_db
PRINT = services.fingerprint("POST", "/a", b"{}")


def claim(key: str, *, print_: bytes = PRINT, later: timedelta = timedelta()) -> Claim | Stored:
    return services.claim(
        principal="person:1", route="POST A", key=key, print_=print_, now=clock.now() + later
    )


def test_the_first_answer_is_given_again_byte_for_byte() -> None:
    key = uuid4().hex
    first = claim(key)
    assert isinstance(first, Claim)
    services.store(first, status=201, content_type="application/json", body=b'{"a":1}')
    again = claim(key)
    assert again == Stored(status=201, content_type="application/json", body=b'{"a":1}')


def test_while_the_first_runs_the_second_is_told_so() -> None:
    key = uuid4().hex
    claim(key)
    with pytest.raises(StillRunning):
        claim(key)


def test_a_dead_first_is_taken_over_under_the_same_cause() -> None:
    key = uuid4().hex
    dead = claim(key)
    assert isinstance(dead, Claim)
    taken = claim(key, later=services.RUN_LEASE + timedelta(seconds=1))
    assert isinstance(taken, Claim)
    assert taken.cause == dead.cause, "the same cause, so that nothing is made twice"
    with pytest.raises(StillRunning):
        claim(key, later=services.RUN_LEASE + timedelta(seconds=2))


def test_a_freed_key_runs_again_at_once() -> None:
    key = uuid4().hex
    first = claim(key)
    assert isinstance(first, Claim)
    services.free(first, now=clock.now())
    again = claim(key, later=timedelta(milliseconds=1))
    assert isinstance(again, Claim)
    assert again.cause == first.cause


def test_a_run_that_outlived_its_lease_says_no_more() -> None:
    """Neither its answer nor its leaving counts: somebody else runs under the key by now."""
    key = uuid4().hex
    slow = claim(key)
    late = services.RUN_LEASE + timedelta(seconds=1)
    taken = claim(key, later=late)
    assert isinstance(slow, Claim)
    assert isinstance(taken, Claim)
    services.free(slow, now=clock.now())
    with pytest.raises(StillRunning):
        claim(key, later=late)
    assert not services.store(slow, status=200, content_type="application/json", body=b"slow")
    assert services.store(taken, status=200, content_type="application/json", body=b"taken")
    assert not services.store(slow, status=200, content_type="application/json", body=b"slow")
    kept = claim(key)
    assert kept == Stored(status=200, content_type="application/json", body=b"taken")


def test_other_content_under_the_same_key_is_refused() -> None:
    key = uuid4().hex
    claim(key)
    for other in (
        services.fingerprint("POST", "/a", b"{ }"),
        services.fingerprint("POST", "/b", b"{}"),
        services.fingerprint("PUT", "/a", b"{}"),
    ):
        with pytest.raises(KeyReused):
            claim(key, print_=other)


def test_answers_are_forgotten_after_the_published_time() -> None:
    key = uuid4().hex
    first = claim(key)
    assert isinstance(first, Claim)
    services.store(first, status=200, content_type="application/json", body=b"{}")
    assert services.purge(clock.now() + services.KEPT - timedelta(minutes=1)) == 0
    services.purge(clock.now() + services.KEPT + timedelta(minutes=1))
    assert not StoredAnswer.objects.filter(key=key).exists()


@pytest.mark.parametrize(
    ("header", "key"),
    [('"abc"', "abc"), ("abc", "abc"), (" 8e03978e-40d5-43dd-bc93-6894a57f9324 ",
     "8e03978e-40d5-43dd-bc93-6894a57f9324"), ("x" * 255, "x" * 255)],
)  # fmt: skip
def test_keys_come_quoted_or_bare(header: str, key: str) -> None:
    assert key_of(header) == key


@pytest.mark.parametrize("header", ["", '""', "a b", "x" * 256, "é", 'a"b', "\t"])
def test_what_is_no_key_is_refused(header: str) -> None:
    with pytest.raises(KeyMissing):
        key_of(header)
