"""Officers' roles: two give them and two withdraw them, and neither is the one whose role it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts import approvals, clock, people, posts, roles
from accounts.errors import (
    ApprovalDecided,
    MakerIsChecker,
    NotAllowed,
    OwnGranter,
    RolesIncompatible,
    RoleUnknown,
)
from accounts.identifiers import new_id
from accounts.models import AuditEntry, RoleGrant
from accounts.officer_errors import PeriodOfRoleWrong, PostReasonMissing, RoleHeld, RoleNotHeld
from tests.support.officers import seat

POOL = 4
LAW = "accounts_role_is_of_two_officers"
KEPT = "accounts_grant_is_kept_and_ends_no_later"
BY_THE_HOUSE = "INSERT INTO accounts_allowed_move VALUES ('role_by_the_house', '', 'granted')"


@pytest.fixture
def as_in_production(db: None, owner_connection: psycopg.Connection) -> Iterator[None]:
    """What a sandbox's own migration allows is taken away for the test."""
    for role in (roles.SECURITY_OFFICER, roles.ADMINISTRATOR):
        RoleGrant.objects.filter(role=role, valid_until=None).update(valid_until=clock.now())
    owner_connection.execute("DELETE FROM accounts_allowed_move WHERE kind = 'role_by_the_house'")
    owner_connection.commit()
    yield
    owner_connection.execute(BY_THE_HOUSE)
    owner_connection.commit()


def test_two_officers_give_a_role_and_two_withdraw_it_and_nobody_his_own(db: None) -> None:
    maker, checker = (seat((roles.SECURITY_OFFICER, POOL)).person for _ in range(2))
    admin, elsewhere = (
        seat((roles.ADMINISTRATOR, None)).person, seat((roles.SECURITY_OFFICER, POOL + 1)).person,
    )  # fmt: skip
    clerk, new = seat((roles.CLERK, POOL)).person, seat(name="新人").person
    now, give = clock.now(), {"pool": POOL, "because": "接替岗位"}
    for who, holder, role, change, wrong in (
        (clerk, new, roles.AUDITOR, {}, NotAllowed),
        (elsewhere, new, roles.AUDITOR, {}, NotAllowed),
        (maker, new, roles.AUDITOR, {"pool": None}, NotAllowed),
        (maker, maker, roles.FINANCE_OFFICER, {}, OwnGranter),
        (maker, new, roles.CITIZEN, {}, RoleUnknown),
        (maker, new, roles.AUDITOR, {"because": " "}, PostReasonMissing),
        (maker, new, roles.AUDITOR, {"until": now + timedelta(days=1)}, PeriodOfRoleWrong),
        (maker, clerk, roles.CLERK, {}, RoleHeld),
    ):
        with pytest.raises(wrong):
            posts.ask_grant(holder, role, maker=who, now=now, **(give | change))
    asked = posts.ask_grant(new, roles.SECURITY_OFFICER, maker=admin, now=now, **give)
    again = posts.ask_grant(new, roles.SECURITY_OFFICER, maker=maker, now=now, **give)
    for who, wrong in ((admin, MakerIsChecker), (clerk, NotAllowed), (elsewhere, NotAllowed)):
        with pytest.raises(wrong), transaction.atomic():
            posts.approve(asked.pk, checker=who, now=now)
    assert not people.has_role(new, roles.SECURITY_OFFICER, POOL, now)
    now = clock.now()
    given = posts.approve(asked.pk, checker=checker, now=now)
    assert people.has_role(new, roles.SECURITY_OFFICER, POOL, now)
    assert (given.approval_id, given.granted_by) == (asked.pk, admin)
    assert approvals.get(asked.pk).state == "spent"
    for spent, wrong in ((asked, (ApprovalDecided, RoleHeld)), (again, RoleHeld)):
        with pytest.raises(wrong), transaction.atomic():
            posts.approve(spent.pk, checker=checker, now=now)
    third = posts.ask_grant(new, roles.AUDITOR, maker=maker, now=now, **give)
    with pytest.raises(RolesIncompatible), transaction.atomic():
        posts.approve(third.pk, checker=checker, now=now)

    more = posts.ask_grant(new, roles.CLERK, maker=maker, now=now, **give)
    with pytest.raises(OwnGranter), transaction.atomic():
        posts.approve(more.pk, checker=new, now=now)
    with pytest.raises(OwnGranter):
        posts.ask_withdrawal(given.pk, because="x", maker=new, now=now)
    leaves = posts.ask_withdrawal(given.pk, because="调离", maker=maker, now=now)
    with pytest.raises(OwnGranter), transaction.atomic():
        posts.approve(leaves.pk, checker=new, now=now)
    now = clock.now()
    posts.approve(leaves.pk, checker=checker, now=now)
    assert not people.has_role(new, roles.SECURITY_OFFICER, POOL, now)
    assert RoleGrant.objects.get(pk=given.pk).ended_by == leaves.pk
    with pytest.raises(RoleNotHeld):
        posts.ask_withdrawal(given.pk, because="x", maker=maker, now=now)
    told = AuditEntry.objects.filter(subject=f"person:{new.pk}").order_by("id")
    assert [one.act for one in told][-2:] == ["role_granted", "role_revoked"]


