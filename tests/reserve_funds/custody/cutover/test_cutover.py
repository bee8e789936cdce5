"""A legacy system hands over its cards: taken whole, compared, signed by two, moved as seen."""

import hashlib
import io
import secrets
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts import approvals
from accounts.clock import now
from accounts.errors import ApprovalDecided, MakerIsChecker
from accounts.identifiers import new_id
from accounts.models import Approval
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.coverage import sightings
from reserve_funds.custody.coverage.sightings import Proved
from reserve_funds.custody.cutover import parallel, services
from reserve_funds.custody.cutover.errors import LegacyFileRefused, LegacyTakerOpens
from reserve_funds.custody.cutover.models import LegacyCard, LegacyImport
from reserve_funds.custody.cutover.services import Handover
from reserve_funds.ledger import book, pools, queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.ledger.values import Ref
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.bank.conftest import OFFICER
from tests.reserve_funds.custody.closing.conftest import (  # noqa: F401 (fixtures)
    account,
    an_officer,
    kept,
)
from tests.reserve_funds.stories import paid

AS_OF = NOW - timedelta(hours=2)


def cards(*balances):
    return [(f"310{secrets.randbelow(10**16):016d}", fen) for fen in balances]


def file_of(rows):
    return "".join(["card_no,balance_fen\n", *(f"{card},{fen}\n" for card, fen in rows)]).encode()


def handover(account, content, rows, **other):  # noqa: F811
    total = sum(fen for _card, fen in rows)
    told = {
        "pool": account.pool, "issuer": "city bus", "as_of": AS_OF, "cards": len(rows),
        "total_fen": total, "digest": hashlib.sha256(content).hexdigest(), "handed_fen": total,
        "bank_account": str(account.id),
    }  # fmt: skip
    return Handover(**(told | other))


def taken_of(account, rows, taken_by=None, **other):  # noqa: F811
    content = file_of(rows)
    told = handover(account, content, rows, **other)
    taken_by = taken_by or an_officer(account.pool)
    return services.take(io.BytesIO(content), told, taken_by=taken_by, now=NOW)


def opened_of(account, rows, **other):  # noqa: F811
    taken = taken_of(account, rows, **other)
    asked = services.ask_sign_off(
        taken.pk, maker=an_officer(account.pool), first=DAY, last=DAY, now=now()
    )
    return services.sign_off(asked.pk, checker=an_officer(account.pool), now=now())


def balance(pool, kind, owner):
    return queries.balance_fen(pool, Ref(kind=kind, owner=owner))


def proves(account, card, fen, counter=1, at=NOW):  # noqa: F811
    sightings.deliver(
        [
            Proved(
                pool=account.pool, card=f"0{card}", counter=counter, balance_fen=fen, proof="mac1",
                source_id=new_id(NOW), seen_at=at,
            )
        ],
        now=NOW,
    )  # fmt: skip


def test_balances_are_taken_whole_and_book_nothing(account):  # noqa: F811
    rows = cards(500, 0, 1_250)
    taken = taken_of(account, rows)
    assert (taken.cards, taken.total_fen, taken.state) == (3, 1_750, "taken")
    assert LegacyCard.objects.filter(taken=taken).count() == 3
    assert balance(account.pool, "legacy_float", "city bus") == 0
    content = file_of(rows)
    again = services.take(
        io.BytesIO(content), handover(account, content, rows), taken_by=an_officer(account.pool),
        now=NOW,
    )  # fmt: skip
    assert (again.pk, again.taken_by_id) == (taken.pk, taken.taken_by_id)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"card_no,balance_fen", b"no,fen\n", b"card_no,balance_fen\n=1+1,5\n",
        b"card_no,balance_fen\n3101234567890123456,-5\n",
        b"card_no,balance_fen\n3101234567890123456,5.00\n",
        b"card_no,balance_fen\n310123456789012345,5\n",
        b"card_no,balance_fen\n3101234567890123456,5,6\n",
        b"card_no,balance_fen\n3101234567890123456,5\n3101234567890123456,5\n",
        b'card_no,balance_fen\n"3101234567890123456,5\n', b"\xff\xfe\x00",
        b"card_no,balance_fen\n" + b"1" * 100_000, b"card_no,balance_fen\n\n",
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_was_told_leaves_nothing(account, content):  # noqa: F811
    told = handover(account, content, [("x", 5)])
    with pytest.raises(LegacyFileRefused):
        services.take(io.BytesIO(content), told, taken_by=an_officer(account.pool), now=NOW)
    assert not LegacyImport.objects.filter(pool=account.pool).exists()
    assert not LegacyCard.objects.filter(pool=account.pool).exists()


@pytest.mark.parametrize(
    "other",
    [{"total_fen": 1_751, "handed_fen": 5}, {"cards": 3}, {"digest": "0" * 64},
     {"handed_fen": 1_751}, {"handed_fen": -1}],
)  # fmt: skip
def test_totals_and_digest_are_those_told(account, other):  # noqa: F811
    with pytest.raises(LegacyFileRefused):
        taken_of(account, cards(500, 1_250), **other)
    assert not LegacyImport.objects.filter(pool=account.pool).exists()


