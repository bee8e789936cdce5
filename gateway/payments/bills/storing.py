"""A bill's lines into the database by COPY, as a stream, and how another file differs from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from accounts.copying import copy_in
from accounts.database_errors import constraint_of
from accounts.identifiers import outside_id
from gateway.channels.errors import BillUnreadable
from gateway.channels.port import BillKind, BillLine
from gateway.payments.models import Bill

SHOWN_DIFFERENCES = 20
_COLUMNS = (
    "id, bill_id, line_no, kind, at, order_no, transaction_no, refund_no, channel_refund_no,"
    " refund_state, raw_state, app_no, amount_fen, settled_fen, fee_in_100000"
)
COPY = "COPY {table} (" + _COLUMNS + ") FROM STDIN"
# A million lines take longer than any other statement may; only until this transaction ends.
PATIENCE = "SET LOCAL statement_timeout = '10min'"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# What a line says, apart from its place in the file.
_CONTENT = (
    "kind, at, order_no, transaction_no, refund_no, channel_refund_no, refund_state, raw_state,"
    " app_no, amount_fen, settled_fen, fee_in_100000"
)
_DIFFER = f"""
SELECT CASE WHEN o.id IS NULL THEN 'added' WHEN n.id IS NULL THEN 'missing' ELSE 'differs' END,
       coalesce(n.kind, o.kind), coalesce(n.order_no, o.order_no), o.amount_fen, n.amount_fen,
       o.fee_in_100000, n.fee_in_100000, count(*) OVER ()
  FROM (SELECT id, {_CONTENT} FROM payments_bill_line WHERE bill_id = %s) o
  FULL JOIN (SELECT id, {_CONTENT} FROM payments_bill_line_other WHERE bill_id = %s) n
    ON n.id = o.id
 WHERE o.id IS NULL OR n.id IS NULL OR to_jsonb(o) IS DISTINCT FROM to_jsonb(n)
 ORDER BY 3, 2 LIMIT {SHOWN_DIFFERENCES}
"""  # noqa: S608


def store(bill: Bill, lines: Iterable[BillLine]) -> int:
    """Copies all lines in the caller's transaction; how many. What the reader raises undoes it.

    BillUnreadable when the file names something twice.
    """
    try:
        with connection.wrap_database_errors:
            return _copy("payments_bill_line", bill, lines)
    except IntegrityError as error:
        if constraint_of(error) != "payments_bill_line_pkey":
            raise
        raise BillUnreadable("the file names a payment or refund twice") from error


def difference(bill: Bill, lines: Iterable[BillLine]) -> dict[str, Any]:
    """In what another file differs from the lines that were taken; empty when in nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        count = _copy("payments_bill_line_other", bill, lines)
        cursor.execute(_DIFFER, [bill.id, bill.id])
        rows = cursor.fetchall()
        cursor.execute("DELETE FROM payments_bill_line_other WHERE bill_id = %s", [bill.id])
    if not rows:
        return {}
    return {
        "lines_before": bill.lines,
        "lines_now": count,
        "differing": rows[0][7],
        "first": [
            {
                "what": what,
                "kind": kind,
                "order_no": order_no,
                "amount_fen": [before, after],
                "fee_in_100000": [fee_before, fee_after],
            }
            for what, kind, order_no, before, after, fee_before, fee_after, _ in rows
        ],
    }


def line_id(bill: Bill, line: BillLine) -> UUID:
    """What a line is called after for ever: channel, day, kind and the channel's own number."""
    return outside_id(bill.channel, bill.day, f"{line.kind}:{_number(line)}")


def _number(line: BillLine) -> str:
    if line.kind is BillKind.REFUND:
        return line.channel_refund_no or line.refund_no or ""
    return line.transaction_no


def _copy(table: str, bill: Bill, lines: Iterable[BillLine]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        return copy_in(cursor, COPY.format(table=table), rendered(bill, lines))


def rendered(bill: Bill, lines: Iterable[BillLine]) -> Iterator[str]:
    """The lines in the text form of COPY; a moment that repeats is written down once."""
    owner, channel, day = str(bill.id), bill.channel, bill.day
    moment: datetime | None = None
    shown = ""
    name: Callable[..., UUID] = outside_id
    for line in lines:
        if line.at is not moment:
            moment, shown = line.at, line.at.isoformat()
        own = name(channel, day, f"{line.kind}:{_number(line)}")
        yield (
            f"{own}\t{owner}\t{line.line_no}\t{line.kind}\t{shown}\t{_text(line.order_no)}\t"
            f"{_text(line.transaction_no)}\t{_or_null(line.refund_no)}\t"
            f"{_or_null(line.channel_refund_no)}\t{_or_null(line.refund_state)}\t"
            f"{_text(line.raw_state)}\t{_text(line.app_no)}\t{line.amount_fen}\t"
            f"{line.settled_fen}\t{line.fee_in_100000}\n"
        )


def _text(value: str) -> str:
    return value if value.isalnum() else value.translate(_ESCAPED)


def _or_null(value: str | None) -> str:
    return "\\N" if value is None else _text(value)
