"""Nobody decides what they asked for: every door is found in the code, and each is tried.

`tests.support.deciders` reads from the source which functions, commands and addresses lead to an
approval, and for what approvals are asked. A new one fails here until it says which test proves
that its maker cannot be its checker; a purpose needs no telling, each is tried by every door that
takes any approval.
"""

from __future__ import annotations

import ast
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts import approvals, clock, people, roles
from accounts.errors import DomainError, MakerIsChecker
from accounts.identifiers import new_id
from accounts.models import Approval
from gateway.console import deciding as console
from tests.accounts.strangers import somebody
from tests.reserve_funds.conftest import fresh_pool_number
from tests.support import deciders

CUSTODY, CARDS = "tests/reserve_funds/custody/", "tests/nfc_topup/"
_OUTFLOW = f"{CUSTODY}bank/test_requests.py::test_nobody_approves_what_they_asked_by_any_entry"
_CONSOLE = "tests/gateway/console/test_approvals.py::test_the_maker_sees_it_and_cannot_decide"
_CEREMONY = f"{CARDS}keys/test_commands.py::test_a_ceremony_from_plan_to_destruction"
_ROTATION = f"{CARDS}keys/test_rotation.py::"

_BANK = "tests/gateway/bank_line/test_suspending.py::"

PROVED = {
    "gateway.bank_line.contracts.approve":
        "tests/gateway/bank_line/test_contracts.py::"
        "test_a_contract_is_put_and_changed_by_two_and_each_word_counts_once",
    "accounts.posts.approve":
        "tests/accounts/test_posts.py::"
        "test_two_officers_give_a_role_and_two_withdraw_it_and_nobody_his_own",
    "gateway.bank_line.management.commands.partner_banks.Command.handle":
        f"{_BANK}test_at_a_terminal_each_types_a_token_of_their_own",
    "gateway.bank_line.suspending.approve":
        f"{_BANK}test_two_officers_of_the_province_and_nobody_alone",
    "gateway.bulk.enterprises.approve":
        "tests/gateway/bulk/test_enterprises.py::test_a_unit_is_there_when_two_officers_said_so",
    "gateway.bulk.ordering.approve":
        "tests/gateway/bulk/test_orders.py::"
        "test_nobody_alone_and_nothing_but_the_list_that_was_approved",
    "gateway.bulk.returning.approve":
        "tests/gateway/bulk/test_orders.py::"
        "test_single_rows_are_asked_back_before_they_are_loaded_and_wake_when_refused",
    "gateway.card_service.redeeming.approve":
        "tests/gateway/card_service/test_redeeming.py::"
        "test_the_money_goes_back_lot_by_lot_to_who_paid",
    "gateway.console.deciding.decide": _CONSOLE,
    "gateway.console.pages.approvals.decide": _CONSOLE,
    "gateway.console.pages.kiosks_cash.count":
        "tests/gateway/console/test_kiosks.py::"
        "test_boxes_are_counted_by_two_or_by_a_machine_and_age",
    "gateway.deposits.returning.approve":
        "tests/journeys/money_stories/test_deposits.py::"
        "test_a_deposit_is_taken_kept_apart_and_given_back_to_who_paid",
    "gateway.invoice.deciding.approve":
        "tests/gateway/invoice/test_deciding.py::"
        "test_two_officers_end_what_the_office_does_not",
    "gateway.kiosk.boxes.count_by_second":
        "tests/journeys/kiosk/test_cash.py::test_quota_comes_back_on_the_bank_s_line_alone",
    "gateway.kiosk.claims.approve":
        "tests/journeys/kiosk/test_claims.py::"
        "test_a_counter_gives_it_back_out_of_a_box_and_no_card_takes_it_again",
    "gateway.kiosk.counters.approve":
        "tests/journeys/kiosk/test_two_people.py::"
        "test_no_count_without_two_or_a_machine_that_signs",
    "gateway.kiosk.ending.approve":
        "tests/journeys/kiosk/test_two_people.py::"
        "test_no_day_is_ended_and_no_cash_given_back_by_one",
    "gateway.kiosk.creating.approve":
        "tests/journeys/kiosk/test_guard.py::test_two_officers_one_code_one_key",
    "gateway.kiosk.quota.approve":
        "tests/journeys/kiosk/test_cash.py::test_quota_is_granted_by_two_people",
    "gateway.payments.decisions.deciding.approve":
        "tests/journeys/test_deciding.py::test_no_officer_alone_and_no_stranger_decides",
    "gateway.topup.decisions.approve":
        "tests/journeys/test_officers_decide.py::test_an_approval_that_fails_moves_nothing",
    "nfc_topup.decisions.carry_out":
        f"{CARDS}test_decisions.py::test_who_proposed_does_not_approve",
    "nfc_topup.keys.activation.approve": _CEREMONY,
    "nfc_topup.keys.activation.approve_return":
        f"{_ROTATION}test_an_outgoing_key_returns_by_an_approval_of_its_own",
    "nfc_topup.keys.destruction.approve":
        f"{CARDS}keys/test_two_officers.py::"
        "test_a_key_is_destroyed_by_two_officers_over_this_very_key",
    "nfc_topup.locks.approve_lift":
        f"{CARDS}test_guarding.py::test_two_officers_lift_a_lock_and_the_count_begins_anew",
    "nfc_topup.management.commands.key_ceremony.Command.handle": _CEREMONY,
    "reserve_funds.custody.bank.corrections.accept":
        f"{CUSTODY}bank/test_corrections.py::"
        "test_the_differences_are_listed_and_nothing_moves_until_two_accept",
    "reserve_funds.custody.bank.endings.approve":
        f"{CUSTODY}bank/test_endings.py::test_what_a_court_took_is_borne_by_own_money_alone",
    "reserve_funds.custody.bank.not_instructed.approve":
        f"{CUSTODY}bank/test_not_instructed.py::"
        "test_it_takes_days_of_denial_a_statement_and_two_people",
    "reserve_funds.custody.bank.registering.approve":
        f"{CUSTODY}bank/test_registering.py::"
        "test_an_account_is_there_when_two_officers_of_its_pool_said_so",
    "reserve_funds.custody.bank.requests.approve": _OUTFLOW,
    "reserve_funds.custody.bank.reversals.approve":
        f"{CUSTODY}bank/test_reversals.py::"
        "test_a_mirrored_pair_is_reversed_whole_by_two_people_once",
    "reserve_funds.custody.bank.standing.approve":
        f"{CUSTODY}bank/test_requests.py::"
        "test_limits_are_two_peoples_word_and_count_from_then_on",
    "reserve_funds.custody.bank.understanding.approve":
        f"{CUSTODY}bank/test_booking.py::"
        "test_what_nobody_understands_waits_in_suspense_until_two_people_say",
    "reserve_funds.custody.closing.services.sign_exception":
        f"{CUSTODY}closing/test_close.py::"
        "test_aged_cash_is_sealed_only_under_the_signature_of_two_officers",
    "reserve_funds.custody.cutover.services.sign_off":
        f"{CUSTODY}cutover/test_cutover.py::test_whoever_took_it_neither_asks_nor_decides",
    "reserve_funds.custody.matching.deciding.accept":
        f"{CUSTODY}matching/test_vouchers.py::test_whoever_proposed_cannot_allow_it",
    "reserve_funds.custody.placements.returning.approve":
        f"{CUSTODY}placements/test_returning.py::"
        "test_two_people_ask_it_back_and_it_is_back_below_its_principal_the_same_day",
    "reserve_funds.custody.placements.asking.approve":
        f"{CUSTODY}placements/test_asking.py::test_whoever_asks_never_approves",
    "reserve_funds.custody.rules.winding.approve":
        f"{CUSTODY}rules/test_winding.py::test_two_officers_declare_it_once_and_for_good",
    "reserve_funds.custody.rules.changing.approve":
        f"{CUSTODY}rules/test_changing.py::test_nobody_alone_and_nobody_without_the_role",
}  # fmt: skip
"""Each door a person's word goes through, and the test that its maker is refused there."""