def test_another_file_for_the_same_issuer_is_refused(account):  # noqa: F811
    taken_of(account, cards(500))
    with pytest.raises(LegacyFileRefused):
        taken_of(account, cards(500))


def test_the_opening_needs_two_people_and_is_booked_once(account):  # noqa: F811
    pool, rows = account.pool, cards(500, 1_250)
    taken = taken_of(account, rows, handed_fen=1_700)
    maker = an_officer(pool)
    asked = services.ask_sign_off(taken.pk, maker=maker, first=DAY, last=DAY, now=now())
    assert asked.content["shortfall_fen"] == 50
    assert asked.content["days_without_legacy_figures"] == [DAY.isoformat()]
    with pytest.raises(MakerIsChecker):
        services.sign_off(asked.pk, checker=maker, now=now())
    assert balance(pool, "legacy_float", "city bus") == 0
    checker = an_officer(pool)
    assert services.sign_off(asked.pk, checker=checker, now=now()).state == "opened"
    assert balance(pool, "bank_reserve", str(account.id)) == 1_700
    assert balance(pool, "legacy_float", "city bus") == 1_750
    assert balance(pool, "own_cover_due", "legacy_shortfall") == 50
    assert balance(pool, "due_to_reserve", "legacy_shortfall") == 50
    with pytest.raises(ApprovalDecided):
        services.sign_off(asked.pk, checker=an_officer(pool), now=now())
    assert balance(pool, "legacy_float", "city bus") == 1_750
    assert check_figures(pool).sound


def test_whoever_took_it_neither_asks_nor_decides(account):  # noqa: F811
    """In the service, and past it: the database looks at who really asked and who decided."""
    pool, taker, third = account.pool, an_officer(account.pool), an_officer(account.pool)
    taken = taken_of(account, cards(500, 1_250), taken_by=taker)
    days = {"first": DAY, "last": DAY}
    with pytest.raises(LegacyTakerOpens):
        services.ask_sign_off(taken.pk, maker=taker, **days, now=now())
    assert not Approval.objects.filter(pool=pool, purpose=services.PURPOSE).exists()
    asked = services.ask_sign_off(taken.pk, maker=third, **days, now=now())
    with pytest.raises(MakerIsChecker):
        services.sign_off(asked.pk, checker=third, now=now())
    with pytest.raises(LegacyTakerOpens):
        services.sign_off(asked.pk, checker=taker, now=now())
    assert approvals.get(asked.pk).state == "asked", "another may still decide it"

    other = an_officer(pool)
    by_taker = past_the_service(taken, maker=taker, checker=third)
    for_taker = past_the_service(taken, maker=third, checker=taker)
    of_another = past_the_service(taken, maker=third, checker=other, said=new_id(NOW))
    for_else = past_the_service(taken, maker=third, checker=other, purpose="custody.limit")
    for word in (by_taker, for_taker, of_another):
        with REFUSED, transaction.atomic():  # the money alone: seen when the transaction ends
            book_under(word, taken)
            sql("SET CONSTRAINTS ALL IMMEDIATE")
    for word in (by_taker, for_taker, of_another, for_else):
        with REFUSED, transaction.atomic():  # or with the import moved too
            book_under(word, taken)
            sql(MOVED, word.pk, taken.pk)
    with REFUSED:  # or the import alone, with nothing booked
        sql(MOVED, past_the_service(taken, maker=third, checker=other).pk, taken.pk)
    for change in ("taken_by_id = %s", "approval_id = %s"):
        with pytest.raises(DatabaseError, match="legacy import refused"):
            sql(f"UPDATE custody_cutover_legacyimport SET {change} WHERE id = %s",
                third.pk, taken.pk)  # fmt: skip
    taken.refresh_from_db()
    assert (taken.state, taken.taken_by_id, taken.approval_id) == ("taken", taker.pk, None)
    assert balance(pool, "legacy_float", "city bus") == 0

    services.sign_off(asked.pk, checker=other, now=now())
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    taken.refresh_from_db()
    assert (taken.state, taken.approval_id) == ("opened", asked.pk)
    assert balance(pool, "legacy_float", "city bus") == 1_750


MOVED = "UPDATE custody_cutover_legacyimport SET state = 'opened', approval_id = %s WHERE id = %s"
REFUSED = pytest.raises(DatabaseError, match="two others than who took the handover")


def past_the_service(taken, *, maker, checker, purpose=services.PURPOSE, said=None):
    """An approval over the very postings of the opening, asked for and given without its room."""
    asked = approvals.ask(
        maker=maker, purpose=purpose, pool=taken.pool, content={"import": str(said or taken.pk)},
        fingerprint=book.fingerprint(services.opening(taken)), now=now(),
        expires_at=now() + timedelta(hours=1), checker_role="finance_officer",
    )  # fmt: skip
    return approvals.approve(asked.pk, checker=checker, now=now())


