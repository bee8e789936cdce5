"""A bank's contract and its folder: what two officers agreed, and nothing that one wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts import approvals, clock, roles
from accounts.errors import ApprovalDecided, ApprovalExpired, MakerIsChecker, NotAllowed
from accounts.identifiers import new_id
from gateway.bank_line import contracts, terms
from gateway.bank_line.errors import (
    BankContractUnknown,
    BankTermsChanged,
    BankTermsMalformed,
    NotOfTheBankLine,
)
from gateway.bank_line.models import BankContract, Mailbox
from gateway.bank_line.terms import MailFolder, Terms
from gateway.payments.models import MerchantAccount
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.reserve_funds.custody.bank.officers import an_officer

TERMS = Terms(
    pays_out=True, statement_source="sftp", statement_due=time(9, 30), since=date(2026, 11, 2)
)
FOLDER = MailFolder(
    bank="bank_guomi", host="sftp.bank.example", port=22, login="reserve",
    key_secret="bank-sftp-key", host_keys=("ssh-ed25519 AAAA", "ssh-rsa BBBB"), folder="/out",
    files={"*.sta": "mt940"}, whole_by="mark", mark=".ok",
)  # fmt: skip
WORDS = {"because": "银行函〔2026〕12 号"}


class Line:
    """An account with a merchant account at its bank, and officers of its pool."""

    def __init__(self) -> None:
        self.account = an_account()
        self.pool = self.account.pool
        self.merchant = MerchantAccount.objects.create(
            id=new_id(clock.now()), channel=self.account.bank.code, pool=self.pool,
            merchant_no=f"m{self.pool}", app_no="1",
        )  # fmt: skip
        self.maker, self.checker = an_officer(self.pool), an_officer(self.pool)

    def asked(self, wanted: Terms = TERMS):
        return contracts.ask(
            self.account, self.merchant, wanted, **WORDS, maker=self.maker, now=clock.now()
        )

    def put(self, wanted: Terms = TERMS) -> BankContract:
        contracts.approve(self.asked(wanted).pk, checker=self.checker, now=clock.now())
        return BankContract.objects.get(account_id=self.account.pk)


def refused_by_law(sql: str, *values: object, but: str) -> None:
    with pytest.raises(DatabaseError) as said, transaction.atomic():
        connection.cursor().execute(sql, values)
    cause = said.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert but in (cause.diag.constraint_name or cause.sqlstate), cause


def test_a_contract_is_put_and_changed_by_two_and_each_word_counts_once(db: None) -> None:
    line, now = Line(), clock.now()
    stranger = an_officer(line.pool + 1)
    with pytest.raises(NotAllowed):
        contracts.ask(line.account, line.merchant, TERMS, **WORDS, maker=stranger, now=now)
    with pytest.raises(BankTermsMalformed):
        line.asked(replace(TERMS, statement_source="fax"))
    other = Line()
    with pytest.raises(BankContractUnknown):
        contracts.ask(line.account, other.merchant, TERMS, **WORDS, maker=line.maker, now=now)
    asked = line.asked()
    with pytest.raises(MakerIsChecker):
        contracts.approve(asked.pk, checker=line.maker, now=now)
    with pytest.raises(NotAllowed):
        contracts.approve(asked.pk, checker=stranger, now=now)
    with pytest.raises(BankContractUnknown):
        contracts.for_paying(line.account.pk)
    contracts.approve(asked.pk, checker=line.checker, now=now)
    contract = contracts.for_paying(line.account.pk)
    assert terms.terms_of(contract) == TERMS
    assert (contract.approval_id, approvals.get(asked.pk).state) == (asked.pk, "spent")
    with pytest.raises(ApprovalDecided):
        contracts.approve(asked.pk, checker=line.checker, now=now)
    older, newer = (
        line.asked(replace(TERMS, pays_out=False)), line.asked(replace(TERMS, since=now.date()))
    )  # fmt: skip
    assert newer.content["before"]["since"] == "2026-11-02"
    contracts.approve(newer.pk, checker=line.checker, now=now)
    with pytest.raises(BankTermsChanged):
        contracts.approve(older.pk, checker=line.checker, now=now)
    assert approvals.get(older.pk).state == "asked"
    changed = BankContract.objects.get(pk=contract.pk)
    assert (changed.pays_out, changed.since) == (True, now.date())
    contracts.refuse(older.pk, checker=line.checker, now=now)
    late = line.asked(replace(TERMS, pays_out=False))
    with pytest.raises((ApprovalExpired, ApprovalDecided)):
        contracts.approve(late.pk, checker=line.checker, now=now + timedelta(days=4))


def test_a_folder_is_the_word_of_two_officers_of_the_province(db: None) -> None:
    line, now = Line(), clock.now()
    maker, checker = an_officer(None), an_officer(None)
    folder = replace(FOLDER, folder=f"/out/{line.pool}")
    with pytest.raises(NotAllowed):
        contracts.ask_mailbox(folder, **WORDS, maker=line.maker, now=now)
    for change in (
        {"host_keys": ()}, {"host_keys": ("nonsense",)}, {"files": {}}, {"files": {"*": "pdf"}},
        {"folder": "../x"}, {"folder": "~x"}, {"host": "https://x"}, {"port": 0},
        {"key_secret": "-----BEGIN"}, {"mark": ""}, {"whole_by": "stable"}, {"login": ""},
    ):  # fmt: skip
        with pytest.raises(BankTermsMalformed):
            contracts.ask_mailbox(replace(folder, **change), **WORDS, maker=maker, now=now)
    with pytest.raises(BankTermsMalformed):
        contracts.ask_mailbox(folder, because=" ", maker=maker, now=now)
    asked = contracts.ask_mailbox(folder, **WORDS, maker=maker, now=now)
    for person, refused in ((maker, MakerIsChecker), (line.checker, NotAllowed)):
        with pytest.raises(refused):
            contracts.approve(asked.pk, checker=person, now=now)
    put = contracts.approve(asked.pk, checker=checker, now=now)
    assert terms.folder_of(Mailbox.objects.get(pk=put.pk)) == folder
    with pytest.raises(BankTermsChanged):
        contracts.ask_mailbox(folder, **WORDS, maker=maker, now=now)
    one_key = replace(folder, host_keys=("ssh-ed25519 CCCC",), is_open=False)
    asked = contracts.ask_mailbox(one_key, mailbox_id=put.pk, **WORDS, maker=maker, now=now)
    contracts.approve(asked.pk, checker=checker, now=now)
    assert terms.folder_of(Mailbox.objects.get(pk=put.pk)) == one_key
    foreign = approvals.ask(
        maker=maker, purpose="x", pool=0, content={}, fingerprint=b"4" * 32, now=now,
        expires_at=now + timedelta(hours=1), checker_role=roles.FINANCE_OFFICER,
    )  # fmt: skip
    for decide in (contracts.approve, contracts.refuse):
        with pytest.raises(NotOfTheBankLine):
            decide(foreign.pk, checker=checker, now=now)


def test_the_database_takes_no_terms_of_one_hand(db: None) -> None:
    line, now = Line(), clock.now()
    contract = line.put()
    law = "bank_line_contract_rests_on_its_approval"
    table = "bank_line_bankcontract"
    change = f"UPDATE {table} SET pays_out = false"
    refused_by_law(f"{change} WHERE id = %s", contract.pk, but=law)
    asked = line.asked(replace(TERMS, pays_out=False))
    words = f"{change}, approval_id = %s WHERE id = %s"
    refused_by_law(words, asked.pk, contract.pk, but=law)  # asked by one alone
    approvals.approve(asked.pk, checker=line.checker, now=now)
    other = f"UPDATE {table} SET since = since + 1, approval_id = %s WHERE id = %s"
    refused_by_law(other, asked.pk, contract.pk, but=law)  # other content than was approved
    for words in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        refused_by_law(words, but="")
    maker, checker = an_officer(None), an_officer(None)
    fold = contracts.ask_mailbox(FOLDER, **WORDS, maker=maker, now=now)
    approvals.approve(fold.pk, checker=checker, now=now)
    insert = (
        f"INSERT INTO {table} (id, account_id, bank, merchant_id, pays_out, statement_source,"
        " statement_due, since, approval_id)"
        " VALUES (%s, %s, %s, %s, true, 'sftp', '09:30', '2026-11-02', %s)"
    )
    row = [new_id(now), new_id(now), line.account.bank.code, line.merchant.pk]
    refused_by_law(insert, *row, None, but="bank_line_contract_is_of_its_pool")
    refused_by_law(insert, *row, fold.pk, but="bank_line_contract_is_of_its_pool")
    refused_by_law(
        "UPDATE bank_line_mailbox SET host_keys = '[]'; INSERT INTO bank_line_mailbox"
        " (id, bank, host, port, login, key_secret, host_keys, folder, files, whole_by, mark,"
        " stable_seconds, is_open, approval_id) VALUES (%s, 'b', 'h', 22, 'l', 'k', '[\"x y\"]',"
        " 'f', '{}', 'mark', '.ok', 0, true, %s)",
        new_id(now), fold.pk, but="bank_line_mailbox_rests_on_its_approval",
    )  # fmt: skip
    contract.refresh_from_db()
    assert terms.terms_of(contract) == TERMS
    contracts.approve(asked.pk, checker=line.checker, now=now)
    contract.refresh_from_db()
    assert not contract.pays_out
    back = line.asked()
    contracts.approve(back.pk, checker=line.checker, now=now)
    words = f"{change}, approval_id = %s WHERE id = %s"
    refused_by_law(words, asked.pk, contract.pk, but=law)  # what is spent is spent
