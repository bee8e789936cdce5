"""A write under one key happens once, whoever dies in between."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import clock
from accounts.errors import DomainError, Sort
from gateway.idempotency import services
from gateway.idempotency.errors import KeyMissing, KeyReused, StillRunning
from gateway.idempotency.models import StoredAnswer
from gateway.idempotency.once import key_of, once
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


class Turn:
    """A write whose way is barred the first times, then free."""

    def __init__(self, *outcomes: object) -> None:
        self.left = list(outcomes)
        self.causes: list[object] = []

    def __call__(self, view: APIView, request: object, *, cause: object) -> Response:
        self.causes.append(cause)
        outcome = self.left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return Response({"n": len(self.causes)}, status=int(str(outcome)))


def asked_again(turn: Turn, times: int) -> list[tuple[int, bool]]:
    """The same request under one key so often: each status, and whether it was given again."""

    class Writes(APIView):
        authentication_classes = ()
        permission_classes = ()

        def post(self, request: Request) -> HttpResponse:
            request.user = SimpleNamespace(pk="1")
            return once(turn)(self, request)

    key, found = uuid4().hex, []
    for _ in range(times):
        request = RequestFactory().post(
            "/a", b"{}", content_type="application/json", headers={"Idempotency-Key": key}
        )
        answer = Writes.as_view()(request)
        found.append((answer.status_code, answer.headers.get("Idempotency-Replayed") == "true"))
    return found


class BarredNow(DomainError):
    """Something stands in the way at this moment."""

    code = "once_test_barred_now"
    sort = Sort.CONFLICT


class NeverAllowed(DomainError):
    """This request is wrong, now and later."""

    code = "once_test_never_allowed"
    sort = Sort.CALLER


def test_a_conflict_is_not_kept_and_the_same_key_runs_again_once_the_way_is_free() -> None:
    turn = Turn(BarredNow(), BarredNow(), 201)
    assert asked_again(turn, 5) == [
        (409, False),
        (409, False),
        (201, False),
        (201, True),
        (201, True),
    ]
    assert len(set(turn.causes)) == 1, "always under the same cause"
    assert len(turn.causes) == 3


@pytest.mark.parametrize("status", [425, 429])
def test_what_only_asks_to_wait_is_not_kept(status: int) -> None:
    assert asked_again(Turn(status, 200), 3) == [(status, False), (200, False), (200, True)]


def test_a_refusal_that_will_not_change_is_kept() -> None:
    turn = Turn(NeverAllowed())
    assert asked_again(turn, 3) == [(400, False), (400, True), (400, True)]
    assert len(turn.causes) == 1


def test_a_silent_partner_decides_nothing() -> None:
    assert asked_again(Turn(503, 503, 201), 4) == [
        (503, False),
        (503, False),
        (201, False),
        (201, True),
    ]
