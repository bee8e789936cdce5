"""How much cash one card may bring to one kiosk now: rules, quota and the card's day."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, Sum

from accounts.clock import business_day
from accounts.models import Kiosk, TransitCard
from gateway.kiosk import quota, shops
from gateway.kiosk.errors import CashNotTaken
from gateway.kiosk.models import Intake
from gateway.kiosk.parameters import NOTES_FEN, OFFERED_FEN
from gateway.topup import known
from nfc_topup import loading
from reserve_funds.custody.rules import limits, pools, winding
from reserve_funds.custody.rules.limits import Tender, TopUp


def room_fen(kiosk: Kiosk, card: TransitCard, now: datetime) -> int:
    """The most that may fall now, in whole notes; the caller holds the card's row.

    By R14, R15, R16, R17 of the card's pool, R19 of the card's and of the kiosk's, what one load
    carries, and the kiosk's quota or its shop's prepayment. CashNotTaken where no note has room,
    PoolWindingDown.
    """
    day = business_day(now)
    most, because = min(loading.load_cap_fen(card), max(OFFERED_FEN)), "load_cap"
    today = cash_today_fen(card, day)
    seen = known.look(card.id, card, person=None, channel="", payer_openid="", now=now)
    refuse_when_winding_down(kiosk, card, day)
    for pool in {card.operator.pool, kiosk.operator.pool}:
        profile = pools.profile_of(pool, day)
        wish = TopUp(
            amount_fen=most,
            balance_fen=seen.balance_fen,
            named=card.named,
            tender=Tender.CASH_AT_KIOSK,
            paid_today_fen=max(today, seen.paid_today_fen),
            cash_today_fen=today,
        )
        for broken in limits.broken(profile, wish):
            allowed = broken.most_fen or 0
            if allowed < most:
                most, because = allowed, broken.rule.id
    left = shops.available_fen(kiosk) if shops.is_prepaid(kiosk) else quota.available_fen(kiosk)
    if left < most:
        most, because = left, "quota"
    most -= most % min(NOTES_FEN)
    if most < min(NOTES_FEN):
        raise CashNotTaken(because=because, most_fen=max(most, 0))
    return most


def refuse_when_winding_down(kiosk: Kiosk, card: TransitCard, day: date) -> None:
    """PoolWindingDown where the card's pool or the one whose cash it would be takes nothing new."""
    for pool in {card.operator.pool, kiosk.operator.pool}:
        winding.refuse_new(pool, day)


def cash_today_fen(card: TransitCard, day: date) -> int:
    """The cash this card brought to any kiosk today and did not get back; an open slot counts for
    all it may take."""
    mine = Intake.objects.filter(card=card, day=day)
    found = mine.aggregate(
        open=Sum("most_fen", filter=Q(state="open")),
        taken=Sum("taken_fen", filter=~Q(state__in=("open", "returned"))),
    )
    return int(found["open"] or 0) + int(found["taken"] or 0)
