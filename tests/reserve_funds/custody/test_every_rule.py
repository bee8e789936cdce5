"""Every rule of every profile has a test of its type, and those without one are told by name."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path

import psycopg
import pytest
from django.db import transaction

from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.chart import BY_NAME
from reserve_funds.custody.rules import book as rules
from reserve_funds.custody.rules.rule import Sort
from reserve_funds.errors import NotInHandbook
from reserve_funds.handbook import RULES, Purpose
from reserve_funds.ledger import check, pools, queries
from tests.reserve_funds.by_two import legacy_opened
from tests.reserve_funds.conftest import DAY, NOW, fresh_pool_number

TESTS = Path(__file__).resolve().parents[2]
TOLD = tomllib.loads(Path(__file__).with_name("rule_proofs.toml").read_text(encoding="utf-8"))
TO_COME: dict[str, str] = TOLD.pop("to_come")
WAYS = ("python", "api", "sql")
EVERY = [(name, rule) for name in rules.NAMES for rule in rules.by_name(name).rules.values()]
HOLDERS = (
    "received", "unloaded_orders", "card_purse", "wallet", "deposits_held", "agent_deposit",
    "legacy_float", "redemption_payable", "refunds_in_flight",
)  # fmt: skip
EACH_PROFILE = pytest.mark.parametrize("profile", rules.NAMES)


@cache
def names_in(path: str) -> frozenset[str]:
    return frozenset(texts_in(path))


@cache
def texts_in(path: str) -> dict[str, str]:
    """Every function of a file with its decorators."""
    text = (TESTS / path).read_text(encoding="utf-8")
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.unparse(node) for node in found}


def profiles_of(proof: str) -> set[str]:
    """The profiles a test is run under: those it names, all of them, or else the plan's."""
    path, name = proof.split("::")
    text = texts_in(path)[name]
    if "EACH_PROFILE" in text or "NAMES" in text:
        return set(rules.NAMES)
    return {profile for profile in rules.NAMES if profile in text} or {"MOT"}


@pytest.mark.parametrize(
    ("profile", "rule"), EVERY, ids=[f"{profile}-{rule.id}" for profile, rule in EVERY]
)
def test_every_rule_names_the_test_that_proves_it(profile: str, rule: rules.Rule) -> None:
    """In whatever profile it stands: a rule has its proof, or the room that owes it."""
    assert (rule.id in TOLD) != (rule.id in TO_COME), f"{profile} {rule.id}: once, not both"
    if rule.id in TO_COME:
        assert TO_COME[rule.id].split(":")[0] in (rule.kept_by, "card service")
        return
    told = TOLD[rule.id]
    wanted = WAYS if rule.sort is Sort.REFUSAL else ("python",)
    for way in wanted:
        assert told.get(way) or told.get("none", {}).get(way), f"{rule.id} was not tried by {way}"
    for way in WAYS:
        for proof in told.get(way, ()):
            path, name = proof.split("::")
            assert name in names_in(path), proof
        assert not (told.get(way) and told.get("none", {}).get(way)), f"{rule.id} {way}"


@pytest.mark.parametrize(
    ("profile", "rule"), EVERY, ids=[f"{profile}-{rule.id}" for profile, rule in EVERY]
)
def test_every_profile_that_has_a_rule_is_among_those_it_was_tried_under(
    profile: str, rule: rules.Rule
) -> None:
    """Or one whose rule has the very same numbers and words: the code knows no other difference."""
    if rule.id in TO_COME:
        return
    proofs = [proof for way in WAYS for proof in TOLD[rule.id].get(way, ())]
    tried = set[str]().union(*(profiles_of(proof) for proof in proofs))
    same = {
        name
        for name in rules.NAMES
        if (other := rules.by_name(name).rule(rule.id)) and other.parameters == rule.parameters
    }
    assert profile in same
    assert tried & same, f"{profile} {rule.id} was tried under {sorted(tried)} only"


def test_the_list_names_no_rule_that_no_profile_has() -> None:
    assert TOLD.keys() | TO_COME.keys() == {rule.id for _, rule in EVERY}


@EACH_PROFILE
def test_no_other_purpose_moves_the_reserve(db: None, profile: str) -> None:
    """R1: an outflow that the handbook does not name is not even a posting."""
    pool = funded(profile)
    for code, debit in (("lent", "unloaded_orders"), ("pledged", "bank_reserve")):
        with pytest.raises(NotInHandbook):
            postings.of(
                code, pool, new_id(NOW), debit=postings.account(debit, "x"),
                credit=postings.account("bank_out_in_transit", "n"), amount_fen=1, event_at=NOW,
            )  # fmt: skip
    outflows = {rule.purpose for rule in RULES if _is_outflow(rule, profile)}
    assert None not in outflows
    assert {purpose for purpose in outflows if purpose} <= set(rules.by_name(profile).purposes)
    assert check.check_figures(pool).findings == []


@EACH_PROFILE
def test_by_hand_no_other_purpose_moves_the_reserve(
    lasting_db: None, service_connection: psycopg.Connection, profile: str
) -> None:
    pool = funded(profile)
    for code in ("lent", "pledged", "dividend"):
        refused(service_connection, pool, code, "bank_out_in_transit", "bank_reserve", "LG003")
        refused(service_connection, pool, code, "legacy_float", "bank_out_in_transit", "LG003")
    # a purpose that exists, without the word of two officers
    refused(service_connection, pool, "repaid", "legacy_float", "bank_out_in_transit", "23514")
    assert at_bank(pool) == 500


