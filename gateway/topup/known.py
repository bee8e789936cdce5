"""What the house knows of a card and its payer before an order is written: one question."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Exists,
    F,
    Model,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Greatest

from accounts import real_names
from accounts.clock import business_day, start_of_day
from accounts.models import Person, TransitCard
from gateway.payments.models import Payment
from gateway.topup import queries
from gateway.topup.lifecycle import UNRESOLVED
from gateway.topup.models import TopUp
from nfc_topup import queries as loads
from reserve_funds.custody.rules import pools
from reserve_funds.custody.rules.rule import Profile

_WAITING = ("paid", *sorted(UNRESOLVED))
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The rules of the card's pool, and what is known under them.

    `balance_fen` is what the card proved last and the paid orders that wait for it; nothing of a
    card never seen. `paid_today_fen` is what this person, or this wallet whoever holds it, has
    paid the pool today; the larger.
    """

    profile: Profile
    is_placed: bool
    balance_fen: int
    payer_is_known: bool
    paid_today_fen: int


def look(
    topup_id: UUID,
    card: TransitCard,
    *,
    person: Person | None,
    channel: str,
    payer_openid: str,
    now: datetime,
) -> Known:
    """All of it, and whether the order is written down already. PoolNotOpen.

    Who pays at a kiosk is nobody we know: there what was paid today is what was paid for the card.
    """
    pool, day = card.operator.pool, business_day(now)
    begins = start_of_day(day)
    today = TopUp.objects.filter(pool=pool, paid_at__gte=begins, paid_at__lt=begins + _DAY)
    mine = today.filter(card=card) if person is None else today.filter(person=person)
    paid: Coalesce | Greatest = _sum(mine, "amount_fen")
    named = Value(False) if person is None else Exists(real_names.confirmed_of(person))
    if payer_openid:
        wallet = Payment.objects.filter(
            pool=pool, channel=channel, payer_openid=payer_openid,
            paid_at__gte=begins, paid_at__lt=begins + _DAY,
        )  # fmt: skip
        paid = Greatest(paid, _sum(wallet, "paid_fen"))
    found = (
        TransitCard.objects.filter(pk=card.pk)
        .annotate(
            rules=pools.beside(pool, day),
            is_placed=Exists(TopUp.objects.filter(pk=topup_id)),
            holds_fen=_holds(),
            is_known=named,
            paid_fen=paid,
        )
        .values("rules", "is_placed", "holds_fen", "is_known", "paid_fen")
        .get()
    )
    return Known(
        profile=pools.profile_named(found["rules"], pool),
        is_placed=found["is_placed"],
        balance_fen=found["holds_fen"],
        payer_is_known=found["is_known"],
        paid_today_fen=found["paid_fen"],
    )


def holding(asns: Collection[str]) -> list[TransitCard]:
    """Those of these cards that are known, each with `holds_fen` as in `Known.balance_fen`."""
    return list(TransitCard.objects.filter(asn__in=asns).annotate(holds_fen=_holds()))


def locked(topup_id: UUID, *, person: Person | None, now: datetime) -> tuple[TopUp, Profile]:
    """The top-up with its card, locked, and the rules of its pool.

    TopupNotFound, also when it is another person's; PoolNotOpen.
    """
    rows = queries.rows(person, lock=True)
    ruled = rows.annotate(rules=pools.beside(F("pool"), business_day(now)))
    topup = queries.one_of(ruled, topup_id)
    return topup, pools.profile_named(vars(topup)["rules"], topup.pool)


def _holds() -> CombinedExpression:
    """What a card proved last, and the paid orders that wait for it."""
    seen = Coalesce(Subquery(loads.last_balance_of(OuterRef("asn"))), 0)
    waiting = TopUp.objects.filter(card=OuterRef("pk"), state__in=_WAITING)
    return seen + _sum(waiting, "amount_fen")


def _sum(rows: QuerySet[Model], column: str) -> Coalesce:
    whole = rows.order_by().annotate(all=Value(1)).values("all").annotate(fen=Sum(column))
    return Coalesce(Subquery(whole.values("fen")), 0, output_field=BigIntegerField())
