"""States move by the trail or not at all, for Python and for SQL by hand; the trail only grows."""

import itertools
import threading
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from accounts import cards, trail
from accounts.actors import SYSTEM, Actor
from accounts.identifiers import new_id
from accounts.models import (
    Approval,
    AuditEntry,
    Kiosk,
    PartnerBank,
    SecurityEvent,
    TransitCard,
    Transition,
)
from accounts.moves import append_only_operations, lifecycle_operations
from accounts.trail import IllegalTransition, StaleState
from tests.accounts.strangers import a_card_no, somebody

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TRAILS = ("accounts_transition", "accounts_auditentry", "accounts_securityevent")


@pytest.fixture
def card(db):
    return cards.add(somebody(NOW), a_card_no(), NOW)


def test_a_move_changes_the_row_and_is_written_down_with_who_and_why(card):
    me = Actor(kind="officer", id="o-1")
    trail.advance(card, to="lost", actor=me, because="called in", now=NOW, named=True)
    kept = TransitCard.objects.get(pk=card.pk)
    assert (kept.state, kept.named) == (card.state, card.named) == ("lost", True)
    (move,) = trail.history("transit_card", card.id)
    told = (
        move.from_state,
        move.to_state,
        move.actor_kind,
        move.actor_id,
        move.because,
        move.moved_at,
    )
    assert told == ("in_use", "lost", "officer", "o-1", "called in", NOW)


@pytest.mark.parametrize(
    ("before", "after"), list(itertools.product(TransitCard.MOVES, [*TransitCard.MOVES, "melted"]))
)
def test_every_pair_of_states_moves_or_is_refused_twice(db, before, after):
    operator = cards.recognise("3105070200000000000")
    card = TransitCard(id=new_id(NOW), asn=f"0{a_card_no()}", operator=operator, added_at=NOW)
    card.save()
    for step in {"in_use": [], "lost": ["lost"], "replaced": ["replaced"], "closed": ["closed"]}[
        before
    ]:
        trail.advance(card, to=step, actor=SYSTEM, because="test", now=NOW)
    moves = Transition.objects.filter(subject_id=card.id).count()
    if after in TransitCard.MOVES[before]:
        trail.advance(card, to=after, actor=SYSTEM, because="test", now=NOW)
        return
    with pytest.raises(IllegalTransition) as refused:
        trail.advance(card, to=after, actor=SYSTEM, because="test", now=NOW)
    assert refused.value.facts["state"] == before
    if after != before:
        with pytest.raises(IntegrityError, match="may not move"), transaction.atomic():
            TransitCard.objects.filter(pk=card.pk).update(state=after)
    assert TransitCard.objects.get(pk=card.pk).state == card.state == before
    assert Transition.objects.filter(subject_id=card.id).count() == moves


def test_what_was_read_before_a_move_is_stale_after_it(card):
    stale = TransitCard.objects.get(pk=card.pk)
    trail.advance(card, to="lost", actor=SYSTEM, because="first", now=NOW)
    with pytest.raises(StaleState):
        trail.advance(stale, to="closed", actor=SYSTEM, because="second", now=NOW)
    assert stale.state == "in_use"
    assert len(trail.history("transit_card", card.id)) == 1


def test_of_two_who_move_at_once_one_wins(lasting_db):
    card = cards.add(somebody(NOW), a_card_no(), NOW)
    copies = [TransitCard.objects.get(pk=card.pk) for _ in range(6)]
    outcomes, start = [], threading.Barrier(6)

    def move(copy: TransitCard) -> None:
        start.wait()
        try:
            trail.advance(copy, to="lost", actor=SYSTEM, because="race", now=NOW)
            outcomes.append("won")
        except StaleState:
            outcomes.append("stale")
        connection.close()

    racers = [threading.Thread(target=move, args=(copy,)) for copy in copies]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(outcomes) == ["stale"] * 5 + ["won"]
    assert len(trail.history("transit_card", card.id)) == 1