def test_no_sql_gives_keeps_or_ends_a_role_without_two(as_in_production: None) -> None:
    """Written as the service role, where no sandbox allows the house to fill its seats."""
    now = clock.now()
    with pytest.raises(NotAllowed), transaction.atomic():
        seat((roles.FINANCE_OFFICER, POOL))
    first, admin = seat().person, seat().person
    for person, role in ((first, roles.SECURITY_OFFICER), (admin, roles.ADMINISTRATOR)):
        people.grant(person, role, pool=None, granted_by=None, now=now)
    with pytest.raises(NotAllowed):
        people.grant(admin, roles.SECURITY_OFFICER, pool=None, granted_by=None, now=now)
    insert = (
        "INSERT INTO accounts_rolegrant (id, person_id, role, pool, valid_from, granted_by_id,"
        " approval_id) VALUES (%s, %s, %s, %s, now(), %s, %s)"
    )
    new = seat().person
    asked = posts.ask_grant(
        new, roles.FINANCE_OFFICER, pool=POOL, because="x", maker=admin, now=clock.now()
    )
    for role, pool, by, approval in (
        (roles.FINANCE_OFFICER, POOL, None, None), (roles.FINANCE_OFFICER, POOL, admin.pk, None),
        (roles.FINANCE_OFFICER, POOL, admin.pk, asked.pk), (roles.CITIZEN, POOL, None, None),
    ):  # fmt: skip
        assert refused(insert, new_id(now), new.pk, role, pool, by, approval) == LAW, role
    approvals.approve(asked.pk, checker=first, now=clock.now())
    for person, role, pool in (
        (first, roles.FINANCE_OFFICER, POOL), (new, roles.CLERK, POOL),
        (new, roles.FINANCE_OFFICER, None), (new, roles.FINANCE_OFFICER, POOL + 1),
    ):  # fmt: skip
        assert refused(insert, new_id(now), person.pk, role, pool, admin.pk, asked.pk) == LAW
    given = people.grant(
        new, roles.FINANCE_OFFICER, pool=POOL, granted_by=admin, now=clock.now(),
        approval_id=asked.pk,
    )  # fmt: skip
    for change, broken in (
        ("valid_until = now()", LAW), (f"valid_until = now(), ended_by = '{asked.pk}'", LAW),
        ("pool = NULL", KEPT), ("role = 'auditor'", KEPT), ("approval_id = NULL", KEPT),
        (f"person_id = '{first.pk}'", KEPT),
    ):  # fmt: skip
        update = f"UPDATE accounts_rolegrant SET {change} WHERE id = %s"
        assert refused(update, given.pk) == broken, change
    assert people.has_role(new, roles.FINANCE_OFFICER, POOL, clock.now())


def refused(statement: str, *values: object) -> str:
    with (
        pytest.raises(DatabaseError) as said,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)
    return str(said.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]
