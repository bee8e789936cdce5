"""A day goes from its cut to its seal, may be adjusted on the way, and never comes back."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from accounts import approvals, people
from accounts.clock import now
from accounts.identifiers import new_id
from reserve_funds.errors import ApprovalNotUsable, DayNotInState, DayUnsound, TransferDiffers
from reserve_funds.ledger import adjusting, as_known, book, pools, queries, sealing
from reserve_funds.ledger.check import check_figures
from reserve_funds.ledger.sealing import Signature, ToldGate
from reserve_funds.ledger.values import Posting, Ref
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.stories import confirmed, folded, paid, sealed
from tests.reserve_funds.test_approvals import somebody
from tests.reserve_funds.test_check_book import superuser  # noqa: F401 (a fixture)

NEXT = DAY + timedelta(days=1)
STAMP = Signature(key_name="k", algorithm="none", public_key=b"p", signature=b"s")


def two_officers_allow(pool: int, fingerprint: bytes) -> UUID:
    asked = approvals.ask(
        maker=somebody(),
        purpose="DAY",
        pool=pool,
        content={"what": "a story"},
        fingerprint=fingerprint,
        now=now(),
        expires_at=now() + timedelta(days=1),
        checker_role="finance_officer",
    )
    checker = somebody()
    people.grant(checker, "finance_officer", pool=pool, granted_by=None, now=now())
    approvals.approve(asked.id, checker=checker, now=now())
    return asked.id


def state(pool: int, day: date = DAY) -> str:
    found = sealing.state_of(pool, day)
    assert found
    return found.state


def checked(pool: int, day: date = DAY, *, failed: dict[str, bytes] | None = None) -> int:
    """A check of the day that told every gate, those in `failed` with what they found."""
    check = sealing.check_day(pool, day)
    sealing.check_book(pool, day, check)
    wanted = {rule for rule, (_blocks, own) in sealing.wanted_gates().items() if not own}
    sealing.tell_gates(pool, day, check, [
        ToldGate(rule=rule, passed=rule not in (failed or {}), found=(failed or {}).get(rule, b"-"))
        for rule in wanted
    ])  # fmt: skip
    return check


def closed(pool: int, day: date = DAY) -> sealing.Seal:
    if state(pool, day) == "open":
        pools.cut(pool, day + timedelta(days=1))
    sealing.seal_day(pool, day, checked(pool, day))
    sealing.sign_seal(pool, day, STAMP)
    return sealing.seals(pool, first=day, last=day)[0]


def merkle(leaves: list[bytes]) -> bytes:
    """RFC 9162 by its definition: split at the largest power of two below the count."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + merkle(leaves[:half]) + merkle(leaves[half:])).digest()


def test_a_day_is_numbered_frozen_and_sealed_in_one_pass(pool: int) -> None:
    for _ in range(4):
        paid(pool, 500)
    story = paid(pool, 700)
    book.hold(sealed(pool, story.order, 700))
    seal = closed(pool)
    assert (state(pool), seal.vouchers, seal.previous) == ("closed", 11, None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.number, ledger.voucher_text(v.number, t) FROM ledger.voucher v"
            " JOIN ledger.transfer t ON t.pool = v.pool AND t.id = v.transfer"
            " WHERE v.pool = %s ORDER BY v.number",
            [pool],
        )
        rows = cursor.fetchall()
        cursor.execute(
            "SELECT debit_held, credit_posted FROM ledger.day_balance"
            " WHERE pool = %s AND account = ledger.account_id(pool, 2111::smallint, %s)",
            [pool, str(story.order)],
        )
        assert cursor.fetchall() == [(700, 700)], "what is set aside is frozen as set aside"
    assert [number for number, _text in rows] == list(range(1, 12)), "no gap"
    assert seal.root == merkle([text.encode() for _number, text in rows])
    assert seal.digest == hashlib.sha256(seal.text.encode()).digest()
    assert check_figures(pool).sound


def test_seals_are_chained_and_days_are_closed_in_order(pool: int) -> None:
    paid(pool, 500)
    pools.cut(pool, NEXT)
    paid(pool, 300)
    pools.cut(pool, NEXT + timedelta(days=1))
    with pytest.raises(DayUnsound), transaction.atomic():
        closed(pool, NEXT)
    first, second = closed(pool), closed(pool, NEXT)
    assert second.previous == first.digest
    assert f"previous={first.digest.hex()}" in second.text
    assert second.vouchers == 2, "each day has numbers of its own"
    assert check_figures(pool).sound


