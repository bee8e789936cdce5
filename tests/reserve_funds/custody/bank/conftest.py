"""A custody account of a fresh pool, and a place where files are kept."""

import secrets

import pytest

from accounts.actors import Actor
from accounts.identifiers import new_id
from accounts.models import PartnerBank
from reserve_funds.custody.bank import accounts
from tests.reserve_funds.conftest import DAY, NOW, fresh_pool_number

OFFICER = Actor(kind="officer", id="018f3c2e-9b7a-7c3d-8e4f-5a6b7c8d9e0f")


@pytest.fixture
def account(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return an_account()


def an_account(pool=None, form="mt940", use="reserve"):
    """An account at a bank of its own, by a number nobody else has."""
    code = f"bank{secrets.randbelow(10**12)}"
    bank = PartnerBank.objects.create(id=new_id(NOW), code=code, name="示例银行", added_at=NOW)
    return accounts.register(
        pool=pool or fresh_pool_number(),
        bank=bank,
        account_no=f"1702{secrets.randbelow(10**15):015d}",
        name="备付金专户",
        use=use,
        form=form,
        opened_on=DAY,
        actor=OFFICER,
        now=NOW,
    )