ADDRESSES = {
    "console/approvals/<uuid:approval_id>/<slug:verdict>",
    "console/kiosks/boxes/<uuid:box_id>/count",
}
COMMANDS = {"key_ceremony", "partner_banks"}
# What the source names by a variable: the words it comes to.
NAMED_BY = {
    "gateway.bank_line.contracts:purpose": {"bank_line.contract", "bank_line.mailbox"},
    "gateway.bank_line.suspending:_PURPOSES[act]": {
        "partner_bank.resumption", "partner_bank.suspension",
    },
    "gateway.payments.decisions.deciding:f'payments.{choice}'": {"payments.explain"},
    "reserve_funds.custody.bank.not_instructed:purpose": {
        "custody.not_instructed", "custody.not_instructed.undo",
    },
    "reserve_funds.custody.bank.standing:purpose": {
        "custody.limit", "custody.patience", "custody.recognition",
    },
    "reserve_funds.custody.matching.deciding:f'matching.{kind}'": {
        "matching.voucher", "matching.act", "matching.match", "matching.unmatch",
    },
}  # fmt: skip
CONTENT = {name: str(new_id(clock.now())) for name in ("decision_id", "key", "departure_id")}


def purposes() -> list[str]:
    """Every purpose the source asks approvals for; one it names anew by a variable stays as is."""
    return sorted({word for told in deciders.purposes() for word in NAMED_BY.get(told, {told})})


