"""A custody account of a fresh pool, and a place where files are kept."""

import secrets

import pytest

from accounts import people
from accounts.actors import Actor
from accounts.clock import now as clock_now
from accounts.identifiers import new_id
from accounts.models import PartnerBank
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.bank import registering
from reserve_funds.custody.bank.registering import NewAccount
from tests.accounts.strangers import somebody
from tests.reserve_funds.conftest import DAY, NOW, fresh_pool_number

OFFICER = Actor(kind="officer", id="018f3c2e-9b7a-7c3d-8e4f-5a6b7c8d9e0f")


@pytest.fixture
def account(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return an_account()


def an_account(pool=None, form="mt940", use="reserve", opened_on=DAY):
    """An account at a bank of its own, by a number nobody else has."""
    code = f"bank{secrets.randbelow(10**12)}"
    bank = PartnerBank.objects.create(id=new_id(NOW), code=code, name="示例银行", added_at=NOW)
    told = NewAccount(
        pool=pool or fresh_pool_number(),
        bank=bank,
        account_no=f"1702{secrets.randbelow(10**15):015d}",
        name="备付金专户",
        use=use,
        form=form,
        opened_on=opened_on,
    )
    return registered(told)


def registered(told):
    """The account, asked by one officer of its pool and approved by another."""
    now = clock_now()
    maker, checker = _officer(told.pool, now), _officer(told.pool, now)
    asked = registering.ask(told, because="开户", maker=maker, now=now)
    return registering.approve(asked.pk, checker=checker, now=now)


def _officer(pool, now):
    person = somebody(now)
    people.grant(person, FINANCE_OFFICER, pool=pool, granted_by=None, now=now)
    return person
