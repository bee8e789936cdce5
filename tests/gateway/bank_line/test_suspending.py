"""A bank is suspended and taken up again by two: nothing new meanwhile, nothing lost either."""

from __future__ import annotations

import io
import itertools
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts import approvals, clock, devices, duties, roles, tokens, trail
from accounts.actors import SYSTEM
from accounts.errors import ApprovalDecided, MakerIsChecker, NotAllowed
from accounts.models import AuditEntry, Duty, PartnerBank
from gateway.bank_line import paying, suspending
from gateway.bank_line.errors import PartnerBankAskedAlready, PartnerBankStands, PartnerBankUnknown
from gateway.bank_line.suspending import Act
from gateway.payments.errors import ReasonMissing
from nfc_topup.keys import desk
from reserve_funds.custody.bank import instructions
from reserve_funds.custody.bank.requests import DUTY
from reserve_funds.ledger import queries
from tests.journeys.test_any_order import undone
from tests.support.officers import seat

FINANCE, SECURITY = (roles.FINANCE_OFFICER, None), (roles.SECURITY_OFFICER, None)
_numbers = itertools.count()


def a_bank() -> PartnerBank:
    """A bank that nobody else's test knows."""
    code = f"bank_s{next(_numbers)}"
    return devices.add_bank(code=code, name="试验银行", now=clock.now())


def moved(bank, act, maker, checker):
    asked = suspending.ask(bank.code, act, because="合同到期", maker=maker, now=clock.now())
    suspending.approve(asked.pk, checker=checker, now=clock.now())
    bank.refresh_from_db()
    return asked


def test_two_officers_of_the_province_and_nobody_alone(db: None) -> None:
    maker, checker = seat(SECURITY).person, seat(FINANCE).person
    of_one_pool, auditor = (
        seat((roles.FINANCE_OFFICER, 1)).person,
        seat((roles.AUDITOR, None)).person,
    )
    guard, third = seat(SECURITY).person, seat(FINANCE).person
    bank, now = a_bank(), clock.now()
    for someone, code, act, because, wrong in (
        (maker, "no-bank", Act.SUSPEND, "x", PartnerBankUnknown),
        (maker, bank.code, Act.RESUME, "x", PartnerBankStands),
        (maker, bank.code, Act.SUSPEND, " ", ReasonMissing),
        (of_one_pool, bank.code, Act.SUSPEND, "x", NotAllowed),
        (auditor, bank.code, Act.SUSPEND, "x", NotAllowed),
    ):
        with pytest.raises(wrong):
            suspending.ask(code, act, because=because, maker=someone, now=now)
    asked = suspending.ask(bank.code, Act.SUSPEND, because="对账异常", maker=maker, now=now)
    with pytest.raises(PartnerBankAskedAlready):
        suspending.ask(bank.code, Act.SUSPEND, because="again", maker=checker, now=now)
    for someone, wrong in (
        (maker, MakerIsChecker), (guard, NotAllowed), (of_one_pool, NotAllowed),
    ):  # fmt: skip
        with pytest.raises(wrong), transaction.atomic():
            suspending.approve(asked.pk, checker=someone, now=now)
    bank.refresh_from_db()
    assert bank.state == "active"
    suspending.approve(asked.pk, checker=checker, now=now)
    bank.refresh_from_db()
    assert (bank.state, bank.decision_id) == ("suspended", asked.pk)
    assert approvals.get(asked.pk).state == "spent"
    told = AuditEntry.objects.get(act="partner_bank_suspended")
    assert (told.actor_id, told.facts["asked_by"]) == (str(checker.pk), str(maker.pk))
    with pytest.raises((ApprovalDecided, PartnerBankStands)), transaction.atomic():
        suspending.approve(asked.pk, checker=checker, now=now)
    moved(bank, Act.RESUME, checker, third)
    assert bank.state == "active"


