"""How much one top-up may put onto one card, by the rule profile of the card's pool.

Judged twice: when the order is placed, on what is known of card and payer, and at MAC2, on what
the card itself has stated under MAC1.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Sum

from accounts.clock import business_day, start_of_day
from accounts.models import Person, TransitCard
from gateway.payments.models import Payment
from gateway.topup.errors import AmountNotOffered, CardWouldHoldTooMuch, RealNameNeeded
from gateway.topup.lifecycle import UNRESOLVED
from gateway.topup.models import TopUp
from nfc_topup import queries as loads
from reserve_funds.custody.rules import limits, pools
from reserve_funds.custody.rules.limits import Broken
from reserve_funds.custody.rules.limits import TopUp as Wish

_REFUSALS = {"R14": CardWouldHoldTooMuch, "R15": AmountNotOffered, "R16": RealNameNeeded}
_WAITING = ("paid", *sorted(UNRESOLVED))


def refuse_order(
    card: TransitCard,
    amount_fen: int,
    *,
    person: Person | None,
    channel: str,
    payer_openid: str,
    load_cap_fen: int,
    now: datetime,
) -> None:
    """Refuse what the profile of the card's pool forbids, and what no load could carry.

    AmountNotOffered (R15), CardWouldHoldTooMuch (R14), RealNameNeeded (R16).
    """
    if not 0 < amount_fen <= load_cap_fen:
        raise AmountNotOffered(amount_fen=amount_fen)
    pool = card.operator.pool
    wish = Wish(
        amount_fen=amount_fen,
        balance_fen=known_balance_fen(card),
        named=card.named,
        payer_is_known=card.named and person is not None and card.holder_id == person.pk,
        paid_today_fen=_paid_today_fen(card, person, channel, payer_openid, now),
    )
    profile = pools.profile_of(pool, business_day(now))
    _raise_first(limits.broken(profile, wish), amount_fen)


def refuse_seal(topup: TopUp, balance_fen: int, now: datetime) -> None:
    """Refuse MAC2 when the card would then hold more than its profile allows, by what it stated.

    CardWouldHoldTooMuch; the order stays paid and goes back to its payer.
    """
    profile = pools.profile_of(topup.pool, business_day(now))
    wish = Wish(
        amount_fen=topup.amount_fen,
        balance_fen=balance_fen,
        named=topup.card.named,
        payer_is_known=True,
    )
    found = [each for each in limits.broken(profile, wish) if each.rule.id == "R14"]
    _raise_first(found, topup.amount_fen)


def _raise_first(found: list[Broken], amount_fen: int) -> None:
    """What was paid with is judged where it is taken: R17 to R19 are not of this room."""
    for rule_id, refusal in _REFUSALS.items():
        for broken in found:
            if broken.rule.id == rule_id:
                raise refusal(amount_fen=amount_fen, rule=rule_id, most_fen=broken.most_fen)


def known_balance_fen(card: TransitCard) -> int:
    """What the card proved last, and paid orders that wait for it; nothing of a card never seen."""
    seen = loads.last_sighting(card)
    waiting = TopUp.objects.filter(card=card, state__in=_WAITING).aggregate(fen=Sum("amount_fen"))
    return (seen.balance_fen if seen else 0) + (waiting["fen"] or 0)


def _paid_today_fen(
    card: TransitCard, person: Person | None, channel: str, payer_openid: str, now: datetime
) -> int:
    """What this person, or this wallet whoever holds it, has paid the pool today; the larger.

    Who pays at a kiosk is nobody we know: there it is what was paid for this card.
    """
    pool = card.operator.pool
    begins = start_of_day(business_day(now))
    today = (begins, begins + timedelta(days=1))
    of_today = TopUp.objects.filter(pool=pool, paid_at__range=today)
    by_person = of_today.filter(person=person) if person else of_today.filter(card=card)
    sums = [by_person.aggregate(fen=Sum("amount_fen"))["fen"]]
    if payer_openid:
        by_wallet = Payment.objects.filter(
            pool=pool, channel=channel, payer_openid=payer_openid, paid_at__range=today
        )
        sums.append(by_wallet.aggregate(fen=Sum("paid_fen"))["fen"])
    return max(fen or 0 for fen in sums)