def book_under(word, taken):
    book.post([replace(one, approval_id=word.pk) for one in services.opening(taken)])


def sql(words, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(words, values)


def test_a_second_sign_off_books_nothing_again(account):  # noqa: F811
    taken = opened_of(account, cards(500))
    asked = services.ask_sign_off(
        taken.pk, maker=an_officer(account.pool), first=DAY, last=DAY, now=now()
    )
    services.sign_off(asked.pk, checker=an_officer(account.pool), now=now())
    assert balance(account.pool, "legacy_float", "city bus") == 500


def test_a_cards_first_proved_balance_moves_its_money_once(account):  # noqa: F811
    pool, rows = account.pool, cards(500, 1_250)
    opened_of(account, rows)
    card = rows[0][0]
    proves(account, card, 430)  # trips of 70 that have not come in yet
    assert services.see_proved(pool, now=NOW) == 1
    assert balance(pool, "card_purse", f"0{card}") == 500
    assert balance(pool, "legacy_float", "city bus") == 1_250
    proves(account, card, 400, counter=2)
    assert services.see_proved(pool, now=NOW) == 0
    assert balance(pool, "card_purse", f"0{card}") == 500
    assert cases.open_of(pool) == []
    assert services.pools_with_legacy().count(pool) == 1, "the other card is still waited for"
    assert check_figures(pool).sound


def test_a_card_that_holds_more_than_was_handed_over_is_a_case(account):  # noqa: F811
    pool, rows = account.pool, cards(500)
    opened_of(account, rows)
    proves(account, rows[0][0], 800)
    services.see_proved(pool, now=NOW)
    assert balance(pool, "card_purse", f"0{rows[0][0]}") == 500, "as handed over"
    found = [case for case in cases.open_of(pool) if case.kind == "legacy_card_holds_more"]
    assert [case.amount_fen for case in found] == [300]


def test_what_was_seen_before_the_handover_proves_nothing(account):  # noqa: F811
    rows = cards(500)
    opened_of(account, rows)
    proves(account, rows[0][0], 900, at=AS_OF - timedelta(seconds=1))
    assert services.see_proved(account.pool, now=NOW) == 0
    assert balance(account.pool, "legacy_float", "city bus") == 500


def test_nothing_moves_before_the_balances_are_signed(account):  # noqa: F811
    rows = cards(500)
    taken_of(account, rows)
    proves(account, rows[0][0], 500)
    assert services.see_proved(account.pool, now=NOW) == 0
    assert balance(account.pool, "card_purse", f"0{rows[0][0]}") == 0


def test_the_parallel_run_tells_every_figure_that_differs(account):  # noqa: F811
    pool = account.pool
    paid(pool, 900)
    figures = {"paid_in_fen": 900, "loaded_fen": 0, "refunded_fen": 0, "spent_fen": 0}
    parallel.take_day(pool, DAY, figures, actor=OFFICER, now=NOW)
    assert parallel.compare(pool, first=DAY, last=DAY) == []
    pools.cut(pool, DAY + timedelta(days=1))
    paid(pool, 100)
    following = DAY + timedelta(days=1)
    parallel.take_day(pool, following, figures | {"spent_fen": 7}, actor=OFFICER, now=NOW)
    found = parallel.compare(pool, first=DAY, last=following)
    assert [(each.figure, each.legacy_fen, each.ours_fen) for each in found] == [
        ("paid_in_fen", 900, 100), ("spent_fen", 7, 0),
    ]  # fmt: skip
    told = parallel.report(pool, first=DAY, last=following + timedelta(days=1), now=NOW)
    assert [len(list(table.rows)) for table in told.tables] == [2, 1]
    with pytest.raises(LegacyFileRefused):
        parallel.take_day(pool, DAY, figures | {"spent_fen": 1}, actor=OFFICER, now=NOW)


@pytest.mark.parametrize(
    "words",
    [
        "UPDATE custody_cutover_legacyimport SET total_fen = 1 WHERE pool = %(pool)s",
        "UPDATE custody_cutover_legacyimport SET state = 'taken' WHERE pool = %(pool)s",
        "DELETE FROM custody_cutover_legacyimport WHERE pool = %(pool)s",
        "UPDATE custody_cutover_legacycard SET balance_fen = 1 WHERE pool = %(pool)s",
        "DELETE FROM custody_cutover_legacycard WHERE pool = %(pool)s",
        "UPDATE custody_cutover_legacyday SET figures = '{}' WHERE pool = %(pool)s",
    ],
)
def test_nobody_rewrites_what_was_handed_over(account, service_connection, words):  # noqa: F811
    opened_of(account, cards(500))
    with pytest.raises(psycopg.Error):
        service_connection.execute(words, {"pool": account.pool})
