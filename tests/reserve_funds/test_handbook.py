"""Chart, handbook, database and the accountant's page say one thing."""

from __future__ import annotations

import inspect
from uuid import UUID

import pytest

from accounts.identifiers import derive, new_id
from reserve_funds import income, postings
from reserve_funds.chart import BY_NAME, KINDS, Book, CoverReason
from reserve_funds.errors import AmountRefused, NotInHandbook, PostingMalformed
from reserve_funds.handbook import BY_CODE, EVENTS, REVERSED, RULES, Purpose
from reserve_funds.handbook_page import PAGE, page
from reserve_funds.ledger import book, check, queries
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.test_approvals import approved

RULE_KEYS = {(rule.profile, rule.code, rule.debit, rule.credit) for rule in RULES}


def test_the_accountants_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run manage.py accounting_handbook"


@pytest.mark.django_db
def test_the_database_has_the_handbook_of_the_code() -> None:
    assert check._handbook() == []


def test_numbers_names_and_codes_are_unique() -> None:
    assert len({kind.number for kind in KINDS}) == len(KINDS) == len(BY_NAME)
    assert len(BY_CODE) == len(EVENTS)
    assert len(RULE_KEYS) == len(RULES)


def test_no_rule_crosses_a_book() -> None:
    for rule in RULES:
        assert BY_NAME[rule.debit].book == BY_NAME[rule.credit].book, rule


def test_every_rule_has_its_correction_under_an_approval() -> None:
    for rule in RULES:
        if not rule.code.endswith(REVERSED):
            swapped = (rule.profile, rule.code + REVERSED, rule.credit, rule.debit)
            assert swapped in RULE_KEYS
    assert all(rule.needs_approval for rule in RULES if rule.code.endswith(REVERSED))


def test_money_leaves_the_reserve_only_for_a_purpose_or_as_a_fact() -> None:
    """Only officers' instructions debit into a payment on its way, and each names its purpose."""
    for event in EVENTS:
        if "bank_out_in_transit" in event.credits:
            assert event.needs_approval, event.code
            assert event.purpose, event.code
    assert {event.purpose for event in EVENTS if event.purpose} == set(Purpose)


def test_every_outflow_to_the_bank_debits_a_guarded_account() -> None:
    """But for what stays the pool's own: prepaid at a channel, or at another of its banks."""
    for event in EVENTS:
        stays = event.code in ("channel_prefunded", "custody_moved")
        if "bank_out_in_transit" in event.credits and not stays:
            assert all(BY_NAME[name].guarded for name in event.debits), event.code


def test_interest_never_reaches_a_customer() -> None:
    """Only the bank itself takes interest back."""
    for event in EVENTS:
        if "interest_unallocated" in event.debits:
            assert event.credits == ("bank_reserve",), event.code


def test_the_reserve_never_lends_what_the_own_book_owes() -> None:
    for event in EVENTS:
        for name in (*event.debits, *event.credits):
            if name in ("subsidy_receivable", "user_receivable"):
                assert BY_NAME[name].book == Book.OWN


def test_every_function_of_the_handbook_books_what_a_rule_names() -> None:
    known = {
        "pool": 7, "amount_fen": 100, "gross_fen": 100, "fee_fen": 6, "event_at": NOW,
        "channel": "wechat", "settlement_day": DAY, "bank_account": "bank", "own_bank": "own",
        "card": "0" * 20, "box": "box", "instruction": "no 1", "reason": CoverReason.FEE,
        "source": postings.received(new_id(NOW)), "target": postings.account("wallet", "rider"),
        "from_account": postings.account("cash_in_transit", "box"), "batch": "b 1",
        "counterparty": "bus", "platform": "province", "settled_fen": 90, "income_fen": 4,
        "due_fen": 3, "covered_fen": 3, "code": "bank_returned",
        "debit": postings.account("bank_reserve", "bank"),
        "was_of": postings.account("bank_out_in_transit", "no 1"),
    }  # fmt: skip
    told = 0
    functions = [
        *inspect.getmembers(postings, inspect.isfunction),
        *inspect.getmembers(income, inspect.isfunction),
    ]
    for name, function in functions:
        if name.startswith("_"):
            continue
        wanted = inspect.signature(function).parameters
        if "pool" not in wanted or name == "of":
            continue
        values = {each: known.get(each, new_id(NOW)) for each in wanted}
        made = function(**values)
        for posting in made if isinstance(made, list) else [made]:
            key = ("MOT", posting.code, posting.debit.kind, posting.credit.kind)
            assert key in RULE_KEYS, name
            assert posting.id.version == 8
            told += 1
    assert told >= 15