def test_a_row_begins_in_its_first_state_only(db):
    operator = cards.recognise("3105070200000000000")
    with pytest.raises(IntegrityError, match="may not move"), transaction.atomic():
        TransitCard.objects.create(
            id=new_id(NOW), asn=f"0{a_card_no()}", operator=operator, added_at=NOW, state="closed"
        )
    assert not TransitCard.objects.exists()


def test_the_law_in_the_database_is_the_law_in_the_models(db):
    for model in (TransitCard, Kiosk, PartnerBank, Approval):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT from_state, to_state FROM accounts_allowed_move WHERE kind = %s",
                [model.TRAIL_KIND],
            )
            kept = set(cursor.fetchall())
        named = {(before, after) for before in model.MOVES for after in model.MOVES[before]}
        assert kept == named | {("", next(iter(model.MOVES)))}


@pytest.mark.parametrize("role", ["service", "owner"])
@pytest.mark.parametrize("table", TRAILS)
@pytest.mark.parametrize(
    "act",
    ["UPDATE {} SET actor_id = 'nobody'", "DELETE FROM {}", "TRUNCATE {}", "TRUNCATE {} CASCADE"],
)
def test_nobody_changes_the_trail(service_connection, owner_connection, role, table, act):
    connection = service_connection if role == "service" else owner_connection
    refusal = (
        psycopg.errors.InsufficientPrivilege
        if role == "service"
        else psycopg.errors.RestrictViolation
    )
    with pytest.raises(refusal):
        connection.execute(act.format(table))


@pytest.mark.parametrize(
    "act",
    [
        "INSERT INTO accounts_allowed_move VALUES ('transit_card', 'closed', 'in_use')",
        "DELETE FROM accounts_allowed_move",
        "UPDATE accounts_allowed_move SET to_state = 'x'",
        "ALTER TABLE accounts_transitcard DISABLE TRIGGER ALL",
        "DROP TABLE accounts_transition",
        "CREATE TABLE x ()",
        "SET session_replication_role = replica",
        "DELETE FROM accounts_transitcard",
        "DELETE FROM accounts_person",
        "DELETE FROM accounts_duty",
        "DELETE FROM django_migrations",
    ],
)
def test_the_service_cannot_bend_the_law(service_connection, act):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service_connection.execute(act)


def test_alarms_and_acts_are_kept_without_secrets(db, caplog):
    facts = {
        "token": "ctz_x",
        "PIN": "123456",
        "raw": b"\x01\x02",
        "phone_text": "call 13812340984",
        "card": "3105070212345670984",
        "count": 3,
        "ids": [new_id(NOW)],
        "deep": {"secret": "x"},
        "none": None,
    }
    trail.alarm("notice_forged", actor=SYSTEM, now=NOW, subject="card 3105070212345670984", **facts)
    trail.record("key_imported", actor=SYSTEM, now=NOW, subject="key:1", **facts)
    for kept in (SecurityEvent.objects.get(), AuditEntry.objects.get()):
        assert kept.facts == {
            "token": "***",
            "PIN": "***",
            "raw": "2 bytes",
            "phone_text": "call 138****0984",
            "card": "3105 **** **** 0984",
            "count": 3,
            "ids": [str(facts["ids"][0])],
            "deep": {"secret": "***"},
            "none": None,
        }
    assert SecurityEvent.objects.get().subject == "card 3105 **** **** 0984"
    trail.record("long", actor=SYSTEM, now=NOW, subject="x" * 500, note="y" * 5000)
    assert len(AuditEntry.objects.get(act="long").subject) == 120
    assert "notice_forged" in caplog.text
    for secret in ("13812340984", "3105070212345670984", "123456", "ctz_x"):
        assert secret not in caplog.text


def test_a_lifecycle_is_made_of_words_only():
    for moves in ({"a'; DROP": set()}, {"a": {"b"}}):
        with pytest.raises(ValueError, match=r"word|row"):
            lifecycle_operations("kind", "table_x", moves)
    with pytest.raises(ValueError, match="word"):
        append_only_operations("x; y")
