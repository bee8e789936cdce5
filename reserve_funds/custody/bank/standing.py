"""Standing words of two officers: limits of one checker, and rules that recognise bank entries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import approvals, people, trail
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Approval, Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.bank import recognition
from reserve_funds.custody.bank.errors import StandingWordMalformed, WordUnknown
from reserve_funds.custody.bank.models import (
    CustodyAccount,
    OutflowLimit,
    Patience,
    RecognitionRule,
)
from reserve_funds.handbook import Purpose
from reserve_funds.ledger.values import MOST_FEN

TIME_TO_DECIDE = timedelta(days=3)
_LIMIT, _RULE, _PATIENCE = "custody.limit", "custody.recognition", "custody.patience"
_MOST_DAYS = 60


def ask_limit(
    *, pool: int, purpose: Purpose, one_checker_most_fen: int, maker: Person, now: datetime
) -> Approval:
    """Up to what amount one checker shall be enough. StandingWordMalformed, NotAllowed."""
    if type(one_checker_most_fen) is not int or not 0 <= one_checker_most_fen <= MOST_FEN:
        raise StandingWordMalformed(field="one_checker_most_fen")
    content = {
        "pool": pool,
        "purpose": str(Purpose(purpose)),
        "one_checker_most_fen": one_checker_most_fen,
    }
    return _ask(_LIMIT, pool, content, maker, now)


def ask_rule(
    rule: recognition.Rule, *, account: CustodyAccount, maker: Person, now: datetime
) -> Approval:
    """By what a kind of entry shall be known on this account. StandingWordMalformed, NotAllowed."""
    content = {"account_id": str(account.id), **recognition.told(rule, account)}
    return _ask(_RULE, account.pool, content, maker, now)


def ask_patience(*, pool: int, days: int, maker: Person, now: datetime) -> Approval:
    """On how many days a bank must deny a number before officers may declare it not instructed.

    StandingWordMalformed, NotAllowed.
    """
    if type(days) is not int or not 1 <= days <= _MOST_DAYS:
        raise StandingWordMalformed(field="days")
    return _ask(_PATIENCE, pool, {"pool": pool, "days": days}, maker, now)


def approve(
    approval_id: UUID, *, checker: Person, now: datetime
) -> OutflowLimit | RecognitionRule | Patience:
    """A second officer says so too; from now on it holds. A rule ends its namesake.

    MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided, WordUnknown.
    """
    with transaction.atomic():
        approval = approvals.approve(approval_id, checker=checker, now=now)
        content = approval.content
        actor = Actor(kind="officer", id=str(checker.pk))
        trail.record(
            "custody_word_given", actor=actor, now=now, subject=str(approval_id), **content
        )
        if approval.purpose == _LIMIT:
            return OutflowLimit.objects.create(id=approval_id, since=now, **content)
        if approval.purpose == _PATIENCE:
            return Patience.objects.create(id=approval_id, since=now, **content)
        if approval.purpose == _RULE:
            RecognitionRule.objects.filter(
                account=content["account_id"], name=content["name"], ended_at=None
            ).update(ended_at=now)
            return RecognitionRule.objects.create(id=approval_id, put_at=now, **content)
    raise WordUnknown(id=str(approval_id))


def end_rule(rule_id: UUID, *, officer: Person, now: datetime) -> None:
    """The rule recognises nothing more: what it knew waits for people. NotAllowed, WordUnknown."""
    rule = RecognitionRule.objects.select_related("account").filter(pk=rule_id).first()
    if rule is None:
        raise WordUnknown(id=str(rule_id))
    _require_officer(officer, rule.account.pool, now)
    with transaction.atomic():
        RecognitionRule.objects.filter(pk=rule_id, ended_at=None).update(ended_at=now)
        actor = Actor(kind="officer", id=str(officer.pk))
        trail.record("recognition_rule_ended", actor=actor, now=now, subject=str(rule_id))


def _ask(
    purpose: str, pool: int, content: dict[str, Any], maker: Person, now: datetime
) -> Approval:
    _require_officer(maker, pool, now)
    return approvals.ask(
        maker=maker,
        purpose=purpose,
        pool=pool,
        content=content,
        fingerprint=approvals.fingerprint_of_words(purpose, content),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )


def _require_officer(person: Person, pool: int, now: datetime) -> None:
    if not people.has_role(person, FINANCE_OFFICER, pool, now):
        raise NotAllowed(person=str(person.pk), role=FINANCE_OFFICER)
