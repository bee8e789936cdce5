"""What cash may still claim: an order paid in cash waits for its card, but not without end.

Any kiosk loads it, before its deadline and after. Past the deadline people are told (a case), and
two officers give it back to whoever brings card and receipt: over the counter, out of a cash box
of the pool that owes it, or over the bank of the pool whose kiosk took the cash. Nothing goes back
while a load of it is unresolved, and what goes back is never loaded again. Cash that was kept and
is no order goes back the same way (gateway.kiosk.kept).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts import approvals, duties, trail
from accounts.actors import WORKER, Actor
from accounts.errors import MakerIsChecker
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from gateway.card_service import planning
from gateway.card_service.errors import CashTooMuch
from gateway.kiosk import kept, matters, transfers
from gateway.kiosk.creating import fingerprint, officer, refuse_without
from gateway.kiosk.errors import BoxCannotPay, ClaimNotOpen
from gateway.kiosk.models import Box, Claim, Intake, Payout
from gateway.topup import queries
from gateway.topup.errors import RefundWhileUnresolved
from gateway.topup.lifecycle import UNRESOLVED
from gateway.topup.models import TopUp
from nfc_topup import queries as loads
from reserve_funds import postings
from reserve_funds.custody.cases import services as cases
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Posting

PURPOSE = "kiosk_payout"
DUTY = "kiosk.claim"
TIME_TO_DECIDE = timedelta(days=3)
_AGREED = "two officers gave the cash back"


def begin(intake: Intake, topup: TopUp, *, collected_by: int, now: datetime) -> Claim:
    """The claim of an order that was just made of an intake's cash. In its transaction."""
    deadline = now + timedelta(days=settings.UNLOADED_RETURN_DAYS)
    claim = Claim.objects.create(
        id=topup.id,
        intake=intake,
        pool=topup.pool,
        collected_by=collected_by,
        amount_fen=topup.amount_fen,
        deadline=deadline,
        made_at=now,
    )
    duties.owe(DUTY, claim.id, now=now, due_at=deadline)
    return claim


@transaction.atomic
def look(claim_id: UUID, *, now: datetime) -> bool:
    """What became of a claim; True once nothing is left to claim."""
    claim = Claim.objects.select_for_update(of=("self",)).get(pk=claim_id)
    topup = None if claim.is_kept else queries.get(claim.id, person=None, lock=True)
    by_bank = claim.state == "paid_out" and claim.payouts.filter(state="done", way="bank").exists()
    if claim.state == "paying" or by_bank:
        return _follow_bank(claim, topup, now)
    if topup is None:
        return claim.state in ("ordered", "paid_out")
    if topup.state == "loaded" and claim.state in ("waiting", "due"):
        _end(claim, "loaded", because="a card took it", actor=WORKER, now=now)
    elif topup.state == "paid" and claim.state == "loaded":
        trail.advance(claim, to="waiting", actor=WORKER, because="the card disproved it", now=now)
    if claim.state == "waiting" and topup.state == "paid" and now >= claim.deadline:
        trail.advance(claim, to="due", actor=WORKER, because="no card took it in time", now=now)
        cases.open_case(
            matters.CASH_UNCLAIMED, pool=claim.pool, subject=claim.subject, now=now,
            amount_fen=claim.amount_fen, card=topup.card.masked,
        )  # fmt: skip
    return claim.state in ("loaded", "paid_out")


def reopen(now: datetime) -> int:
    """Claims whose load was disproved wait again; how many."""
    back = TopUp.objects.filter(pk=OuterRef("pk"), state="paid")
    again = Claim.objects.filter(Exists(back), state="loaded").values_list("pk", flat=True)
    for claim_id in again:
        look(claim_id, now=now)
        duties.owe(DUTY, claim_id, now=now)
    return len(again)


