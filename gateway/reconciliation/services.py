"""Delivers what our rooms know to custody's matching: every move of the trail once it is safe."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Transition
from gateway.payments.models import Bill, BillLine, Payment, Refund
from gateway.reconciliation import lines, trail_position
from gateway.reconciliation.models import DeliveredBill
from gateway.topup.models import TopUp
from nfc_topup.models import Load
from reserve_funds.custody.matching.services import deliver

KINDS = ("bill", "load", "payment", "refund", "topup")
MOVES_AT_ONCE = 2_000
LINES_AT_ONCE = 5_000
_LOOKS = 2  # an earlier one that had to wait, and what came after it
_PATIENCE = "SET LOCAL statement_timeout = '10min'"


def bring() -> int:
    """Delivers everything that was committed and not delivered yet; how many lines are new.

    In small transactions, each of which remembers how far it came; a break repeats at most one,
    and repeating is nothing. One at a time: a second caller leaves at once with 0.
    """
    kept = 0
    for _ in range(_LOOKS):
        if not _looked():
            return kept
        while (more := _some_moves()) is not None:
            kept += more
    while (more := _some_of_a_bill()) is not None:
        kept += more
    return kept


@transaction.atomic
def _looked() -> bool:
    if not trail_position.alone():
        return False
    trail_position.look()
    return True


@transaction.atomic
def _some_moves() -> int | None:
    """The next moves of the trail; None when there are none that are safe."""
    if not trail_position.alone():
        return None
    start, end = trail_position.safe()
    moves = Transition.objects.filter(id__gt=start, id__lte=end, kind__in=KINDS).order_by("id")
    some = list(moves.values_list("id", "kind", "subject_id")[:MOVES_AT_ONCE])
    if not some:
        if end > start:
            trail_position.reached(end)
        return None
    told = {kind: {one for _, of, one in some if of == kind} for kind in KINDS}
    kept = _deliver(told, known_at=_moment())
    for bill_id in told["bill"]:
        DeliveredBill.objects.update_or_create(bill_id=bill_id, defaults={"is_whole": False})
    trail_position.reached(some[-1][0] if len(some) == MOVES_AT_ONCE else end)
    return kept


def _deliver(told: dict[str, set[UUID]], *, known_at: datetime) -> int:
    """All lines of the orders these moves are about, as the rows stand now."""
    orders = told["topup"] | set(
        Load.objects.filter(pk__in=told["load"]).values_list("order_id", flat=True)
    )
    payments = told["payment"] | set(
        Payment.objects.filter(patron="topup", patron_id__in=orders).values_list("id", flat=True)
    )
    refunds = told["refund"] | set(
        Refund.objects.filter(payment_id__in=payments).values_list("id", flat=True)
    )
    loads = Load.objects.filter(order_id__in=orders).values_list("id", flat=True)
    pools = dict(TopUp.objects.filter(pk__in=orders).values_list("id", "pool"))
    return deliver(
        chain(
            list(lines.of_payments(payments, known_at=known_at)),
            list(lines.of_refunds(refunds, known_at=known_at)),
            list(lines.of_loads(loads, pools, known_at=known_at)),
        )
    )


@transaction.atomic
def _some_of_a_bill() -> int | None:
    """The next lines of a bill that was taken; None when every bill is delivered whole."""
    if not trail_position.alone():
        return None
    mark = DeliveredBill.objects.filter(is_whole=False).order_by("bill_id").first()
    if mark is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
    bill = Bill.objects.get(pk=mark.bill_id)
    rows: Iterable[BillLine] = BillLine.objects.filter(
        bill=bill, line_no__gt=mark.last_line_no
    ).order_by("line_no")[:LINES_AT_ONCE]
    some = list(rows)
    kept = deliver(list(lines.of_bill(bill, some, known_at=_moment())))
    last = some[-1].line_no if some else mark.last_line_no
    DeliveredBill.objects.filter(pk=mark.pk).update(
        last_line_no=last, is_whole=len(some) < LINES_AT_ONCE
    )
    return kept


def _moment() -> datetime:
    """The database's moment, after which the rows are read: what is read later is known later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment = cursor.fetchone()[0]
    assert isinstance(moment, datetime)
    return moment
