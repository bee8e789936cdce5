"""Endpoints of receivers: registered and proven by officers, paused, resumed, retired."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import pools as all_pools
from accounts import trail
from accounts.actors import Actor
from accounts.database_errors import constraint_of
from accounts.identifiers import new_id
from accounts.models import Person
from gateway.events import catalogue, envelope, keepers, owing, sending
from gateway.events.errors import (
    EndpointFilterWrong,
    EndpointNotProven,
    EndpointTaken,
    EndpointUnknown,
)
from gateway.events.models import Delivery, Endpoint

_ONCE = "events_endpoint_is_registered_once"


def add(
    *,
    subscriber: str,
    url: str,
    kinds: Sequence[str],
    operators: Sequence[str],
    officer: Person,
    now: datetime,
) -> Endpoint:
    """A new endpoint, told nothing until it is proven. No `kinds`, no `operators`: all of them.

    `subscriber` is `operator:CODE`, which is told of its own pool alone, or `app:NAME`.
    EndpointAddressWrong, EndpointFilterWrong, EndpointTaken, OperatorUnknown; NotAllowed, as of
    everything here, unless the officer keeps endpoints.
    """
    actor = keepers.actor_of(officer, now)
    sending.host_of(url)
    if unknown := sorted(set(kinds) - catalogue.NAMES):
        raise EndpointFilterWrong(kinds=unknown)
    endpoint = Endpoint(
        id=new_id(now),
        subscriber=subscriber,
        url=url,
        kinds=sorted(set(kinds)),
        pools=_pools(subscriber, operators),
        added_at=now,
    )
    try:
        with transaction.atomic():
            Endpoint.objects.bulk_create([endpoint])
            trail.record(
                "events.endpoint_added",
                actor=actor,
                now=now,
                subject=str(endpoint.pk),
                subscriber=subscriber,
                kinds=endpoint.kinds,
                pools=endpoint.pools,
            )
    except IntegrityError as error:
        if constraint_of(error) == _ONCE:
            raise EndpointTaken(subscriber=subscriber) from error
        raise EndpointFilterWrong("the database refuses it", subscriber=subscriber) from error
    return endpoint


def get(endpoint_id: UUID) -> Endpoint:
    """EndpointUnknown."""
    found = Endpoint.objects.filter(pk=endpoint_id).first()
    if found is None:
        raise EndpointUnknown(endpoint=str(endpoint_id))
    return found


def prove(endpoint_id: UUID, *, officer: Person, now: datetime) -> Endpoint:
    """Asks the endpoint to answer our random word, and makes it active when it does.

    Whoever merely has an address put down for them does not know the word. EndpointNotProven.
    Open no transaction around it.
    """
    actor = keepers.actor_of(officer, now)
    endpoint = get(endpoint_id)
    word = secrets.token_urlsafe(32)
    body = envelope.challenge_of(endpoint.pk, word, now)
    outcome = sending.send(endpoint.url, body, delivery_id=endpoint.pk, now=now)
    if not outcome.taken:
        raise EndpointNotProven(why=outcome.code or f"http {outcome.status}")
    if not hmac.compare_digest(_answered(outcome.body), word.encode()):
        raise EndpointNotProven(why="another word")
    _move(endpoint, "active", "it answered the challenge", actor=actor, now=now)
    return endpoint


def pause(endpoint_id: UUID, *, because: str, officer: Person, now: datetime) -> Endpoint:
    """Nothing is sent until it is resumed; what happens meanwhile waits for it."""
    actor = keepers.actor_of(officer, now)
    return _move(get(endpoint_id), "paused", because, actor=actor, now=now)


def resume(endpoint_id: UUID, *, because: str, officer: Person, now: datetime) -> Endpoint:
    """Sends again, at once, what waited; a paused endpoint was proven before."""
    actor = keepers.actor_of(officer, now)
    endpoint = get(endpoint_id)
    if endpoint.state == "unproven":
        raise EndpointNotProven(why="never proven")
    with transaction.atomic():
        _move(endpoint, "active", because, actor=actor, now=now)
        owing.ring([endpoint], {endpoint.pk}, now=now)
    return endpoint


def retire(endpoint_id: UUID, *, because: str, officer: Person, now: datetime) -> Endpoint:
    """Never sends again; what it was owed is given up."""
    actor = keepers.actor_of(officer, now)
    endpoint = get(endpoint_id)
    with transaction.atomic():
        _move(endpoint, "retired", because, actor=actor, now=now)
        Delivery.objects.filter(endpoint=endpoint, state="waiting").update(
            state="given_up", last_code="endpoint_retired"
        )
    return endpoint


def _move(endpoint: Endpoint, to: str, because: str, *, actor: Actor, now: datetime) -> Endpoint:
    with transaction.atomic():
        trail.advance(
            endpoint,
            to=to,
            actor=actor,
            because=because,
            now=now,
            failures=0,
            resting_until=None,
        )
        trail.record(f"events.endpoint_{to}", actor=actor, now=now, subject=str(endpoint.pk))
    return endpoint


def _pools(subscriber: str, operators: Sequence[str]) -> list[int]:
    kind, _, code = subscriber.partition(":")
    if kind == "operator":
        if set(operators) - {code}:
            raise EndpointFilterWrong("an operator is told of its own pool", subscriber=subscriber)
        return [all_pools.pool_of(code)]
    return sorted({all_pools.pool_of(one) for one in operators})


def _answered(body: bytes) -> bytes:
    try:
        word = json.loads(body)["challenge"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return b""
    return word.encode("utf-8", "replace") if isinstance(word, str) else b""
