"""The gates for what is true but bad: sealed under two officers' signature, and then mended."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings

from accounts.clock import business_day
from reserve_funds.chart import CoverReason
from reserve_funds.custody.closing import channels
from reserve_funds.custody.closing.gates import Answer, Look, gate, nothing_found
from reserve_funds.custody.closing.values import Finding
from reserve_funds.custody.errors import CalendarUnknown
from reserve_funds.custody.rules import calendar
from reserve_funds.custody.rules.pools import profile_of
from reserve_funds.ledger import as_known

_AT_ONCE = frozenset({CoverReason.PLACEMENT_LOSS})


@gate("R3", zh="现金按期解缴", en="cash is banked in time", blocks=False)
def cash_is_banked(look: Look) -> Answer:
    """No cash box holds anything accepted more than the profile's working days ago."""
    return nothing_found(_aged(look, "cash_in_transit", _allowed(look, "R3")))


@gate("R7", zh="自有资金按期补足", en="own money covers what it owes in time", blocks=False)
def cover_is_paid(look: Look) -> Answer:
    """Nothing that own money owes the reserve is older than the profile allows (I3b, I10).

    What is younger is the shortfall of an ordinary day: fees withheld, told in the daily report.
    """
    allowed = _allowed(look, "R7")
    found = [
        finding
        for finding in _aged(look, "own_cover_due", allowed)
        if finding.subject not in _AT_ONCE
    ]
    at_once = [f for f in _aged(look, "own_cover_due", -1) if f.subject in _AT_ONCE]
    return nothing_found(found + at_once)


@gate("I4", zh="没有透支的债务科目", en="no liability is overdrawn", blocks=False)
def nobody_is_overdrawn(look: Look) -> Answer:
    """A negative purse is money the reserve lacks for others: trips that came late."""
    overdrawn = [
        Finding(subject=f"{kind}/…{held.owner[-4:]}", detail="below zero",
                amount_fen=held.amount_fen)
        for kind, held in as_known.overdrawn(
            look.pool, ("card_purse", "settlement_payable", "rides_in_clearing"), look.day,
            look.now,
        )
    ]  # fmt: skip
    return nothing_found(overdrawn)


@gate("I6", zh="没有逾期未决的圈存", en="no load stays in doubt for long", blocks=False)
def no_aged_doubt(look: Look) -> Answer:
    """No money is set aside for a load whose outcome nobody knows since the setting's days."""
    return nothing_found([
        Finding(
            subject=str(each.hold_id), detail=f"since {business_day(each.event_at)}",
            amount_fen=each.amount_fen,
        )
        for each in as_known.unresolved(look.pool, look.day, look.now)
        if _is_late(business_day(each.event_at), look.day, settings.CUSTODY_DOUBT_WORKING_DAYS)
    ])  # fmt: skip


@gate("I9.bill", zh="应收渠道款都有账单", en="what channels owe is billed", blocks=False)
def channels_are_billed(look: Look) -> Answer:
    """A channel's day with something to receive and no line of a bill was reconciled with nobody.

    Usually the bill comes the next morning; a channel that tells no bill needs two signatures.
    """
    return nothing_found(channels.unbilled(look.pool, look.day, look.now))


@gate("R4", zh="备付金已全额划转", en="the reserve was swept to central custody", blocks=False)
def swept_by_the_cut_off(look: Look) -> Answer:
    """PBOC: at the end of a working day nothing is left on the reserve's bank accounts."""
    rule = profile_of(look.pool, look.day).rule("R4")
    if rule is None or not _is_working(look.day):
        return Answer(passed=True)
    left = rule.number("left_fen")
    return nothing_found([
        Finding(subject=held.owner, detail=f"more than {left}", amount_fen=held.amount_fen)
        for held in as_known.holdings(look.pool, "bank_reserve", look.day, look.now)
        if held.amount_fen > left
    ])  # fmt: skip


def _allowed(look: Look, rule_id: str) -> int | None:
    rule = profile_of(look.pool, look.day).rule(rule_id)
    return None if rule is None else rule.number("working_days")


def _aged(look: Look, kind: str, allowed: int | None) -> list[Finding]:
    if allowed is None:
        return []
    return [
        Finding(subject=held.owner, detail=f"since {_day(held.since)}", amount_fen=held.amount_fen)
        for held in as_known.holdings(look.pool, kind, look.day, look.now)
        if held.amount_fen > 0
        and held.since is not None
        and (allowed < 0 or _is_late(_day(held.since), look.day, allowed))
    ]


def _day(moment: datetime | None) -> date:
    assert moment is not None
    return business_day(moment)


def _is_late(since: date, day: date, allowed: int) -> bool:
    """Whether more working days than allowed have passed. Plain days in a year nobody has told."""
    try:
        return calendar.add_working(since, allowed) < day
    except CalendarUnknown:
        return since + timedelta(days=allowed) < day


def _is_working(day: date) -> bool:
    """In a year nobody has told every day counts as working: the stricter reading."""
    try:
        return calendar.is_working(day)
    except CalendarUnknown:
        return True
