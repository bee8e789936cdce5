"""Cash given back over a bank: set aside for its transfer, and what became of that.

Officers ask for the outflow from 在途退款 here, or as for any other. The bank's word moves nothing
here: a transfer that is unknown stays under way, one that is rejected leaves the money where it
was, to be asked for again; only the statement ends it, and a statement may bring it back (退汇).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from accounts import duties
from accounts.actors import WORKER
from accounts.models import Person
from gateway.kiosk import matters
from gateway.kiosk.errors import TransferNotOpen
from gateway.kiosk.models import Claim, Payout
from reserve_funds import postings
from reserve_funds.custody.bank import requests
from reserve_funds.custody.bank.models import CustodyAccount, Instruction, OutflowRequest
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.custody.bridges import services as bridges
from reserve_funds.custody.cases import services as cases
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Ref
from reserve_funds.refs import refund_in_flight


def source_of(payout: Payout) -> tuple[int, Ref]:
    """The pool whose bank pays it, and the 在途退款 account it is paid from."""
    return payout.claim.collected_by, refund_in_flight(payout.id)


def set_aside(claim: Claim, payout: Payout, now: datetime) -> None:
    """Into 在途退款 of the pool that took the cash; officers are told to ask for the outflow."""
    if claim.collected_by == claim.pool:
        lies_on = postings.received if claim.is_kept else postings.unloaded_order
        source = lies_on(claim.id)
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


def waiting_fen(claim: Claim) -> int:
    """What of it lies in 在途退款 for a transfer, and nobody has asked for yet."""
    payout = claim.payouts.filter(state="done", way="bank").first()
    if payout is None:
        return 0
    pool, source = source_of(payout)
    rows = Instruction.objects.filter(
        pool=pool, source_kind=source.kind, source_owner=source.owner, state="asked"
    )
    asked_fen = int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)
    return max(ledger.available_fen(pool, source) - asked_fen, 0)


def ask(
    claim_id: UUID,
    *,
    payee: Payee,
    account: CustodyAccount,
    because: str,
    maker: Person,
    now: datetime,
    route: str = "",
) -> OutflowRequest:
    """One finance officer asks for the outflow of what waits; another decides on it.

    TransferNotOpen where nothing waits, and what any request of an outflow raises.
    """
    with transaction.atomic():
        claim = Claim.objects.select_for_update(of=("self",)).filter(pk=claim_id).first()
        left_fen = 0 if claim is None else waiting_fen(claim)
        if claim is None or left_fen == 0:
            raise TransferNotOpen(claim=claim_id)
        pool, source = source_of(claim.payouts.get(state="done"))
        return requests.ask(
            pool=pool, purpose=Purpose.REFUND_TO_PAYER, source=source, payee=payee,
            amount_fen=left_fen, account=account, because=because, maker=maker, now=now,
            route=route,
        )  # fmt: skip


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
        matters.PAYOUT_UNPAID, pool=claim.collected_by, subject=claim.subject, now=now,
        amount_fen=claim.amount_fen, because=why,
    )  # fmt: skip


def done(claim: Claim, now: datetime) -> None:
    """The statement shows it: nobody asks for it any more."""
    cases.close_case(
        matters.PAYOUT_UNPAID, pool=claim.collected_by, subject=claim.subject, actor=WORKER,
        because="the bank paid it out", now=now,
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
