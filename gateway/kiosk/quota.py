"""授权额度: how much value a kiosk's cash may become before the bank has seen the cash.

Two officers grant it. An order for cash takes it before its load is opened, so before any MAC2,
and keeps it whatever the card does: the cash lies in the box. Only the bank's line on that very
box gives it back, and never more than that box's orders took; the book takes none without the
line. The memo book guards the rest.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum

from accounts import approvals, duties, trail
from accounts.actors import WORKER
from accounts.errors import ApprovalUnknown, MakerIsChecker
from accounts.identifiers import derive, new_id
from accounts.models import Approval, Kiosk, Person
from accounts.roles import FINANCE_OFFICER
from gateway.kiosk import matters
from gateway.kiosk.creating import officer, refuse_without
from gateway.kiosk.errors import AmountNotGranted
from gateway.kiosk.models import Box, Grant, Record
from reserve_funds import postings
from reserve_funds.custody.cases import services as cases
from reserve_funds.errors import Overdrawn
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Booked, Posting, Ref

PURPOSE = "kiosk_quota"
TIME_TO_DECIDE = timedelta(days=7)
BANKED, TAKEN_BACK = ("cash_banked", "suspense_understood"), "bank_took_back"
RESTORED = "kiosk_quota_restored"
BANK_DUTY = "kiosk.bank_line"
MOST_STEPS = 64


def account_of(kiosk: Kiosk) -> Ref:
    """What the kiosk may still take, in the memo book."""
    return postings.account("kiosk_quota", kiosk.code)


def ask(kiosk: Kiosk, amount_fen: int, *, maker: Person, because: str, now: datetime) -> Approval:
    """The first officer asks for more quota. NotAllowed, AmountNotGranted."""
    pool = kiosk.operator.pool
    refuse_without(maker, FINANCE_OFFICER, pool, now)
    if amount_fen <= 0:
        raise AmountNotGranted(amount_fen=amount_fen)
    cause = new_id(now)
    content = {
        "kiosk": kiosk.code,
        "kiosk_id": str(kiosk.id),
        "amount_fen": amount_fen,
        "cause": str(cause),
        "because": because[:120],
    }
    return approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=pool,
        content=content,
        fingerprint=book.fingerprint([_granted(kiosk, cause, amount_fen, now)]),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )


def approve(approval_id: UUID, *, checker: Person, now: datetime) -> Grant:
    """The second officer grants it: the book spends the approval and nothing else can.

    MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided, ApprovalNotUsable.
    """
    asked = approvals.get(approval_id)
    if asked.purpose != PURPOSE:
        raise ApprovalUnknown(id=approval_id)
    if asked.maker_id == checker.pk:
        raise MakerIsChecker(id=approval_id, checker=checker.pk)
    kiosk = Kiosk.objects.select_related("operator").get(code=asked.content["kiosk"])
    amount_fen, cause = int(asked.content["amount_fen"]), UUID(asked.content["cause"])
    with transaction.atomic():
        approvals.approve(approval_id, checker=checker, now=now)
        book.post([_granted(kiosk, cause, amount_fen, now, approval_id=approval_id)])
        grant = Grant.objects.create(
            id=approval_id,
            kiosk=kiosk,
            amount_fen=amount_fen,
            maker=asked.maker,
            checker=checker,
            granted_at=now,
        )
        trail.record(
            "kiosk_quota_granted", actor=officer(checker), now=now, subject=f"kiosk:{kiosk.id}",
            amount_fen=amount_fen,
        )  # fmt: skip
    return grant


def available_fen(kiosk: Kiosk) -> int:
    """What the kiosk may still take."""
    return ledger.available_fen(kiosk.operator.pool, account_of(kiosk))


def taken_for(kiosk: Kiosk, intake_id: UUID, amount_fen: int, now: datetime) -> Posting:
    """What an order for cash takes of it; Overdrawn when booked without enough."""
    pool = kiosk.operator.pool
    return postings.of(
        "kiosk_quota_used",
        pool,
        intake_id,
        debit=account_of(kiosk),
        credit=_granted_account(pool),
        amount_fen=amount_fen,
        event_at=now,
    )


def follow_bank(box_id: UUID, *, now: datetime) -> bool:
    """Gives back quota for what the bank has seen of the box; True once the box is all banked.

    What a bank takes back (冲正) takes the quota again; where it does not suffice people are told.
    """
    with transaction.atomic():
        box = Box.objects.select_for_update(of=("self",)).select_related("kiosk").get(pk=box_id)
        cash = postings.account("cash_in_transit", box.label)
        banked = banked_fen(box)
        target = max(min(banked, _used_fen(box)), 0)
        if target != box.restored_fen:
            _move_to(box, target, now)
        left = ledger.balance_fen(box.pool, cash)
        if box.state == "counted" and left == 0:
            trail.advance(box, to="banked", actor=WORKER, because="the bank has it all", now=now)
        elif box.state == "banked" and left != 0:
            trail.advance(box, to="counted", actor=WORKER, because="the bank took back", now=now)
            duties.owe(BANK_DUTY, box.id, now=now, due_at=now + timedelta(hours=1))
        return box.state == "banked"


def banked_fen(box: Box) -> int:
    """What bank lines have brought of this box so far, less what banks took back."""
    found = 0
    cash = postings.account("cash_in_transit", box.label)
    for row in ledger.transfers_of(box.pool, cash):
        if row.code.startswith(BANKED):
            found += row.amount_fen if row.credit.owner == box.label else -row.amount_fen
        elif row.code.startswith(TAKEN_BACK):
            found -= row.amount_fen if row.debit.owner == box.label else -row.amount_fen
    return found


def _used_fen(box: Box) -> int:
    """What orders of this box's notes took."""
    rows = Record.objects.filter(box=box, kind="note", taken_at__lte=F("intake__ordered_at"))
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


