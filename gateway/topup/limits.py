"""How much one top-up may put onto one card, by the rule profile of the card's pool.

Judged twice: when the order is placed, on what is known of card and payer, and at MAC2, on what
the card itself has stated under MAC1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from accounts import real_names
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one person may put onto one card now, in fen; None where no rule limits it.

    `cap_fen` is what the card may hold (R14) and `known_fen` what it holds and what waits for it,
    as far as we know. `least_fen`, `most_fen` and `step_fen` bound one top-up, everything
    considered; `most_fen` below `least_fen` means none. `unnamed_fen` is what is left of the day
    for a payer who is not known by name (R16), None for one who is.
    """

    cap_fen: int | None
    known_fen: int
    least_fen: int
    most_fen: int
    step_fen: int
    unnamed_fen: int | None


def allowance(card: TransitCard, *, person: Person, load_cap_fen: int, now: datetime) -> Allowance:
    """What `refuse_order` would let pass, told before anybody pays."""
    pool = card.operator.pool
    profile = pools.profile_of(pool, business_day(now))
    cap, steps, name = (profile.rule(rule) for rule in ("R14", "R15", "R16"))
    known = _known_balance_fen(card)
    cap_fen = cap.number("named_fen" if card.named else "anonymous_fen") if cap else None
    unnamed_fen = None
    if name is not None and not _is_known(card, person):
        paid = _paid_today_fen(pool, person, "", "", now)
        unnamed_fen = max(name.number("real_name_fen") - 1 - paid, 0)
    bounds = [load_cap_fen]
    bounds += [steps.number("most_fen")] if steps else []
    bounds += [max(cap_fen - known, 0)] if cap_fen is not None else []
    bounds += [unnamed_fen] if unnamed_fen is not None else []
    step = steps.number("step_fen") if steps else 1
    return Allowance(
        cap_fen=cap_fen,
        known_fen=known,
        least_fen=steps.number("least_fen") if steps else 1,
        most_fen=min(bounds) // step * step,
        step_fen=step,
        unnamed_fen=unnamed_fen,
    )


def refuse_order(
    card: TransitCard,
    amount_fen: int,
    *,
    person: Person,
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
        balance_fen=_known_balance_fen(card),
        named=card.named,
        payer_is_known=_is_known(card, person),
        paid_today_fen=_paid_today_fen(pool, person, channel, payer_openid, now),
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


def _is_known(card: TransitCard, person: Person) -> bool:
    """Whether the payer is known by name: confirmed, or by a card in their own name."""
    by_card = card.named and card.holder_id == person.pk
    return by_card or real_names.tier_of(person) is real_names.Tier.REAL_NAME


def _known_balance_fen(card: TransitCard) -> int:
    """What the card proved last, and paid orders that wait for it; nothing of a card never seen."""
    seen = loads.last_sighting(card)
    waiting = TopUp.objects.filter(card=card, state__in=_WAITING).aggregate(fen=Sum("amount_fen"))
    return (seen.balance_fen if seen else 0) + (waiting["fen"] or 0)


def _paid_today_fen(
    pool: int, person: Person, channel: str, payer_openid: str, now: datetime
) -> int:
    """What this person, or this wallet whoever holds it, has paid the pool today; the larger."""
    begins = start_of_day(business_day(now))
    today = (begins, begins + timedelta(days=1))
    by_person = TopUp.objects.filter(pool=pool, person=person, paid_at__range=today)
    sums = [by_person.aggregate(fen=Sum("amount_fen"))["fen"]]
    if payer_openid:
        by_wallet = Payment.objects.filter(
            pool=pool, channel=channel, payer_openid=payer_openid, paid_at__range=today
        )
        sums.append(by_wallet.aggregate(fen=Sum("paid_fen"))["fen"])
    return max(fen or 0 for fen in sums)
