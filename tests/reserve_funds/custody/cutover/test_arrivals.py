"""Each fen handed over is in the book once, whichever came first: line or opening."""

from datetime import timedelta

import pytest

from accounts.clock import now
from accounts.errors import MakerIsChecker
from reserve_funds.custody.bank import booking
from reserve_funds.custody.bank.models import Reading
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.cutover import services
from reserve_funds.errors import ApprovalNotUsable
from reserve_funds.ledger import queries
from reserve_funds.ledger.check import check_figures
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.custody.closing.conftest import (  # noqa: F401 (fixtures)
    account,
    an_officer,
    bank_tells,
    kept,
)
from tests.reserve_funds.custody.cutover.test_cutover import balance, cards, opened_of, taken_of


def booked(account, *amounts, day=DAY, opening_fen=0, number="1"):  # noqa: F811
    """The bank's statement of a day, taken and booked: the readings, in order."""
    bank_tells(account, *amounts, day=day, opening_fen=opening_fen, number=number)
    booking.book(account, now=now())
    rows = Reading.objects.filter(entry__account=account, entry__booked_day=day)
    return [one.kind for one in rows.order_by("entry__line_no")]


def asked(account, taken):  # noqa: F811
    return services.ask_sign_off(
        taken.pk, maker=an_officer(account.pool), first=DAY, last=DAY, now=now()
    )


def sound(account, bank_fen, float_fen):  # noqa: F811
    assert queries.balance_fen(account.pool, account.ref) == bank_fen
    assert balance(account.pool, "legacy_float", "city bus") == float_fen
    assert check_figures(account.pool).findings == []


def test_a_line_that_came_first_is_taken_out_of_suspense_by_the_opening(account):  # noqa: F811
    """Booked twice before: once from the statement, once as the opening."""
    taken = taken_of(account, cards(5_000, 3_000))
    early = asked(account, taken)
    assert booked(account, 6_000, 500) == ["unclear", "unclear"]
    with pytest.raises(ApprovalNotUsable):
        services.sign_off(early.pk, checker=an_officer(account.pool), now=now())
    word = asked(account, taken)
    with pytest.raises(MakerIsChecker):
        services.sign_off(word.pk, checker=word.maker, now=now())
    services.sign_off(word.pk, checker=an_officer(account.pool), now=now())
    sound(account, 8_000, 8_000)
    assert [one for one in cases.open_of(account.pool) if one.kind == "bank_line_unclear"] == []
    late = booked(account, 1_500, day=DAY + timedelta(days=2), opening_fen=6_500, number="2")
    assert late == ["before_book"], "the rest of the money, some days under way"
    sound(account, 8_000, 8_000)


def test_what_comes_after_the_opening_is_part_of_it_and_no_fen_more(account):  # noqa: F811
    opened_of(account, cards(5_000, 3_000))
    sound(account, 8_000, 8_000)
    assert booked(account, 5_000, 3_000, 700) == ["before_book", "before_book", "unclear"]
    sound(account, 8_700, 8_000)
    later = booked(account, 8_000, day=DAY + timedelta(days=1), opening_fen=8_700, number="2")
    assert later == ["unclear"], "the opening has all of its money"
    sound(account, 16_700, 8_000)