def test_every_door_is_known_and_each_has_its_proof() -> None:
    found = {name for name in deciders.deciders() if _is_a_door(name)}
    assert found == set(PROVED), "a door that approves is new or gone: tell which test tries it"
    for name, node in PROVED.items():
        path, _, test = node.partition("::")
        tree = ast.parse((deciders.ROOT / path).read_text(encoding="utf-8"))
        [body] = [each for each in tree.body if getattr(each, "name", "") == test]
        words = ast.unparse(body)
        assert "MakerIsChecker" in words or "maker_is_checker" in words, name


def test_every_address_and_command_that_approves_is_known() -> None:
    assert deciders.addresses() == ADDRESSES
    assert deciders.commands() == COMMANDS


def test_every_purpose_is_told_by_its_word() -> None:
    unknown = [word for word in purposes() if ":" in word]
    assert not unknown, "a purpose is named by a variable: say in NAMED_BY what it comes to"
    assert len(purposes()) >= 18


@pytest.mark.parametrize("purpose", purposes())
def test_whoever_asked_is_refused_at_every_door_that_takes_any_approval(
    purpose: str, db: None
) -> None:
    """Also after a change of roles, an edit, and a replay of what another has decided."""
    now, pool = clock.now(), fresh_pool_number()
    maker, checker = somebody(now), somebody(now)
    people.grant(checker, roles.FINANCE_OFFICER, pool=pool, granted_by=None, now=now)
    asked = approvals.ask(
        maker=maker, purpose=purpose, pool=pool, content=CONTENT, fingerprint=b"4" * 32, now=now,
        expires_at=now + timedelta(hours=1), checker_role=roles.FINANCE_OFFICER,
    )  # fmt: skip
    _try_all(asked, maker)
    for role in (roles.FINANCE_OFFICER, roles.SECURITY_OFFICER, roles.CLERK):
        for where in (pool, None):
            people.grant(maker, role, pool=where, granted_by=None, now=now)
    _try_all(asked, maker)  # a role changes nothing about who asked
    for change in ("maker_id = %s", "checker_id = %s", "state = 'approved', checker_id = %s"):
        with pytest.raises(DatabaseError) as said, transaction.atomic():
            _sql(f"UPDATE accounts_approval SET {change} WHERE id = %s", checker.pk, asked.pk)
        assert isinstance(said.value.__cause__, psycopg.errors.InsufficientPrivilege)
    _try_all(asked, maker)  # nor does an edit, for there is none
    approvals.approve(asked.pk, checker=checker, now=now)
    with pytest.raises(MakerIsChecker):
        approvals.approve(asked.pk, checker=maker, now=now)
    assert _sql(_DECIDE, asked.pk, maker.pk, "approved", now) == "maker_is_checker"
    kept = approvals.get(asked.pk)
    assert (kept.state, kept.checker_id) == ("approved", checker.pk)


def test_a_row_whose_maker_is_its_checker_cannot_even_be_written(db: None) -> None:
    now = clock.now()
    person = somebody(now)
    with pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.create(
            id=new_id(now), maker=person, checker=person, checker_role=roles.FINANCE_OFFICER,
            purpose="x", pool=1, content={}, fingerprint=b"4" * 32, asked_at=now, state="approved",
            decided_at=now, expires_at=now + timedelta(hours=1),
        )  # fmt: skip


_DECIDE = "SELECT public.accounts_decide_approval(%s, %s, %s, %s)"


def _try_all(asked: Approval, maker: object) -> None:
    now = clock.now()
    for decide in (approvals.approve, approvals.refuse):
        with pytest.raises(MakerIsChecker):
            decide(asked.pk, checker=maker, now=now)  # type: ignore[arg-type]
    for verdict in console.VERDICTS:
        # a room that does not know this very matter refuses it even before
        with pytest.raises(DomainError), transaction.atomic():
            console.decide(asked.pk, verdict, checker=maker, now=now)  # type: ignore[arg-type]
        assert _sql(_DECIDE, asked.pk, maker.pk, verdict, now) == "maker_is_checker"  # type: ignore[attr-defined]
    kept = approvals.get(asked.pk)
    assert (kept.state, kept.checker_id) == ("asked", None)


def _sql(statement: str, *values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0] if cursor.description else None


def _is_a_door(name: str) -> bool:
    """What others may call: no helper of a module, and no table that hands functions on."""
    last = name.rpartition(".")[2]
    return not last.startswith("_") and not last.isupper() and last != "urlpatterns"
