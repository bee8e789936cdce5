"""划出查明: how money that left without an instruction of ours comes to an end, by two officers.

What left was booked at once as owed by the operator (`readings.gone`). Whatever it turns out to
be, no holder pays it: either own money bears it, or the book has an account that it was of.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction

from accounts import approvals, people, trail
from accounts.actors import SYSTEM, Actor
from accounts.clock import business_day
from accounts.errors import NotAllowed
from accounts.identifiers import derive, new_id
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds import income
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import instructions
from reserve_funds.custody.bank.booking import subject_of
from reserve_funds.custody.bank.errors import (
    EndingStale,
    EntryNotGone,
    OutflowMalformed,
    WordUnknown,
)
from reserve_funds.custody.bank.matters import GONE_CASE, UNCLEAR_CASE
from reserve_funds.custody.bank.models import Ending, Instruction, Reading
from reserve_funds.custody.bank.understanding import suspense_of
from reserve_funds.custody.bank.verdicts import Kind
from reserve_funds.custody.cases import services as cases
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.values import Posting, Ref
from reserve_funds.refs import own_cover_due

PURPOSE = "custody.gone"
TIME_TO_DECIDE = timedelta(days=3)
_LONGEST_REASON = 200
_SPEND = "SELECT public.custody_bank_spend_ending(%s)"


class Truth(StrEnum):
    """What money gone turned out to be.

    BORNE: lawful or lost (a court's deduction, a charge, a debt of the operator): own money keeps
    owing it. CORRECTED: the bank took back what it had paid in by mistake, which lies in suspense.
    OURS: it was an instruction of ours, which the bank printed so that nobody knew it.
    """

    BORNE = "borne"
    CORRECTED = "corrected"
    OURS = "ours"


def ask(
    entry_id: UUID,
    *,
    truth: Truth,
    because: str,
    maker: Person,
    now: datetime,
    instruction_id: UUID | None = None,
    credited: UUID | None = None,
) -> Ending:
    """One officer says what it was; nothing has moved.

    OURS names the instruction: sent, and of the very account and amount. CORRECTED names the
    unclear entry (`credited`) of the same account whose money is still in suspense.
    EntryNotGone, NotAllowed, OutflowMalformed.
    """
    reading = _gone(entry_id)
    if not people.has_role(maker, FINANCE_OFFICER, reading.pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    if not because.strip() or len(because) > _LONGEST_REASON:
        raise OutflowMalformed(field="because")
    due_fen = 0 if truth is Truth.BORNE else min(reading.entry.amount_fen, _due_fen(reading.pool))
    word = Ending(
        id=new_id(now),
        pool=reading.pool,
        entry=reading.entry,
        truth=str(Truth(truth)),
        instruction_id=instruction_id,
        credited_id=credited,
        amount_fen=reading.entry.amount_fen,
        due_fen=due_fen,
        because=because.strip(),
        maker=maker,
        asked_at=now,
        expires_at=now + TIME_TO_DECIDE,
    )
    _check(word)
    with transaction.atomic():
        if Ending.objects.filter(entry=entry_id, state__in=("asked", "done")).exists():
            raise EntryNotGone(entry=str(entry_id), because="asked")
        approval = approvals.ask(
            maker=maker,
            purpose=PURPOSE,
            pool=word.pool,
            content={
                "entry": str(entry_id),
                "truth": word.truth,
                "instruction": str(instruction_id or ""),
                "credited": str(credited or ""),
                "amount_fen": word.amount_fen,
                "because": word.because,
            },
            fingerprint=_fingerprint(word),
            now=now,
            expires_at=word.expires_at,
            checker_role=FINANCE_OFFICER,
        )
        word.id = approval.id
        Ending.objects.bulk_create([word])
    return word


def approve(ending_id: UUID, *, checker: Person, now: datetime) -> Ending:
    """A second officer says so too: it is booked, and the case is over. Again is nothing.

    MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided, WordUnknown, EntryNotGone (undone
    by the bank since), EndingStale (what it rests on has moved), Overdrawn.
    """
    with transaction.atomic():
        word = _locked(ending_id)
        if word.state == "done" and approvals.get(word.id).checker_id == checker.pk:
            return word
        _require_open(word)
        _gone(word.entry_id)
        _check(word)
        approvals.approve(word.id, checker=checker, now=now)
        actor = Actor(kind="officer", id=str(checker.pk))
        _carry_out(word, actor, now)
        trail.advance(word, to="done", actor=actor, because=word.because, now=now)
        _close(GONE_CASE, word, word.entry_id, actor, now)
    return word


def refuse(ending_id: UUID, *, checker: Person, because: str, now: datetime) -> Ending:
    """A second officer sees it otherwise; the case stays open."""
    with transaction.atomic():
        word = _locked(ending_id)
        _require_open(word)
        approvals.refuse(word.id, checker=checker, now=now)
        actor = Actor(kind="officer", id=str(checker.pk))
        trail.advance(word, to="refused", actor=actor, because=because, now=now)
    return word


def open_of(pools: set[int] | frozenset[int] | None) -> list[Ending]:
    """Endings that wait for a second officer, oldest first; None: of every pool."""
    rows = Ending.objects.filter(state="asked").select_related("entry__account__bank")
    return list((rows if pools is None else rows.filter(pool__in=pools)).order_by("id"))


def expire(now: datetime) -> int:
    """Ends what nobody decided in time; how many there were."""
    late = Ending.objects.filter(state="asked", expires_at__lte=now)
    ended = 0
    for ending_id in list(late.values_list("id", flat=True)[:200]):
        with transaction.atomic():
            word = _locked(ending_id)
            if word.state == "asked":
                because = "nobody decided in time"
                trail.advance(word, to="expired", actor=SYSTEM, because=because, now=now)
                ended += 1
    return ended


def _gone(entry_id: UUID) -> Reading:
    """Its reading: money gone, and the bank has not brought it back."""
    rows = Reading.objects.select_related("entry__account")
    found = rows.filter(entry=entry_id, kind=Kind.GONE, entry__undone_by=None).first()
    if found is None:
        raise EntryNotGone(entry=str(entry_id))
    return found


def _check(word: Ending) -> None:
    """What is said fits what the book and the instruction say now."""
    ours, corrected = word.truth == Truth.OURS, word.truth == Truth.CORRECTED
    if (word.instruction_id is None) == ours or (word.credited_id is None) == corrected:
        raise OutflowMalformed(field="truth")
    if word.truth != Truth.BORNE and _due_fen(word.pool) < word.due_fen:
        raise EndingStale(entry=str(word.entry_id), because="covered since")
    if ours and not _is_ours(word):
        raise EndingStale(entry=str(word.entry_id), because="no such instruction under way")
    if corrected and not _is_in_suspense(word):
        raise EndingStale(entry=str(word.entry_id), because="no longer in suspense")


def _is_ours(word: Ending) -> bool:
    assert word.instruction_id is not None
    one = Instruction.objects.filter(pk=word.instruction_id).first()
    entry = word.entry
    return (
        one is not None
        and (one.state, one.account_id) == ("sent", entry.account_id)
        and one.amount_fen == entry.amount_fen
        and one.sent_at is not None
        and business_day(one.sent_at) <= entry.booked_day
    )


def _is_in_suspense(word: Ending) -> bool:
    assert word.credited_id is not None
    rows = Reading.objects.filter(
        entry=word.credited_id,
        kind=Kind.UNCLEAR,
        entry__account=word.entry.account_id,
        entry__booked_day__lte=word.entry.booked_day,
    )
    left = queries.available_fen(word.pool, suspense_of(word.credited_id))
    return rows.exists() and left >= word.amount_fen


def _carry_out(word: Ending, actor: Actor, now: datetime) -> None:
    if word.truth == Truth.BORNE:
        with connection.cursor() as cursor:
            cursor.execute(_SPEND, [word.id])
            if (outcome := cursor.fetchone()[0]) != "spent":
                raise EndingStale(entry=str(word.entry_id), because=outcome)
        return
    book.post(_postings(word, word.id, now))
    if word.instruction_id is not None:
        instruction = instructions.locked(word.instruction_id)
        trail.advance(instruction, to="paid", actor=actor, because=word.because, now=now)
    if word.credited_id and not queries.balance_fen(word.pool, suspense_of(word.credited_id)):
        _close(UNCLEAR_CASE, word, word.credited_id, actor, now)


def _postings(word: Ending, approval_id: UUID, now: datetime) -> list[Posting]:
    """From the account it was of, to what own money owes for it or has covered already."""
    source = suspense_of(word.credited_id) if word.credited_id else _transit(word)
    return income.gone_understood(
        word.pool,
        derive(word.entry_id, f"understood {word.asked_at.timestamp()}"),
        was_of=source,
        due_fen=word.due_fen,
        covered_fen=word.amount_fen - word.due_fen,
        event_at=now,
        approval_id=approval_id,
    )


def _transit(word: Ending) -> Ref:
    return Ref(kind="bank_out_in_transit", owner=str(word.instruction_id))


def _fingerprint(word: Ending) -> bytes:
    if word.truth == Truth.BORNE:
        words = f"borne|{word.pool}|{word.entry_id}|{word.amount_fen}"
        return hashlib.sha256(words.encode()).digest()
    made = _postings(word, word.id, word.asked_at)
    return book.fingerprint([one for one in made if one.approval_id])


def _due_fen(pool: int) -> int:
    return max(0, queries.balance_fen(pool, own_cover_due(CoverReason.UNAUTHORISED)))


def _close(kind: str, word: Ending, entry_id: UUID, actor: Actor, now: datetime) -> None:
    cases.close_case(
        kind,
        pool=word.pool,
        subject=subject_of(entry_id),
        actor=actor,
        because=word.because,
        now=now,
    )


def _locked(ending_id: UUID) -> Ending:
    rows = Ending.objects.select_related("entry").select_for_update(of=("self",))
    found = rows.filter(pk=ending_id).first()
    if found is None:
        raise WordUnknown(id=str(ending_id))
    return found


def _require_open(word: Ending) -> None:
    if word.state != "asked":
        raise WordUnknown(id=str(word.id), state=word.state)