def ask(
    claim_id: UUID, *, way: str, box: str = "", because: str, maker: Person, now: datetime
) -> Payout:
    """The first officer asks to give it back: `cash` out of a box, over the `bank`, by the `shop`.

    NotAllowed, ClaimNotOpen, RefundWhileUnresolved, BoxCannotPay, CashTooMuch (R22).
    """
    with transaction.atomic():
        claim, _ = _open(claim_id)
        if way not in kept.ways_of(claim):
            raise ClaimNotOpen(claim=claim_id, way=way[:8])
        refuse_without(maker, FINANCE_OFFICER, claim.pool, now)
        if way == "cash":
            _refuse_box(claim, box, now)
        content = {
            "intake" if claim.is_kept else "order": str(claim.id), "amount_fen": claim.amount_fen,
            "way": way, "box": box, "card": claim.intake.card.masked, "because": because[:200],
        }  # fmt: skip
        print_ = fingerprint(content)
        if way == "cash":
            print_ = book.fingerprint(_paid_in_cash(claim, box, now)[-1:])
        approval = approvals.ask(
            maker=maker,
            purpose=PURPOSE,
            pool=claim.pool,
            content=content,
            fingerprint=print_,
            now=now,
            expires_at=now + TIME_TO_DECIDE,
            checker_role=FINANCE_OFFICER,
        )
        return Payout.objects.create(
            id=approval.id, claim=claim, way=way, box=box, because=because[:200], maker=maker,
            asked_at=now,
        )  # fmt: skip


def approve(payout_id: UUID, *, checker: Person, now: datetime) -> Payout:
    """The second officer agrees: the cash is paid out, or the money waits for its bank transfer.

    MakerIsChecker, NotAllowed, the approval's refusals, and those of `ask`: nothing moves then.
    """
    with transaction.atomic():
        payout = _asked(payout_id)
        if payout.maker_id == checker.pk:
            raise MakerIsChecker(id=payout_id, checker=checker.pk)
        claim, topup = _open(payout.claim_id)
        if approvals.get(payout_id).content["amount_fen"] != claim.amount_fen:
            raise ClaimNotOpen("more fell since it was asked for", payout=payout_id)
        if payout.way == "cash":
            _refuse_box(claim, payout.box, now)
        approvals.approve(payout_id, checker=checker, now=now)
        actor = officer(checker)
        if topup is not None:
            trail.advance(topup, to="refunding", actor=actor, because=_AGREED, now=now)
        if payout.way == "cash":
            book.post(_paid_in_cash(claim, payout.box, now, payout_id))
        elif payout.way == "bank":
            transfers.set_aside(claim, payout, now)
        trail.advance(
            payout, to="done", actor=actor, because="a second officer agreed", now=now,
            checker=checker,
        )  # fmt: skip
        _leaves(claim, topup, payout, actor=actor, now=now)
    return payout


def refuse(payout_id: UUID, *, checker: Person, now: datetime) -> None:
    """The second officer does not: the claim stays as it was."""
    with transaction.atomic():
        payout = _asked(payout_id)
        approvals.refuse(payout_id, checker=checker, now=now)
        trail.advance(
            payout, to="refused", actor=officer(checker), because="a second officer refused",
            now=now,
        )  # fmt: skip


def boxes_that_pay(claim: Claim) -> Mapping[str, int]:
    """The boxes out of which the counter may pay it, and what is booked in each, in fen."""
    rows = Box.objects.filter(pool=claim.pool, state__in=("removed", "counted"))
    held = {box.label: _held_fen(box) for box in rows.order_by("label")[:50]}
    return {label: fen for label, fen in held.items() if fen >= claim.amount_fen}


def _leaves(
    claim: Claim, topup: TopUp | None, payout: Payout, *, actor: Actor, now: datetime
) -> None:
    """No card takes it any more: it is paid out, or waits for its transfer."""
    if topup is None:
        kept.returned(claim, actor=actor, because=_AGREED, now=now)
    if payout.way == "bank":
        trail.advance(claim, to="paying", actor=actor, because=_AGREED, now=now)
        duties.owe(DUTY, claim.id, now=now, due_at=now + timedelta(hours=1))
        return
    if topup is not None:
        trail.advance(topup, to="refunded", actor=actor, because=_AGREED, now=now)
    _end(claim, "paid_out", because=_AGREED, actor=actor, now=now)


