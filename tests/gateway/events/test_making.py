"""A move is told by the commit that makes it, once, in its place; nothing personal is said."""

from __future__ import annotations

import json

import jsonschema
import pytest
from django.db import IntegrityError, connection, transaction

from accounts import clock, duties, trail
from accounts.card_lifecycle import CARD_MOVES
from accounts.errors import StaleState
from accounts.models import Duty
from gateway.card_service.lifecycle import DEPARTURE_MOVES
from gateway.events import catalogue, envelope, making
from gateway.events.models import Event
from gateway.invoice.lifecycle import INVOICE_MOVES
from gateway.payments.lifecycle import PAYMENT_MOVES, REFUND_MOVES
from gateway.topup.lifecycle import TOPUP_MOVES
from gateway.topup.models import TopUp
from tests.gateway.events import scene


def owed(topup: TopUp) -> Duty | None:
    return Duty.objects.filter(kind="event.topup", subject_id=topup.id).first()


def events_of(topup: TopUp) -> list[Event]:
    return list(Event.objects.filter(subject_id=topup.id).order_by("sequence"))


def test_the_move_and_the_duty_are_one_commit(operator) -> None:  # type: ignore[no-untyped-def]
    topup = scene.a_topup(operator)
    with transaction.atomic():
        scene.pay(topup)
        transaction.set_rollback(True)
    assert owed(topup) is None
    topup.refresh_from_db()
    scene.pay(topup)
    assert owed(topup).state == "owed"  # type: ignore[union-attr]


def test_a_move_that_did_not_happen_is_not_told(operator) -> None:  # type: ignore[no-untyped-def]
    topup = scene.a_topup(operator)
    stale = TopUp.objects.get(pk=topup.pk)
    scene.move(topup, "expired")
    scene.tell(topup)
    with pytest.raises(StaleState):
        scene.pay(stale)
    assert owed(topup).state == "done"  # type: ignore[union-attr]
    assert [event.kind for event in events_of(topup)] == ["topup.expired"]


def test_every_move_is_told_once_and_counted_without_gaps(operator) -> None:  # type: ignore[no-untyped-def]
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    scene.move(topup, "loading", "in_doubt", "paid", "loading", "in_doubt", "loaded")
    scene.tell(topup)
    assert making.make("topup", topup.id, now=clock.now()) == 0

    told = events_of(topup)
    assert [event.kind for event in told] == [
        "topup.paid",
        "topup.in_doubt",
        "topup.not_loaded",
        "topup.in_doubt",
        "topup.loaded",
    ]
    assert [event.sequence for event in told] == [1, 2, 3, 4, 5]
    moves = {move.pk for move in trail.history("topup", topup.id)}
    assert {event.transition_id for event in told} < moves


def test_an_event_forgotten_is_not_made_again(operator) -> None:  # type: ignore[no-untyped-def]
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    Event.objects.filter(subject_id=topup.id).delete()
    scene.move(topup, "refunding")
    scene.tell(topup)
    assert [(one.kind, one.sequence) for one in events_of(topup)] == [("topup.refunding", 2)]


def test_what_is_said_fits_its_schema_and_holds_no_card_and_no_person(operator) -> None:  # type: ignore[no-untyped-def]
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    (event,) = events_of(topup)
    (kind,) = [kind for kind in catalogue.KINDS if kind.name == event.kind]
    jsonschema.Draft202012Validator(kind.schema).validate(event.data)
    body = envelope.body_of(event)
    words = json.loads(body)
    assert words["operator"] == operator.code
    assert words["dataschema"] == kind.urn
    assert words["data"]["card_no"] == topup.card.masked
    for private in (topup.card.asn[1:], topup.card.asn[5:16], str(topup.person_id)):
        assert private.encode() not in body
    assert envelope.body_of(Event.objects.get(pk=event.pk)) == body


def test_an_event_is_written_once(operator) -> None:  # type: ignore[no-untyped-def]
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    with pytest.raises(Exception, match=r"permission denied|written once"), transaction.atomic():
        Event.objects.filter(subject_id=topup.id).update(kind="topup.loaded")
    (event,) = events_of(topup)
    event.pk, event.sequence = topup.id, 9
    with pytest.raises(IntegrityError, match="told_as_one"), transaction.atomic():
        Event.objects.bulk_create([event])


def test_telling_costs_a_move_one_statement_and_making_a_fixed_number(
    operator,  # type: ignore[no-untyped-def]
    django_assert_num_queries,
    django_assert_max_num_queries,
) -> None:
    topup = scene.a_topup(operator)
    with django_assert_num_queries(2 + len(trail.told_of("topup", "paid"))):
        scene.pay(topup)
    with django_assert_max_num_queries(12):
        making.make("topup", topup.id, now=clock.now())
    scene.move(topup, "loading", "in_doubt", "paid", "loading", "loaded")
    with django_assert_max_num_queries(12):
        assert making.make("topup", topup.id, now=clock.now()) == 3
    assert connection.vendor == "postgresql"


@pytest.mark.parametrize("kind", catalogue.KINDS, ids=lambda kind: kind.name)
def test_each_kind_tells_of_moves_that_exist(kind: catalogue.EventKind) -> None:
    moves = {
        "topup": TOPUP_MOVES, "payment": PAYMENT_MOVES, "refund": REFUND_MOVES,
        "transit_card": CARD_MOVES, "departure": DEPARTURE_MOVES, "invoice": INVOICE_MOVES,
    }[kind.subject]  # fmt: skip
    assert kind.before
    assert all(kind.after in moves[state] for state in kind.before)
    jsonschema.Draft202012Validator.check_schema(kind.schema)


def test_every_end_and_every_trouble_is_told() -> None:
    told = {(kind.subject, state, kind.after) for kind in catalogue.KINDS for state in kind.before}
    silent = {
        (subject, before, after)
        for subject, moves in catalogue.MOVES.items()
        for before, afters in moves.items()
        for after in afters
    } - told
    assert {(subject, after) for subject, _, after in silent} == {
        ("topup", "loading"),
        ("payment", "offered"),
        ("refund", "sent"),
        ("refund", "asked"),
        ("departure", "waiting"),
        ("departure", "proposed"),
        ("departure", "paying"),
        ("departure", "moved"),
        ("invoice", "sent"),
    }


def test_the_trail_owes_exactly_what_the_catalogue_names() -> None:
    assert "event.topup" in trail.told_of("topup", "paid")
    assert trail.told_of("topup", "loading") == []
    assert trail.told_of("notice", "applied") == []
    assert {"event.topup", "event.payment", "event.refund"} <= {
        terms.kind for terms in duties.terms_of(None)
    }
