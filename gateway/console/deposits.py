"""What the console's pages read of deposits, for the pools of whoever asks, and its words."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.console.card_services import COUNTER, MAKERS, READERS
from gateway.console.seats import Seat
from gateway.console.words import Word
from gateway.deposits import queries, returning
from gateway.deposits.errors import DepositNotFound
from gateway.deposits.models import Deposit

__all__ = ["COUNTER", "MAKERS", "READERS", "deposit", "waiting", "ways"]

PAID_BY: Final[dict[str, str | Promise]] = {
    "channel": _("线上支付"),
    "cash": _("柜台现金"),
}
STATES: Final[dict[str, Word]] = {
    "placed": ("waiting", _("待付款")),
    "held": ("settled", _("在押")),
    "due": ("waiting", _("待提议退还")),
    "proposed": ("waiting", _("待复核")),
    "returning": ("information", _("退还中")),
    "returned": ("settled", _("已退还")),
    "expired": ("information", _("没付款，已取消")),
}


def waiting(seat: Seat) -> list[Deposit]:
    """What must go back, within reach, the oldest first."""
    mine = seat.pools(READERS)
    rows = queries.waiting()
    return list(rows if mine is None else rows.filter(pool__in=mine))


def deposit(seat: Seat, deposit_id: UUID) -> Deposit:
    """One deposit; another pool's is DepositNotFound."""
    found = queries.get(deposit_id)
    if not seat.reaches(found.pool, READERS):
        raise DepositNotFound(id=deposit_id)
    return found


def ways(one: Deposit, now: datetime) -> list[tuple[str, str, str | Promise, int | None]]:
    """The ways by which it may go back now: way, box, words, and what lies in the box."""
    if one.state != "due":
        return []
    if queries.may_go_back_as_paid(one):
        return [(returning.ORIGINAL, "", _("原路退回"), None)]
    drawers = returning.drawers_that_pay(one, now)
    return [(returning.CASH, each.ref.owner, _("柜台付现"), each.fen) for each in drawers]