@pytest.mark.parametrize("profile", ["PBOC", "MOFCOM"])
def test_by_hand_a_purpose_the_profile_lacks_moves_nothing(
    lasting_db: None, service_connection: psycopg.Connection, profile: str
) -> None:
    """R2."""
    pool = funded(profile)
    assert not rules.by_name(profile).permits(Purpose.PRINCIPAL_SAFE_PLACEMENT)
    refused(service_connection, pool, "placement_made", "placement", "bank_reserve", "LG003")
    assert at_bank(pool) == 500


@EACH_PROFILE
def test_by_hand_no_income_is_swept_beyond_what_was_earned(
    lasting_db: None, service_connection: psycopg.Connection, profile: str
) -> None:
    """R6: without two officers nothing is swept, and no account of income can be overdrawn."""
    pool = funded(profile)
    sweep = ("own_income_swept", "own_income_in_reserve", "bank_out_in_transit")
    refused(service_connection, pool, *sweep, "LG002", "23514")
    assert BY_NAME["own_income_in_reserve"].guarded
    assert at_bank(pool) == 500


@EACH_PROFILE
def test_no_rule_gives_interest_to_a_holder(profile: str) -> None:
    """R9: interest is booked apart; only its correction and a bank's own reversal undo it."""
    kinds = {rule.credit for rule in _of(profile) if rule.debit == "interest_unallocated"}
    assert kinds == {"bank_reserve"}


@EACH_PROFILE
def test_by_hand_no_interest_reaches_a_holder(
    lasting_db: None, service_connection: psycopg.Connection, profile: str
) -> None:
    pool = funded(profile)
    for holder in ("wallet", "card_purse", "unloaded_orders"):
        for code in ("interest_paid", "interest_received", "suspense_understood"):
            refused(service_connection, pool, code, "interest_unallocated", holder, "LG003")
    assert check.check_figures(pool).findings == []


@EACH_PROFILE
def test_no_balance_is_ever_forfeited(profile: str) -> None:
    """R20: what is owed to a holder never becomes the operator's.

    The part of a redemption that the operator's own coupon had paid was never the holder's.
    """
    taken = {
        (rule.code, rule.debit)
        for rule in _of(profile)
        if rule.debit in set(HOLDERS) - {"received"} and rule.credit == "own_income_in_reserve"
    }
    assert taken == {("coupon_taken_back", "redemption_payable")}


@EACH_PROFILE
def test_by_hand_no_balance_is_forfeited(
    lasting_db: None, service_connection: psycopg.Connection, profile: str
) -> None:
    pool = funded(profile)
    for holder in ("card_purse", "wallet", "legacy_float"):
        for code in ("expired", "payment_allocated"):
            refused(service_connection, pool, code, holder, "own_income_in_reserve", "LG003")
    assert queries.balance_fen(pool, postings.account("legacy_float", "issuer")) == 500


def funded(profile: str) -> int:
    """A fresh pool under this profile, with 500 fen of a legacy float at its bank."""
    pool = fresh_pool_number()
    pools.open_pool(pool, profile, DAY)
    with transaction.atomic():
        legacy_opened(pool, 500, bank="main", issuer="issuer")
    return pool


def at_bank(pool: int) -> int:
    return queries.balance_fen(pool, postings.account("bank_reserve", "main"))


def refused(
    service: psycopg.Connection, pool: int, code: str, debit: str, credit: str, *states: str
) -> None:
    """The posting function itself, called by hand as the service role."""
    owners = {"bank_reserve": "main", "legacy_float": "issuer"}
    with pytest.raises(psycopg.Error) as said:
        service.execute(
            "SELECT ledger.post_one(%s::integer, 1::smallint, %s::uuid, %s, %s::smallint, %s,"
            " %s::smallint, %s, 100::bigint, %s, NULL, NULL)",
            [
                pool, postings.of(
                    "legacy_opened", pool, new_id(NOW), debit=postings.account("bank_reserve", "m"),
                    credit=postings.account("legacy_float", "i"), amount_fen=1, event_at=NOW,
                ).id, code, BY_NAME[debit].number, owners.get(debit, "by hand"),
                BY_NAME[credit].number, owners.get(credit, "by hand"), NOW,
            ],
        )  # fmt: skip
    assert said.value.sqlstate in states, (code, debit, credit, said.value)
    service.rollback()


def test_what_a_legacy_system_owed_is_opened_by_nobody_alone(
    lasting_db: None, service_connection: psycopg.Connection
) -> None:
    pool = funded("MOT")
    for debit in ("bank_reserve", "own_cover_due"):
        refused(service_connection, pool, "legacy_opened", debit, "legacy_float", "LG005")
    assert at_bank(pool) == 500


def _of(profile: str) -> list[object]:
    return [rule for rule in RULES if rule.profile == profile]


def _is_outflow(rule: object, profile: str) -> bool:
    """An instruction of ours into transit, not the correction of one and not a bank's answer."""
    return (
        rule.profile == profile
        and rule.credit == "bank_out_in_transit"
        and not rule.code.endswith("_reversed")
    )
