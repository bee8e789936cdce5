"""Looks at what unknown payers paid in a day: cut into many payments, the threshold is avoided.

A payer is a person, and a wallet whoever uses it. Whoever has given their real name avoids
nothing (R16). Placing an order refuses a sum above the threshold; this finds what stays below.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Sum

from accounts import real_names
from accounts.clock import business_day, start_of_day
from gateway.payments import keys
from gateway.payments.models import Payment
from gateway.topup.models import TopUp
from reserve_funds.custody.cases import near
from reserve_funds.custody.cases.near import NearPayer
from reserve_funds.custody.rules import book, limits, pools

_DAY = timedelta(days=1)


def sweep(now: datetime) -> int:
    """Tells of every such payer of today and yesterday; how many there are."""
    today = business_day(now)
    found = [each for day in (today - _DAY, today) for each in of_day(day)]
    for each in found:
        near.tell(each, now=now)
    return len(found)


def of_day(day: date) -> Iterator[NearPayer]:
    """Whose payments of that day look cut, by the rules of the pool that took them."""
    for pool, payer, amounts in (*_persons(day), *_wallets(day)):
        if limits.is_near(pools.profile_of(pool, day), amounts):
            yield NearPayer(
                pool=pool,
                day=day,
                payer=payer,
                payments=len(amounts),
                sum_fen=sum(amounts),
                largest_fen=max(amounts),
            )


def _persons(day: date) -> Iterator[tuple[int, str, list[int]]]:
    begins, ends = start_of_day(day), start_of_day(day + _DAY)
    rows = (
        TopUp.objects.filter(id__gte=keys.first_id_at(begins - _DAY), id__lt=keys.first_id_at(ends))
        .filter(~Exists(real_names.confirmed().filter(person=OuterRef("person"))))
        .filter(paid_at__gte=begins, paid_at__lt=ends)
        .values("pool", "person")
        .annotate(fen=Sum("amount_fen"), amounts=ArrayAgg("amount_fen"))
        .filter(fen__gte=_least_fen())
    )
    for row in rows.order_by("pool", "person"):
        yield row["pool"], f"person:{row['person']}", row["amounts"]


def _wallets(day: date) -> Iterator[tuple[int, str, list[int]]]:
    begins, ends = start_of_day(day), start_of_day(day + _DAY)
    known = real_names.confirmed().filter(person=OuterRef("person"))
    by_known = TopUp.objects.filter(Exists(known), pk=OuterRef("patron_id"))
    rows = (
        Payment.objects.filter(
            id__gte=keys.first_id_at(begins - _DAY), id__lt=keys.first_id_at(ends)
        )
        .filter(~Exists(by_known), patron="topup", paid_at__gte=begins, paid_at__lt=ends)
        .exclude(payer_openid="")
        .values("pool", "channel", "payer_openid")
        .annotate(fen=Sum("paid_fen"), amounts=ArrayAgg("paid_fen"))
        .filter(fen__gte=_least_fen())
    )
    for row in rows.order_by("pool", "channel", "payer_openid"):
        wallet = f"{row['channel']} {row['payer_openid']}".encode()
        name = hashlib.sha256(wallet).hexdigest()[:16]
        yield row["pool"], f"wallet:{row['channel']}:{name}", row["amounts"]


def _least_fen() -> int:
    """Below this no profile calls a payer's day near: one payment near it is at least so much."""
    rules = [rule for name in book.NAMES if (rule := book.by_name(name).rule("R16")) is not None]
    return min(
        rule.number("real_name_fen") * rule.number("near_per_mille") // 1000 for rule in rules
    )
