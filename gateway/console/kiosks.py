"""What the pages of kiosks read through their room, for the pools of whoever asks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.http import Http404

from accounts import roles
from accounts.clock import business_day
from accounts.models import Kiosk, Operator
from gateway.console.seats import OVERSEERS, Seat
from gateway.kiosk import claims as claims_room
from gateway.kiosk import ending, fleet
from gateway.kiosk.fleet import Standing
from gateway.kiosk.models import (
    Box,
    Claim,
    Count,
    Counter,
    Enrolment,
    Grant,
    Key,
    Payout,
    Record,
    Settlement,
)
from reserve_funds.custody.errors import CalendarUnknown
from reserve_funds.custody.rules import calendar
from reserve_funds.ledger import listing, queries
from reserve_funds.refs import account

READERS = frozenset(
    {
        roles.KIOSK_OPERATOR,
        roles.FINANCE_OFFICER,
        roles.SECURITY_OFFICER,
        roles.ADMINISTRATOR,
        *OVERSEERS,
    }
)
MAKERS = READERS - OVERSEERS
KEEPERS = frozenset({roles.KIOSK_OPERATOR, roles.ADMINISTRATOR})
MONEY = frozenset({roles.FINANCE_OFFICER, roles.ADMINISTRATOR})
GUARDS = frozenset({roles.SECURITY_OFFICER, roles.ADMINISTRATOR})
PAGE = 50
LATE_AFTER = 2
_UNBANKED = ("removed", "counted")


def pools_of(seat: Seat) -> frozenset[int] | None:
    """The pools this officer sees; None: the whole province."""
    return seat.pools(READERS)


def may(seat: Seat, wanted: Collection[str], pool: int) -> bool:
    """Whether one of these roles is held for this pool."""
    return seat.reaches(pool, wanted)


def operators(seat: Seat, wanted: Collection[str]) -> list[Operator]:
    """The operators for which one of these roles is held, by pool."""
    mine = seat.pools(wanted)
    rows = Operator.objects.order_by("pool")
    return list(rows if mine is None else rows.filter(pool__in=mine))


def standings(seat: Seat, now: datetime) -> list[Standing]:
    """Every kiosk within reach, by code."""
    return fleet.all_of(pools_of(seat), now)


def kiosk(seat: Seat, kiosk_id: UUID) -> Kiosk:
    """One kiosk within reach; another pool's is not there."""
    found = Kiosk.objects.select_related("operator").filter(pk=kiosk_id).first()
    if found is None or not seat.reaches(found.operator.pool, READERS):
        raise Http404
    return found


def enrolment_of(one: Kiosk) -> Enrolment | None:
    """The kiosk's last enrolment."""
    return Enrolment.objects.filter(kiosk=one).order_by("-asked_at", "-id").first()


def keys_of(one: Kiosk) -> list[Key]:
    """The kiosk's keys, the newest first."""
    return list(Key.objects.filter(kiosk=one).order_by("-added_at")[:PAGE])


def granted_fen(one: Kiosk) -> int:
    """All the quota it was ever granted."""
    return sum(Grant.objects.filter(kiosk=one).values_list("amount_fen", flat=True))


def boxes_of(one: Kiosk) -> list[Box]:
    """Its last cash boxes, the newest first."""
    return list(Box.objects.filter(kiosk=one).order_by("-opened_at")[:6])


def settlements_of(one: Kiosk) -> list[Settlement]:
    """Its last day settlements, the newest first."""
    return list(Settlement.objects.filter(kiosk=one).order_by("-first")[:8])


def unbanked(seat: Seat) -> list[Box]:
    """Boxes that are out of their kiosks and not banked, the oldest first."""
    rows = Box.objects.filter(state__in=_UNBANKED).select_related("kiosk")
    mine = pools_of(seat)
    rows = rows if mine is None else rows.filter(pool__in=mine)
    return list(rows.order_by("removed_at")[: 4 * PAGE])


