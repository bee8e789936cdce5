"""延期: an expired card is put back into use; its balance is never forfeited (R20).

Nothing on the chip is changed: whoever checks cards learns from the list how long it is good.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts import cards, trail
from accounts.actors import Actor
from accounts.clock import business_day
from accounts.models import Person, TransitCard
from gateway.card_service import departing, listing, queries
from gateway.card_service.errors import BalanceLeaving
from gateway.card_service.models import ListEntry
from nfc_topup.errors import CardNotInUse


@transaction.atomic
def renew(*, person: Person, card: TransitCard, actor: Actor, now: datetime) -> ListEntry:
    """A named card has no end any more, an anonymous one is good for the profile's years.

    The same day again it is the same entry. CardNotInUse, BalanceLeaving.
    """
    card = departing.lock_card(card)
    if card.state != "in_use" or card.holder_id != person.pk:
        raise CardNotInUse(card_id=card.pk, state=card.state)
    if queries.leaving(card) is not None:
        raise BalanceLeaving(card_id=card.pk)
    pool = card.operator.pool
    until = None if card.named else _years_on(business_day(now), _years(pool, now))
    known = listing.renewal_of(card.asn)
    if known is not None and known.until == until:
        return known
    cards.renew(card, actor=actor, now=now)
    trail.record("card_renewed", actor=actor, now=now, subject=f"card:{card.pk}")
    return listing.put(
        card.asn, pool, listing.RENEWED, because="expired", since=now, now=now, until=until
    )


def _years(pool: int, now: datetime) -> int:
    rule = queries.profile_of(pool, now).rule("R20")
    return rule.number("anonymous_valid_years") if rule else 3


def _years_on(day: date, years: int) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + years, day=28 if leap else day.day)
