"""By which ways a redemption's money goes, and what each way books; nothing is decided here.

The original route first, lot by lot, at the order's amount: the channel gives the payer what they
paid and takes a coupon's part back to who gave it. What no channel gives back goes to an account of
the same name or in small cash, and there a coupon of ours is kept out: the payer never paid it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.clock import business_day
from accounts.identifiers import derive
from gateway.card_service import lots, queries
from gateway.card_service.errors import CashTooMuch, RouteNeeded
from gateway.card_service.models import Departure, Part
from gateway.card_service.moving import payable
from gateway.payments.bills import coupons
from reserve_funds import postings
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.rules import winding
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import MOST_FEN, Posting

APPROVED_HERE = ("original", "cash")
"""The ways whose postings rest on the redemption's own approval; a bank's has one of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """How what cannot go back the way it came is paid: from `account`, or out of cash `box`."""

    account: CustodyAccount | None = None
    route: str = ""
    box: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What is payable now, by way; `rest_fen` needs an account or a box."""

    payable_fen: int
    routes: tuple[lots.Lot, ...]
    coupons: tuple[lots.Lot, ...]
    rest_fen: int


def ways(departure: Departure, now: datetime) -> Ways:
    """How the money of a moved redemption would go, as things stand."""
    payable_fen = ledger.available_fen(departure.pool, payable(departure))
    spent_first = queries.terms_of(departure.pool, now).lots
    failed = list(departure.parts.filter(way="original", state="failed").select_related("payment"))
    tried = {part.payment_id for part in failed}
    found = lots.original_routes(departure.card, payable_fen, spent_first=spent_first)
    routes = sorted(
        (lot for lot in found if lot.payment_id not in tried), key=lambda lot: lot.payment_id
    )
    rest_fen = payable_fen - sum(lot.amount_fen for lot in routes)
    kept = _coupons(departure, failed)
    return Ways(
        payable_fen=payable_fen,
        routes=tuple(routes),
        coupons=tuple(kept),
        rest_fen=rest_fen - sum(lot.amount_fen for lot in kept),
    )


def plan(departure: Departure, rest: Rest, now: datetime) -> list[Part]:
    """The parts of the next round, unsaved. RouteNeeded, CashTooMuch."""
    found = ways(departure, now)
    told = [("original", lot) for lot in found.routes] + [("coupon", lot) for lot in found.coupons]
    parts = [
        _part(departure, number, way, lot.amount_fen, payment_id=lot.payment_id)
        for number, (way, lot) in enumerate(told)
    ]
    if not found.rest_fen:
        return parts
    if rest.box:
        paid = departure.parts.filter(way="cash", state="done").values_list("amount_fen", flat=True)
        most_fen = cash_most_fen(departure.pool, now)
        if found.rest_fen + sum(paid) > most_fen:
            raise CashTooMuch(most_fen=most_fen, amount_fen=found.rest_fen)
        return [*parts, _part(departure, len(parts), "cash", found.rest_fen, box=rest.box)]
    if rest.account is None or not departure.payee_no:
        raise RouteNeeded(amount_fen=found.rest_fen)
    return [*parts, _part(departure, len(parts), "bank", found.rest_fen)]


def cash_most_fen(pool: int, now: datetime) -> int:
    """What a counter may pay in cash at most (R22, else the terms; R23: whatever there is)."""
    if winding.is_winding_down(pool, business_day(now)):
        return MOST_FEN
    rule = queries.profile_of(pool, now).rule("R22")
    return rule.number("cash_fen") if rule else queries.terms_of(pool, now).cash_most_fen


def approved_postings(
    departure: Departure, parts: list[Part], approval_id: UUID, now: datetime
) -> list[Posting]:
    """What the approval is over: the original routes into 在途退款, the cash out of its box."""
    found = []
    for part in parts:
        if part.way not in APPROVED_HERE:
            continue
        if part.way == "original":
            assert part.goes_as is not None, "its refund's number is fixed"
            code, cause, step = "redemption_routed", part.goes_as, "asked"
            credit = postings.refund_in_flight(part.goes_as)
        else:
            code, cause, step = "redemption_paid_in_cash", part.id, ""
            credit = postings.account("cash_in_transit", part.box)
        found.append(
            postings.of(
                code,
                departure.pool,
                cause,
                step=step,
                debit=payable(departure),
                credit=credit,
                amount_fen=part.amount_fen,
                event_at=now,
                approval_id=approval_id,
            )
        )
    return found


def coupon_postings(departure: Departure, parts: list[Part], now: datetime) -> list[Posting]:
    """What takes the coupons' parts back; they were never the holder's."""
    return [
        posting
        for part in parts
        if part.way == "coupon"
        for posting in coupons.taken_back(
            departure.pool, departure.id, cause=part.id, amount_fen=part.amount_fen, event_at=now
        )
    ]


def _coupons(departure: Departure, failed: list[Part]) -> list[lots.Lot]:
    """Of what its channel could not give back: what our coupon had paid, not yet taken back."""
    taken = set(
        departure.parts.filter(way="coupon", state__in=("planned", "going", "done")).values_list(
            "payment_id", flat=True
        )
    )
    found = []
    for part in failed:
        if part.payment is None or part.payment_id in taken:
            continue
        fen = coupons.share_fen(part.payment, part.amount_fen)
        if fen:
            found.append(lots.Lot(payment_id=part.payment.id, amount_fen=fen))
    return found


def _part(
    departure: Departure,
    number: int,
    way: str,
    amount_fen: int,
    *,
    payment_id: UUID | None = None,
    box: str = "",
) -> Part:
    round_no = departure.round_no + 1
    part_id = derive(departure.id, f"part {round_no} {number}")
    return Part(
        id=part_id,
        departure=departure,
        round_no=round_no,
        way=way,
        amount_fen=amount_fen,
        payment_id=payment_id,
        goes_as=derive(part_id, "refund") if way == "original" else None,
        box=box,
    )