def test_the_same_event_always_makes_the_same_posting() -> None:
    payment = UUID("019aab00-0000-7000-8000-00000000000a")
    once, again = (
        postings.payment_confirmed(
            1, payment, channel="wechat", settlement_day=DAY, amount_fen=5, event_at=NOW
        )
        for _ in range(2)
    )
    assert once == again
    assert once.id == derive(payment, "confirmed")


@pytest.mark.parametrize("amount", [0, -1, 1.0, True, "5", None, 10**15 + 1, 2**63])
def test_what_is_no_amount_makes_no_posting(amount: object) -> None:
    with pytest.raises(AmountRefused):
        postings.payment_allocated(1, new_id(NOW), new_id(NOW), amount_fen=amount, event_at=NOW)


def test_what_the_handbook_does_not_name_makes_no_posting() -> None:
    wallet, card = postings.account("wallet", "rider"), postings.card_purse("0" * 20)
    with pytest.raises(NotInHandbook):
        postings.of("load", 1, new_id(NOW), debit=card, credit=wallet, amount_fen=1, event_at=NOW)
    with pytest.raises(NotInHandbook):
        postings.account("gold", "mine")
    with pytest.raises(PostingMalformed):
        postings.account("wallet", "")


def test_a_channel_settles_net_and_the_operator_covers_the_fee(pool: int) -> None:
    payment, bill, cover = new_id(NOW), new_id(NOW), new_id(NOW)
    day = {"channel": "wechat", "settlement_day": DAY, "event_at": NOW}
    book.post([postings.payment_confirmed(pool, payment, amount_fen=10_000, **day)])
    book.post(
        postings.channel_settled(
            pool, bill, bank_account="reserve", gross_fen=10_000, fee_fen=60, **day
        )
    )
    owed = postings.own_cover_due(CoverReason.FEE)
    assert queries.balance_fen(pool, postings.channel_receivable("wechat", DAY)) == 0
    assert queries.balance_fen(pool, owed) == 60
    assert check.check_figures(pool).findings == []
    book.post(
        postings.operator_covered(
            pool, cover, reason=CoverReason.FEE, bank_account="reserve", own_bank="own",
            amount_fen=60, event_at=NOW,
        )
    )  # fmt: skip
    assert queries.balance_fen(pool, owed) == 0
    assert queries.balance_fen(pool, postings.account("bank_reserve", "reserve")) == 10_000
    assert check.check_figures(pool).findings == []


def test_half_of_a_mirrored_pair_is_found(pool: int) -> None:
    payment = new_id(NOW)
    day = {"channel": "wechat", "settlement_day": DAY, "event_at": NOW}
    book.post([postings.payment_confirmed(pool, payment, amount_fen=500, **day)])
    book.post(postings.fee_withheld(pool, new_id(NOW), amount_fen=3, **day)[:1])
    found = {finding.rule for finding in check.check_figures(pool).findings}
    assert found == {"mirrors_mirror", "pairs_are_whole"}


def test_what_the_operator_earns_is_mirrored_until_it_is_swept(pool: int) -> None:
    batch, sweep = new_id(NOW), new_id(NOW)
    card = postings.card_purse("0" * 20)
    book.post([
        postings.of(
            "ride_ingested", pool, batch, debit=card,
            credit=postings.account("rides_in_clearing", "b 1"), amount_fen=100, event_at=NOW,
        )
    ])  # fmt: skip
    book.post(
        income.ride_verified(
            pool, batch, batch="b 1", counterparty="bus", settled_fen=90, platform="province",
            fee_fen=6, source="rides", income_fen=4, event_at=NOW,
        )
    )  # fmt: skip
    earned = postings.account("own_income_in_reserve", "rides")
    assert queries.balance_fen(pool, postings.account("rides_in_clearing", "b 1")) == 0
    assert queries.balance_fen(pool, earned) == 4
    assert check.check_figures(pool).findings == []

    def swept(approval: UUID) -> list[postings.Posting]:
        return income.swept(
            pool, sweep, source="rides", instruction="no 1", own_bank="own", amount_fen=4,
            event_at=NOW, approval_id=approval,
        )  # fmt: skip

    word = approved(pool, book.fingerprint(swept(new_id(NOW))[:1]))
    book.post(swept(word))
    assert queries.balance_fen(pool, earned) == 0
    assert queries.balance_fen(pool, postings.account("own_bank", "own")) == 4
    assert check.check_figures(pool).findings == []
