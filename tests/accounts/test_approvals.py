"""Four eyes: who asks does not decide, what was asked stays asked, and it is spent once."""

import hashlib
import re
import threading
from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from accounts import approvals, clock, people, trail
from accounts.errors import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalPeriodWrong,
    ApprovalUnknown,
    FingerprintNotUnderstood,
    MakerIsChecker,
    NotAllowed,
    RoleUnknown,
)
from accounts.identifiers import new_id
from accounts.models import Approval, AuditEntry
from tests.accounts.strangers import somebody

PRINT = hashlib.sha256(b"pay 500 fen to A").digest()
OTHER = hashlib.sha256(b"pay 500 fen to B").digest()
SPEND = "SELECT public.accounts_spend_approval(%s, %s, %s)"


def asked(maker, **other):
    now = clock.now()
    given = {
        "purpose": "reserve_outflow",
        "pool": 7,
        "content": {"amount_fen": 500},
        "fingerprint": PRINT,
        "now": now,
        "expires_at": now + timedelta(hours=1),
        "checker_role": "finance_officer",
    }
    return approvals.ask(maker=maker, **given | other)


def officer():
    """Somebody who may decide for any pool, since yesterday."""
    person = somebody(clock.now())
    since = clock.now() - timedelta(days=1)
    people.grant(person, "finance_officer", pool=None, granted_by=None, now=since)
    return person


@pytest.fixture
def pair(lasting_db):
    return officer(), officer()


@pytest.fixture
def ledger(owner_connection):
    """The only role that may spend; the migrating role may become it."""
    owner_connection.execute("SET ROLE ledger_owner")
    owner_connection.commit()
    return owner_connection


def spend(on, approval, pool=7, fingerprint=PRINT):
    return on.execute(SPEND, [approval.id, pool, fingerprint]).fetchone()[0]


def test_one_asks_another_approves_the_ledger_spends_once(pair, ledger):
    maker, checker = pair
    approval = asked(maker)
    approved = approvals.approve(approval.id, checker=checker, now=clock.now())
    assert (approved.state, approved.checker, approved.content) == (
        "approved",
        checker,
        {"amount_fen": 500},
    )
    assert spend(ledger, approval) == "spent"
    ledger.commit()
    assert spend(ledger, approval) == "already_spent"
    kept = approvals.get(approval.id)
    assert kept.state == "spent"
    assert kept.spent_at is not None
    steps = [(one.to_state, one.actor_id) for one in trail.history("approval", approval.id)]
    assert steps == [("approved", str(checker.pk)), ("spent", "system")]
    assert AuditEntry.objects.filter(
        subject=f"approval:{approval.id}", act="approval_asked"
    ).exists()


def test_what_is_rolled_back_was_not_spent(pair, ledger):
    maker, checker = pair
    approval = asked(maker)
    approvals.approve(approval.id, checker=checker, now=clock.now())
    assert spend(ledger, approval) == "spent"
    ledger.rollback()
    assert approvals.get(approval.id).state == "approved"
    assert spend(ledger, approval) == "spent"


def test_an_approval_holds_for_its_content_and_pool_alone(pair, ledger):
    maker, checker = pair
    approval = asked(maker)
    assert spend(ledger, approval) == "not_approved"
    ledger.rollback()
    approvals.approve(approval.id, checker=checker, now=clock.now())
    for pool, fingerprint in ((8, PRINT), (7, OTHER), (7, b""), (None, PRINT), (7, None)):
        assert spend(ledger, approval, pool, fingerprint) == "other_content"
    unknown = Approval(id=new_id(clock.now()))
    assert spend(ledger, unknown) == "unknown"
    refused = asked(maker)
    approvals.refuse(refused.id, checker=checker, now=clock.now())
    assert spend(ledger, refused) == "not_approved"
    assert approvals.get(approval.id).state == "approved"


def test_an_approval_past_its_time_is_worth_nothing(pair, ledger):
    maker, checker = pair
    past = clock.now() - timedelta(hours=2)
    approved = asked(maker, now=past, expires_at=past + timedelta(hours=1))
    late = asked(maker, now=past, expires_at=past + timedelta(hours=1))
    approvals.approve(approved.id, checker=checker, now=past)
    assert spend(ledger, approved) == "expired"
    with pytest.raises(ApprovalExpired):
        approvals.approve(late.id, checker=checker, now=clock.now())
    ledger.rollback()
    assert approvals.expire() >= 2
    assert {approvals.get(one.id).state for one in (approved, late)} == {"expired"}
    assert spend(ledger, approved) == "expired"


def test_two_who_spend_at_once_spend_once(pair, ledger):
    maker, checker = pair
    approval, outcomes = asked(maker), []
    approvals.approve(approval.id, checker=checker, now=clock.now())

    def spend_too() -> None:
        with psycopg.connect(ledger.info.dsn, password=ledger.info.password) as second:
            second.execute("SET ROLE ledger_owner")
            outcomes.append(spend(second, approval))

    assert spend(ledger, approval) == "spent"
    twin = threading.Thread(target=spend_too)
    twin.start()
    twin.join(0.2)
    assert twin.is_alive(), "the second waits for the first"
    ledger.commit()
    twin.join()
    assert outcomes == ["already_spent"]


def test_who_asked_cannot_decide(pair):
    maker, _ = pair
    approval = asked(maker)
    for decide in (approvals.approve, approvals.refuse):
        with pytest.raises(MakerIsChecker):
            decide(approval.id, checker=maker, now=clock.now())
    assert approvals.get(approval.id).state == "asked"
    assert trail.history("approval", approval.id) == []


