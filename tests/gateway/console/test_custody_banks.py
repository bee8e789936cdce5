"""Banks' contracts and folders on the console: asked by one officer, put by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_django import DjangoAssertNumQueries

from accounts import clock, roles
from accounts.identifiers import new_id
from accounts.models import Approval
from gateway.bank_line.models import BankContract, Mailbox
from gateway.payments.models import MerchantAccount
from reserve_funds.custody.bank.models import CustodyAccount
from tests.gateway.console.custody_rooms import POOL, Room
from tests.gateway.console.test_custody import pair, text, verdict
from tests.support.officers import Seated, seat

__all__ = ["pair"]

LIST = "/console/custody/banks"
Make = Callable[[], Room]


def test_a_contract_is_registered_and_changed_on_the_page_by_two(
    custody: Make,
    pair: tuple[Seated, Seated],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    maker, checker = pair
    room = custody()
    with django_assert_max_num_queries(12):
        page = text(maker, LIST)
    where = f"{LIST}/accounts/{room.account.pk}"
    contract = BankContract.objects.filter(account_id=room.account.pk)
    assert where in page
    assert "没有协议" in text(seat((roles.AUDITOR, None)), LIST)
    form: dict[str, Any] = {
        "statement_source": "sftp", "statement_due": "09:30", "since": str(room.first),
        "pays_out": "on", "reason": "银行函〔2026〕12 号",
    }  # fmt: skip
    assert "还没有商户协议" in maker.client.post(where, form).content.decode()
    merchant = MerchantAccount.objects.create(
        id=new_id(clock.now()), channel=room.account.bank.code, pool=POOL, merchant_no="88001",
        app_no="1",
    )  # fmt: skip
    form["merchant"] = str(merchant.pk)
    for change, said in (
        ({"statement_source": "fax"}, "请从列表里选一种来源"),
        ({"statement_due": "x"}, "写钟点"),
        ({"since": ""}, "请选一个日期"),
        ({"reason": ""}, "写明理由"),
    ):
        answer = maker.client.post(where, form | change)
        assert (answer.status_code, said in answer.content.decode()) == (409, True), change
    assert not Approval.objects.filter(purpose="bank_line.contract", pool=POOL).exists()
    asked_page = maker.client.post(where, form)["Location"]
    asked = Approval.objects.get(purpose="bank_line.contract", pool=POOL)
    assert "待复核" in text(maker, LIST)
    page = text(checker, asked_page)
    for said in (
        "银行账户协议",
        "银行文件夹（SFTP）",
        "09:30:00",
        "可以付款",
        "银行函〔2026〕12 号",
    ):
        assert said in page
    assert verdict(maker, asked.pk).status_code == 409
    assert not contract.exists()
    assert verdict(checker, asked.pk).status_code == 302
    assert contract.get().pays_out
    assert 'value="09:30"' in text(maker, where)
    del form["pays_out"]
    maker.client.post(where, form)
    change = Approval.objects.get(purpose="bank_line.contract", pool=POOL, state="asked")
    assert "银行账户协议" in text(checker, f"/console/approvals/{change.pk}")
    assert verdict(checker, change.pk, "refused").status_code == 302
    assert contract.get().pays_out


def test_an_account_is_registered_changed_and_closed_on_the_page_by_two(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room, where = custody(), f"{LIST}/accounts/new"
    number = f"1703{room.account.account_no[4:]}"
    account = CustodyAccount.objects.filter(account_no=number)
    assert where in text(maker, LIST)
    assert where not in text(seat((roles.AUDITOR, None)), LIST)
    form: dict[str, Any] = {
        "pool": str(POOL), "bank": room.account.bank.code, "use": "own", "account_no": number,
        "account_name": "自有资金户", "form": "mt940", "opened_on": str(room.first),
        "reason": "银行函〔2026〕3 号",
    }  # fmt: skip
    for change, said in (
        ({"pool": "x"}, "请从列表里选一个池"),
        ({"bank": "x"}, "请从列表里选一家银行"),
        ({"use": "x"}, "请从列表里选一种用途"),
        ({"account_no": "1"}, "账号是 5 到 40 位"),
        ({"opened_on": ""}, "请选开户日期"),
        ({"form": "pdf"}, "请从列表里选一种格式"),
        ({"reason": ""}, "写明理由"),
    ):
        answer = maker.client.post(where, form | change)
        assert (answer.status_code, said in answer.content.decode()) == (409, True), change
    asked_page = maker.client.post(where, form)["Location"]
    asked = Approval.objects.get(purpose="custody.account", pool=POOL, state="asked")
    assert "待复核的登记" in text(maker, LIST)
    page = text(checker, asked_page)
    for said in ("银行账户登记", number, "自有资金户", "银行函〔2026〕3 号"):
        assert said in page
    assert verdict(maker, asked.pk).status_code == 409
    assert not account.exists()
    assert verdict(checker, asked.pk).status_code == 302
    where = f"{LIST}/accounts/{account.get().pk}/change"
    assert 'value="自有资金户"' in text(maker, where)
    maker.client.post(where, form | {"closed_on": str(room.first)})
    closing = Approval.objects.get(purpose="custody.account", pool=POOL, state="asked")
    assert verdict(checker, closing.pk).status_code == 302
    assert str(account.get().closed_on) == str(room.first)
    assert maker.client.get(where).status_code == 404


def test_a_folder_is_for_officers_of_the_whole_province(custody: Make) -> None:
    room = custody()
    province = (roles.FINANCE_OFFICER, None)
    maker, checker, local = seat(province), seat(province), seat((roles.FINANCE_OFFICER, POOL))
    where = f"{LIST}/folders/new"
    box = Mailbox.objects.filter(bank=room.account.bank.code)
    asked_for = Approval.objects.filter(purpose="bank_line.mailbox", state="asked")
    asked_for = asked_for.filter(maker=maker.person)
    assert where in text(maker, LIST)
    assert where not in text(local, LIST)
    assert local.client.get(where).status_code == 404
    form = {
        "bank": room.account.bank.code, "host": "sftp.bank.example", "port": "22", "login": "us",
        "key_secret": "bank-sftp-key", "host_keys": "ssh-ed25519 AAAA\n\nssh-rsa BBBB\n",
        "folder": "/out/reserve", "files": "*.sta mt940\n*.xml camt053", "whole_by": "mark",
        "mark": ".ok", "stable_seconds": "", "is_open": "on", "reason": "银行函",
    }  # fmt: skip
    for change, said in (
        ({"bank": "x"}, "请从列表里选一家银行"),
        ({"port": "x"}, "端口是 1 到 65535"),
        ({"host_keys": "none"}, "一行一把公钥"),
        ({"files": "*.sta"}, "一行一种"),
        ({"files": "*.sta pdf"}, "一行一种"),
        ({"mark": ""}, "写标记文件的后缀"),
    ):
        answer = maker.client.post(where, form | change)
        assert (answer.status_code, said in answer.content.decode()) == (409, True), change
        assert "sftp.bank.example" in answer.content.decode(), "what was typed is kept"
    maker.client.post(where, form)
    asked = asked_for.get()
    assert "ssh-ed25519 AAAA" in text(checker, f"/console/approvals/{asked.pk}")
    for nobody in (maker, local):
        assert verdict(nobody, asked.pk).status_code in (404, 409)
    assert not box.exists()
    assert verdict(checker, asked.pk).status_code == 302
    put = box.get()
    assert (put.files, len(put.host_keys)) == ({"*.sta": "mt940", "*.xml": "camt053"}, 2)
    assert "/out/reserve" in text(local, LIST)
    again = f"{LIST}/folders/{put.pk}"
    assert "*.xml camt053" in text(maker, again)
    del form["is_open"]
    maker.client.post(again, form)
    change = asked_for.get()
    assert verdict(checker, change.pk).status_code == 302
    assert "已停用" in text(local, LIST)
