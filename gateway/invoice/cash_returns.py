"""How much of an order paid in cash went back to its holder when its card was redeemed.

No channel gives cash back, so no payment counts it: what a redemption gives back of each such order
is written down once, when it begins to pay, by the same order of spending as all else.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from gateway.card_service import lots
from gateway.card_service import queries as services
from gateway.card_service.models import Departure
from gateway.invoice.models import CashReturn
from gateway.kiosk.models import Claim
from gateway.topup.models import TopUp

PAYING = ("paying", "settled")


def note(departure: Departure, *, now: datetime) -> list[UUID]:
    """Locks and gives the cash orders of the redeemed balance, with what went back of each written.

    The redemption's row is locked; twice is once. An order of the very card of which nothing went
    back is written too, with 0: the database wants every one looked at.
    """
    spent_first = services.terms_of(departure.pool, now).lots
    found = lots.without_payment(departure.card, departure.amount_fen, spent_first=spent_first)
    own = TopUp.objects.filter(card=departure.card, state="loaded").values("pk")
    cash = Claim.objects.filter(pk__in=own) | Claim.objects.filter(pk__in=list(found))
    orders = TopUp.objects.select_for_update().filter(pk__in=cash.values("pk")).order_by("pk")
    ids = [topup.pk for topup in orders]
    noted = set(CashReturn.objects.filter(departure=departure).values_list("topup_id", flat=True))
    CashReturn.objects.bulk_create(
        [
            CashReturn(
                topup_id=topup_id,
                departure=departure,
                amount_fen=found.get(topup_id, 0),
                noted_at=now,
            )
            for topup_id in ids
            if topup_id not in noted
        ]
    )
    return ids


def note_earlier(topup: TopUp, *, now: datetime) -> None:
    """The same for redemptions of its card that paid before anybody noted them."""
    rows = Departure.objects.filter(card_id=topup.card_id, kind="redemption", state__in=PAYING)
    noted = CashReturn.objects.filter(topup=topup).values("departure_id")
    rows = rows.exclude(pk__in=noted).exclude(amount_fen=0)
    for departure in rows.select_related("card"):
        note(departure, now=now)


def of_order_fen(topup: TopUp) -> int:
    """What went back of it."""
    rows = CashReturn.objects.filter(topup=topup)
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)