def _open(claim_id: UUID) -> tuple[Claim, TopUp | None]:
    """The claim with its order, None where kept cash is none; the caller's transaction holds it."""
    cash = kept.locked(claim_id)
    if cash is not None:
        return cash, None
    claim = Claim.objects.select_for_update(of=("self",)).filter(pk=claim_id).first()
    if claim is None:
        raise ClaimNotOpen(claim=claim_id, state="unknown")
    topup = queries.get(claim.id, person=None, lock=True)
    if topup.state in UNRESOLVED:
        raise RefundWhileUnresolved(topup_id=topup.id)
    credited = loads.credited_load_of(topup.id) is not None
    if topup.state != "paid" or credited or claim.state not in ("waiting", "due"):
        raise ClaimNotOpen(claim=claim_id, state=topup.state)
    return claim, topup


def _asked(payout_id: UUID) -> Payout:
    rows = Payout.objects.select_for_update(of=("self",)).select_related("claim")
    payout = rows.filter(pk=payout_id).first()
    if payout is None or payout.state != "asked":
        raise ClaimNotOpen(payout=payout_id, state=payout.state if payout else "unknown")
    return payout


def _refuse_box(claim: Claim, label: str, now: datetime) -> None:
    box = Box.objects.select_for_update().filter(label=label, pool=claim.pool).first()
    if (
        box is None
        or box.state not in ("removed", "counted")
        or (_held_fen(box) < claim.amount_fen)
    ):
        raise BoxCannotPay(box=label[:64])
    most_fen = planning.cash_most_fen(claim.pool, now)
    if claim.amount_fen > most_fen:
        raise CashTooMuch(most_fen=most_fen, amount_fen=claim.amount_fen)


def _held_fen(box: Box) -> int:
    return ledger.balance_fen(box.pool, postings.account("cash_in_transit", box.label))


def _paid_in_cash(
    claim: Claim, box: str, now: datetime, approval_id: UUID | None = None
) -> list[Posting]:
    """The last of them is what two officers approve."""
    if claim.is_kept:
        return [kept.given_in_cash(claim, box, now, approval_id)]
    payable = postings.account("redemption_payable", claim.id)
    return [
        postings.of(
            "redemption_asked", claim.pool, claim.id, debit=postings.unloaded_order(claim.id),
            credit=payable, amount_fen=claim.amount_fen, event_at=now,
        ),
        postings.of(
            "redemption_paid_in_cash", claim.pool, claim.id, debit=payable,
            credit=postings.account("cash_in_transit", box), amount_fen=claim.amount_fen,
            event_at=now, approval_id=approval_id,
        ),
    ]  # fmt: skip


def _follow_bank(claim: Claim, topup: TopUp | None, now: datetime) -> bool:
    is_paid = transfers.paid_fen(claim) >= claim.amount_fen
    if is_paid and claim.state == "paying":
        why = "the bank paid it out"
        if topup is not None:
            trail.advance(topup, to="refunded", actor=WORKER, because=why, now=now)
        _end(claim, "paid_out", because=why, actor=WORKER, now=now)
        transfers.done(claim, now)
    elif not is_paid and claim.state == "paid_out":
        why = "the bank sent it back"
        if topup is not None:
            trail.advance(topup, to="refunding", actor=WORKER, because=why, now=now)
        trail.advance(claim, to="paying", actor=WORKER, because=why, now=now)
        transfers.ask_again(claim, why, now)
        duties.owe(DUTY, claim.id, now=now, due_at=now + timedelta(hours=1))
    return is_paid


def _end(claim: Claim, to: str, *, because: str, actor: Actor, now: datetime) -> None:
    trail.advance(claim, to=to, actor=actor, because=because, now=now)
    cases.close_case(
        matters.CASH_UNCLAIMED, pool=claim.pool, subject=claim.subject, actor=actor,
        because=because, now=now,
    )  # fmt: skip
