"""A unit is registered under a code that checks, by two officers, whoever writes the row."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import Error as DatabaseError
from django.db import connection, transaction

from accounts import approvals, clock, roles
from accounts.errors import ApprovalDecided, MakerIsChecker, NotAllowed
from accounts.identifiers import new_id
from accounts.models import Approval, AuditEntry, Person
from gateway.bulk import enterprises, queries
from gateway.bulk.errors import CreditCodeWrong, EnterpriseKnown, EnterpriseUnknown
from gateway.bulk.models import Enterprise
from tests.gateway.bulk.world import NAME, a_credit_code
from tests.reserve_funds.conftest import fresh_pool_number
from tests.support.officers import seat

COLUMNS = ("id", "pool", "credit_code", "name", "registered_by_id", "registered_at")


class Two:
    """A pool with two finance officers."""

    def __init__(self) -> None:
        self.pool = fresh_pool_number()
        self.maker, self.checker = (self.officer() for _ in range(2))

    def officer(self) -> Person:
        return seat((roles.FINANCE_OFFICER, self.pool)).person

    def asks(self, name: str = NAME, **other: Any) -> Approval:
        said = {"pool": self.pool, "credit_code": a_credit_code(), "maker": self.maker} | other
        return enterprises.ask(name=name, now=clock.now(), **said)

    def agrees(self, asked: Approval, checker: Person | None = None) -> Enterprise:
        return enterprises.approve(asked.pk, checker=checker or self.checker, now=clock.now())


@pytest.fixture
def two(db: None) -> Two:
    return Two()


def test_a_unit_is_there_when_two_officers_said_so(two: Two) -> None:
    code = a_credit_code()
    with pytest.raises(CreditCodeWrong):
        two.asks(credit_code=code[:17] + "?")
    with pytest.raises(NotAllowed):
        two.asks(maker=seat((roles.CLERK, two.pool)).person)
    asked = two.asks(credit_code=code)
    assert two.asks(credit_code=code).pk == asked.pk, "asked twice is asked once"
    assert enterprises.asked([two.pool], clock.now()) == [asked]
    with pytest.raises(MakerIsChecker):
        two.agrees(asked, two.maker)
    assert not queries.enterprises([two.pool]).exists(), "not by one"
    other_name = two.asks("另一个名字", credit_code=code)
    unit = two.agrees(asked)
    assert two.agrees(asked).pk == unit.pk == asked.pk, "and by two once"
    for late in (two.maker, two.officer()):
        with pytest.raises((MakerIsChecker, ApprovalDecided)):
            two.agrees(asked, late)
    assert (unit.registered_by_id, unit.credit_code) == (two.maker.pk, code)
    assert approvals.get(asked.pk).state == "spent"
    entry = AuditEntry.objects.get(
        act="bulk_enterprise_registered", subject=f"enterprise:{unit.pk}"
    )
    assert (entry.actor_id, entry.facts["maker"]) == (str(two.checker.pk), str(two.maker.pk))
    for again in (lambda: two.agrees(other_name), lambda: two.asks(credit_code=code)):
        with pytest.raises(EnterpriseKnown), transaction.atomic():
            again()
    assert approvals.get(other_name.pk).state == "asked", "nothing of it was decided"
    refused = two.asks()
    approvals.refuse(refused.pk, checker=two.checker, now=clock.now())
    with pytest.raises(ApprovalDecided):
        two.agrees(refused)
    with pytest.raises(EnterpriseUnknown):
        two.agrees(_another_s_word(two))
    assert queries.enterprises([two.pool]).count() == 1
    contact = enterprises.add_contact(
        unit, name="李会计", phone="13812340984", officer=two.maker, now=clock.now()
    )
    assert contact.phone_masked == "138****0984"
    assert b"1381234" not in bytes(contact.phone_sealed)


def test_nobody_writes_a_unit_past_their_word(two: Two) -> None:
    """As the service role, by SQL: with no word, an unasked one, another's, a spent one."""
    code = a_credit_code()
    asked = two.asks(credit_code=code)
    right = dict(zip(COLUMNS, (asked.pk, two.pool, code, NAME, two.maker.pk, clock.now()),
                     strict=True))  # fmt: skip
    _refused(right, "nobody has agreed")
    _refused(right | {"id": new_id(clock.now())}, "no such word")
    approvals.approve(asked.pk, checker=two.checker, now=clock.now())
    for name, value in {
        "name": "别的单位", "credit_code": a_credit_code(), "pool": two.pool + 1,
        "registered_by_id": two.checker.pk,
    }.items():  # fmt: skip
        _refused(right | {name: value}, name)
    other = _another_s_word(two)
    approvals.approve(other.pk, checker=two.checker, now=clock.now())
    _refused(right | {"id": other.pk}, "a word for something else")
    unit = two.agrees(asked)
    _refused(right | {"id": unit.pk, "credit_code": code}, "spent")
    with pytest.raises(DatabaseError) as said, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE bulk_enterprise SET name = %s WHERE id = %s", ["改名", unit.pk])
    assert isinstance(said.value.__cause__, psycopg.errors.InsufficientPrivilege)
    assert queries.enterprises([two.pool]).get().name == NAME


def _another_s_word(two: Two) -> Approval:
    content = {"enterprise": NAME, "credit_code": a_credit_code()}
    now = clock.now()
    return approvals.ask(
        maker=two.maker, purpose="bulk.order", pool=two.pool, content=content,
        fingerprint=enterprises.fingerprint_of(two.pool, content["credit_code"], NAME), now=now,
        expires_at=now + enterprises.TIME_TO_DECIDE, checker_role=roles.FINANCE_OFFICER,
    )  # fmt: skip


def _refused(row: dict[str, Any], why: str) -> None:
    places = ", ".join(["%s"] * len(row))
    statement = f"INSERT INTO bulk_enterprise ({', '.join(row)}) VALUES ({places})"
    with pytest.raises(DatabaseError) as said, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, list(row.values()))
    assert isinstance(said.value.__cause__, psycopg.errors.IntegrityError), why
    assert not Enterprise.objects.filter(pool=row["pool"]).exclude(name=NAME).exists()
