"""A pool changes its rule profile from a day on, by two officers, and never backwards."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import transaction

from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.custody.rules import book as rules
from reserve_funds.custody.rules import pools as pool_rules
from reserve_funds.errors import ApprovalNotUsable, NotInHandbook, PoolNotOpen, ProfileDayIsOpen
from reserve_funds.handbook import PURPOSES, RULES, Purpose
from reserve_funds.ledger import book, check, pools
from tests.reserve_funds.by_two import by_two, legacy_opened
from tests.reserve_funds.conftest import DAY, NOW, fresh_pool_number
from tests.reserve_funds.test_approvals import approved

TOMORROW, LATER = DAY + timedelta(days=1), DAY + timedelta(days=4)


def word(pool, profile="PBOC", day=TOMORROW) -> UUID:
    return approved(pool, pools.fingerprint_of_change(pool, profile, day))


def placement(pool, approval):
    return postings.of(
        "placement_made", pool, new_id(NOW), step="story",
        debit=postings.account("placement", "a bond"),
        credit=postings.account("bank_reserve", "main"),
        amount_fen=100, event_at=NOW, approval_id=approval,
    )  # fmt: skip


def placed(pool):
    return by_two(placement(pool, new_id(NOW)))


def funded(pool):
    legacy_opened(pool, 500, bank="main", issuer="issuer")


@pytest.mark.parametrize("name", PURPOSES)
def test_data_and_handbook_permit_the_same_purposes(name: str) -> None:
    assert rules.by_name(name).purposes == PURPOSES[name]
    assert set(PURPOSES) == set(rules.NAMES)


def test_only_the_plan_has_a_rule_by_which_money_is_placed() -> None:
    placing = {rule.profile for rule in RULES if rule.code == "placement_made"}
    facts = {rule.profile for rule in RULES if rule.code == "placement_matured"}
    assert placing == {"MOT"}
    assert facts == {"MOT", "PBOC", "MOFCOM"}
    assert Purpose.PRINCIPAL_SAFE_PLACEMENT not in PURPOSES["PBOC"] | PURPOSES["MOFCOM"]


@pytest.mark.parametrize("profile", ["PBOC", "MOFCOM"])
def test_where_nothing_may_be_placed_the_book_refuses_it(db, profile: str) -> None:
    pool = fresh_pool_number()
    pools.open_pool(pool, profile, DAY)
    funded(pool)
    with pytest.raises(NotInHandbook), transaction.atomic():
        placed(pool)
    assert check.check_figures(pool).findings == []


def test_a_pool_lives_under_the_new_profile_from_its_day_on(pool: int) -> None:
    funded(pool)
    first = placed(pool)
    assert pools.change_profile(pool, "PBOC", TOMORROW, word(pool))
    assert pool_rules.profile_of(pool, DAY).name == "MOT"
    assert pool_rules.profile_of(pool, TOMORROW).name == "PBOC"
    assert placed(pool).is_new  # the day that is open keeps its own

    pools.cut(pool, TOMORROW)
    with pytest.raises(NotInHandbook), transaction.atomic():
        placed(pool)
    assert pool_rules.profile_of(pool, DAY).name == "MOT"
    # what was booked under the former profile comes home, and is corrected
    home = postings.of(
        "placement_matured", pool, new_id(NOW), debit=postings.account("bank_reserve", "main"),
        credit=postings.account("placement", "a bond"), amount_fen=100, event_at=NOW,
    )  # fmt: skip
    assert book.post([home])[0].is_new
    assert first.is_new
    assert check.check_figures(pool).findings == []


def test_what_is_decided_last_counts_and_days_in_between_are_skipped(pool: int) -> None:
    pools.change_profile(pool, "PBOC", TOMORROW, word(pool))
    pools.change_profile(pool, "MOFCOM", LATER, word(pool, "MOFCOM", LATER))
    pools.change_profile(pool, "MOT", TOMORROW, word(pool, "MOT", TOMORROW))
    assert pools.profile_on(pool, TOMORROW) == "MOT"
    assert pools.profile_on(pool, LATER) == "MOFCOM"
    pools.cut(pool, LATER + timedelta(days=3))
    assert pool_rules.profile_of(pool, LATER + timedelta(days=3)).name == "MOFCOM"
    assert pool_rules.profile_of(pool, LATER).name == "MOT"  # no day of its own: the one before
    assert check.check_figures(pool).findings == []


def test_the_same_approval_again_is_the_same_change(pool: int) -> None:
    spent = word(pool)
    assert pools.change_profile(pool, "PBOC", TOMORROW, spent)
    assert not pools.change_profile(pool, "PBOC", TOMORROW, spent)
    with pytest.raises(ApprovalNotUsable), transaction.atomic():
        pools.change_profile(pool, "PBOC", LATER, spent)


def test_no_change_without_a_second_officers_word_for_exactly_this(pool: int) -> None:
    other_pool = fresh_pool_number()
    pools.open_pool(other_pool, "MOT", DAY)
    for approval in (new_id(NOW), word(pool, "MOFCOM"), word(pool, day=LATER), word(other_pool)):
        with pytest.raises(ApprovalNotUsable), transaction.atomic():
            pools.change_profile(pool, "PBOC", TOMORROW, approval)
    assert pools.profile_on(pool, LATER) == "MOT"


def test_a_day_that_has_begun_keeps_its_profile(pool: int) -> None:
    for day in (DAY, DAY - timedelta(days=1)):
        with pytest.raises(ProfileDayIsOpen), transaction.atomic():
            pools.change_profile(pool, "PBOC", day, word(pool, day=day))
    with pytest.raises(NotInHandbook), transaction.atomic():
        pools.change_profile(pool, "NONE", TOMORROW, word(pool, "NONE"))
    with pytest.raises(PoolNotOpen), transaction.atomic():
        pools.change_profile(fresh_pool_number(), "PBOC", TOMORROW, new_id(NOW))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger.pool SET profile = 'PBOC' WHERE pool = %(pool)s",
        "UPDATE ledger.business_day SET profile = 'PBOC' WHERE pool = %(pool)s",
        (
            "INSERT INTO ledger.profile_change (pool, from_day, profile, approval_id, decided_at)"
            " VALUES (%(pool)s, '2030-01-01', 'PBOC', gen_random_uuid(), now())"
        ),
        "SELECT ledger.change_profile(%(pool)s, 'PBOC', '2030-01-01', gen_random_uuid())",
        "SELECT ledger.change_profile(%(pool)s, 'PBOC', '2030-01-01', NULL)",
        "SELECT ledger.change_profile(%(pool)s, 'PBOC', 'infinity', gen_random_uuid())",
        "SELECT ledger.spend_approval(gen_random_uuid(), %(pool)s, 'profile', 1)",
        (
            "INSERT INTO ledger.posting_rule SELECT 'PBOC', code, debit_kind, credit_kind, book,"
            " false, purpose, debit_guarded, debit_side, credit_guarded, credit_side"
            " FROM ledger.posting_rule WHERE code = 'placement_made'"
        ),
    ],
)
def test_by_hand_the_service_changes_no_profile(lasting_pool, service_connection, sql) -> None:
    with pytest.raises(psycopg.Error) as refused:
        service_connection.execute(sql, {"pool": lasting_pool})
    assert refused.value.sqlstate in ("42501", "LG005", "LG012", "LG013")
    service_connection.rollback()
    assert pools.profile_on(lasting_pool, LATER) == "MOT"