def test_a_decision_is_final_and_saying_it_again_changes_nothing(pair):
    maker, checker = pair
    third = somebody(clock.now())
    approval = asked(maker)
    first = approvals.approve(approval.id, checker=checker, now=clock.now())
    again = approvals.approve(approval.id, checker=checker, now=clock.now() + timedelta(minutes=1))
    assert again.decided_at == first.decided_at
    for decide, who in (
        (approvals.approve, third),
        (approvals.refuse, checker),
        (approvals.refuse, third),
    ):
        with pytest.raises(ApprovalDecided):
            decide(approval.id, checker=who, now=clock.now())
    with pytest.raises(ApprovalUnknown):
        approvals.approve(new_id(clock.now()), checker=checker, now=clock.now())


def test_the_checker_holds_the_role_that_was_asked_for(pair):
    maker, checker = pair[0], somebody(clock.now())
    approval = asked(maker, checker_role="finance_officer")
    with pytest.raises(NotAllowed):
        approvals.approve(approval.id, checker=checker, now=clock.now())
    people.grant(checker, "finance_officer", pool=8, granted_by=None, now=clock.now())
    with pytest.raises(NotAllowed):
        approvals.approve(approval.id, checker=checker, now=clock.now())
    people.grant(checker, "finance_officer", pool=7, granted_by=None, now=clock.now())
    assert approvals.approve(approval.id, checker=checker, now=clock.now()).state == "approved"


def test_somebody_inactive_decides_nothing(pair):
    maker, checker = pair
    type(checker).objects.filter(pk=checker.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        approvals.approve(asked(maker).id, checker=checker, now=clock.now())


def test_what_cannot_be_asked(pair):
    maker, _ = pair
    count = Approval.objects.count()
    for wrong, refusal in (
        ({"fingerprint": b"short"}, FingerprintNotUnderstood),
        ({"expires_at": clock.now() - timedelta(days=1)}, ApprovalPeriodWrong),
        ({"checker_role": "king"}, RoleUnknown),
        ({"checker_role": ""}, RoleUnknown),
    ):
        with pytest.raises(refusal):
            asked(maker, **wrong)
    assert Approval.objects.count() == count


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE accounts_approval SET state = 'approved'",
        "DELETE FROM accounts_approval",
        "TRUNCATE accounts_approval",
        "SELECT accounts_spend_approval(gen_random_uuid(), 7, '\\x00')",
        "ALTER TABLE accounts_approval DISABLE TRIGGER ALL",
    ],
)
def test_the_service_role_cannot_decide_or_spend_by_hand(service_connection, act):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service_connection.execute(act)


def test_the_service_role_cannot_insert_a_decided_approval(pair, service_connection):
    maker, checker = pair
    with pytest.raises(psycopg.errors.CheckViolation):
        service_connection.execute(
            "INSERT INTO accounts_approval (id, maker_id, checker_id, checker_role, purpose, pool,"
            " content, fingerprint, state, asked_at, expires_at, decided_at)"
            " VALUES (%s, %s, %s, 'auditor', 'x', 1, '{}', %s, 'approved', now(),"
            " now() + '1 h', now())",
            [new_id(clock.now()), maker.pk, checker.pk, PRINT],
        )


@pytest.mark.parametrize(
    ("change", "law"),
    [
        ("content = '{\"amount_fen\": 50000}'", "accounts_approval_content_is_frozen"),
        ("fingerprint = sha256('x')", "accounts_approval_content_is_frozen"),
        ("pool = 8", "accounts_approval_content_is_frozen"),
        ("maker_id = checker_id", "accounts_approval_content_is_frozen"),
        ("expires_at = expires_at + interval '1 day'", "accounts_approval_content_is_frozen"),
        ("checker_id = maker_id", "accounts_approval_content_is_frozen|maker_is_not_checker"),
        ("decided_at = now()", "accounts_approval_content_is_frozen"),
        ("state = 'asked'", "accounts_allowed_move"),
        ("state = 'spent'", "accounts_approval_spent_has_its_moment"),
    ],
)
def test_not_even_the_migrating_role_edits_what_was_approved(pair, owner_connection, change, law):
    maker, checker = pair
    approval = asked(maker)
    approvals.approve(approval.id, checker=checker, now=clock.now())
    with pytest.raises(
        (psycopg.errors.CheckViolation, psycopg.errors.RestrictViolation)
    ) as refused:
        owner_connection.execute(
            f"UPDATE accounts_approval SET {change} WHERE id = %s", [approval.id]
        )
    assert re.fullmatch(law, refused.value.diag.constraint_name)


def test_four_eyes_are_a_check_of_the_table(pair, owner_connection):
    maker, _ = pair
    approval = asked(maker)
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        owner_connection.execute(
            "UPDATE accounts_approval SET state = 'approved', checker_id = maker_id,"
            " decided_at = now() WHERE id = %s",
            [approval.id],
        )
    assert refused.value.diag.constraint_name == "accounts_approval_maker_is_not_checker"
    owner_connection.rollback()
    for act in ("DELETE FROM accounts_approval", "TRUNCATE accounts_approval CASCADE"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner_connection.execute(act)
        owner_connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT accounts_decide_approval(%s, %s, 'approved', now())", [approval.id, maker.pk]
        )
        assert cursor.fetchone()[0] == "maker_is_checker"
