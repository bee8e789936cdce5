"""查清: what two officers say an unclear entry was, and its money moves out of suspense."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import approvals, people, trail
from accounts.actors import SYSTEM, Actor
from accounts.errors import NotAllowed
from accounts.identifiers import derive, new_id
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.bank.booking import subject_of
from reserve_funds.custody.bank.errors import EntryNotUnclear, OutflowMalformed, WordUnknown
from reserve_funds.custody.bank.matters import UNCLEAR_CASE
from reserve_funds.custody.bank.models import CustodyAccount, Reading, Understanding
from reserve_funds.custody.bank.verdicts import Kind
from reserve_funds.custody.cases import services as cases
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.values import Posting, Ref
from reserve_funds.postings import of
from reserve_funds.refs import account as ref_of

TIME_TO_DECIDE = timedelta(days=3)
_LONGEST_REASON = 200


def suspense_of(entry_id: UUID) -> Ref:
    """待查款项 of one bank entry."""
    return Ref(kind="suspense", owner=str(entry_id))


def ask(
    entry_id: UUID,
    *,
    as_: Ref,
    amount_fen: int | None = None,
    own_account: CustodyAccount | None = None,
    because: str,
    maker: Person,
    now: datetime,
) -> Understanding:
    """One officer says whose the money of an unclear entry is: all that is left of it, or a part.

    `own_account` is where own cover came from, when `as_` is own_cover_due. EntryNotUnclear,
    NotAllowed, OutflowMalformed, NotInHandbook (suspense is never cleared into that).
    """
    reading = Reading.objects.filter(entry=entry_id, kind=Kind.UNCLEAR).first()
    left_fen = queries.available_fen(reading.pool, suspense_of(entry_id)) if reading else 0
    wanted_fen = left_fen if amount_fen is None else amount_fen
    if reading is None or not 0 < wanted_fen <= left_fen:
        raise EntryNotUnclear(entry=str(entry_id), left_fen=left_fen)
    if not people.has_role(maker, FINANCE_OFFICER, reading.pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    if not because.strip() or len(because) > _LONGEST_REASON:
        raise OutflowMalformed(field="because")
    ours = own_account is not None and own_account.pool == reading.pool
    if (as_.kind == "own_cover_due") != (ours and own_account.use != "reserve"):  # type: ignore[union-attr]
        raise OutflowMalformed(field="own_account")
    word = Understanding(
        id=new_id(now),
        pool=reading.pool,
        entry_id=entry_id,
        as_kind=as_.kind,
        as_owner=as_.owner,
        amount_fen=wanted_fen,
        own_account=own_account,
        because=because.strip(),
        maker=maker,
        asked_at=now,
        expires_at=now + TIME_TO_DECIDE,
    )
    with transaction.atomic():
        approval = approvals.ask(
            maker=maker,
            purpose="custody.understanding",
            pool=reading.pool,
            content={"entry": str(entry_id), "as": [as_.kind, as_.owner], "fen": wanted_fen,
                     "because": word.because},
            fingerprint=book.fingerprint(_postings(word, word.id, now)[:1]),
            now=now,
            expires_at=word.expires_at,
            checker_role=FINANCE_OFFICER,
        )  # fmt: skip
        word.id = approval.id
        Understanding.objects.bulk_create([word])
    return word


def approve(word_id: UUID, *, checker: Person, now: datetime) -> Understanding:
    """A second officer says so too, and the money is theirs whose it is. Again is nothing.

    MakerIsChecker, NotAllowed, ApprovalExpired, WordUnknown, Overdrawn (explained otherwise since).
    """
    with transaction.atomic():
        word = _locked(word_id)
        if word.state == "done" and approvals.get(word.id).checker_id == checker.pk:
            return word
        _require_open(word)
        approvals.approve(word.id, checker=checker, now=now)
        book.post(_postings(word, word.id, now))
        actor = Actor(kind="officer", id=str(checker.pk))
        trail.advance(word, to="done", actor=actor, because=word.because, now=now)
        if queries.balance_fen(word.pool, suspense_of(word.entry_id)) == 0:
            cases.close_case(
                UNCLEAR_CASE,
                pool=word.pool,
                subject=subject_of(word.entry_id),
                actor=actor,
                because=word.because,
                now=now,
            )
    return word


def refuse(word_id: UUID, *, checker: Person, because: str, now: datetime) -> Understanding:
    """A second officer sees it otherwise; the money stays in suspense."""
    with transaction.atomic():
        word = _locked(word_id)
        _require_open(word)
        approvals.refuse(word.id, checker=checker, now=now)
        actor = Actor(kind="officer", id=str(checker.pk))
        trail.advance(word, to="refused", actor=actor, because=because, now=now)
    return word


def expire(now: datetime) -> int:
    """Ends what nobody decided in time; how many there were."""
    late = Understanding.objects.filter(state="asked", expires_at__lte=now)
    ended = 0
    for word_id in list(late.values_list("id", flat=True)[:200]):
        with transaction.atomic():
            word = _locked(word_id)
            if word.state == "asked":
                because = "nobody decided in time"
                trail.advance(word, to="expired", actor=SYSTEM, because=because, now=now)
                ended += 1
    return ended


def _postings(word: Understanding, approval_id: UUID, now: datetime) -> list[Posting]:
    """Out of suspense; own cover has its leg in the own book too. Ids follow from what is said."""
    step = (
        f"understood {word.as_kind} {word.as_owner} {word.amount_fen} {word.asked_at.timestamp()}"
    )
    cause = derive(word.entry_id, step)
    is_cover = word.as_kind == "own_cover_due"
    cross = derive(cause, "cover") if is_cover else None
    understood = of(
        "suspense_understood",
        word.pool,
        cause,
        debit=suspense_of(word.entry_id),
        credit=Ref(kind=word.as_kind, owner=word.as_owner),
        amount_fen=word.amount_fen,
        event_at=now,
        approval_id=approval_id,
        cross_id=cross,
    )
    if not is_cover:
        return [understood]
    own = of(
        "own_cover_paid",
        word.pool,
        cause,
        debit=ref_of("due_to_reserve", word.as_owner),
        credit=ref_of("own_bank", word.own_account_id),
        amount_fen=word.amount_fen,
        event_at=now,
        cross_id=cross,
    )
    return [understood, own]


def _locked(word_id: UUID) -> Understanding:
    word = Understanding.objects.select_for_update().filter(pk=word_id).first()
    if word is None:
        raise WordUnknown(id=str(word_id))
    return word


def _require_open(word: Understanding) -> None:
    if word.state != "asked":
        raise WordUnknown(id=str(word.id), state=word.state)