def test_an_empty_day_is_sealed_too(pool: int) -> None:
    seal = closed(pool)
    assert (seal.vouchers, seal.root) == (0, hashlib.sha256(b"").digest())


def test_an_open_day_is_neither_checked_nor_sealed(pool: int) -> None:
    for attempt in (
        lambda: sealing.check_day(pool, DAY),
        lambda: sealing.seal_day(pool, DAY, 1),
        lambda: sealing.block_day(pool, DAY, 1),
    ):
        with pytest.raises(DayNotInState), transaction.atomic():
            attempt()
    assert state(pool) == "open"


def test_a_blocked_day_is_checked_again_and_an_old_check_seals_nothing(pool: int) -> None:
    pools.cut(pool, NEXT)
    first = sealing.check_day(pool, DAY)
    sealing.block_day(pool, DAY, first)
    assert state(pool) == "blocked"
    second = checked(pool)
    for attempt in (
        lambda: sealing.seal_day(pool, DAY, first),
        lambda: sealing.block_day(pool, DAY, first),
    ):
        with pytest.raises(DayNotInState), transaction.atomic():
            attempt()
    sealing.seal_day(pool, DAY, second)
    assert sealing.check_day(pool, DAY) == 0, "a closed day is not checked again"
    with pytest.raises(DayNotInState), transaction.atomic():
        sealing.seal_day(pool, DAY, second)


def test_a_book_out_of_balance_is_not_sealed_by_anybody(pool: int) -> None:
    """One leg of a mirrored pair only: the database refuses whatever was checked in Python."""
    book.post([
        Posting(
            pool=pool, id=new_id(NOW), code="channel_fee_withheld",
            debit=Ref(kind="own_cover_due", owner="fee"),
            credit=confirmed(pool, 1).debit, amount_fen=60, event_at=NOW,
        )
    ])  # fmt: skip
    pools.cut(pool, NEXT)
    check = sealing.check_day(pool, DAY)
    with pytest.raises(DayUnsound) as said, transaction.atomic():
        sealing.seal_day(pool, DAY, check)
    assert "mirrored" in str(said.value.facts["because"])
    assert state(pool) == "checking"


def test_an_exception_needs_two_officers_for_exactly_these_words(pool: int) -> None:
    pools.cut(pool, NEXT)
    found = hashlib.sha256(b"cash of last week").digest()
    words = f"R3|{found.hex()}"
    allowed = two_officers_allow(
        pool, hashlib.sha256(sealing.exception_text(pool, DAY, words)).digest()
    )
    other = hashlib.sha256(b"more").digest()
    for now_found, approval in ((other, allowed), (found, new_id(NOW))):
        check = checked(pool, failed={"R3": now_found})
        with pytest.raises(ApprovalNotUsable), transaction.atomic():
            sealing.seal_day(
                pool, DAY, check, exception=f"R3|{now_found.hex()}", approval_id=approval
            )
    check = checked(pool, failed={"R3": found})
    sealing.seal_day(pool, DAY, check, exception=words, approval_id=allowed)
    seal = sealing.seals(pool, first=DAY, last=DAY)[0]
    assert (seal.exception, seal.approval_id) == (words, allowed)
    assert hashlib.sha256(words.encode()).hexdigest() in seal.text


def test_an_approved_adjustment_enters_a_cut_day_until_it_is_sealed(pool: int) -> None:
    story = paid(pool, 500)
    pools.cut(pool, NEXT)
    before = now()
    late = confirmed(pool, 80)
    approval = two_officers_allow(pool, adjusting.fingerprint(DAY, [late]))
    done = adjusting.adjust(DAY, [late], approval_id=approval)
    assert (done[0].business_day, done[0].is_new) == (DAY, True)
    again = adjusting.adjust(DAY, [late], approval_id=approval)
    assert not again[0].is_new, "said again it is the same"
    assert queries.balance_fen(pool, late.credit) == 80
    assert queries.balance_fen_at(pool, late.debit, before) == 500, "not known then"
    assert queries.balance_fen_at(pool, late.debit, now()) == 580
    assert {line.debit_fen for line in queries.trial_balance(pool, DAY)} == {0, 500, 580}
    seal = closed(pool)
    assert seal.vouchers == 3
    more = confirmed(pool, 5)
    approval = two_officers_allow(pool, adjusting.fingerprint(DAY, [more]))
    with pytest.raises(DayNotInState), transaction.atomic():
        adjusting.adjust(DAY, [more], approval_id=approval)
    assert queries.balance_fen(pool, more.credit) == 0
    assert queries.balance_fen(pool, story.waiting) == 500
    assert check_figures(pool).sound


