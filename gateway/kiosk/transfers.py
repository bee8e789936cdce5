"""Cash given back over a bank: set aside for its transfer, and what became of that.

Officers ask for the outflow from 在途退款 as for any other. The bank's word moves nothing here: a
transfer that is unknown stays under way, one that is rejected leaves the money where it was, to be
asked for again; only the statement ends it, and a statement may bring it back (退汇).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from accounts import duties
from accounts.actors import WORKER
from gateway.kiosk import matters
from gateway.kiosk.models import Claim, Payout
from reserve_funds import postings
from reserve_funds.custody.bank.models import Instruction
from reserve_funds.custody.bridges import services as bridges
from reserve_funds.custody.cases import services as cases
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Ref
from reserve_funds.refs import refund_in_flight


def source_of(payout: Payout) -> tuple[int, Ref]:
    """The pool whose bank pays it, and the 在途退款 account it is paid from."""
    return payout.claim.collected_by, refund_in_flight(payout.id)


def set_aside(claim: Claim, payout: Payout, now: datetime) -> None:
    """Into 在途退款 of the pool that took the cash; officers are told to ask for the outflow."""
    if claim.collected_by == claim.pool:
        source = postings.unloaded_order(claim.id)
        book.post([
            postings.refund_asked(
                claim.pool, payout.id, source=source, amount_fen=claim.amount_fen, event_at=now
            )
        ])  # fmt: skip
    else:
        crossing = bridges.given_back(
            payout.id, of_pool=claim.pool, by=claim.collected_by, order_id=claim.id,
            amount_fen=claim.amount_fen, event_at=now, now=now,
        )  # fmt: skip
        bridges.carry(crossing.id, now)
        duties.settle(bridges.CARRY, crossing.id, now=now)
    ask_again(claim, "its transfer must be asked for", now)


def paid_fen(claim: Claim) -> int:
    """What statements show as paid of it, and not come back."""
    payout = claim.payouts.get(state="done")
    pool, source = source_of(payout)
    rows = Instruction.objects.filter(
        pool=pool, source_kind=source.kind, source_owner=source.owner, state="paid"
    )
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


def ask_again(claim: Claim, why: str, now: datetime) -> None:
    """A case until the statement shows it paid."""
    cases.open_case(
        matters.PAYOUT_UNPAID, pool=claim.collected_by, subject=f"order:{claim.id}", now=now,
        amount_fen=claim.amount_fen, because=why,
    )  # fmt: skip


def done(claim: Claim, now: datetime) -> None:
    """The statement shows it: nobody asks for it any more."""
    cases.close_case(
        matters.PAYOUT_UNPAID, pool=claim.collected_by, subject=f"order:{claim.id}",
        actor=WORKER, because="the bank paid it out", now=now,
    )  # fmt: skip


def claim_of(instruction_id: UUID) -> UUID | None:
    """The claim that a bank's instruction gives back, if it is one of ours."""
    told = Instruction.objects.get(pk=instruction_id)
    if told.source_kind != "refunds_in_flight":
        return None
    found = Payout.objects.filter(
        pk=UUID(told.source_owner), way="bank", state="done", claim__collected_by=told.pool
    ).first()
    return None if found is None else found.claim_id
