"""The gates that no signature opens: books, mirrors, re-derivation, statements, their balances."""

from __future__ import annotations

from django.db import connection, transaction

from reserve_funds.custody.closing import channels, statements
from reserve_funds.custody.closing.gates import Answer, Look, gate, nothing_found
from reserve_funds.custody.closing.values import Finding
from reserve_funds.custody.matching.services import differences
from reserve_funds.custody.matching.values import Sort
from reserve_funds.ledger import sealing

_MOST_FINDINGS = 50
_PATIENCE = "SET LOCAL statement_timeout = '10min'"


@gate("order", zh="前面的营业日都已结账", en="every day before is closed", blocks=True)
def earlier_days(look: Look) -> Answer:
    """Days are sealed in order: each seal holds the one before."""
    first = sealing.first_unclosed(look.pool)
    if first is None or first >= look.day:
        return Answer(passed=True)
    return nothing_found([Finding(subject=first.isoformat(), detail="not closed")])


@gate("I2", zh="账簿可由转账重新推得", en="the book follows from its transfers", blocks=True)
def book_is_sound(look: Look) -> Answer:
    """I1, I2, I3a, I12: what came since the last sealed day, against what that seal froze.

    The whole history and the law in the database are re-derived in turn (`watching`).
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
        faults = sealing.check_book(look.pool, look.day, look.check)
    return nothing_found([
        Finding(subject=f"{each.rule} {each.subject}"[:200], detail=each.detail[:200])
        for each in faults[:_MOST_FINDINGS]
    ])  # fmt: skip


@gate(
    "R8", zh="银行对账单连续并覆盖当日", en="bank statements are whole up to the day", blocks=True
)
def statements_are_whole(look: Look) -> Answer:
    """Every reserve account is told by its bank up to the day, without a break."""
    return nothing_found(statements.missing(look.pool, look.day))


@gate("I3c", zh="银行账户与对账单一致", en="bank accounts equal their statements", blocks=True)
def banks_agree(look: Look) -> Answer:
    """What the book has, and the bank's entries of the day booked since, is what the bank says.

    What was booked since or waits to be booked is listed as an open difference, and so are
    channels' days that differ from bill and payout, and cash that no bank has told of.
    """
    compared = statements.compare(look.pool, look.day, look.now)
    found = [finding for each in compared for finding in each.findings()]
    found += channels.differing(look.pool, look.day, look.now)[:_MOST_FINDINGS]
    found += channels.boxes(look.pool, look.day, look.now)[:_MOST_FINDINGS]
    return Answer(passed=all(each.unexplained_fen == 0 for each in compared), findings=tuple(found))


@gate("I9", zh="当日各渠道已核对", en="the day's channels were reconciled", blocks=True)
def channels_are_reconciled(look: Look) -> Answer:
    """Matching has run, and no bill of the day is missing; what differs is listed and goes on.

    A difference has its own owner and deadline; only a side that never told keeps a day open.
    """
    open_now = [each for each in differences(look.pool, now=look.now) if each.day <= look.day]
    return Answer(
        passed=all(each.sort is not Sort.NO_FILE for each in open_now),
        findings=tuple(
            Finding(
                subject=f"{each.relation} {each.about}",
                detail=f"{each.sort} {each.day}",
                amount_fen=each.diff_fen,
            )
            for each in open_now[:_MOST_FINDINGS]
        ),
    )