def test_an_adjustment_is_for_one_day_and_one_content(pool: int) -> None:
    pools.cut(pool, NEXT)
    late = confirmed(pool, 80)
    approval = two_officers_allow(pool, adjusting.fingerprint(DAY, [late]))
    other_day = two_officers_allow(pool, adjusting.fingerprint(NEXT, [late]))
    plain = two_officers_allow(pool, book.fingerprint([late]))
    dearer = confirmed(pool, 81, payment=None)
    for posting, given in ((dearer, approval), (late, other_day), (late, plain)):
        with pytest.raises(ApprovalNotUsable), transaction.atomic():
            adjusting.adjust(DAY, [posting], approval_id=given)
    with pytest.raises(DayNotInState), transaction.atomic():
        adjusting.adjust(NEXT, [late], approval_id=other_day)
    sealing.check_day(pool, DAY)
    with pytest.raises(DayNotInState), transaction.atomic():
        adjusting.adjust(DAY, [late], approval_id=approval)
    booked = confirmed(pool, 7)
    book.post([booked])
    with pytest.raises(TransferDiffers), transaction.atomic():
        adjusting.adjust(
            DAY, [booked],
            approval_id=two_officers_allow(pool, adjusting.fingerprint(DAY, [booked])),
        )  # fmt: skip
    assert queries.balance_fen(pool, late.credit) == 0


def test_an_adjustment_shows_although_the_day_was_folded(lasting_pool: int) -> None:
    pool = lasting_pool
    first = confirmed(pool, 500)
    book.post([first])
    pools.cut(pool, NEXT)
    book.post([confirmed(pool, 20)])
    folded(pool, first.debit)
    late = confirmed(pool, 80)
    adjusting.adjust(
        DAY, [late], approval_id=two_officers_allow(pool, adjusting.fingerprint(DAY, [late]))
    )
    assert queries.balance_fen(pool, first.debit) == 600
    assert max(line.debit_fen for line in queries.trial_balance(pool, DAY)) == 580
    folded(pool, first.debit)
    assert queries.balance_fen(pool, first.debit) == 600
    assert max(line.debit_fen for line in queries.trial_balance(pool, DAY)) == 580
    assert check_figures(pool).sound


def test_what_is_known_of_a_day_depends_on_when_one_asks(pool: int) -> None:
    morning = now()
    story = paid(pool, 500)
    noon = now()
    paid(pool, 300)
    pools.cut(pool, NEXT)
    closed(pool)
    evening = now()
    late = confirmed(pool, 90)
    book.post([late])

    def receivable(day: date, known_at: datetime) -> int:
        found = {line.name: line for line in as_known.trial(pool, day, known_at)}
        return found["channel_receivable"].debit_fen if found else 0

    night = now()
    assert [receivable(DAY, at) for at in (morning, noon, evening, night)] == [0, 500, 800, 800]
    assert receivable(NEXT, night) == 890
    assert as_known.late_events(pool, DAY, evening) == []
    assert [each.amount_fen for each in as_known.late_events(pool, DAY, night)] == [90]
    waiting = as_known.holdings(pool, "unloaded_orders", DAY, noon)
    assert [(each.owner, each.amount_fen) for each in waiting] == [(str(story.order), 500)]
    moved = {each.code: each.amount_fen for each in as_known.movements(pool, DAY, DAY, night)}
    assert moved == {"payment_confirmed": 800, "payment_allocated": 800}


def test_what_is_set_aside_is_unresolved_until_it_is_booked(pool: int) -> None:
    story = paid(pool, 500)
    held = book.hold(sealed(pool, story.order, 500))
    pools.cut(pool, NEXT)
    book.settle(pool, held.id, event_at=NOW)
    assert [each.hold_id for each in as_known.unresolved(pool, DAY, now())] == [held.id]
    assert as_known.unresolved(pool, NEXT, now()) == []