def _move_to(box: Box, target: int, now: datetime) -> None:
    more = target - box.restored_fen
    made = _restored(box, more, now) if more > 0 else [_taken_again(box, -more, now)]
    try:
        with transaction.atomic():
            book.post(made)
    except Overdrawn:
        cases.open_case(
            matters.QUOTA_TAKEN_BACK, pool=box.pool, subject=f"box:{box.label}", now=now,
            amount_fen=-more, kiosk=box.kiosk.code,
        )  # fmt: skip
        return
    cases.close_case(
        matters.QUOTA_TAKEN_BACK, pool=box.pool, subject=f"box:{box.label}", actor=WORKER,
        because="the quota follows the bank again", now=now,
    )  # fmt: skip
    times = box.restored_times + 1
    Box.objects.filter(pk=box.pk).update(restored_fen=target, restored_times=times)
    box.restored_fen, box.restored_times = target, times


def _restored(box: Box, more_fen: int, now: datetime) -> list[Posting]:
    """Quota back, each part resting on a bank's line: none brings back more than it brought.

    The book refuses it otherwise; an id names its line and step (sql_kiosks/0001).
    """
    made: list[Posting] = []
    cash = postings.account("cash_in_transit", box.label)
    for line in ledger.transfers_of(box.pool, cash):
        if line.code not in BANKED or line.credit.owner != box.label or more_fen <= 0:
            continue
        spent_fen, step = _spent_of(line)
        part_fen = min(more_fen, line.amount_fen - spent_fen)
        if part_fen <= 0:
            continue
        more_fen -= part_fen
        made.append(
            postings.of(
                "kiosk_quota_restored", box.pool, line.id, step=f"{RESTORED} {step}",
                debit=_granted_account(box.pool), credit=account_of(box.kiosk),
                amount_fen=part_fen, event_at=now,
            )
        )  # fmt: skip
    return made


def _spent_of(line: Booked) -> tuple[int, int]:
    """What a bank's line has brought back so far, and the step that comes next."""
    ids = [derive(line.id, f"{RESTORED} {step}") for step in range(1, MOST_STEPS + 1)]
    found = ledger.transfers_of_event(line.pool, ids)
    return sum(one.amount_fen for one in found), len(found) + 1


def _taken_again(box: Box, fen: int, now: datetime) -> Posting:
    return postings.of(
        "kiosk_quota_used",
        box.pool,
        derive(box.id, f"quota {box.restored_times + 1}"),
        debit=account_of(box.kiosk),
        credit=_granted_account(box.pool),
        amount_fen=fen,
        event_at=now,
    )


def _granted(
    kiosk: Kiosk,
    cause: UUID,
    amount_fen: int,
    now: datetime,
    *,
    approval_id: UUID | None = None,
) -> Posting:
    pool = kiosk.operator.pool
    return postings.of(
        "kiosk_quota_granted",
        pool,
        cause,
        debit=_granted_account(pool),
        credit=account_of(kiosk),
        amount_fen=amount_fen,
        event_at=now,
        approval_id=approval_id,
    )


def _granted_account(pool: int) -> Ref:
    return postings.account("kiosk_quota_granted", pool)