def test_no_sql_moves_a_bank_without_an_approval_over_this_very_move(db: None) -> None:
    maker, checker = seat(FINANCE).person, seat(FINANCE).person
    bank, other, now = a_bank(), a_bank(), clock.now()
    asked = suspending.ask(other.code, Act.SUSPEND, because="x", maker=maker, now=now)
    unapproved = suspending.ask(bank.code, Act.SUSPEND, because="x", maker=maker, now=now)
    approvals.approve(asked.pk, checker=checker, now=now)
    for to, decision in (
        ("suspended", None), ("suspended", asked.pk), ("suspended", unapproved.pk),
        ("closed", asked.pk), ("active", asked.pk),
    ):  # fmt: skip
        assert "moves_by_two" in refused(
            "UPDATE accounts_partnerbank SET state = %s, decision_id = %s WHERE id = %s",
            to, decision, bank.pk,
        )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        trail.advance(bank, to="suspended", actor=SYSTEM, because="alone", now=now)
    rename = "UPDATE accounts_partnerbank SET code = 'other' WHERE id = %s"
    assert "is_kept" in refused(rename, bank.pk)
    assert "moves_by_two" in refused(
        "INSERT INTO accounts_partnerbank (id, code, name, state, added_at, decision_id)"
        " VALUES (%s, 'new', 'new', 'active', now(), %s)", asked.pk, asked.pk,
    )  # fmt: skip
    states = PartnerBank.objects.filter(pk__in=[bank.pk, other.pk]).values_list("state", flat=True)
    assert set(states) == {"active"}


def test_payouts_are_held_while_it_is_suspended_and_told_once_afterwards(scene) -> None:
    maker, checker = seat(FINANCE).person, seat(FINANCE).person
    now = clock.now()
    before = scene.instruction()
    assert paying.carry(before.pk, now=now) is False, "told before it was suspended"
    bank = suspending.by_code(scene.channel)
    with undone():
        moved(bank, Act.SUSPEND, maker, checker)
        waits = scene.instruction(70_00)
        assert paying.carry(waits.pk, now=clock.now()) is True, "nothing to do until it is back"
        assert "pays_none" in refused(
            "UPDATE custody_bank_instruction SET state = 'sent', sent_at = now() WHERE id = %s",
            waits.pk,
        )  # fmt: skip
        assert instructions.get(waits.pk).state == "ready"
        assert queries.balance_fen(scene.pool, waits.in_transit) == 70_00
        assert [row["payout_no"] for row in scene.transfers()] == [before.number]
        scene.bank.advance(2)
        assert paying.carry(before.pk, now=clock.now()) is True, "what was told is asked about"
        [told] = [one for one in suspending.standing([scene.pool], now) if one.bank == bank]
        assert (told.held, told.held_fen) == (1, 70_00)
        duties.settle(DUTY, waits.pk, now=clock.now())

        moved(bank, Act.RESUME, maker, checker)
        assert Duty.objects.get(kind=DUTY, subject_id=waits.pk).state == "owed"
        assert paying.carry(waits.pk, now=clock.now()) is False
        assert instructions.get(waits.pk).state == "sent"
        assert [row["amount_fen"] for row in scene.transfers()] == [100_00, 70_00]
        assert scene.faults() == []


def test_at_a_terminal_each_types_a_token_of_their_own(db: None, monkeypatch) -> None:
    maker, checker = seat(FINANCE).person, seat(FINANCE).person
    bank, now = a_bank(), clock.now()
    typed = {
        one.pk: tokens.mint(one, label="t", now=now, expires_at=now + timedelta(hours=1))
        for one in (maker, checker)
    }

    def run(person, *words):
        said = io.StringIO()
        monkeypatch.setattr(desk, "_hidden", lambda prompt: typed[person.pk])
        call_command("partner_banks", *words, stdout=said)
        return said.getvalue()

    said = run(maker, "suspend", bank.code, "--because", "对账异常")
    approval = said.split()[1].rstrip(":")
    assert approval in run(maker, "list")
    with pytest.raises(CommandError, match="maker_is_checker"), transaction.atomic():
        run(maker, "approve", approval)
    assert f"{bank.code} active" in run(maker, "list")
    assert run(checker, "approve", approval) == f"{bank.code} suspended\n"


def refused(statement: str, *values: object) -> str:
    with (
        pytest.raises(DatabaseError) as said,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)
    return str(getattr(said.value.__cause__, "diag", said.value).constraint_name)