_TRIES = (
    "UPDATE ledger.business_day SET state = 'open', cut_at = NULL WHERE pool = {pool}",
    "UPDATE ledger.business_day SET state = 'cut', closed_at = NULL WHERE pool = {pool}",
    "INSERT INTO ledger.voucher VALUES ({pool}, '{day}', 99, gen_random_uuid())",
    "UPDATE ledger.voucher SET number = 99 WHERE pool = {pool}",
    "DELETE FROM ledger.voucher WHERE pool = {pool}",
    "UPDATE ledger.day_balance SET debit_posted = 0 WHERE pool = {pool}",
    "DELETE FROM ledger.seal_signature WHERE pool = {pool}",
    "DELETE FROM ledger.seal WHERE pool = {pool}",
    "UPDATE ledger.seal SET exception = '' WHERE pool = {pool}",
    "TRUNCATE ledger.voucher",
    "TRUNCATE ledger.seal CASCADE",
    (
        "INSERT INTO ledger.adjustment VALUES ({pool}, gen_random_uuid(), '{day}',"
        " gen_random_uuid(), now())"
    ),
    "SELECT ledger.own_check({pool}, '{day}', 1)",
)


@pytest.mark.parametrize("words", _TRIES)
def test_neither_the_service_nor_the_owner_writes_past_the_functions(
    lasting_pool: int,
    service_connection: psycopg.Connection,
    owner_connection: psycopg.Connection,
    words: str,
) -> None:
    paid(lasting_pool, 500)
    closed(lasting_pool)
    sql = words.format(pool=lasting_pool, day=DAY)
    with pytest.raises(psycopg.Error):
        service_connection.execute(sql)  # type: ignore[call-overload]
    with pytest.raises(psycopg.Error):
        owner_connection.execute(sql)  # type: ignore[call-overload]
    owner_connection.rollback()
    if "own_check" not in words:
        owner_connection.execute("SET ROLE ledger_owner")
        with pytest.raises(psycopg.Error):
            owner_connection.execute(sql)  # type: ignore[call-overload]
    assert state(lasting_pool) == "closed"
    assert check_figures(lasting_pool).sound


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (
            (
                "UPDATE ledger.business_day SET state = 'cut', closed_at = NULL"
                " WHERE pool = {pool} AND day = '{day}'"
            ),
            "closed_days_are_sealed",
        ),
        (
            "UPDATE ledger.voucher SET number = 9 WHERE pool = {pool} AND number = 2",
            "vouchers_are_gapless",
        ),
        (
            (
                "UPDATE ledger.transfer SET event_at = event_at + interval '1 hour'"
                " WHERE pool = {pool}"
            ),
            "seals_hold",
        ),
        (
            "UPDATE ledger.day_balance SET debit_posted = debit_posted + 1 WHERE pool = {pool}",
            "frozen_balances_follow",
        ),
        ("DELETE FROM ledger.seal_signature WHERE pool = {pool}", "closed_days_are_sealed"),
        (
            (
                "UPDATE ledger.transfer SET business_day = '{day}'"
                " WHERE pool = {pool} AND business_day = '{next}'"
            ),
            "vouchers_are_gapless",
        ),
        (
            "UPDATE ledger.seal SET previous = sha256('x'::bytea) WHERE pool = {pool}",
            "seals_hold",
        ),
    ],
)
def test_the_check_of_the_book_names_what_a_superuser_did_to_a_closed_day(
    lasting_pool: int,
    superuser: psycopg.Connection,  # noqa: F811
    edit: str,
    rule: str,
) -> None:
    paid(lasting_pool, 500)
    closed(lasting_pool)
    paid(lasting_pool, 200)
    assert check_figures(lasting_pool).sound
    for table in ("business_day", "voucher", "transfer", "day_balance", "seal", "seal_signature"):
        superuser.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER USER")  # type: ignore[call-overload]
    superuser.execute(edit.format(pool=lasting_pool, day=DAY, next=NEXT))  # type: ignore[call-overload]
    assert rule in {finding.rule for finding in check_figures(lasting_pool).findings}


def test_a_moment_is_sealed_to_the_microsecond(pool: int) -> None:
    moment = datetime(2026, 11, 22, 1, 2, 3, 456789, tzinfo=UTC)
    story = confirmed(pool, 100)
    book.post([Posting(**{name: getattr(story, name) for name in story.__slots__}
                       | {"event_at": moment})])  # fmt: skip
    closed(pool)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger.voucher_text(v.number, t) FROM ledger.voucher v JOIN ledger.transfer t"
            " ON t.pool = v.pool AND t.id = v.transfer WHERE v.pool = %s",
            [pool],
        )
        text = cursor.fetchone()[0]
    assert f"|{int(moment.timestamp()) * 1_000_000 + 456789}|" in text
