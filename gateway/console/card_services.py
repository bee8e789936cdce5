"""What the console's pages read of card services, for the pools of whoever asks, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import real_names, roles
from gateway.card_service import departing, planning
from gateway.card_service import queries as card_services
from gateway.card_service.errors import DepartureNotFound
from gateway.card_service.models import Departure
from gateway.card_service.planning import Ways
from gateway.console.queries import MONEY_READERS
from gateway.console.seats import Seat
from gateway.console.words import Word
from reserve_funds.custody.bank import profiles
from reserve_funds.custody.bank import queries as bank
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.ledger import listing
from reserve_funds.ledger.listing import Listed

COUNTER: Final = frozenset({roles.CLERK, roles.FINANCE_OFFICER})
READERS: Final = MONEY_READERS | COUNTER
MAKERS: Final = frozenset({roles.FINANCE_OFFICER})

KINDS: Final[dict[str, str | Promise]] = {
    departing.REPLACEMENT: _("补换卡"),
    departing.REDEMPTION: _("退卡赎回"),
    departing.MIGRATION: _("手机卡迁移"),
}
WHYS: Final[dict[str, str | Promise]] = {
    "lost": _("已挂失"),
    "unreadable": _("卡读不出"),
    "expired": _("卡已到期"),
    "new_phone": _("换手机"),
    "given_up": _("不再使用"),
}
STATES: Final[dict[str, Word]] = {
    "asked": ("waiting", _("等待交卡")),
    "waiting": ("information", _("等离线乘车到齐")),
    "moved": ("waiting", _("待提议付款")),
    "proposed": ("waiting", _("待复核")),
    "paying": ("information", _("付款中")),
    "settled": ("settled", _("已办完")),
    "withdrawn": ("information", _("已撤回")),
}
CLAIMED: Final[Word] = ("information", _("待写到新卡"))
WAYS: Final[dict[str, str | Promise]] = {
    "claim": _("写到新卡"),
    "original": _("原路退回"),
    "bank": _("转到本人账户"),
    "cash": _("柜台付现"),
    "coupon": _("收回优惠券"),
}
PARTS: Final[dict[str, Word]] = {
    "planned": ("waiting", _("待复核")),
    "going": ("waiting", _("办理中")),
    "done": ("settled", _("已办到")),
    "failed": ("wrong", _("没办成")),
    "dropped": ("information", _("未同意")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """By which ways the rest of one redemption may be paid now."""

    ways: Ways
    cash_most_fen: int
    boxes: tuple[Listed, ...]
    accounts: tuple[CustodyAccount, ...]
    routes: tuple[str, ...]


def waiting(seat: Seat) -> list[Departure]:
    """What a counter or an officer must do next, within reach, the oldest first."""
    mine = seat.pools(READERS)
    rows = card_services.waiting_for_officers(None)
    return list(rows if mine is None else rows.filter(pool__in=mine))


def service(seat: Seat, departure_id: UUID) -> Departure:
    """One service; another pool's is DepartureNotFound."""
    found = card_services.departure(departure_id, person=None)
    if not seat.reaches(found.pool, READERS):
        raise DepartureNotFound(id=departure_id)
    return found


def state_of(one: Departure) -> Word:
    """What it waits for; a replacement that has moved waits for its new card alone."""
    if one.kind in departing.TO_A_NEW_CARD and one.state == "moved":
        return CLAIMED
    return STATES[one.state]


def holder_of(one: Departure) -> str:
    """The holder's confirmed name, masked; empty for somebody not known by name."""
    known = real_names.latest(one.person)
    return known.name_masked if known is not None and known.state == "confirmed" else ""


def choices(one: Departure, now: datetime) -> Choices:
    """How a redemption would be paid, and from where its rest may come."""
    ways = planning.ways(one, now)
    most_fen = planning.cash_most_fen(one.pool, now)
    boxes = listing.accounts(one.pool, "cash_in_transit", limit=200)
    route = profiles.of_open_day(one.pool).rule("R5")
    is_small = 0 < ways.rest_fen <= most_fen
    routes = () if route is None else route.parameters["routes"]
    assert isinstance(routes, tuple), "routes are a list of words"
    open_accounts = [
        each
        for each in bank.accounts([one.pool])
        if each.use == "reserve" and each.closed_on is None
    ]
    return Choices(
        ways=ways,
        cash_most_fen=most_fen,
        boxes=tuple(each for each in boxes if is_small and each.fen >= ways.rest_fen),
        accounts=tuple(open_accounts) if one.payee_no else (),
        routes=routes,
    )