def cash_by_label(pools: Collection[int]) -> dict[str, int]:
    """What is booked in each box of these pools, in fen; one question for each pool."""
    return {
        one.ref.owner: one.fen
        for pool in sorted(set(pools))
        for one in listing.accounts(pool, "cash_in_transit", limit=5_000)
    }


def box(seat: Seat, box_id: UUID) -> Box:
    """One box within reach."""
    found = Box.objects.select_related("kiosk__operator").filter(pk=box_id).first()
    if found is None or not seat.reaches(found.pool, READERS):
        raise Http404
    return found


def booked_fen(one: Box) -> int:
    """What the book has in it."""
    return queries.balance_fen(one.pool, account("cash_in_transit", one.label))


def counts_of(one: Box) -> list[Count]:
    """Its counts, the newest first."""
    return list(one.counts.order_by("-counted_at"))


def open_count(one: Box) -> Count | None:
    """The first person's count that waits for the second."""
    return one.counts.filter(state="asked", record=None).order_by("-counted_at").first()


def working_days_out(one: Box, now: datetime) -> int:
    """Working days since it was taken out; calendar days where the calendar says nothing."""
    if one.removed_at is None:
        return 0
    first, last = business_day(one.removed_at), business_day(now)
    try:
        return calendar.working_days_between(first, last)
    except CalendarUnknown:
        return (last - first).days


def counters(seat: Seat) -> list[Counter]:
    """Counting machines within reach, by code."""
    mine = pools_of(seat)
    rows = Counter.objects.exclude(state="refused").order_by("code")
    return list((rows if mine is None else rows.filter(pool__in=mine))[: 4 * PAGE])


def counter(seat: Seat, counter_id: UUID) -> Counter:
    """One counting machine within reach."""
    found = Counter.objects.filter(pk=counter_id).first()
    if found is None or not seat.reaches(found.pool, READERS):
        raise Http404
    return found


def settlement(seat: Seat, settlement_id: UUID) -> Settlement:
    """One day of a kiosk within reach; SettlementNotFound where there is none."""
    found = ending.get(settlement_id)
    if not seat.reaches(found.kiosk.operator.pool, READERS):
        raise Http404
    return found


def claims(seat: Seat) -> list[Claim]:
    """Cash that no card has taken, kept cash that is no order first, then by deadline."""
    rows = _claims(seat).filter(state__in=("waiting", "due", "paying"))
    return list(rows.order_by("deadline")[:200])


def ended_claims(seat: Seat) -> list[Claim]:
    """Kept cash that was given back or became an order after all, the last first."""
    rows = _claims(seat).filter(pk=F("intake_id"), state__in=("paid_out", "ordered"))
    return list(rows.order_by("-made_at")[:PAGE])


def claim(seat: Seat, claim_id: UUID) -> Claim:
    """One claim within reach of who owes it or of who took its cash."""
    found = _claims(seat).filter(pk=claim_id).first()
    if found is None:
        raise Http404
    return found


def boxes_of_claims(found: Collection[Claim]) -> dict[UUID, list[str]]:
    """In which boxes each one's notes fell, by its intake."""
    rows = Record.objects.filter(kind="note", intake__in=[one.intake_id for one in found])
    labels: dict[UUID, list[str]] = {}
    for intake_id, label in rows.values_list("intake_id", "box__label").distinct():
        labels.setdefault(intake_id, []).append(label)
    return {intake_id: sorted(each) for intake_id, each in labels.items()}


def asked_of(found: Collection[Claim], now: datetime) -> dict[UUID, UUID]:
    """The last approval that somebody asked for to give it back, while it may be decided."""
    since = now - claims_room.TIME_TO_DECIDE
    rows = Payout.objects.filter(claim__in=found, state="asked", asked_at__gt=since)
    rows = rows.order_by("asked_at")
    return dict(rows.values_list("claim_id", "id"))


def _claims(seat: Seat) -> QuerySet[Claim]:
    mine = pools_of(seat)
    rows = Claim.objects.select_related("intake__card", "intake__kiosk__operator")
    if mine is None:
        return rows
    return rows.filter(Q(pool__in=mine) | Q(collected_by__in=mine))
